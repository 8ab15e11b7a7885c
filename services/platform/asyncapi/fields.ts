// The fields of a JSON Schema as the rows of a table for people.
import type { JsonSchema } from './schemas.ts';

/** A field, by its path in the value: `lines[].product`. */
export interface Field {
  readonly path: string;
  /** What it may be, in a few words. */
  readonly type: string;
  readonly isRequired: boolean;
  readonly description: string;
}

/** So deep is looked into a value; below, the document says the rest. */
const LEVELS_MAX = 4;

interface Place {
  readonly path: string;
  readonly level: number;
  /** Whether it is there wherever the value is. */
  readonly isRequired: boolean;
}

type Components = Readonly<Record<string, JsonSchema>>;

/** The fields of a value of this schema. Of alternatives each has its own, told apart by a number. */
export function fieldsOf(schema: JsonSchema, components: Components): readonly Field[] {
  const found = new Map<string, Field>();
  // what is said of a field again is narrower
  for (const field of inside(schema, { path: '', level: 0, isRequired: true }, components))
    if (!isAnything(field) || !found.has(field.path)) found.set(field.path, field);
  return [...found.values()];
}

const isAnything = ({ type }: Field): boolean => type === ANYTHING;
const ANYTHING = 'anything';

function inside(schema: JsonSchema, place: Place, components: Components): readonly Field[] {
  const known = resolved(schema, components);
  const parts = listOf(known.allOf).flatMap((part) => inside(part, place, components));
  const forms = listOf(known.anyOf).filter((form) => isObject(resolved(form, components)));
  const several = forms.flatMap((form, at) => {
    const path = forms.length === 1 ? place.path : `${place.path}(${at + 1}) `;
    return inside(form, { ...place, path }, components);
  });
  const item = known.items as JsonSchema | undefined;
  const items = item === undefined ? [] : inside(item, { ...place, path: `${place.path}[]` }, components);
  return [...parts, ...several, ...items, ...membersOf(known, place, components)];
}

function membersOf(schema: JsonSchema, { path, level }: Place, components: Components): readonly Field[] {
  if (level >= LEVELS_MAX) return [];
  const required = (schema.required ?? []) as readonly string[];
  const members = Object.entries((schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>);
  return members.flatMap(([name, member]) => {
    const joint = path === '' || path.endsWith(' ') ? '' : '.';
    const place = { path: `${path}${joint}${name}`, level: level + 1, isRequired: required.includes(name) };
    const { description } = resolved(member, components);
    const field: Field = {
      path: place.path,
      type: typeOf(member, components),
      isRequired: place.isRequired,
      description: typeof description === 'string' ? description : '',
    };
    return [field, ...inside(member, place, components)];
  });
}

function resolved(schema: JsonSchema, components: Components): JsonSchema {
  const { $ref: ref } = schema;
  return typeof ref === 'string' ? (components[ref.split('/').at(-1) ?? ''] ?? {}) : schema;
}

const listOf = (value: unknown): readonly JsonSchema[] => (value ?? []) as readonly JsonSchema[];

const isObject = ({ type, allOf }: JsonSchema): boolean => type === 'object' || allOf !== undefined;

function typeOf(schema: JsonSchema, components: Components): string {
  const known = resolved(schema, components);
  if (known.const !== undefined) return JSON.stringify(known.const);
  if (known.anyOf !== undefined)
    return [...new Set(listOf(known.anyOf).map((each) => typeOf(each, components)))].join(' | ');
  if (known.allOf !== undefined) {
    const types = new Set(listOf(known.allOf).map((each) => typeOf(each, components)));
    return [...types].join(' and ');
  }
  switch (known.type) {
    case undefined:
      return ANYTHING;
    case 'array':
      return `list of ${typeOf((known.items ?? {}) as JsonSchema, components)}${bounds(known.minItems, known.maxItems)}`;
    case 'string':
      return `string${bounds(known.minLength, known.maxLength)}`;
    case 'integer':
    case 'number':
      return `${known.type}${bounds(known.minimum, known.maximum)}`;
    default:
      return String(known.type);
  }
}

function bounds(from: unknown, to: unknown): string {
  if (from === undefined && to === undefined) return '';
  if (from === undefined) return `, at most ${to}`;
  return to === undefined ? `, at least ${from}` : `, ${from} to ${to}`;
}
