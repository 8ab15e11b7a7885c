import type { TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { conforms } from './conforms.ts';
import { type Json, MAX_DEPTH } from './json.ts';
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

/** What a look at a value just parsed finds: all is well, numbers that JSON would give back as others, or too many levels. */
type Sight = 'plain' | 'other-numbers' | 'too-deep';

/** Infinities (from 1e400) and negative zero are numbers that don't survive another trip through JSON. */
function look(value: unknown, levels: number): Sight {
  if (typeof value === 'number')
    return Number.isFinite(value) && !Object.is(value, -0) ? 'plain' : 'other-numbers';
  if (typeof value !== 'object' || value === null) return 'plain';
  if (levels <= 0) return 'too-deep';
  let sight: Sight = 'plain';
  for (const member of Array.isArray(value) ? value : Object.values(value)) {
    const found = look(member, levels - 1);
    if (found === 'too-deep') return found;
    if (found !== 'plain') sight = found;
  }
  return sight;
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
  const sight = look(value, MAX_DEPTH);
  if (sight === 'too-deep') return tooDeep;
  // a replay from the store must see what the first run saw: numbers as they are after another trip through JSON
  if (sight === 'other-numbers') value = JSON.parse(JSON.stringify(value)) as Json;
  return conforms(schema, value)
    ? { ok: true, value: value as T }
    : refuse('invalid-message', misfit(schema, value));
}

const tooDeep: Refusal = refuse('too-deep', `the value nests deeper than ${MAX_DEPTH} levels`);
