// In which order the parts of a line are drawn (the Unicode Bidirectional Algorithm, UAX #9).
import bidiFactory from 'bidi-js';

const bidi = bidiFactory();

/** Scripts that are written from right to left, and their digits. */
const RIGHT_TO_LEFT =
  /[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

export const hasRightToLeft = (text: string): boolean => RIGHT_TO_LEFT.test(text);

/** The embedding level of each UTF-16 unit: odd where it is read from right to left. Null where nothing is. */
export function levelsOf(text: string): Uint8Array | null {
  return hasRightToLeft(text) ? bidi.getEmbeddingLevels(text, 'auto').levels : null;
}

/** Brackets and the like that are read from right to left, turned. */
export function mirrored(text: string): string {
  return Array.from(text, (character) => bidi.getMirroredCharacter(character) ?? character).join('');
}

/** Items in reading order, in the order in which they stand on the line (rule L2). */
export function visualOrder<T extends { readonly level: number }>(items: readonly T[]): readonly T[] {
  const ordered = [...items];
  const highest = Math.max(0, ...items.map(({ level }) => level));
  for (let level = highest; level >= 1; level--) {
    for (let from = 0; from < ordered.length; from++) {
      let to = from;
      while (to < ordered.length && (ordered[to]?.level ?? 0) >= level) to++;
      if (to - from > 1) ordered.splice(from, to - from, ...ordered.slice(from, to).reverse());
      from = Math.max(from, to - 1);
    }
  }
  return ordered;
}
