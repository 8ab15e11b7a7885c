// The lines of a bill as a table: side by side where the numbers leave room for the descriptions, else with the
// numbers below each description, so that the longest amounts still fit the page.
import type { BillLine } from './bill.ts';
import { groupThousands } from './decimal.ts';
import { displayWidth, padEnd, padStart } from './display-width.ts';
import { isolate, printable } from './printable.ts';
import { beside, textBlock } from './text-layout.ts';

const DESCRIPTION_WIDTH_MIN = 24;
const NOTHING = 'Nothing was used or subscribed to in this period.';

interface Cells {
  readonly description: string;
  readonly quantity: string;
  readonly unit: string;
  readonly unitPrice: string;
  readonly taxRate: string;
  readonly net: string;
}

/** The table with its header, in lines of at most `width` cells. */
export function linesTable(lines: readonly BillLine[], currency: string, width: number): string[] {
  if (lines.length === 0) return [NOTHING];
  const cells = lines.map(
    ({ description, quantity, unit, unitPrice, taxRate, net }): Cells => ({
      description,
      quantity: groupThousands(quantity),
      unit: isolate(printable(unit)),
      unitPrice: groupThousands(unitPrice),
      taxRate,
      net: groupThousands(net),
    }),
  );
  return columns(cells, currency, width) ?? stacked(cells, currency, width);
}

/** One row a line with the points of each column below each other, or undefined where there is no room. */
function columns(cells: readonly Cells[], currency: string, width: number): string[] | undefined {
  const quantities = column(
    'Quantity',
    cells.map((cell) => cell.quantity),
  );
  const units = cells.map((cell) => cell.unit);
  const unitWidth = Math.max(...units.map(displayWidth));
  const prices = column(
    'Unit price',
    cells.map((cell) => cell.unitPrice),
  );
  const rates = column(
    'Tax %',
    cells.map((cell) => cell.taxRate),
  );
  const nets = column(
    `Net ${currency}`,
    cells.map((cell) => cell.net),
  );
  const numbers = ['', ...units].map((unit, row) => {
    const unitCell = padEnd(unit, unitWidth);
    return `  ${quantities[row]} ${unitCell}  ${prices[row]}  ${rates[row]}  ${nets[row]}`;
  });
  const room = width - displayWidth(numbers[0] ?? '');
  if (room < DESCRIPTION_WIDTH_MIN) return undefined;
  const header = beside(['Description'], numbers.slice(0, 1), room);
  const rows = cells.flatMap(({ description }, index) =>
    beside(textBlock(description, room), numbers.slice(index + 1, index + 2), room),
  );
  return [...header, '-'.repeat(width), ...rows];
}

/** A header and its values, all of one width, with the points of the values below each other. */
function column(header: string, values: readonly string[]): string[] {
  const decimals = values.map((value) => (value.includes('.') ? value.length - value.indexOf('.') : 0));
  const widest = Math.max(...decimals);
  const aligned = values.map((value, row) => value + ' '.repeat(widest - (decimals[row] ?? 0)));
  const width = Math.max(header.length, ...aligned.map((value) => value.length));
  return [header, ...aligned].map((value) => value.padStart(width));
}

/** The description on lines of its own, the numbers below it. */
function stacked(cells: readonly Cells[], currency: string, width: number): string[] {
  const header = spread('Description', `Tax %   Net ${currency}`, width);
  const rows = cells.flatMap(({ description, quantity, unit, unitPrice, taxRate, net }) => [
    ...textBlock(description, width),
    ...spread(`    ${quantity} ${unit} at ${unitPrice}`, `${taxRate} %   ${net}`, width),
  ]);
  return [...header, '-'.repeat(width), ...rows];
}

/** Two texts at the ends of one line, or on two lines where one is too short. */
function spread(left: string, right: string, width: number): string[] {
  const gap = width - displayWidth(left) - displayWidth(right);
  return gap < 2 ? [left, padStart(right, width)] : [left + ' '.repeat(gap) + right];
}
