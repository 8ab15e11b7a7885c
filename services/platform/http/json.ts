import { depthWithin, isWellFormed, MAX_DEPTH } from '../../../core/mod.ts';
import { HttpProblem } from './problem.ts';
import { invalid } from './schema.ts';

const malformed = (code: string, detail: string, cause?: unknown): HttpProblem =>
  new HttpProblem({ status: 400, code, detail, cause });

/**
 * A body's bytes as JSON that means the same to everybody: UTF-8, bounded in depth, no name twice in an object, no number
 * and no text that would come out of another trip through JSON as something else. Throws `HttpProblem`: 400 for what is no
 * such JSON, 422 that names the place for the last two.
 */
export function parseJson(bytes: Uint8Array): unknown {
  const text = decoded(bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    // the parser's message can quote the body, which may be personal: it stays inside
    throw malformed(
      'malformed-json',
      'The body is not well-formed JSON: check quotes, commas and brackets.',
      cause,
    );
  }
  if (!depthWithin(value, MAX_DEPTH))
    throw malformed('too-deep', `The body nests deeper than ${MAX_DEPTH} levels: send it flatter.`);
  if (countColons(text) !== countNames(value))
    throw malformed(
      'duplicate-name',
      'An object in the body has a name twice, and which one counts would be a guess: send each once.',
    );
  const flaw = flawIn(value);
  if (flaw !== null) throw invalid([flaw]);
  return value;
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    // TypeError for bytes that are no UTF-8; it says no more than that
    throw malformed('invalid-utf8', 'The body is not UTF-8: encode the JSON as UTF-8.', cause);
  }
}

/** Colons outside of strings: one for each name that is written. The text is well-formed JSON. */
function countColons(text: string): number {
  let count = 0;
  let colon = text.indexOf(':');
  for (let at = 0; colon >= 0; ) {
    const quote = text.indexOf('"', at);
    const end = quote < 0 ? text.length : quote;
    for (; colon >= 0 && colon < end; colon = text.indexOf(':', colon + 1)) count++;
    if (quote < 0) break;
    at = endOfString(text, quote);
    if (colon < at) colon = text.indexOf(':', at);
  }
  return count;
}

/** Where the string that begins with this quote has ended. */
function endOfString(text: string, quote: number): number {
  for (let at = text.indexOf('"', quote + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (text[at - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return at + 1;
  }
  return text.length;
}

/** Names that objects have in the end: of a name that was written twice one is left. */
function countNames(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const members: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  let count = Array.isArray(value) ? 0 : members.length;
  for (const member of members) if (typeof member === 'object') count += countNames(member);
  return count;
}

const TEXT_FLAW = 'Expected text without halves of surrogate pairs';
const NUMBER_FLAW = 'Expected a number that JSON carries exactly: send it as a string';

interface Flaw {
  readonly path: string;
  readonly message: string;
}

/** The first text or number that doesn't survive. */
function flawIn(value: unknown): Flaw | null {
  if (typeof value === 'string') return isWellFormed(value) ? null : { path: '', message: TEXT_FLAW };
  if (typeof value === 'number') {
    const isExact = Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
    return isExact ? null : { path: '', message: NUMBER_FLAW };
  }
  if (typeof value !== 'object' || value === null) return null;
  // a list may have a million members: their places are made text only where one is to be told
  if (Array.isArray(value)) return flawInList(value);
  for (const [name, member] of Object.entries(value)) {
    if (!isWellFormed(name)) return { path: '', message: TEXT_FLAW };
    const flaw = flawIn(member);
    if (flaw !== null) return { ...flaw, path: `/${name}${flaw.path}` };
  }
  return null;
}

function flawInList(list: readonly unknown[]): Flaw | null {
  for (let at = 0; at < list.length; at++) {
    const flaw = flawIn(list[at]);
    if (flaw !== null) return { ...flaw, path: `/${at}${flaw.path}` };
  }
  return null;
}
