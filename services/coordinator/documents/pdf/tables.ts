// The tables of a bill on its sheet. Their header begins each page that they go on to.
import type { BillDocument, DocumentLine } from '../../../../core/mod.ts';
import { INK, LEFT, LINE, RIGHT, type Sheet, SOFT } from './sheet.ts';
import type { Style } from './typesetter.ts';

const HEADER: Style = { size: 8, weight: 'regular', colour: SOFT };
const CELL: Style = { size: 9, weight: 'regular', colour: INK };
const UNIT: Style = { ...CELL, colour: SOFT };
const SUM: Style = { ...CELL, weight: 'bold' };
const LEADING = 13;
const GAP = 18;
/** Where descriptions would have less, the numbers stand below them. */
const DESCRIPTION_MIN = 150;
const TAXES_MIN = 230;

/** A column of numbers: its right end, in points. */
interface Column {
  readonly header: string;
  readonly right: number;
  readonly cell: (line: DocumentLine) => string;
}

export function drawCharges(sheet: Sheet, document: BillDocument): void {
  const columns = columnsOf(sheet, document);
  const room = (columns[0]?.left ?? RIGHT) - GAP - LEFT;
  if (room >= DESCRIPTION_MIN) drawRows(sheet, document, columns, room);
  else drawStacked(sheet, document);
}

/** The columns with their left ends, from left to right. */
function columnsOf(
  sheet: Sheet,
  { lines, currency }: BillDocument,
): readonly (Column & { readonly left: number })[] {
  const wanted: readonly Omit<Column, 'right'>[] = [
    { header: 'Quantity', cell: ({ quantity, unit }) => `${quantity} ${unit}` },
    { header: 'Unit price', cell: ({ unitPrice }) => unitPrice },
    { header: 'Tax %', cell: ({ taxRate }) => taxRate },
    { header: `Net ${currency}`, cell: ({ net }) => net },
  ];
  let right = RIGHT;
  const columns = wanted.toReversed().map((column) => {
    const cells = lines.map((line) => sheet.set.width(column.cell(line), CELL));
    const left = right - Math.max(sheet.set.width(column.header, HEADER), ...cells);
    const placed = { ...column, left, right };
    right = left - GAP;
    return placed;
  });
  return columns.toReversed();
}

function drawRows(
  sheet: Sheet,
  { lines }: BillDocument,
  columns: readonly Column[],
  descriptionWidth: number,
): void {
  const header = (): void => {
    sheet.y += 11;
    sheet.set.left('Description', HEADER, LEFT, sheet.y);
    for (const { header: text, right } of columns) sheet.set.right(text, HEADER, right, sheet.y);
    sheet.y += 6;
    sheet.rule(LEFT, RIGHT, INK, 0.75);
  };
  sheet.need(60);
  sheet.repeating(header, () => {
    for (const line of lines) {
      const description = sheet.set.lines(line.description, CELL, descriptionWidth);
      sheet.need(description.length * LEADING + 9);
      for (const [at, { right, cell }] of columns.entries()) {
        if (at === 0) drawQuantity(sheet, line, right);
        else sheet.set.right(cell(line), CELL, right, sheet.y + LEADING + 2);
      }
      drawDescription(sheet, description);
      endRow(sheet);
    }
  });
}

function drawQuantity(sheet: Sheet, { quantity, unit }: DocumentLine, right: number): void {
  const y = sheet.y + LEADING + 2;
  const width = sheet.set.width(` ${unit}`, UNIT);
  sheet.set.right(unit, UNIT, right, y);
  sheet.set.right(quantity, CELL, right - width, y);
}

function drawDescription(sheet: Sheet, description: readonly string[]): void {
  sheet.y += 2;
  for (const line of description) {
    sheet.y += LEADING;
    sheet.set.left(line, CELL, LEFT, sheet.y);
  }
}

function endRow(sheet: Sheet): void {
  sheet.y += 7;
  sheet.rule(LEFT, RIGHT, LINE);
}

/** Each description on lines of its own, its numbers below it. */
function drawStacked(sheet: Sheet, { lines, currency }: BillDocument): void {
  const header = (): void => {
    sheet.y += 11;
    sheet.set.left('Description', HEADER, LEFT, sheet.y);
    sheet.set.right(`Tax %   Net ${currency}`, HEADER, RIGHT, sheet.y);
    sheet.y += 6;
    sheet.rule(LEFT, RIGHT, INK, 0.75);
  };
  sheet.need(60);
  sheet.repeating(header, () => {
    for (const { description, quantity, unit, unitPrice, taxRate, net } of lines) {
      const below = sheet.set.lines(`${quantity} ${unit} at ${unitPrice}`, UNIT, RIGHT - LEFT);
      const amounts = `${taxRate} %   ${net}`;
      const isApart =
        sheet.set.width(below.at(-1) ?? '', UNIT) + sheet.set.width(amounts, CELL) + GAP > RIGHT - LEFT;
      const wrapped = sheet.set.lines(description, CELL, RIGHT - LEFT);
      sheet.need((wrapped.length + below.length + (isApart ? 1 : 0)) * LEADING + 9);
      drawDescription(sheet, wrapped);
      for (const line of below) {
        sheet.y += LEADING;
        sheet.set.left(line, UNIT, LEFT + 12, sheet.y);
      }
      if (isApart) sheet.y += LEADING;
      sheet.set.right(amounts, CELL, RIGHT, sheet.y);
      endRow(sheet);
    }
  });
}

/** The tax of each rate and the sums, on the right; nothing where nothing is billed. */
export function drawTaxes(sheet: Sheet, { taxes, taxTotal, currency }: BillDocument): void {
  if (taxes.length === 0) return;
  const rows = [...taxes, taxTotal];
  const widest = (texts: readonly string[]): number =>
    Math.max(60, ...texts.map((text) => sheet.set.width(text, SUM)));
  const taxWidth = widest(rows.map(({ tax }) => tax));
  const netRight = RIGHT - taxWidth - GAP;
  const netWidth = widest(rows.map(({ net }) => net));
  const labelWidth = widest(rows.map(({ label }) => label));
  const left = Math.min(RIGHT - TAXES_MIN, netRight - netWidth - GAP - labelWidth);
  const header = (): void => {
    sheet.y += 11;
    sheet.set.left('Tax rate', HEADER, left, sheet.y);
    sheet.set.right(`Net ${currency}`, HEADER, netRight, sheet.y);
    sheet.set.right(`Tax ${currency}`, HEADER, RIGHT, sheet.y);
    sheet.y += 6;
    sheet.rule(left, RIGHT, INK, 0.75);
    sheet.y += 3;
  };
  sheet.y += 18;
  sheet.need(Math.min(rows.length, 12) * LEADING + 80);
  sheet.repeating(header, () => {
    for (const [at, { label, net, tax }] of rows.entries()) {
      const isTotal = at === rows.length - 1;
      sheet.need(isTotal ? LEADING + 60 : LEADING);
      if (isTotal) {
        sheet.y += 4;
        sheet.rule(left, RIGHT, LINE);
      }
      sheet.y += LEADING;
      const style = isTotal ? SUM : CELL;
      sheet.set.left(label, style, left, sheet.y);
      sheet.set.right(net, style, netRight, sheet.y);
      sheet.set.right(tax, style, RIGHT, sheet.y);
    }
  });
}
