// The lines of a bill as a table: side by side where the numbers leave room for the descriptions, else with the
// numbers below each description, so that the longest amounts still fit the page.
import type { BillLine } from './bill.ts';
import { NOTHING_BILLED } from './bill-wording.ts';
import { groupThousands } from './decimal.ts';
import { displayWidth, isPlain, padEnd, padStart, spaces } from './display-width.ts';
import { inline } from './printable.ts';
import { NumberColumn } from './table.ts';
import { paddedBlock, textBlockLines } from './text-layout.ts';

const DESCRIPTION_WIDTH_MIN = 24;

/** What is printed of a line; its numbers are grouped by thousands and take a cell a character. */
interface Row {
  readonly description: string;
  readonly quantity: string;
  readonly unit: string;
  readonly unitWidth: number;
  readonly unitPrice: string;
  readonly taxRate: string;
  readonly net: string;
}

/** The table with its header as text: lines of at most `width` cells, each ended by a newline. */
export function linesTable(lines: readonly BillLine[], currency: string, width: number): string {
  if (lines.length === 0) return `${NOTHING_BILLED}\n`;
  const rows: Row[] = [];
  for (const line of lines) rows.push(printed(line));
  return sideBySide(rows, currency, width) ?? stacked(rows, currency, width);
}

function printed({ description, quantity, unit, unitPrice, taxRate, net }: BillLine): Row {
  const isCellPerCharacter = isPlain(unit);
  const printedUnit = isCellPerCharacter ? unit : inline(unit);
  return {
    description,
    quantity: groupThousands(quantity),
    unit: printedUnit,
    unitWidth: isCellPerCharacter ? unit.length : displayWidth(printedUnit),
    unitPrice: groupThousands(unitPrice),
    taxRate,
    net: groupThousands(net),
  };
}

/** One row a line with the points of each column below each other, or undefined where there is no room. */
function sideBySide(rows: readonly Row[], currency: string, width: number): string | undefined {
  const quantities = new NumberColumn('Quantity');
  const unitPrices = new NumberColumn('Unit price');
  const taxRates = new NumberColumn('Tax %');
  const nets = new NumberColumn(`Net ${currency}`);
  let unitWidth = 0;
  for (const row of rows) {
    quantities.measure(row.quantity);
    unitPrices.measure(row.unitPrice);
    taxRates.measure(row.taxRate);
    nets.measure(row.net);
    unitWidth = Math.max(unitWidth, row.unitWidth);
  }
  const room = width - quantities.width - 1 - unitWidth - unitPrices.width - taxRates.width - nets.width;
  if (room < DESCRIPTION_WIDTH_MIN) return undefined;
  const units = spaces(1 + unitWidth);
  let text =
    `${padEnd('Description', room)}${quantities.header()}${units}${unitPrices.header()}${taxRates.header()}` +
    `${nets.header()}\n${'-'.repeat(width)}\n`;
  for (const row of rows) {
    const description = paddedBlock(row.description, room, room);
    const unit = ` ${row.unit}${spaces(unitWidth - row.unitWidth)}`;
    text +=
      `${description[0]}${quantities.cell(row.quantity)}${unit}${unitPrices.cell(row.unitPrice)}` +
      `${taxRates.cell(row.taxRate)}${nets.lastCell(row.net)}\n`;
    for (let at = 1; at < description.length; at++) text += `${description[at]?.trimEnd()}\n`;
  }
  return text;
}

/** The description on lines of its own, the numbers below it. */
function stacked(rows: readonly Row[], currency: string, width: number): string {
  let text = `${spread('Description', `Tax %   Net ${currency}`, width)}${'-'.repeat(width)}\n`;
  for (const { description, quantity, unit, unitPrice, taxRate, net } of rows) {
    text += textBlockLines(description, width);
    text += spread(`    ${quantity} ${unit} at ${unitPrice}`, `${taxRate} %   ${net}`, width);
  }
  return text;
}

/** Two texts at the ends of one line, or on two lines where one is too short. */
function spread(left: string, right: string, width: number): string {
  const gap = width - displayWidth(left) - displayWidth(right);
  return gap < 2 ? `${left}\n${padStart(right, width)}\n` : `${left}${spaces(gap)}${right}\n`;
}
