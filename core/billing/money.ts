// Money is a whole number of minor units (cents, yen, fils) and its currency. Reading and writing are exact;
// the two places that round, a line's net and a rate's tax, say so.
import { CURRENCY_EXPONENTS } from './currencies.ts';
import {
  type Decimal,
  formatDecimal,
  groupThousands,
  multiply,
  parseDecimal,
  powerOfTen,
  roundHalfUp,
} from './decimal.ts';

/** An amount: `minor` in the currency's minor unit (123450n of EUR is 1,234.50 EUR). */
export interface Money {
  readonly minor: bigint;
  /** ISO 4217 code. */
  readonly currency: string;
}

/** What is wrong with an amount. Stable. */
export type MoneyErrorCode =
  | 'unknown-currency'
  | 'not-a-decimal'
  | 'too-many-decimals'
  | 'amount-too-large'
  | 'mixed-currencies';

/** Thrown by everything here; `code` is stable, the message says what to do. */
export class MoneyError extends Error {
  override readonly name = 'MoneyError';
  readonly code: MoneyErrorCode;

  constructor(code: MoneyErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The most digits before the point that an amount may have: a quadrillion less one, enough for any currency. */
const AMOUNT_DIGITS_MAX = 15;

/**
 * How many decimals a currency's minor unit has.
 * @throws MoneyError `unknown-currency`
 */
export function exponentOf(currency: string): number {
  const exponent = CURRENCY_EXPONENTS.get(currency);
  if (exponent === undefined) {
    throw new MoneyError(
      'unknown-currency',
      `${quote(currency)} is no ISO 4217 currency with a minor unit. Use a code such as EUR, in capitals; ` +
        'if the code is new, add it with its exponent to core/billing/currencies.ts.',
    );
  }
  return exponent;
}

/**
 * Reads a decimal string such as `1234.5` exactly.
 * @throws MoneyError `unknown-currency`, `not-a-decimal`, `too-many-decimals` (none is ever rounded away,
 * not even a zero) or `amount-too-large`
 */
export function parseMoney(text: string, currency: string): Money {
  const exponent = exponentOf(currency);
  const value = readDecimal(text);
  if (value.scale > exponent) {
    throw new MoneyError(
      'too-many-decimals',
      `${quote(text)} has ${value.scale} decimals and ${currency} has ${exponent}. Round it before sending it.`,
    );
  }
  return money(roundHalfUp(value, exponent), currency, exponent);
}

/** The amount as a decimal string with the currency's decimals: `1234.50`. */
export function formatMoney({ minor, currency }: Money): string {
  return formatDecimal({ unscaled: minor, scale: exponentOf(currency) });
}

/** The amount for the eye, the same in every locale: `1,234.50`. The currency is not named. */
export function displayMoney(amount: Money): string {
  return groupThousands(formatMoney(amount));
}

/**
 * Quantity times unit price, both decimal strings; the price may have more decimals than the currency
 * (0.0012 EUR a kWh). The exact product is rounded once, half-up (a half away from zero), to the minor unit.
 * @throws MoneyError `unknown-currency`, `not-a-decimal` or `amount-too-large`
 */
export function priceLine(quantity: string, unitPrice: string, currency: string): Money {
  const exponent = exponentOf(currency);
  const exact = multiply(readDecimal(quantity), readDecimal(unitPrice));
  return money(roundHalfUp(exact, exponent), currency, exponent);
}

/**
 * Tax on a net amount at a rate in percent (`19`, `7.5`), rounded once, half-up (a half away from zero),
 * to the minor unit.
 * @throws MoneyError `unknown-currency`, `not-a-decimal` or `amount-too-large`
 */
export function taxOn(net: Money, percent: string): Money {
  return taxAtRate(net, readDecimal(percent));
}

/** {@link taxOn} where the rate has been read. */
export function taxAtRate({ minor, currency }: Money, { unscaled, scale }: Decimal): Money {
  const exponent = exponentOf(currency);
  const exact = { unscaled: minor * unscaled, scale: exponent + scale + 2 };
  return money(roundHalfUp(exact, exponent), currency, exponent);
}

/**
 * The sum of amounts of one currency; of none, zero.
 * @throws MoneyError `mixed-currencies` or `amount-too-large`
 */
export function sumMoney(amounts: readonly Money[], currency: string): Money {
  let minor = 0n;
  for (const amount of amounts) {
    if (amount.currency !== currency) {
      throw new MoneyError(
        'mixed-currencies',
        `An amount in ${quote(amount.currency)} can't be added to ${quote(currency)}. Convert it first.`,
      );
    }
    minor += amount.minor;
  }
  return money(minor, currency, exponentOf(currency));
}

function money(minor: bigint, currency: string, exponent: number): Money {
  const limit = powerOfTen(AMOUNT_DIGITS_MAX + exponent);
  if ((minor < 0n ? -minor : minor) >= limit) {
    throw new MoneyError(
      'amount-too-large',
      `An amount in ${currency} has more than ${AMOUNT_DIGITS_MAX} digits before the point. Check the quantity ` +
        'and the price, or split it over several bills.',
    );
  }
  return { minor, currency };
}

function readDecimal(text: string): Decimal {
  const value = parseDecimal(text);
  if (value === undefined) {
    throw new MoneyError(
      'not-a-decimal',
      `${quote(text)} is no decimal number. Write digits with an optional point, such as 1234.50, and at most ` +
        '40 characters: no exponent, no plus sign, no grouping, no leading zero.',
    );
  }
  return value;
}

/** What was sent, short enough and clean enough for an error message. */
function quote(text: string): string {
  return JSON.stringify(text.length > 48 ? `${text.slice(0, 48)}…` : text);
}
