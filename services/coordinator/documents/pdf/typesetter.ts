// Sets text of any script on a PDF's page: picks the typeface of each part, and puts the parts in the order in which
// they are read.
import { hasRightToLeft, levelsOf, mirrored, visualOrder } from './bidi.ts';
import { type Face, fontForDocument, type Weight } from './faces.ts';
import { clustersOf, linesWithin } from './line-breaks.ts';

/** How text looks: size in points, colour as `#rrggbb`. */
export interface Style {
  readonly size: number;
  readonly weight: Weight;
  readonly colour: string;
}

/** A part of a line in one typeface and one direction. */
interface Run {
  text: string;
  readonly face: Face;
  /** Odd where it is read from right to left. */
  readonly level: number;
}

const REPLACEMENT = '\ufffd';
/** They choose how what is before them looks, and need no glyph of their own. */
const UNSEEN = /\u200c|\u200d|[\ufe00-\ufe0f]|[\u{e0020}-\u{e007f}]/gu;
/** Text that goes on in whatever typeface it is in, if that has it. */
const NEUTRAL = /^[\s.,:;()'"–-]+$/u;
const MEASURES_MAX = 20_000;

export class Typesetter {
  private readonly doc: PDFKit.PDFDocument;
  private readonly faces: readonly Face[];
  private readonly registered = new Set<string>();
  private readonly measures = new Map<string, number>();

  constructor(doc: PDFKit.PDFDocument, faces: readonly Face[]) {
    this.doc = doc;
    this.faces = faces;
  }

  /** How wide a line of this text is, in points. */
  width(text: string, style: Style): number {
    const key = `${style.weight} ${style.size} ${text}`;
    let width = this.measures.get(key);
    if (width === undefined) {
      width = this.runs(text, style.weight).reduce((sum, run) => sum + this.runWidth(run, style), 0);
      if (this.measures.size < MEASURES_MAX) this.measures.set(key, width);
    }
    return width;
  }

  /** The text as lines of at most `width` points. */
  lines(text: string, style: Style, width: number): readonly string[] {
    return linesWithin(text, width, (part) => this.width(part, style)).map(({ start, end }) =>
      text.slice(start, end),
    );
  }

  /** Draws one line with its baseline at `y`, and its left end at `x`. */
  left(text: string, style: Style, x: number, y: number): void {
    let at = x;
    for (const run of visualOrder(this.runs(text, style.weight))) {
      const width = this.runWidth(run, style);
      this.doc
        .fillColor(style.colour)
        .text(drawn(run), at, y, { lineBreak: false, features: [], baseline: 'alphabetic' });
      at += width;
    }
  }

  /** As {@link left}, with its right end at `x`. */
  right(text: string, style: Style, x: number, y: number): void {
    this.left(text, style, x - this.width(text, style), y);
  }

  private runWidth(run: Run, { size, weight }: Style): number {
    this.use(run.face, weight);
    return this.doc.fontSize(size).widthOfString(drawn(run), { features: [] });
  }

  private use({ name, fonts }: Face, weight: Weight): void {
    const key = `${name}-${weight}`;
    if (!this.registered.has(key)) {
      // pdfkit takes an open font too, its types don't say so
      this.doc.registerFont(key, fontForDocument(fonts[weight]) as unknown as Uint8Array);
      this.registered.add(key);
    }
    this.doc.font(key);
  }

  private runs(text: string, weight: Weight): readonly Run[] {
    const levels = levelsOf(text);
    const runs: Run[] = [];
    let at = 0;
    for (const cluster of clustersOf(text)) {
      const open = runs.at(-1);
      const level = levels?.[at] ?? 0;
      at += cluster.length;
      const [face, shown] = this.faceFor(cluster, weight, open?.face);
      if (open !== undefined && open.face === face && open.level === level) open.text += shown;
      else runs.push({ text: shown, face, level });
    }
    return runs;
  }

  /** The first typeface that has the whole cluster. Where none has, what is missing is shown as U+FFFD. */
  private faceFor(cluster: string, weight: Weight, current: Face | undefined): [face: Face, shown: string] {
    const visible = cluster.replace(UNSEEN, '');
    if (current !== undefined && NEUTRAL.test(cluster) && has(current, visible, weight))
      return [current, visible];
    for (const face of this.faces) {
      if (has(face, visible, weight)) return [face, face.isLastResort ? visible : cluster];
    }
    const [sans] = this.faces;
    if (sans === undefined) throw new Error('There is no typeface: a Typesetter needs one.');
    const shown = Array.from(visible, (character) =>
      has(sans, character, weight) ? character : REPLACEMENT,
    );
    return [sans, shown.join('')];
  }
}

function has({ fonts }: Face, text: string, weight: Weight): boolean {
  return Array.from(text).every((character) =>
    fonts[weight].hasGlyphForCodePoint(character.codePointAt(0) ?? 0),
  );
}

/** A run's text as the font takes it: shaping turns what it knows to be read from right to left, and nothing else. */
function drawn({ text, face, level }: Run): string {
  if (level % 2 === 0) return text;
  const turned = mirrored(text);
  if (!face.isLastResort && hasRightToLeft(turned)) return turned;
  return clustersOf(turned).toReversed().join('');
}
