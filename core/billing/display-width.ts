// How many cells of a terminal a text takes, from tables pinned in this repository, so that a bill has the same
// bytes on every runtime. The rules: East Asian Wide and Fullwidth take 2 cells (UAX #11); nonspacing marks and
// format characters none; a flag, a keycap or an emoji joined by zero width joiners 2; all else 1, with what is
// Ambiguous in UAX #11 and spacing marks among it. Texts are expected as `printable` leaves them.
import {
  kindsOf,
  PICTOGRAPH,
  RIGHT_TO_LEFT,
  SKIN_TONE,
  SPACING_MARK,
  WIDE,
  ZERO,
} from './character-kinds.ts';

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
/** Code points below this one join no emoji: © and ® stand for themselves behind a joiner, too. */
const FIRST_JOINING = 0x300;
const PLAIN = /^[ -~\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u052f]*$/;
/** The spaces of one line of a page, made once. */
const SPACES: readonly string[] = Array.from({ length: 80 }, (_, count) => ' '.repeat(count));
const KEYCAP_BASES = '0123456789#*';

/**
 * Whether each UTF-16 unit of the text is a printable cluster of one cell, written from left to right: Latin, Greek and
 * Cyrillic letters, digits, spaces and the usual marks. Most texts of most bills are, and need no look-up at all.
 */
export function isPlain(text: string): boolean {
  return PLAIN.test(text);
}

/** Walks over the clusters of a text, from before the first one. */
class ClusterWalk {
  private readonly text: string;
  /** Where the cluster begins and ends in the text, in UTF-16 units, and its cells. */
  start = 0;
  end = 0;
  width = 0;
  /** Its first code point and its last. */
  private base = 0;
  private last = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Takes the next cluster; answers whether there is one. */
  next(): boolean {
    this.start = this.end;
    if (this.start === this.text.length) return false;
    this.base = this.take();
    this.width = widthOf(kindsOf(this.base));
    while (this.end < this.text.length && this.joins(this.text.codePointAt(this.end) ?? 0)) this.take();
    return true;
  }

  private take(): number {
    this.last = this.text.codePointAt(this.end) ?? 0;
    this.end += this.last > 0xffff ? 2 : 1;
    return this.last;
  }

  /** Widens the cluster by a code point that belongs to it; answers whether it does. */
  private joins(code: number): boolean {
    const kinds = kindsOf(code);
    if ((kinds & ZERO) !== 0) {
      if (this.makesEmoji(code)) this.width = 2;
      return true;
    }
    if ((kinds & SPACING_MARK) !== 0) {
      if (this.width >= CLUSTER_WIDTH_MAX) return false;
      this.width += widthOf(kinds);
      return true;
    }
    if (!this.joinsEmoji(code, kinds)) return false;
    this.width = 2;
    return true;
  }

  private makesEmoji(mark: number): boolean {
    if (mark === EMOJI_PRESENTATION) return (kindsOf(this.base) & PICTOGRAPH) !== 0;
    return mark === KEYCAP && this.isKeycapBase();
  }

  private isKeycapBase(): boolean {
    const length = this.end - this.start;
    if (length > 2 || (length === 2 && this.last !== EMOJI_PRESENTATION)) return false;
    return KEYCAP_BASES.includes(this.text.charAt(this.start));
  }

  private joinsEmoji(code: number, kinds: number): boolean {
    if (code < FIRST_JOINING) return false;
    if (isRegionalIndicator(code)) return isRegionalIndicator(this.base) && this.end - this.start === 2;
    if ((kinds & (SKIN_TONE | PICTOGRAPH)) === 0 || (kindsOf(this.base) & PICTOGRAPH) === 0) return false;
    return (kinds & SKIN_TONE) !== 0 || this.last === ZERO_WIDTH_JOINER;
  }
}

/** The text cut into clusters, which are never parted by wrapping or truncation. */
export function clustersOf(text: string): Cluster[] {
  const clusters: Cluster[] = [];
  const walk = new ClusterWalk(text);
  while (walk.next()) clusters.push({ text: text.slice(walk.start, walk.end), width: walk.width });
  return clusters;
}

function widthOf(kinds: number): number {
  if ((kinds & ZERO) !== 0) return 0;
  return (kinds & WIDE) !== 0 ? 2 : 1;
}

function isRegionalIndicator(code: number): boolean {
  return code >= 0x1f1e6 && code <= 0x1f1ff;
}

/** Cells that the text takes on one line. */
export function displayWidth(text: string): number {
  if (isPlain(text)) return text.length;
  let width = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const kinds = kindsOf(code);
    if ((kinds & (ZERO | SPACING_MARK)) !== 0 || isSurrogate(code)) return widthOfClusters(text);
    width += widthOf(kinds);
  }
  return width;
}

/** The same where characters may join: without marks and pairs of surrogates none does. */
function widthOfClusters(text: string): number {
  let width = 0;
  const walk = new ClusterWalk(text);
  while (walk.next()) width += walk.width;
  return width;
}

function isSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdfff;
}

/** So many spaces; none where the number is negative. */
export function spaces(count: number): string {
  if (count <= 0) return '';
  return count < SPACES.length ? (SPACES[count] ?? '') : ' '.repeat(count);
}

/** The text with spaces after it, up to `width` cells; longer text is left as it is. */
export function padEnd(text: string, width: number): string {
  return text + spaces(width - displayWidth(text));
}

/** The text with spaces before it, up to `width` cells; longer text is left as it is. */
export function padStart(text: string, width: number): string {
  return spaces(width - displayWidth(text)) + text;
}

/** The text where it fits `width` cells, else as many whole clusters of it as leave room for an ellipsis. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  if (width < 1) return '';
  const walk = new ClusterWalk(text);
  let end = 0;
  let left = width - 1;
  while (walk.next() && walk.width <= left) {
    end = walk.end;
    left -= walk.width;
  }
  return `${text.slice(0, end)}…`;
}

/** Whether any of the text is written from right to left. */
export function hasRightToLeft(text: string): boolean {
  if (isPlain(text)) return false;
  for (let at = 0; at < text.length; at++) {
    const code = text.codePointAt(at) ?? 0;
    if ((kindsOf(code) & RIGHT_TO_LEFT) !== 0) return true;
    if (code > 0xffff) at++;
  }
  return false;
}
