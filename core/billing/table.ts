// Columns of a table in plain text. A cell knows how many spaces stand around it, so that a row is put together at
// once: padding each cell and then each row would make every byte of a table three times.
import { displayWidth, spaces } from './display-width.ts';

/** What stands in a row of a column, and the spaces that make it as wide as the column. */
interface Cell {
  readonly before: number;
  readonly text: string;
  readonly after: number;
}

/** The cells of a column from its header to its last row, and the spaces that part it from what is on its left. */
export interface Column {
  readonly gap: number;
  readonly cells: readonly Cell[];
}

/** A header on the right, and numbers with their points below each other. All take a cell a character. */
export function pointAligned(gap: number, header: string, values: readonly string[]): Column {
  let before = 0;
  let after = 0;
  for (const value of values) {
    const whole = wholeLength(value);
    before = Math.max(before, whole);
    after = Math.max(after, value.length - whole);
  }
  before = Math.max(before, header.length - after);
  const cells: Cell[] = [{ before: before + after - header.length, text: header, after: 0 }];
  for (const text of values) {
    const whole = wholeLength(text);
    cells.push({ before: before - whole, text, after: after + whole - text.length });
  }
  return { gap, cells };
}

/** How many characters stand before the point. */
function wholeLength(value: string): number {
  const point = value.indexOf('.');
  return point < 0 ? value.length : point;
}

/** Printable texts on the left, below no header. */
export function leftAligned(gap: number, texts: readonly string[]): Column {
  const widths = texts.map(displayWidth);
  const width = Math.max(...widths);
  const cells = texts.map((text, row) => ({ before: 0, text, after: width - (widths[row] ?? 0) }));
  return { gap, cells: [{ before: 0, text: '', after: width }, ...cells] };
}

/** How wide the columns are at their headers, with their gaps. */
export function widthOf(columns: readonly Column[]): number {
  let width = 0;
  for (const { gap, cells } of columns) {
    const header = cells[0];
    if (header !== undefined) width += gap + header.before + displayWidth(header.text) + header.after;
  }
  return width;
}

/** The cells of one row, behind a text and its padding up to `beginWidth` cells; no row ends in spaces. */
export function rowOf(columns: readonly Column[], row: number, begin: string, beginWidth: number): string {
  let line = begin;
  let blank = Math.max(0, beginWidth - displayWidth(begin));
  for (const { gap, cells } of columns) {
    const cell = cells[row];
    if (cell === undefined) continue;
    line = `${line}${spaces(blank + gap + cell.before)}${cell.text}`;
    blank = cell.after;
  }
  return line.trimEnd();
}
