// What the width tables say of a character, as bits: one index for those of the first two planes, and no search.
import {
  PICTOGRAPH_RANGES,
  RIGHT_TO_LEFT_RANGES,
  SKIN_TONE_RANGES,
  SPACING_MARK_RANGES,
  WIDE_RANGES,
  ZERO_RANGES,
} from './width-tables.ts';

export const WIDE = 1;
export const ZERO = 2;
export const SPACING_MARK = 4;
export const PICTOGRAPH = 8;
export const SKIN_TONE = 16;
export const RIGHT_TO_LEFT = 32;

const TABLES: readonly (readonly [kind: number, ranges: readonly number[]])[] = [
  [WIDE, WIDE_RANGES],
  [ZERO, ZERO_RANGES],
  [SPACING_MARK, SPACING_MARK_RANGES],
  [PICTOGRAPH, PICTOGRAPH_RANGES],
  [SKIN_TONE, SKIN_TONE_RANGES],
  [RIGHT_TO_LEFT, RIGHT_TO_LEFT_RANGES],
];

/** The kinds of each code point of the first two planes, where all writing in use is but for rare Han: 128 KB. */
const KINDS: Uint8Array = kindsBelow(0x20000);

/** The bits of the tables that name the code point. */
export function kindsOf(code: number): number {
  return KINDS[code] ?? kindsInTables(code);
}

function kindsBelow(end: number): Uint8Array {
  const found = new Uint8Array(end);
  for (const [kind, ranges] of TABLES) {
    for (let at = 0; at < ranges.length; at += 2) {
      const last = Math.min(ranges[at + 1] ?? 0, end - 1);
      for (let code = ranges[at] ?? end; code <= last; code++) found[code] = (found[code] ?? 0) | kind;
    }
  }
  return found;
}

function kindsInTables(code: number): number {
  let kinds = 0;
  for (const [kind, ranges] of TABLES) if (inRanges(ranges, code)) kinds |= kind;
  return kinds;
}

/** Whether the code point lies in one of the ranges of a table: [first, last, first, last, …], rising. */
function inRanges(ranges: readonly number[], code: number): boolean {
  let low = 0;
  let high = ranges.length / 2 - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (code < (ranges[2 * middle] ?? 0)) high = middle - 1;
    else if (code > (ranges[2 * middle + 1] ?? 0)) low = middle + 1;
    else return true;
  }
  return false;
}
