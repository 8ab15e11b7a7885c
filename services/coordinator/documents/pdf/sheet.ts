// A PDF of A4 pages that are filled from top to bottom: where the pen is, and when a new page begins.
import PDFDocument from 'pdfkit';
import type { Face } from './faces.ts';
import { type Style, Typesetter } from './typesetter.ts';

const A4: [width: number, height: number] = [595.28, 841.89];
/** Where text begins on the left and, on a new page, at the top, in points (1/72 inch). */
export const LEFT = 56;
const TOP: number = LEFT;
export const RIGHT: number = A4[0] - LEFT;
const BOTTOM: number = A4[1] - 72;
const FOOTER_Y: number = A4[1] - 40;

export const INK = '#1d1d1f';
export const SOFT = '#63636a';
export const LINE = '#dddbd5';
export const ACCENT = '#1f4e5f';
export const WARNING = '#7a3b00';

/** What a reader of the file is told of it. */
export interface SheetInfo {
  readonly title: string;
  readonly author: string;
  readonly producer: string;
  /** UTC. Stands for the time at which it was made, so that the same bill makes the same bytes. */
  readonly date: Date;
  /** Written across each page; null: nothing is. */
  readonly watermark: string | null;
}

const FOOTER: Style = { size: 8, weight: 'regular', colour: SOFT };

export class Sheet {
  readonly set: Typesetter;
  /** Where the next thing begins, in points from the top. */
  y: number = TOP;
  private readonly doc: PDFKit.PDFDocument;
  private readonly chunks: Uint8Array[] = [];
  private readonly watermark: string | null;
  /** Draws what each further page begins with. */
  private header: (() => void) | null = null;

  constructor({ title, author, producer, date, watermark }: SheetInfo, faces: readonly Face[]) {
    this.doc = new PDFDocument({
      size: A4,
      margin: 0,
      bufferPages: true,
      autoFirstPage: false,
      lang: 'en',
      displayTitle: true,
      info: { Title: title, Author: author, Producer: producer, Creator: producer, CreationDate: date },
      // pdfkit's own default is a font of its own
      font: '',
    });
    this.doc.on('data', (chunk: Uint8Array) => this.chunks.push(chunk));
    this.set = new Typesetter(this.doc, faces);
    this.watermark = watermark;
    this.newPage();
  }

  /** Sees to it that so many points are left on the page, else begins a new one. */
  need(height: number): void {
    if (this.y + height <= BOTTOM || this.y <= TOP) return;
    this.newPage();
    this.header?.();
  }

  /** What `draw` makes begins each page that `rows` need. */
  repeating(draw: () => void, rows: () => void): void {
    draw();
    this.header = draw;
    rows();
    this.header = null;
  }

  rule(x1: number, x2: number, colour: string, width = 0.5): void {
    this.doc.moveTo(x1, this.y).lineTo(x2, this.y).lineWidth(width).strokeColor(colour).stroke();
  }

  /** A line down the left side of what was drawn from `top` to here. */
  bar(top: number, colour: string): void {
    this.doc
      .rect(LEFT, top, 2, this.y - top)
      .fillColor(colour)
      .fill();
  }

  /** Ends the document; `footer` says what stands at the bottom left of each page. */
  async end(footer: string): Promise<Uint8Array> {
    const { count } = this.doc.bufferedPageRange();
    const [shown = ''] = this.set.lines(footer, FOOTER, RIGHT - LEFT - 90);
    for (let page = 0; page < count; page++) {
      this.doc.switchToPage(page);
      this.set.left(shown, FOOTER, LEFT, FOOTER_Y);
      this.set.right(`Page ${page + 1} of ${count}`, FOOTER, RIGHT, FOOTER_Y);
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.doc.on('end', resolve);
    this.doc.on('error', reject);
    this.doc.end();
    await promise;
    return Buffer.concat(this.chunks);
  }

  private newPage(): void {
    this.doc.addPage();
    this.y = TOP;
    if (this.watermark !== null) this.drawWatermark(this.watermark);
  }

  private drawWatermark(text: string): void {
    const style: Style = { size: 110, weight: 'bold', colour: WARNING };
    const [width, height] = A4;
    this.doc
      .save()
      .rotate(-45, { origin: [width / 2, height / 2] })
      .fillOpacity(0.08);
    this.set.left(text, style, (width - this.set.width(text, style)) / 2, height / 2 + 40);
    this.doc.restore();
    this.doc.fillOpacity(1);
  }
}
