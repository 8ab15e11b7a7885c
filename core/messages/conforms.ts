import {
  ExtendsUndefinedCheck,
  Kind,
  type TArray,
  type TLiteral,
  type TObject,
  type TSchema,
  type TString,
  type TUnion,
} from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';

type Check = (value: unknown) => boolean;

/** The check of each schema that came more than once; null for one that came once, as one does that is made for a use. */
const checks: WeakMap<TSchema, Check | null> = new WeakMap();

/**
 * Whether a value is of a schema, as TypeBox's `Value.Check` says by its default policies: which reads the schema anew for
 * each value. Here it becomes closures, once, as some runtimes forbid to make it code.
 */
export function conforms(schema: TSchema, value: unknown): boolean {
  const known = checks.get(schema);
  if (known === undefined) {
    checks.set(schema, null);
    return Value.Check(schema, value);
  }
  const check = known ?? checkOf(schema);
  if (known === null) checks.set(schema, check);
  return check(value);
}

/** Of the kinds that messages are made of. All else is left to TypeBox, and whole what others may refer to by its `$id`. */
function checkOf(schema: TSchema): Check {
  if (schema.$id !== undefined) return left(schema);
  switch (schema[Kind]) {
    case 'Object':
      return has(schema, OBJECT_OPTIONS) ? left(schema) : objectCheck(schema as TObject);
    case 'Array':
      return has(schema, ARRAY_OPTIONS) ? left(schema) : arrayCheck(schema as TArray);
    case 'String':
      return schema.format === undefined ? stringCheck(schema as TString) : left(schema);
    case 'Union':
      return unionCheck(schema as TUnion);
    case 'Literal':
      return (value) => value === (schema as TLiteral).const;
    case 'Any':
    case 'Unknown':
      return () => true;
    default:
      return left(schema);
  }
}

const OBJECT_OPTIONS = ['additionalProperties', 'minProperties', 'maxProperties'];
const ARRAY_OPTIONS = ['uniqueItems', 'contains', 'minContains', 'maxContains'];

const has = (schema: TSchema, options: readonly string[]): boolean =>
  options.some((option) => schema[option] !== undefined);

const left =
  (schema: TSchema): Check =>
  (value) =>
    Value.Check(schema, value);

function objectCheck({ properties, required = [] }: TObject): Check {
  const members = Object.getOwnPropertyNames(properties).map((key) => {
    const schema = properties[key] as TSchema;
    const isAnything = schema[Kind] === 'Any' || schema[Kind] === 'Unknown' || ExtendsUndefinedCheck(schema);
    return { key, check: checkOf(schema), isRequired: required.includes(key), isAnything };
  });
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    const object = value as Readonly<Record<string, unknown>>;
    for (const { key, check, isRequired, isAnything } of members) {
      const member = object[key];
      if (!isRequired && member === undefined) continue;
      if (!check(member) || (isRequired && isAnything && !(key in object))) return false;
    }
    return true;
  };
}

function arrayCheck({ items, minItems = 0, maxItems = Number.POSITIVE_INFINITY }: TArray): Check {
  const check = checkOf(items);
  return (value) => {
    if (!Array.isArray(value) || value.length < minItems || value.length > maxItems) return false;
    for (const item of value) if (!check(item)) return false;
    return true;
  };
}

function stringCheck({ pattern, minLength = 0, maxLength = Number.POSITIVE_INFINITY }: TString): Check {
  // made when it is needed: one that is none throws then, as it does in TypeBox
  let expression: RegExp | null = null;
  return (value) => {
    if (typeof value !== 'string' || value.length < minLength || value.length > maxLength) return false;
    if (pattern === undefined) return true;
    expression ??= new RegExp(pattern);
    return expression.test(value);
  };
}

function unionCheck({ anyOf }: TUnion): Check {
  const members = anyOf.map(checkOf);
  return (value) => members.some((check) => check(value));
}
