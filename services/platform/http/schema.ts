import type { Static, TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { LaterBody } from './later-body.ts';
import { HttpProblem, type InputError } from './problem.ts';

/** At most so many errors of one request are listed. */
const ERRORS_MAX = 20;

/**
 * A TypeBox schema as Elysia takes it, by the Standard Schema interface. Elysia would write `additionalProperties`
 * into a bare TypeBox schema, which the core and other routes may share, and refuse fields that it doesn't know.
 */
export interface Checked<T> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: 'requite';
    readonly validate: (value: unknown) => { readonly value: T };
    readonly types?: { readonly input: T; readonly output: T };
  };
  /** For the API description. */
  readonly jsonSchema: TSchema;
}

function checked<S extends TSchema>(schema: S, prepare: (value: unknown) => unknown): Checked<Static<S>> {
  const validate = (raw: unknown): { readonly value: Static<S> } => {
    const value = prepare(raw);
    if (Value.Check(schema, value)) return { value };
    throw invalid(inputErrors(schema, value));
  };
  return { '~standard': { version: 1, vendor: 'requite', validate }, jsonSchema: schema };
}

/** A route's body: JSON of this schema, or 422 that lists what is wrong. Fields that it doesn't name are let through. */
export function jsonBody<S extends TSchema>(schema: S): Checked<Static<S>> {
  // Elysia validates what the parser gave, whatever the hooks after it made of it
  return checked(schema, (value) => (value instanceof LaterBody ? value.value : value));
}

/** A route's query or path parameters: texts are converted to the schema's types and defaults filled in, or 422. */
export function parameters<S extends TSchema>(schema: S): Checked<Static<S>> {
  return checked(schema, (value) => Value.Convert(schema, Value.Default(schema, Value.Clone(value))));
}

/** 422 with the list of what is wrong. */
export function invalid(errors: readonly InputError[]): HttpProblem {
  const [first] = errors;
  const where = first === undefined || first.path === '' ? 'What you sent' : first.path;
  const detail = `${where}: ${first?.message ?? 'does not fit'}. Change what "errors" lists and send it again; /docs shows what is expected.`;
  return new HttpProblem({ status: 422, code: 'invalid-input', detail, errors });
}

/** Where a value misses a schema, one error a place, without quoting the value. */
function inputErrors(schema: TSchema, value: unknown): readonly InputError[] {
  const errors = new Map<string, string>();
  for (const { path, message } of Value.Errors(schema, value)) {
    if (!errors.has(path)) errors.set(path, message);
    if (errors.size === ERRORS_MAX) break;
  }
  return [...errors].map(([path, message]) => ({ path, message }));
}

/**
 * A checked value with nothing but what its schema names, own properties only: no `__proto__` gets through.
 * For schemas of objects, arrays and plain values.
 */
export function onlyNamed<S extends TSchema>(schema: S, value: Static<S>): Static<S> {
  if (schema.type === 'array')
    return (value as unknown[]).map((item) => onlyNamed(schema.items as TSchema, item));
  if (schema.type !== 'object') return value;
  const named = Object.entries(schema.properties as Readonly<Record<string, TSchema>>);
  const object = value as Readonly<Record<string, unknown>>;
  const present = named.filter(([name]) => Object.hasOwn(object, name));
  return Object.fromEntries(present.map(([name, property]) => [name, onlyNamed(property, object[name])]));
}
