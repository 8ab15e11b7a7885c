// A bill as plain text of fixed width, for a file, a terminal or a mail. Only spaces, hyphens and equals signs
// draw it, and columns are aligned by display width, so it stands straight in every script.
//
// Each part is text whose lines are ended by newlines, and parts are only ever appended to each other: so a runtime puts
// the bytes together once, when they are hashed. Of an array of lines it would put each line together first.
import type { Bill, BilledCustomer, Issuer } from './bill.ts';
import type { RenderOptions } from './bill-document.ts';
import { billNotes, placeLines } from './bill-wording.ts';
import { groupThousands } from './decimal.ts';
import { displayWidth, padEnd, spaces } from './display-width.ts';
import { linesTable } from './render-lines.ts';
import { beside, textBlock, textBlockLines } from './text-layout.ts';

/** Format and version of these bytes. It changes with any change of any bill's bytes. */
export const TEXT_RENDERER = 'text/1';

/** Cells of a line. */
export const PAGE_WIDTH = 78;

const COLUMN_WIDTH = 37;
const SECOND_COLUMN_AT = 41;
const DOUBLE_RULE: string = `${'='.repeat(PAGE_WIDTH)}\n`;
const RULE: string = `${'-'.repeat(PAGE_WIDTH)}\n`;

/**
 * The bill as text: lines of at most 78 cells, each ended by a newline. The same bill gives the same bytes
 * on every runtime. Names and descriptions are made printable first and can't forge lines. Only a bill's bytes are
 * those that `TEXT_RENDERER` names: a preview says that it is one, and no hash of it is recorded.
 */
export function renderBill(bill: Bill, { preview = false }: RenderOptions = {}): string {
  const { banner, settle, rounding, dueLabel, dueAmount } = billNotes(bill, preview);
  const { lines, currency } = bill;
  return (
    `${title(bill, preview)}${DOUBLE_RULE}${banner === null ? '' : `\n${paragraph(banner)}`}\n` +
    `${parties(bill)}\n${facts(bill)}\n${RULE}${linesTable(lines, currency, PAGE_WIDTH)}${RULE}` +
    `${taxTable(bill)}\n${totalDue(dueLabel, dueAmount)}\n` +
    `${paragraph(settle)}\n${roundingParagraph(currency, rounding)}`
  );
}

function paragraph(text: string): string {
  return textBlockLines(text, PAGE_WIDTH);
}

/** The last rounding note of each currency and what is printed of it: bills in one currency have one note, and codes are few. */
const roundingNotes = new Map<string, { readonly note: string; readonly printed: string }>();

function roundingParagraph(currency: string, note: string): string {
  const known = roundingNotes.get(currency);
  if (known?.note === note) return known.printed;
  const printed = paragraph(note);
  roundingNotes.set(currency, { note, printed });
  return printed;
}

function title({ billNumber }: Bill, preview: boolean): string {
  const word = preview ? 'PREVIEW' : 'BILL';
  const number = textBlock(billNumber, PAGE_WIDTH);
  const [first = ''] = number;
  const room = PAGE_WIDTH - word.length;
  const gap = number.length === 1 ? room - displayWidth(first) : 0;
  if (gap > 0) return `${word}${spaces(gap)}${first}\n`;
  return `${word}\n${number.join('\n')}\n`;
}

function parties({ issuer, customer }: Bill): string {
  return beside(issuerColumn(issuer), customerColumn(customer), SECOND_COLUMN_AT);
}

/** The columns of issuers whose bills have been rendered: a run's bills have one issuer. */
const issuerColumns = new WeakMap<Issuer, readonly string[]>();

function issuerColumn(issuer: Issuer): readonly string[] {
  const known = issuerColumns.get(issuer);
  if (known !== undefined) return known;
  const { name, address, taxId, contact } = issuer;
  const column = columnOf('From', [name, ...placeLines(address), `Tax id ${taxId}`, ...contact]);
  const padded = column.map((line) => padEnd(line, SECOND_COLUMN_AT));
  issuerColumns.set(issuer, padded);
  return padded;
}

function customerColumn({ name, address, taxId }: BilledCustomer): string[] {
  const lines = [name, ...placeLines(address)];
  if (taxId !== undefined) lines.push(`Tax id ${taxId}`);
  return columnOf('Bill to', lines);
}

function columnOf(heading: string, texts: readonly string[]): string[] {
  const lines = [heading];
  for (const text of texts) textBlock(text, COLUMN_WIDTH, lines);
  return lines;
}

function facts({ billDate, dueDate, customer, currency }: Bill): string {
  const identifier = textBlock(customer.customerIdentifier, COLUMN_WIDTH - 10);
  const right = [`Currency  ${currency}`];
  for (const line of identifier) right.push((right.length === 1 ? 'Customer  ' : spaces(10)) + line);
  const left = [dateFact('Bill date  ', billDate), dateFact('Due date   ', dueDate)];
  return beside(left, right, SECOND_COLUMN_AT);
}

function dateFact(label: string, date: string): string {
  return `${label}${date}${spaces(SECOND_COLUMN_AT - label.length - date.length)}`;
}

/** The tax of a rate, or the sum of all, as it is printed. */
interface TaxRow {
  readonly label: string;
  readonly net: string;
  readonly tax: string;
}

/** The tax of each rate and the sums; the columns are as wide as their widest amount. */
function taxTable({ taxes, currency, netTotal, taxTotal }: Bill): string {
  if (taxes.length === 0) return '';
  const header: TaxRow = { label: 'Tax rate', net: `Net ${currency}`, tax: `Tax ${currency}` };
  const total: TaxRow = { label: 'Total', net: groupThousands(netTotal), tax: groupThousands(taxTotal) };
  const rows = [header];
  let netWidth = Math.max(9, total.net.length);
  let taxWidth = Math.max(9, total.tax.length);
  for (const entry of taxes) {
    const row = {
      label: `${entry.taxRate} %`,
      net: groupThousands(entry.net),
      tax: groupThousands(entry.tax),
    };
    netWidth = Math.max(netWidth, row.net.length);
    taxWidth = Math.max(taxWidth, row.tax.length);
    rows.push(row);
  }
  let text = '';
  for (const row of rows) text += taxRow(row, netWidth, taxWidth);
  return `${text}${atRight(RULE.slice(0, netWidth + 3 + taxWidth), PAGE_WIDTH)}\n${taxRow(total, netWidth, taxWidth)}`;
}

function taxRow({ label, net, tax }: TaxRow, netWidth: number, taxWidth: number): string {
  const before = spaces(PAGE_WIDTH - 6 - netWidth - taxWidth - label.length);
  return `${before}${label}${spaces(3 + netWidth - net.length)}${net}${spaces(3 + taxWidth - tax.length)}${tax}\n`;
}

/** What is known to take a cell a character, with spaces before it. */
function atRight(text: string, width: number): string {
  return spaces(width - text.length) + text;
}

function totalDue(label: string, amount: string): string {
  const width = Math.max(label.length + 3 + amount.length, COLUMN_WIDTH);
  const line = `${spaces(PAGE_WIDTH - width)}${label}${atRight(amount, width - label.length)}`;
  return `${line}\n${atRight(DOUBLE_RULE.slice(0, width), PAGE_WIDTH)}\n`;
}
