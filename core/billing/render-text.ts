// A bill as plain text of fixed width, for a file, a terminal or a mail. Only spaces, hyphens and equals signs
// draw it, and columns are aligned by display width, so it stands straight in every script.
import type { Bill, BilledCustomer, Issuer, TaxSummary } from './bill.ts';
import { groupThousands } from './decimal.ts';
import { displayWidth, padStart } from './display-width.ts';
import { linesTable } from './render-lines.ts';
import type { Address } from './schema.ts';
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
 * on every runtime. Names and descriptions are made printable first and can't forge lines.
 */
export function renderBill(bill: Bill): string {
  const lines = [
    ...title(bill),
    DOUBLE_RULE,
    '',
    ...parties(bill),
    '',
    ...facts(bill),
    '',
    RULE,
    ...linesTable(bill.lines, bill.currency, PAGE_WIDTH),
    RULE,
    ...taxTable(bill.taxes, bill),
    ...totalDue(bill),
    '',
    ...notes(bill),
  ];
  return `${lines.join('\n')}\n`;
}

function title({ billNumber }: Bill): string[] {
  const word = 'BILL';
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
  return [name, ...addressLines(address), `Tax id ${taxId}`, ...contact].flatMap(inColumn);
}

function customerBlock({ name, address, taxId }: BilledCustomer): string[] {
  const lines = [name, ...addressLines(address)];
  return (taxId === undefined ? lines : [...lines, `Tax id ${taxId}`]).flatMap(inColumn);
}

function addressLines({ lines, postalCode, city, region, country }: Address): string[] {
  const town = [postalCode, city].filter((part) => part !== undefined).join(' ');
  return [...lines, region === undefined ? town : `${town}, ${region}`, country];
}

function inColumn(line: string): string[] {
  return textBlock(line, COLUMN_WIDTH);
}

function facts({ billDate, dueDate, customer, currency }: Bill): string[] {
  const identifier = textBlock(customer.customerIdentifier, COLUMN_WIDTH - 10);
  return beside(
    [`Bill date  ${billDate}`, `Due date   ${dueDate}`],
    [
      `Currency  ${currency}`,
      ...identifier.map((line, row) => (row === 0 ? 'Customer  ' : ' '.repeat(10)) + line),
    ],
    SECOND_COLUMN_AT,
  );
}

/** The tax of each rate and the sums; the columns are as wide as their widest amount. */
function taxTable(taxes: readonly TaxSummary[], { currency, netTotal, taxTotal }: Bill): string[] {
  if (taxes.length === 0) return [''];
  const rows = [
    ['Tax rate', `Net ${currency}`, `Tax ${currency}`],
    ...taxes.map(({ taxRate, net, tax }) => [`${taxRate} %`, groupThousands(net), groupThousands(tax)]),
    ['Total', groupThousands(netTotal), groupThousands(taxTotal)],
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length), 9));
  const printed = rows.map((row) =>
    row
      .map((cell, column) => cell.padStart(widths[column] ?? 0))
      .join('   ')
      .padStart(PAGE_WIDTH),
  );
  const underline = '-'.repeat((widths[1] ?? 0) + 3 + (widths[2] ?? 0)).padStart(PAGE_WIDTH);
  return [...printed.slice(0, -1), underline, ...printed.slice(-1), ''];
}

function totalDue({ currency, total }: Bill): string[] {
  const label = total.startsWith('-') ? `Credit ${currency}` : `Total due ${currency}`;
  const amount = groupThousands(total.startsWith('-') ? total.slice(1) : total);
  const width = Math.max(label.length + 3 + amount.length, COLUMN_WIDTH);
  const line = label + amount.padStart(width - label.length);
  return [line, '='.repeat(width)].map((text) => text.padStart(PAGE_WIDTH));
}

function notes(bill: Bill): string[] {
  const { currency, total, dueDate, billNumber } = bill;
  const amount = `${groupThousands(total)} ${currency}`;
  const settle = /[1-9]/.test(total)
    ? total.startsWith('-')
      ? 'There is nothing to pay: the credit is yours.'
      : `Please pay ${amount} by ${dueDate} and quote ${billNumber}.`
    : 'There is nothing to pay.';
  const rounding =
    'Prices are before tax. The net of a line is its quantity times its unit price, rounded half-up (a half ' +
    `goes away from zero) to ${smallestUnit(total)} ${currency}. Tax is computed for each rate on the sum of ` +
    'its nets and rounded in the same way.';
  return [...textBlock(settle, PAGE_WIDTH), '', ...textBlock(rounding, PAGE_WIDTH)];
}

/** The minor unit, read off an amount that has all its decimals: `0.01`, or `1`. */
function smallestUnit(amount: string): string {
  const point = amount.indexOf('.');
  return point < 0 ? '1' : `0.${'1'.padStart(amount.length - point - 1, '0')}`;
}
