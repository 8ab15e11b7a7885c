// What comes from outside is text, and must stay text: it may neither command the terminal, nor begin a line,
// nor turn the order of what stands beside it.
import { hasRightToLeft, isPlain } from './display-width.ts';

const REPLACEMENT = '\ufffd';
/** What {@link printable} may have to change: the harmful, the invisible, and surrogates, which have to be put together. */
const SUSPECT =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  /[\0-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff]/;
const BLACK_FLAG = 0x1f3f4;
const FIRST_STRONG_ISOLATE = '\u2068';
const POP_DIRECTIONAL_ISOLATE = '\u2069';

/**
 * The text, safe to put on a line. Control characters (escape, newline and tab among them), line and paragraph
 * separators, bidirectional embeddings, overrides and isolates, unpaired surrogates and noncharacters each become
 * U+FFFD, so that they can be seen; what is invisible and does no harm (soft hyphen, zero width space, direction
 * marks, byte order mark) goes. Zero width joiners stay: Persian, Hindi and emoji are spelled with them.
 */
export function printable(text: string): string {
  if (!SUSPECT.test(text)) return text;
  let clean = '';
  let before = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (isHarmful(code)) clean += REPLACEMENT;
    else if (isInvisible(code, before)) continue;
    else clean += character;
    before = code;
  }
  return clean;
}

/**
 * Printable text in a pair of isolates where any of it is written from right to left, so that it doesn't move
 * the numbers beside it (UAX #9, 2.4). The isolates take no cells.
 */
export function isolate(text: string): string {
  return hasRightToLeft(text) ? FIRST_STRONG_ISOLATE + text + POP_DIRECTIONAL_ISOLATE : text;
}

/** Untrusted text as a part of a line: printable and isolated. */
export function inline(text: string): string {
  return isPlain(text) ? text : isolate(printable(text));
}

function isHarmful(code: number): boolean {
  if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) return true;
  if (code >= 0x2028 && code <= 0x202e) return true;
  if (code >= 0x2066 && code <= 0x2069) return true;
  if (code >= 0xd800 && code <= 0xdfff) return true;
  return (code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) === 0xfffe;
}

function isInvisible(code: number, before: number): boolean {
  if (code === 0xad || code === 0x61c || code === 0x180e || code === 0xfeff) return true;
  if (code === 0x200b || code === 0x200e || code === 0x200f) return true;
  if ((code >= 0x2060 && code <= 0x206f) || (code >= 0xfff9 && code <= 0xfffb)) return true;
  return isTag(code) && !(before === BLACK_FLAG || isTag(before));
}

/** Tags spell the flags of regions after a black flag, and nothing else. */
function isTag(code: number): boolean {
  return code >= 0xe0000 && code <= 0xe007f;
}
