// Columns of numbers in a table of plain text.
import { wholeLength } from './decimal.ts';
import { spaces } from './display-width.ts';

/** Spaces that part a column from what is on its left. */
const GAP = 2;

/** A header on the right, and numbers below it with their points below each other. All take a cell a character. */
export class NumberColumn {
  private readonly name: string;
  /** The most characters before the points, and from the points on. */
  private before = 0;
  private after = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** Makes room for a number: for each, before any cell is asked for. */
  measure(number: string): void {
    const before = wholeLength(number);
    this.before = Math.max(this.before, before);
    this.after = Math.max(this.after, number.length - before);
  }

  /** Cells of each cell, the gap among them. */
  get width(): number {
    return GAP + Math.max(this.before + this.after, this.name.length);
  }

  header(): string {
    return spaces(this.width - this.name.length) + this.name;
  }

  cell(number: string): string {
    return this.lastCell(number) + spaces(this.spacesAfter(number));
  }

  /** The cell of a row's end, which has no spaces after its number. */
  lastCell(number: string): string {
    return spaces(this.width - number.length - this.spacesAfter(number)) + number;
  }

  private spacesAfter(number: string): number {
    return this.after + wholeLength(number) - number.length;
  }
}
