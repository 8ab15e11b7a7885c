import type { TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { Json } from './json.ts';
import type { Payload } from './record.ts';

/** The longest value that is read, in UTF-16 units; a longer one goes to the dead letters. */
export const MAX_MESSAGE_LENGTH = 512 * 1024;

/** The deepest nesting of a value that is read. */
export const MAX_DEPTH = 64;

export type Decoded<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string; readonly detail: string };

const refuse = (reason: string, detail: string): { readonly ok: false; readonly reason: string; readonly detail: string } => ({ ok: false, reason, detail });

function depthWithin(value: unknown, left: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return left > 0 && Object.values(value).every((member) => depthWithin(member, left - 1));
}

/** Where and how a value misses its schema, in a sentence without the value itself. */
export function misfit(schema: TSchema, value: unknown): string {
  const first = Value.Errors(schema, value).First();
  return first === undefined ? 'does not fit its schema' : `${first.path === '' ? 'the message' : first.path}: ${first.message}`;
}

/** Parses and checks a value: text of at most `MAX_MESSAGE_LENGTH`, JSON, not too deep, of the schema. */
export function decode<T>(payload: Payload, schema: TSchema): Decoded<T> {
  if (payload === null) return refuse('tombstone', 'the record has no value; this topic takes no deletions');
  if (typeof payload !== 'string') return refuse('invalid-utf8', 'the value is not UTF-8 text');
  if (payload.length > MAX_MESSAGE_LENGTH) return refuse('too-large', `the value has ${payload.length} characters; at most ${MAX_MESSAGE_LENGTH} are read`);
  let value: Json;
  try {
    value = JSON.parse(payload) as Json;
  } catch {
    // the parser's message may quote the value, which can be personal data: say only what is to be done
    return refuse('invalid-json', 'the value is not JSON');
  }
  if (!depthWithin(value, MAX_DEPTH)) return refuse('too-deep', `the value nests deeper than ${MAX_DEPTH} levels`);
  return Value.Check(schema, value) ? { ok: true, value: value as T } : refuse('invalid-message', misfit(schema, value));
}
