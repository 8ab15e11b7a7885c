// What a setting may be: the part of JSON Schema that goes over the topic and comes back as a TypeBox schema.
import { type TSchema, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { type Json, misfit } from '../../../core/mod.ts';

/** The longest value of a setting, as JSON in UTF-16 units. */
export const MAX_VALUE_LENGTH = 8_192;

/** A schema as it lies on the topic. */
export type PlainSchema = Readonly<Record<string, Json>>;

/** The schema as plain JSON. */
export function plainSchema(schema: TSchema): PlainSchema {
  return JSON.parse(JSON.stringify(schema)) as PlainSchema;
}

/**
 * A schema that came as plain JSON, to check values with; null for what no setting can be: they are whole numbers,
 * numbers, texts, truth values, choices among literals, and lists of these.
 */
export function revived(plain: unknown): TSchema | null {
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) return null;
  const { type, anyOf, const: literal, items, ...options } = plain as Record<string, unknown>;
  if ('format' in options || !isUsablePattern(options.pattern)) return null;
  if (Array.isArray(anyOf)) {
    const members = anyOf.map(revived).filter((each) => each !== null);
    return members.length === anyOf.length && members.length > 0 ? Type.Union(members, options) : null;
  }
  if (typeof literal === 'string' || typeof literal === 'number' || typeof literal === 'boolean')
    return Type.Literal(literal, options);
  switch (type) {
    case 'integer':
      return Type.Integer(options);
    case 'number':
      return Type.Number(options);
    case 'string':
      return Type.String(options);
    case 'boolean':
      return Type.Boolean(options);
    case 'array': {
      const each = revived(items);
      return each === null ? null : Type.Array(each, options);
    }
    default:
      return null;
  }
}

function isUsablePattern(pattern: unknown): boolean {
  if (pattern === undefined) return true;
  try {
    new RegExp(String(pattern));
    return true;
  } catch {
    return false; // which character is wrong is for whoever wrote it to find
  }
}

/** Whether a setting of this schema can have this value. */
export function fits(schema: TSchema, value: unknown): value is Json {
  return Value.Check(schema, value) && JSON.stringify(value).length <= MAX_VALUE_LENGTH;
}

/** Why a value that does not fit doesn't, and what would, in a sentence without the value itself. */
export function whyNot(schema: TSchema, value: unknown): string {
  if (Value.Check(schema, value)) return `it has more than ${MAX_VALUE_LENGTH} characters as JSON`;
  const limits = limitsOf(schema);
  return limits === '' ? misfit(schema, value) : `give ${limits}`;
}

/** The value that a text stands for: itself, where the schema takes it so, or what it is as JSON; undefined: neither fits. */
export function fromText(schema: TSchema, text: string): Json | undefined {
  return [text, asJson(text)].find((value) => value !== undefined && fits(schema, value));
}

function asJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined; // most texts are none
  }
}

/** What a setting takes, in a few words: `a whole number from 1 to 60,000`. */
export function limitsOf(schema: TSchema): string {
  if (schema.anyOf !== undefined) return `one of ${(schema.anyOf as TSchema[]).map(choice).join(', ')}`;
  if (schema.const !== undefined) return choice(schema);
  switch (schema.type) {
    case 'integer':
      return `a whole number${rangeOf(schema)}`;
    case 'number':
      return `a number${rangeOf(schema)}`;
    case 'boolean':
      return 'true or false';
    case 'string': {
      const { minLength, maxLength, pattern } = schema;
      const matching = pattern === undefined ? '' : ` that matches ${String(pattern)}`;
      return `a text${between(minLength, maxLength, ' of', ' characters')}${matching}`;
    }
    case 'array': {
      const { minItems, maxItems } = schema;
      return `a list${between(minItems, maxItems, ' of', ' entries')}, each ${limitsOf(schema.items as TSchema)}`;
    }
    default:
      return '';
  }
}

const choice = (schema: TSchema): string =>
  schema.const === undefined ? limitsOf(schema) : String(schema.const);

function rangeOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf }: TSchema): string {
  const parts = [
    between(minimum, maximum, '', ''),
    exclusiveMinimum === undefined ? '' : ` above ${exclusiveMinimum}`,
    exclusiveMaximum === undefined ? '' : ` below ${exclusiveMaximum}`,
    multipleOf === undefined ? '' : `, a multiple of ${multipleOf}`,
  ];
  return parts.join('');
}

function between(from: unknown, to: unknown, before: string, after: string): string {
  if (from === undefined && to === undefined) return '';
  if (to === undefined) return `${before} at least ${from}${after}`;
  if (from === undefined) return `${before} at most ${to}${after}`;
  return `${before === '' ? ' from' : before} ${from} to ${to}${after}`;
}
