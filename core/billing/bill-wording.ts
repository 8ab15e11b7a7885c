// The sentences and labels that every face of a bill has alike.
import type { Bill } from './bill.ts';
import { groupThousands } from './decimal.ts';
import type { Address } from './schema.ts';

/** What stands in place of the lines where there are none. */
export const NOTHING_BILLED = 'Nothing was used or subscribed to in this period.';

/** What is at the top of a preview, in every format. */
const PREVIEW_BANNER = 'Preview: this is not a bill. Nothing has been billed, and nothing is to be paid.';

const NOT_ZERO = /[1-9]/;

/** Sentences and labels of one bill. What came from outside is in them as it came. */
export interface BillNotes {
  readonly banner: string | null;
  readonly settle: string;
  readonly rounding: string;
  /** `Total due EUR`, or `Credit EUR` with an amount that has no sign. */
  readonly dueLabel: string;
  readonly dueAmount: string;
}

export function billNotes(bill: Bill, preview: boolean): BillNotes {
  const { currency, total } = bill;
  const isCredit = total.startsWith('-');
  return {
    banner: preview ? PREVIEW_BANNER : null,
    settle: preview ? wouldSettle(bill) : settleNote(bill),
    rounding: roundingNote(bill),
    dueLabel: `${isCredit ? 'Credit' : 'Total due'} ${currency}`,
    dueAmount: groupThousands(isCredit ? total.slice(1) : total),
  };
}

function settleNote({ currency, total, dueDate, billNumber }: Bill): string {
  if (!NOT_ZERO.test(total)) return 'There is nothing to pay.';
  if (total.startsWith('-')) return 'There is nothing to pay: the credit is yours.';
  return `Please pay ${groupThousands(total)} ${currency} by ${dueDate} and quote ${billNumber}.`;
}

function wouldSettle({ currency, total, dueDate }: Bill): string {
  if (!NOT_ZERO.test(total) || total.startsWith('-')) return 'As a bill it would ask for nothing.';
  return `As a bill it would ask for ${groupThousands(total)} ${currency} by ${dueDate}.`;
}

function roundingNote({ currency, total }: Bill): string {
  return (
    'Prices are before tax. The net of a line is its quantity times its unit price, rounded half-up (a half ' +
    `goes away from zero) to ${smallestUnit(total)} ${currency}. Tax is computed for each rate on the sum of ` +
    'its nets and rounded in the same way.'
  );
}

/** The minor unit, read off an amount that has all its decimals: `0.01`, or `1`. */
function smallestUnit(amount: string): string {
  const point = amount.indexOf('.');
  return point < 0 ? '1' : `0.${'1'.padStart(amount.length - point - 1, '0')}`;
}

/** The lines of an address. */
export function placeLines({ lines, postalCode, city, region, country }: Address): string[] {
  const town = postalCode === undefined ? city : `${postalCode} ${city}`;
  return [...lines, region === undefined ? town : `${town}, ${region}`, country];
}
