// Where a line may end, and how much of a text goes on each.

/** What may not begin a line in Chinese and Japanese, and what may not end one. */
const NOT_FIRST = /^[、。，．・：；？！）」』】〕〉》］｝ーゝゞ々ぁぃぅぇぉっゃゅょァィゥェォッャュョ…]/u;
const NOT_LAST = /[（「『【〔〈《［｛]$/u;
const IDEOGRAPHIC = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff00-\uffef]/u;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** What a reader takes for one character each. */
export function clustersOf(text: string): readonly string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment);
}

/** A line's place in its text, in UTF-16 units, without the spaces at its end. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * The lines of a text where `widthOf` measures a part of it. A word that has no room on any line is cut; no text makes
 * one empty line.
 */
export function linesWithin(text: string, width: number, widthOf: (part: string) => number): readonly Span[] {
  const spans: Span[] = [];
  let start = 0;
  let end = 0;
  let at = 0;
  for (const word of wordsOf(text).flatMap((whole) => cutWords(whole, width, widthOf))) {
    const wordEnd = at + word.trimEnd().length;
    if (end > start && widthOf(text.slice(start, wordEnd)) > width) {
      spans.push({ start, end });
      start = at;
    }
    if (wordEnd > at) end = wordEnd;
    at += word.length;
  }
  spans.push({ start, end: Math.max(start, end) });
  return spans;
}

/** Parts that stay together, each with the spaces behind it. */
function wordsOf(text: string): readonly string[] {
  const words: string[] = [];
  for (const cluster of clustersOf(text)) {
    const open = words.at(-1);
    if (open === undefined || mayBreak(open, cluster)) words.push(cluster);
    else words[words.length - 1] = open + cluster;
  }
  return words;
}

function mayBreak(before: string, next: string): boolean {
  if (/^[ \u3000]/u.test(next) || NOT_FIRST.test(next) || NOT_LAST.test(before)) return false;
  if (/[ \u3000]$/u.test(before)) return true;
  const last = clustersOf(before).at(-1) ?? '';
  return IDEOGRAPHIC.test(next) || IDEOGRAPHIC.test(last);
}

/** The word, or what of it fits on a line each. */
function cutWords(word: string, width: number, widthOf: (part: string) => number): readonly string[] {
  if (widthOf(word.trimEnd()) <= width) return [word];
  const parts = [''];
  for (const cluster of clustersOf(word)) {
    const open = parts.at(-1) ?? '';
    if (open !== '' && widthOf((open + cluster).trimEnd()) > width) parts.push(cluster);
    else parts[parts.length - 1] = open + cluster;
  }
  return parts;
}
