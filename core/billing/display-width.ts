// How many cells of a terminal a text takes, from tables pinned in this repository, so that a bill has the same
// bytes on every runtime. The rules: East Asian Wide and Fullwidth take 2 cells (UAX #11); nonspacing marks and
// format characters none; a flag, a keycap or an emoji joined by zero width joiners 2; all else 1, with what is
// Ambiguous in UAX #11 and spacing marks among it. Texts are expected as `printable` leaves them.
import {
  PICTOGRAPH_RANGES,
  RIGHT_TO_LEFT_RANGES,
  SKIN_TONE_RANGES,
  SPACING_MARK_RANGES,
  WIDE_RANGES,
  ZERO_RANGES,
} from './width-tables.ts';

/** What the reader takes for one character, and the cells it needs. */
export interface Cluster {
  readonly text: string;
  readonly width: number;
}

const ZERO_WIDTH_JOINER = 0x200d;
const EMOJI_PRESENTATION = 0xfe0f;
const KEYCAP = 0x20e3;
/** Marks in a row, as nobody writes them, can't make a cluster that fits no line. */
const CLUSTER_WIDTH_MAX = 4;
const ASCII = /^[ -~]*$/;
const KEYCAP_BASE = /^[0-9#*]\ufe0f?$/;

interface Growing {
  text: string;
  width: number;
  /** Its first code point. */
  readonly base: number;
  /** Its last code point. */
  last: number;
}

/** The text cut into clusters, which are never parted by wrapping or truncation. */
export function clustersOf(text: string): Cluster[] {
  const clusters: Growing[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const open = clusters.at(-1);
    if (open === undefined || !join(open, character, code)) {
      clusters.push({ text: character, width: widthOf(code), base: code, last: code });
    }
  }
  return clusters;
}

/** Adds a character to the cluster before it where it belongs there; answers whether it does. */
function join(open: Growing, character: string, code: number): boolean {
  const width = joinedWidth(open, code);
  if (width === undefined) return false;
  open.text += character;
  open.width = width;
  open.last = code;
  return true;
}

/** The width of the cluster with the character in it, or undefined where a new cluster begins. */
function joinedWidth(open: Growing, code: number): number | undefined {
  if (code < 0x300) return inRanges(ZERO_RANGES, code) ? open.width : undefined;
  const onPictograph = inRanges(PICTOGRAPH_RANGES, open.base);
  if (code === EMOJI_PRESENTATION) return onPictograph ? 2 : open.width;
  if (code === KEYCAP) return KEYCAP_BASE.test(open.text) ? 2 : open.width;
  if (inRanges(ZERO_RANGES, code)) return open.width;
  if (inRanges(SPACING_MARK_RANGES, code)) {
    return open.width < CLUSTER_WIDTH_MAX ? open.width + widthOf(code) : undefined;
  }
  if (onPictograph && inRanges(SKIN_TONE_RANGES, code)) return 2;
  if (onPictograph && open.last === ZERO_WIDTH_JOINER && inRanges(PICTOGRAPH_RANGES, code)) return 2;
  const firstOfFlag = open.base === open.last && isRegionalIndicator(open.base) && open.text.length === 2;
  return firstOfFlag && isRegionalIndicator(code) ? 2 : undefined;
}

function widthOf(code: number): number {
  if (code < 0x300) return inRanges(ZERO_RANGES, code) ? 0 : 1;
  if (inRanges(ZERO_RANGES, code)) return 0;
  return inRanges(WIDE_RANGES, code) ? 2 : 1;
}

function isRegionalIndicator(code: number): boolean {
  return code >= 0x1f1e6 && code <= 0x1f1ff;
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

/** Cells that the text takes on one line. */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  return clustersOf(text).reduce((width, cluster) => width + cluster.width, 0);
}

/** The text with spaces after it, up to `width` cells; longer text is left as it is. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

/** The text with spaces before it, up to `width` cells; longer text is left as it is. */
export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - displayWidth(text))) + text;
}

/** The text where it fits `width` cells, else as many whole clusters of it as leave room for an ellipsis. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  if (width < 1) return '';
  let kept = '';
  let left = width - 1;
  for (const cluster of clustersOf(text)) {
    if (cluster.width > left) break;
    kept += cluster.text;
    left -= cluster.width;
  }
  return `${kept}…`;
}

/** Whether any of the text is written from right to left. */
export function hasRightToLeft(text: string): boolean {
  if (ASCII.test(text)) return false;
  for (const character of text) {
    if (inRanges(RIGHT_TO_LEFT_RANGES, character.codePointAt(0) ?? 0)) return true;
  }
  return false;
}
