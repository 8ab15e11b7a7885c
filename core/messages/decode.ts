import type { TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { conforms } from './conforms.ts';
import { depthWithin, type Json, MAX_DEPTH, membersOf } from './json.ts';
import type { Payload } from './record.ts';

/** The longest value that is read, in UTF-16 units; a longer one goes to the dead letters. */
export const MAX_MESSAGE_LENGTH: number = 512 * 1024;

interface Refusal {
  readonly ok: false;
  readonly reason: string;
  readonly detail: string;
}

export type Decoded<T> = { readonly ok: true; readonly value: T } | Refusal;

const refuse = (reason: string, detail: string): Refusal => ({ ok: false, reason, detail });

/** Whether JSON gives every number back as it is: infinities (from 1e400) and negative zero it does not. */
function numbersSurvive(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== 'object' || value === null) return true;
  for (const member of membersOf(value)) if (!numbersSurvive(member)) return false;
  return true;
}

/** Where and how a value misses its schema, in a sentence without the value itself. */
export function misfit(schema: TSchema, value: unknown): string {
  const first = Value.Errors(schema, value).First();
  if (first === undefined) return 'does not fit its schema';
  return `${first.path === '' ? 'the message' : first.path}: ${first.message}`;
}

/** Parses and checks a value: text of at most `MAX_MESSAGE_LENGTH`, JSON, not too deep, of the schema. */
export function decode<T>(payload: Payload, schema: TSchema): Decoded<T> {
  if (payload === null) return refuse('tombstone', 'the record has no value; this topic takes no deletions');
  if (typeof payload !== 'string') return refuse('invalid-utf8', 'the value is not UTF-8 text');
  if (payload.length > MAX_MESSAGE_LENGTH) {
    return refuse(
      'too-large',
      `the value has ${payload.length} characters; at most ${MAX_MESSAGE_LENGTH} are read`,
    );
  }
  let value: Json;
  try {
    value = JSON.parse(payload) as Json;
  } catch (error) {
    // some parsers recurse and run out of stack where others parse: the record ends the same way on all
    if (error instanceof RangeError) return tooDeep;
    // the parser's message may quote the value, which can be personal data: say only what is to be done
    return refuse('invalid-json', 'the value is not JSON');
  }
  if (!depthWithin(value, MAX_DEPTH)) return tooDeep;
  // a replay from the store must see what the first run saw: numbers as they are after another trip through JSON
  if (!numbersSurvive(value)) value = JSON.parse(JSON.stringify(value)) as Json;
  return conforms(schema, value)
    ? { ok: true, value: value as T }
    : refuse('invalid-message', misfit(schema, value));
}

const tooDeep: Refusal = refuse('too-deep', `the value nests deeper than ${MAX_DEPTH} levels`);
