// The lines of a bill as a table: side by side where the numbers leave room for the descriptions, else with the
// numbers below each description, so that the longest amounts still fit the page.
import type { BillLine } from './bill.ts';
import { NOTHING_BILLED } from './bill-wording.ts';
import { groupThousands } from './decimal.ts';
import { displayWidth, padStart, spaces } from './display-width.ts';
import { inline } from './printable.ts';
import { leftAligned, pointAligned, rowOf, widthOf } from './table.ts';
import { textBlock } from './text-layout.ts';

const DESCRIPTION_WIDTH_MIN = 24;

/** What stands in each column, from the first line to the last. */
interface Texts {
  readonly descriptions: string[];
  readonly quantities: string[];
  readonly units: string[];
  readonly unitPrices: string[];
  readonly taxRates: string[];
  readonly nets: string[];
}

/** The table with its header, in lines of at most `width` cells. */
export function linesTable(lines: readonly BillLine[], currency: string, width: number): string[] {
  if (lines.length === 0) return [NOTHING_BILLED];
  const texts: Texts = {
    descriptions: [],
    quantities: [],
    units: [],
    unitPrices: [],
    taxRates: [],
    nets: [],
  };
  for (const { description, quantity, unit, unitPrice, taxRate, net } of lines) {
    texts.descriptions.push(description);
    texts.quantities.push(groupThousands(quantity));
    texts.units.push(inline(unit));
    texts.unitPrices.push(groupThousands(unitPrice));
    texts.taxRates.push(taxRate);
    texts.nets.push(groupThousands(net));
  }
  return sideBySide(texts, currency, width) ?? stacked(texts, currency, width);
}

/** One row a line with the points of each column below each other, or undefined where there is no room. */
function sideBySide(texts: Texts, currency: string, width: number): string[] | undefined {
  const columns = [
    pointAligned(2, 'Quantity', texts.quantities),
    leftAligned(1, texts.units),
    pointAligned(2, 'Unit price', texts.unitPrices),
    pointAligned(2, 'Tax %', texts.taxRates),
    pointAligned(2, `Net ${currency}`, texts.nets),
  ];
  const room = width - widthOf(columns);
  if (room < DESCRIPTION_WIDTH_MIN) return undefined;
  const rows = texts.descriptions.flatMap((description, index) =>
    textBlock(description, room).map((line, at) =>
      at === 0 ? rowOf(columns, index + 1, line, room) : line.trimEnd(),
    ),
  );
  return [rowOf(columns, 0, 'Description', room), '-'.repeat(width), ...rows];
}

/** The description on lines of its own, the numbers below it. */
function stacked(texts: Texts, currency: string, width: number): string[] {
  const { descriptions, quantities, units, unitPrices, taxRates, nets } = texts;
  const header = spread('Description', `Tax %   Net ${currency}`, width);
  const rows = descriptions.flatMap((description, row) => [
    ...textBlock(description, width),
    ...spread(
      `    ${quantities[row]} ${units[row]} at ${unitPrices[row]}`,
      `${taxRates[row]} %   ${nets[row]}`,
      width,
    ),
  ]);
  return [...header, '-'.repeat(width), ...rows];
}

/** Two texts at the ends of one line, or on two lines where one is too short. */
function spread(left: string, right: string, width: number): string[] {
  const gap = width - displayWidth(left) - displayWidth(right);
  return gap < 2 ? [left, padStart(right, width)] : [left + spaces(gap) + right];
}
