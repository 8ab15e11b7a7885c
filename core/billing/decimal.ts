// Exact decimal numbers: an integer and how many of its digits stand behind the point. No floating point
// anywhere, so no amount depends on how a runtime prints a double.

/** The number `unscaled / 10^scale`; `12.50` is `{ unscaled: 1250n, scale: 2 }`. */
export interface Decimal {
  readonly unscaled: bigint;
  readonly scale: number;
}

/** A decimal string longer than this is refused before its digits are looked at. */
const DECIMAL_LENGTH_MAX = 40;

const DECIMAL = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?$/;

/**
 * Reads a plain decimal string: an optional `-`, digits without leading zeros, an optional point with digits.
 * Exponents, `+`, spaces, grouping and a bare point are refused.
 * @returns the exact number, or undefined where the text is no such string
 */
export function parseDecimal(text: string): Decimal | undefined {
  if (text.length > DECIMAL_LENGTH_MAX) return undefined;
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = ''] = match;
  const unscaled = BigInt(whole + fraction);
  return { unscaled: sign === '-' ? -unscaled : unscaled, scale: fraction.length };
}

/** The product of two numbers, exactly. */
export function multiply(a: Decimal, b: Decimal): Decimal {
  return { unscaled: a.unscaled * b.unscaled, scale: a.scale + b.scale };
}

/**
 * The number in units of `10^-scale`, rounded half-up: to the nearest, and a half away from zero
 * (2.5 becomes 3, -2.5 becomes -3).
 */
export function roundHalfUp(value: Decimal, scale: number): bigint {
  if (value.scale <= scale) return value.unscaled * 10n ** BigInt(scale - value.scale);
  const divisor = 10n ** BigInt(value.scale - scale);
  const magnitude = value.unscaled < 0n ? -value.unscaled : value.unscaled;
  const rounded = (magnitude * 2n + divisor) / (divisor * 2n);
  return value.unscaled < 0n ? -rounded : rounded;
}

/** The decimal string with every digit of the scale: `{ unscaled: 1250n, scale: 2 }` is `12.50`. */
export function formatDecimal({ unscaled, scale }: Decimal): string {
  const sign = unscaled < 0n ? '-' : '';
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  const point = digits.length - scale;
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** The same number with no zeros at its end: `19.00` is `19`, `7.50` is `7.5`. */
export function withoutTrailingZeros({ unscaled, scale }: Decimal): Decimal {
  let shortest: Decimal = { unscaled, scale };
  while (shortest.scale > 0 && shortest.unscaled % 10n === 0n) {
    shortest = { unscaled: shortest.unscaled / 10n, scale: shortest.scale - 1 };
  }
  return shortest;
}

/** Negative where `a` is less than `b`, zero where they are the same number, else positive. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const left = a.unscaled * 10n ** BigInt(b.scale);
  const right = b.unscaled * 10n ** BigInt(a.scale);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** A decimal string for the eye: thousands grouped by commas, a point for the decimals, in every locale. */
export function groupThousands(decimal: string): string {
  const point = decimal.indexOf('.');
  const whole = point < 0 ? decimal : decimal.slice(0, point);
  const rest = point < 0 ? '' : decimal.slice(point);
  const sign = whole.startsWith('-') ? '-' : '';
  let digits = whole.slice(sign.length);
  let grouped = '';
  while (digits.length > 3) {
    grouped = `,${digits.slice(-3)}${grouped}`;
    digits = digits.slice(0, -3);
  }
  return sign + digits + grouped + rest;
}
