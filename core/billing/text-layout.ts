// Breaking text into lines of a given number of cells, and putting lines beside each other.
import { type Cluster, clustersOf, displayWidth, isPlain, padEnd, spaces } from './display-width.ts';
import { isolate, printable } from './printable.ts';

/** What may not begin a line in Chinese and Japanese. */
const NOT_FIRST = '、。，．・：；？！）」』】〕〉》］｝ーゝゞ々ぁぃぅぇぉっゃゅょァィゥェォッャュョ…';
/** What may not end one. */
const NOT_LAST = '（「『【〔〈《［｛';

const SPACE = 0x20;
const NO_BREAK_SPACE = 0xa0;
const BLANK_ENDS = /^[ \u3000]+|[ \u3000]+$/g;

/** A stretch of clusters that stays together where a line is long enough for it. */
interface Piece {
  clusters: Cluster[];
  width: number;
  readonly blank: boolean;
}

/**
 * Untrusted text as lines of at most `width` cells, printable and isolated; no text makes one empty line.
 * @param lines what the lines are added to
 */
export function textBlock(text: string, width: number, lines: string[] = []): string[] {
  if (isPlain(text)) return wrapPlain(text, width, lines);
  for (const line of wrapClusters(printable(text), width)) lines.push(isolate(line));
  return lines;
}

/** The same as text in which each line is ended by a newline. */
export function textBlockLines(text: string, width: number): string {
  return `${textBlock(text, width).join('\n')}\n`;
}

/** {@link textBlock} with spaces after its lines, up to `paddedWidth` cells. */
export function paddedBlock(text: string, width: number, paddedWidth: number): string[] {
  if (!isPlain(text)) return textBlock(text, width).map((line) => padEnd(line, paddedWidth));
  return wrapPlain(text, width, []).map((line) => line + spaces(paddedWidth - line.length));
}

/**
 * Printable text as lines of at most `width` cells (2 or more). Lines break at spaces and between wide
 * characters; a word longer than a line is cut after a hyphen, or else between clusters. Spaces at a line's ends go.
 */
export function wrap(text: string, width: number): string[] {
  return isPlain(text) ? wrapPlain(text, width, []) : wrapClusters(text, width);
}

/** {@link wrap} where each character is a cell: the lines are cut out of the text, and nothing is measured. */
function wrapPlain(text: string, width: number, lines: string[]): string[] {
  const end = endWithoutSpaces(text, 0, text.length);
  let start = startWithoutSpaces(text, 0, end);
  while (end - start > width) {
    const lineEnd = plainLineEnd(text, start, end, width);
    lines.push(text.slice(start, endWithoutSpaces(text, start, lineEnd)));
    start = startWithoutSpaces(text, lineEnd, end);
  }
  lines.push(text.slice(start, end));
  return lines;
}

/** Where the line that begins at `start` ends: before a word that has no room on it, or in one that has on none. */
function plainLineEnd(text: string, start: number, end: number, width: number): number {
  const space = text.lastIndexOf(' ', start + width);
  const word = space < start ? start : space + 1;
  const wordEnd = text.indexOf(' ', word);
  if ((wordEnd < 0 ? end : wordEnd) - word <= width) return space;
  const hyphen = text.lastIndexOf('-', word + width - 1);
  const cut = hyphen > word ? hyphen + 1 : word + width;
  return cut - start <= width ? cut : space;
}

function startWithoutSpaces(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && text.charCodeAt(at) === SPACE) at++;
  return at;
}

function endWithoutSpaces(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && text.charCodeAt(at - 1) === SPACE) at--;
  return at;
}

function wrapClusters(text: string, width: number): string[] {
  if (displayWidth(text) <= width) return [text.replace(BLANK_ENDS, '')];
  const lines: string[] = [];
  let line = '';
  let lineWidth = 0;
  let blank = '';
  let blankWidth = 0;
  const end = (): void => {
    lines.push(line);
    line = '';
    lineWidth = 0;
  };
  for (const piece of piecesOf(text).flatMap((whole) => cutToFit(whole, width))) {
    if (piece.blank) {
      blank = line === '' ? '' : textOf(piece);
      blankWidth = line === '' ? 0 : piece.width;
      continue;
    }
    if (line !== '' && lineWidth + blankWidth + piece.width > width) {
      end();
      blank = '';
      blankWidth = 0;
    }
    line += blank + textOf(piece);
    lineWidth += blankWidth + piece.width;
    blank = '';
    blankWidth = 0;
  }
  if (line !== '' || lines.length === 0) end();
  return lines;
}

/**
 * Lines beside lines, as text in which each is ended by a newline and none ends in spaces. The lines on the left have
 * their padding, up to `leftWidth` cells.
 */
export function beside(left: readonly string[], right: readonly string[], leftWidth: number): string {
  let text = '';
  for (let row = 0; row < left.length || row < right.length; row++) {
    const begin = left[row] ?? spaces(leftWidth);
    const end = withoutBlankEnd(right[row] ?? '');
    text += end === '' ? `${begin.trimEnd()}\n` : `${begin}${end}\n`;
  }
  return text;
}

/** `trimEnd`, which is called only for what may end in a blank. */
function withoutBlankEnd(text: string): string {
  const last = text.charCodeAt(text.length - 1);
  return last > SPACE && last < NO_BREAK_SPACE ? text : text.trimEnd();
}

function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  for (const cluster of clustersOf(text)) {
    const open = pieces.at(-1);
    const blank = cluster.text === ' ' || cluster.text === '\u3000';
    const last = open?.clusters.at(-1);
    if (open !== undefined && last !== undefined && staysWith(open, last, cluster, blank)) {
      open.clusters.push(cluster);
      open.width += cluster.width;
    } else {
      pieces.push({ clusters: [cluster], width: cluster.width, blank });
    }
  }
  return pieces;
}

function staysWith(open: Piece, last: Cluster, next: Cluster, blank: boolean): boolean {
  if (blank || open.blank) return blank && open.blank;
  if (NOT_FIRST.includes(next.text) || NOT_LAST.includes(last.text)) return true;
  return last.width < 2 && next.width < 2;
}

/** The piece, or, where it is longer than a line, as many pieces as it takes: cut after a hyphen if there is one. */
function cutToFit(piece: Piece, width: number): Piece[] {
  if (piece.blank || piece.width <= width) return [piece];
  const parts: Cluster[][] = [[]];
  for (const cluster of piece.clusters) {
    const open = parts.at(-1) ?? [];
    if (widthOf(open) + cluster.width > width) {
      const hyphen = open.findLastIndex(({ text }) => text === '-');
      parts.push(hyphen > 0 ? open.splice(hyphen + 1) : []);
    }
    parts.at(-1)?.push(cluster);
  }
  return parts.map((clusters) => ({ clusters, width: widthOf(clusters), blank: false }));
}

function widthOf(clusters: readonly Cluster[]): number {
  return clusters.reduce((width, cluster) => width + cluster.width, 0);
}

function textOf(piece: Piece): string {
  return piece.clusters.map((cluster) => cluster.text).join('');
}
