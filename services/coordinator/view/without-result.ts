// A report of a job's end is mostly its result, at which the fold does not look: to see that it is JSON takes a fourth of
// the time that parsing it does.
import { MAX_MESSAGE_LENGTH } from '../../../core/mod.ts';

const MARK = '{"event":"completed","result":';
/** What follows it: so its event is the last member of a list that is the last member of the whole. */
const END = '}]}';
/** Far less than a message may nest: a result that nests deeper is parsed. */
const MAX_DEPTH = 16;
/** Not what is looked for, or in a form that is rare: the text is then parsed as a whole. */
const OTHER = -1;

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * A report's text with null for the result of its last event, where that is a `completed` one and as `JSON.stringify`
 * writes it; else the text as it is. What comes back decodes as a report exactly where the text does, and to the same but
 * for the result.
 */
export function withoutResult(text: string): string {
  const mark = text.indexOf(MARK);
  if (mark < 0 || text.length > MAX_MESSAGE_LENGTH) return text;
  const start = mark + MARK.length;
  const end = afterValue(text, start, 0);
  if (end === OTHER || end + END.length !== text.length || !text.endsWith(END)) return text;
  return `${text.slice(0, start)}null${END}`;
}

/** Where the JSON value ends that begins at `at`; `OTHER` where there is none, or one of a rare form. */
function afterValue(text: string, at: number, depth: number): number {
  const code = text.charCodeAt(at);
  if (code === QUOTE) return afterText(text, at);
  if (code === OPEN_OBJECT) return depth < MAX_DEPTH ? afterObject(text, at, depth + 1) : OTHER;
  if (code === OPEN_LIST) return depth < MAX_DEPTH ? afterList(text, at, depth + 1) : OTHER;
  if (code === MINUS || isDigit(code)) return afterNumber(text, at);
  for (const word of ['null', 'true', 'false']) if (text.startsWith(word, at)) return at + word.length;
  return OTHER;
}

function afterObject(text: string, start: number, depth: number): number {
  if (text.charCodeAt(start + 1) === CLOSE_OBJECT) return start + 2;
  for (let at = start; ; ) {
    const colon = text.charCodeAt(at + 1) === QUOTE ? afterText(text, at + 1) : OTHER;
    if (colon === OTHER || text.charCodeAt(colon) !== COLON) return OTHER;
    at = afterValue(text, colon + 1, depth);
    if (at === OTHER) return OTHER;
    const next = text.charCodeAt(at);
    if (next === CLOSE_OBJECT) return at + 1;
    if (next !== COMMA) return OTHER;
  }
}

function afterList(text: string, start: number, depth: number): number {
  if (text.charCodeAt(start + 1) === CLOSE_LIST) return start + 2;
  for (let at = start; ; ) {
    at = afterValue(text, at + 1, depth);
    if (at === OTHER) return OTHER;
    const next = text.charCodeAt(at);
    if (next === CLOSE_LIST) return at + 1;
    if (next !== COMMA) return OTHER;
  }
}

/** Only of text without escapes: most has none. */
function afterText(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code === BACKSLASH || code < 0x20) return OTHER;
  }
  return OTHER;
}

/** Only of numbers without exponents. */
function afterNumber(text: string, start: number): number {
  const first = text.charCodeAt(start) === MINUS ? start + 1 : start;
  const whole = afterDigits(text, first);
  if (whole === first || (whole > first + 1 && text.charCodeAt(first) === 0x30)) return OTHER;
  if (text.charCodeAt(whole) !== POINT) return whole;
  const end = afterDigits(text, whole + 1);
  return end === whole + 1 ? OTHER : end;
}

function afterDigits(text: string, start: number): number {
  let at = start;
  while (isDigit(text.charCodeAt(at))) at++;
  return at;
}

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;
