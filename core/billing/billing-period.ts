// A billing period is a calendar month: two of them are the same or have no day in common, so that nothing is billed
// twice because somebody began a period a day earlier.
import { addDays } from './civil-date.ts';
import type { Period } from './period.ts';

/** A calendar month, such as `2026-11`, of the years 1000 to 9999. */
export const BILLING_PERIOD_PATTERN = '^[1-9][0-9]{3}-(0[1-9]|1[0-2])$';

const pattern = new RegExp(BILLING_PERIOD_PATTERN);

/** Whether the text is a billing period that can be billed: a bill has days to come until it is due. */
export function isBillingPeriod(text: string): boolean {
  return pattern.test(text) && text < '9999-12';
}

/** The days of a billing period. Throws a `RangeError` for a text that is none. */
export function daysOf(billingPeriod: string): Period {
  if (!isBillingPeriod(billingPeriod)) throw new RangeError('a billing period is a month as YYYY-MM');
  const [year, month] = billingPeriod.split('-').map(Number) as [number, number];
  const next = month === 12 ? [year + 1, 1] : [year, month + 1];
  const to = `${next[0]}-${String(next[1]).padStart(2, '0')}-01`;
  return { from: `${billingPeriod}-01`, to };
}

/** The date of the bills of a billing period: its last day, so that a bill is of the year that it bills. */
export function billDateIn(billingPeriod: string): string {
  const last = addDays(daysOf(billingPeriod).to, -1);
  if (last === undefined) throw new RangeError('a billing period ends before the year 9999 does');
  return last;
}
