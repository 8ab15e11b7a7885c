// Patterns of events, a small part of EventBridge's: what a rule wants of an event's source, type and detail.
import { type Static, Type } from '@sinclair/typebox';
import type { SchemaOf } from '../billing/schema.ts';
import type { Json } from '../messages/json.ts';

const Scalar = Type.Union([Type.String({ maxLength: 256 }), Type.Number(), Type.Boolean(), Type.Null()]);
const Operator = Type.Union(['<', '<=', '=', '>=', '>'].map((each) => Type.Literal(each)));
const exactly = { additionalProperties: false } as const;

const MatcherSchema = Type.Union([
  Scalar,
  Type.Object({ prefix: Type.String({ minLength: 1, maxLength: 256 }) }, exactly),
  Type.Object(
    {
      numeric: Type.Union([
        Type.Tuple([Operator, Type.Number()]),
        Type.Tuple([Operator, Type.Number(), Operator, Type.Number()]),
      ]),
    },
    exactly,
  ),
  Type.Object({ exists: Type.Boolean() }, exactly),
  Type.Object({ 'anything-but': Type.Array(Scalar, { minItems: 1, maxItems: 50 }) }, exactly),
]);

/**
 * What a value may be: exactly this one; `{"prefix":"A"}` text that begins so; `{"numeric":[">=",5,"<",10]}` a number
 * within; `{"exists":false}` missing, or there; `{"anything-but":["x"]}` there, and none of these.
 */
export type Matcher = Static<typeof MatcherSchema>;

/** What the fields of a detail may be: of each field one of several, or a pattern of its own fields. */
interface DetailPattern {
  readonly [field: string]: readonly Matcher[] | DetailPattern;
}

/** What an event may be. All that is named must hold, and of each list one. */
export interface EventPattern {
  readonly source?: readonly Matcher[];
  readonly type?: readonly Matcher[];
  readonly detail?: DetailPattern;
}

const Matchers = Type.Array(MatcherSchema, { minItems: 1, maxItems: 50 });
const Detail = Type.Recursive((This) =>
  Type.Record(Type.String({ minLength: 1, maxLength: 128 }), Type.Union([Matchers, This]), {
    minProperties: 1,
  }),
);
export const EventPattern: SchemaOf<EventPattern> = Type.Object(
  { source: Type.Optional(Matchers), type: Type.Optional(Matchers), detail: Type.Optional(Detail) },
  exactly,
) as unknown as SchemaOf<EventPattern>;

/** What of an event a pattern looks at. */
export interface Matchable {
  readonly source: string;
  readonly type: string;
  readonly data: Json;
}

/** Whether an event fits a pattern. Of a list in the detail, one member that fits is enough. */
export function matchesPattern({ source, type, detail }: EventPattern, event: Matchable): boolean {
  return (
    (source === undefined || matchesAny(source, event.source)) &&
    (type === undefined || matchesAny(type, event.type)) &&
    (detail === undefined || matchesDetail(detail, event.data))
  );
}

const isMatchers = (wanted: readonly Matcher[] | DetailPattern): wanted is readonly Matcher[] =>
  Array.isArray(wanted);
const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

function matchesDetail(pattern: DetailPattern, value: Json | undefined): boolean {
  if (isList(value)) return value.some((each) => matchesDetail(pattern, each));
  const fields = typeof value === 'object' && value !== null ? value : {};
  return Object.entries(pattern).every(([field, wanted]) => {
    const found = Object.hasOwn(fields, field)
      ? (fields as Readonly<Record<string, Json>>)[field]
      : undefined;
    return isMatchers(wanted) ? matchesAny(wanted, found) : matchesDetail(wanted, found);
  });
}

const matchesAny = (matchers: readonly Matcher[], found: Json | undefined): boolean =>
  matchers.some((matcher) => matches(matcher, found));

function matches(matcher: Matcher, found: Json | undefined): boolean {
  if (typeof matcher === 'object' && matcher !== null && 'exists' in matcher)
    return (found !== undefined) === matcher.exists;
  if (found === undefined) return false;
  const members = isList(found) ? found : [found];
  if (typeof matcher !== 'object' || matcher === null) return members.includes(matcher);
  if ('prefix' in matcher)
    return members.some((each) => typeof each === 'string' && each.startsWith(matcher.prefix));
  if ('anything-but' in matcher)
    return members.every((each) => !matcher['anything-but'].some((but) => but === each));
  return members.some((each) => typeof each === 'number' && isWithin(matcher.numeric, each));
}

function isWithin(bounds: readonly (string | number)[], value: number): boolean {
  for (let at = 0; at < bounds.length; at += 2) {
    if (!holds(String(bounds[at]), value, Number(bounds[at + 1]))) return false;
  }
  return true;
}

function holds(operator: string, value: number, bound: number): boolean {
  if (operator === '<') return value < bound;
  if (operator === '<=') return value <= bound;
  if (operator === '>') return value > bound;
  return operator === '>=' ? value >= bound : value === bound;
}

/** The flaws of a pattern that no event can ever fit, in sentences. */
export function impossibleParts(pattern: EventPattern): readonly string[] {
  return partsOf('detail', pattern.detail ?? {});
}

function partsOf(path: string, detail: DetailPattern): readonly string[] {
  return Object.entries(detail).flatMap(([field, wanted]) => {
    const here = `${path}.${field}`;
    if (!isMatchers(wanted)) return partsOf(here, wanted);
    const isPossible = wanted.some(
      (each) => typeof each !== 'object' || each === null || !('numeric' in each) || canHold(each.numeric),
    );
    return isPossible ? [] : [`no number fits ${here}: ${JSON.stringify(wanted)}`];
  });
}

/** Whether some number is within: one of the bounds, between them, or beyond both. */
function canHold(bounds: readonly (string | number)[]): boolean {
  const ends = bounds.filter((each): each is number => typeof each === 'number');
  const [one = 0, other = one] = ends;
  const candidates = [...ends, (one + other) / 2, Math.min(...ends) - 1, Math.max(...ends) + 1];
  return candidates.some((each) => isWithin(bounds, each));
}
