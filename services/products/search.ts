/** At most so many words of a search are looked for. */
const WORDS_MAX = 16;

/**
 * What somebody typed, as an expression of SQLite's FTS5: every word must be there, the end of a word may be missing.
 * Whatever has a meaning in FTS5's own language is only text here. Null where there is no word in it.
 */
export function searchExpression(typed: string): string | null {
  const words = typed
    .split(/[\s\0]+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word))
    .slice(0, WORDS_MAX);
  if (words.length === 0) return null;
  return words.map((word) => `"${word.replaceAll('"', '""')}"*`).join(' AND ');
}
