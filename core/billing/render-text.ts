// A bill as plain text of fixed width, for a file, a terminal or a mail. Only spaces, hyphens and equals signs
// draw it, and columns are aligned by display width, so it stands straight in every script.
import type { Bill, BilledCustomer, Issuer, TaxSummary } from './bill.ts';
import type { RenderOptions } from './bill-document.ts';
import { billNotes, placeLines } from './bill-wording.ts';
import { groupThousands } from './decimal.ts';
import { displayWidth, padStart, spaces } from './display-width.ts';
import { linesTable } from './render-lines.ts';
import { beside, textBlock } from './text-layout.ts';

/** Format and version of these bytes. It changes with any change of any bill's bytes. */
export const TEXT_RENDERER = 'text/1';

/** Cells of a line. */
export const PAGE_WIDTH = 78;

const COLUMN_WIDTH = 37;
const SECOND_COLUMN_AT = 41;
const DOUBLE_RULE: string = '='.repeat(PAGE_WIDTH);
const RULE: string = '-'.repeat(PAGE_WIDTH);

/**
 * The bill as text: lines of at most 78 cells, each ended by a newline. The same bill gives the same bytes
 * on every runtime. Names and descriptions are made printable first and can't forge lines. Only a bill's bytes are
 * those that `TEXT_RENDERER` names: a preview says that it is one, and no hash of it is recorded.
 */
export function renderBill(bill: Bill, { preview = false }: RenderOptions = {}): string {
  const { banner, settle, rounding, dueLabel, dueAmount } = billNotes(bill, preview);
  const lines = [
    ...title(bill, preview),
    DOUBLE_RULE,
    ...(banner === null ? [] : ['', ...textBlock(banner, PAGE_WIDTH)]),
    '',
    ...parties(bill),
    '',
    ...facts(bill),
    '',
    RULE,
    ...linesTable(bill.lines, bill.currency, PAGE_WIDTH),
    RULE,
    ...taxTable(bill.taxes, bill),
    ...totalDue(dueLabel, dueAmount),
    '',
    ...textBlock(settle, PAGE_WIDTH),
    '',
    ...textBlock(rounding, PAGE_WIDTH),
    '',
  ];
  return lines.join('\n');
}

function title({ billNumber }: Bill, preview: boolean): string[] {
  const word = preview ? 'PREVIEW' : 'BILL';
  const number = textBlock(billNumber, PAGE_WIDTH);
  const [first = ''] = number;
  const room = PAGE_WIDTH - word.length;
  if (number.length === 1 && displayWidth(first) < room) return [word + padStart(first, room)];
  return [word, ...number];
}

function parties({ issuer, customer }: Bill): string[] {
  return beside(['From', ...issuerBlock(issuer)], ['Bill to', ...customerBlock(customer)], SECOND_COLUMN_AT);
}

function issuerBlock({ name, address, taxId, contact }: Issuer): string[] {
  return inColumn([name, ...placeLines(address), `Tax id ${taxId}`, ...contact]);
}

function customerBlock({ name, address, taxId }: BilledCustomer): string[] {
  const lines = [name, ...placeLines(address)];
  if (taxId !== undefined) lines.push(`Tax id ${taxId}`);
  return inColumn(lines);
}

function inColumn(lines: readonly string[]): string[] {
  return lines.flatMap((line) => textBlock(line, COLUMN_WIDTH));
}

function facts({ billDate, dueDate, customer, currency }: Bill): string[] {
  const identifier = textBlock(customer.customerIdentifier, COLUMN_WIDTH - 10);
  return beside(
    [`Bill date  ${billDate}`, `Due date   ${dueDate}`],
    [
      `Currency  ${currency}`,
      ...identifier.map((line, row) => (row === 0 ? 'Customer  ' : spaces(10)) + line),
    ],
    SECOND_COLUMN_AT,
  );
}

/** The tax of each rate and the sums; the columns are as wide as their widest amount. */
function taxTable(taxes: readonly TaxSummary[], { currency, netTotal, taxTotal }: Bill): string[] {
  if (taxes.length === 0) return [''];
  const rates = ['Tax rate'];
  const nets = [`Net ${currency}`];
  const sums = [`Tax ${currency}`];
  for (const { taxRate, net, tax } of taxes) {
    rates.push(`${taxRate} %`);
    nets.push(groupThousands(net));
    sums.push(groupThousands(tax));
  }
  rates.push('Total');
  nets.push(groupThousands(netTotal));
  sums.push(groupThousands(taxTotal));
  const netWidth = widthOf(nets);
  const taxWidth = widthOf(sums);
  const rateWidth = Math.max(widthOf(rates), PAGE_WIDTH - 6 - netWidth - taxWidth);
  const printed = rates.map((rate, row) => {
    const net = nets[row] ?? '';
    const tax = sums[row] ?? '';
    const gap = spaces(3 + netWidth - net.length);
    return `${spaces(rateWidth - rate.length)}${rate}${gap}${net}${spaces(3 + taxWidth - tax.length)}${tax}`;
  });
  const total = printed.pop() ?? '';
  return [...printed, atRight('-'.repeat(netWidth + 3 + taxWidth), PAGE_WIDTH), total, ''];
}

/** How wide a column of amounts is: as its widest, and at least 9. */
function widthOf(cells: readonly string[]): number {
  let width = 9;
  for (const cell of cells) width = Math.max(width, cell.length);
  return width;
}

/** What is known to take a cell a character, with spaces before it. */
function atRight(text: string, width: number): string {
  return spaces(width - text.length) + text;
}

function totalDue(label: string, amount: string): string[] {
  const width = Math.max(label.length + 3 + amount.length, COLUMN_WIDTH);
  const line = label + atRight(amount, width - label.length);
  return [atRight(line, PAGE_WIDTH), atRight('='.repeat(width), PAGE_WIDTH)];
}
