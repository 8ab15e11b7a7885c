// Exact decimal numbers: an integer and how many of its digits stand behind the point. No floating point
// anywhere, so no amount depends on how a runtime prints a double.

/** The number `unscaled / 10^scale`; `12.50` is `{ unscaled: 1250n, scale: 2 }`. */
export interface Decimal {
  readonly unscaled: bigint;
  readonly scale: number;
}

/** A decimal string longer than this is refused before its digits are looked at. */
const DECIMAL_LENGTH_MAX = 40;

const DECIMAL = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$/;

/** As many digits as a double holds exactly, whatever they are. */
const DOUBLE_DIGITS = 15;
const MINUS = 0x2d;
const POINT = 0x2e;
/** The code of `0`; those of `-` and `.` are less. */
const ZERO = 0x30;

/** Less than this are most amounts of most bills; the machine divides them as whole numbers. */
const SMALL: number = 2 ** 31;
/** All that may stand behind the whole number, with the point, of numbers of few decimals: by scale and fraction. */
const FRACTIONS: readonly (readonly string[])[] = [0, 1, 2, 3].map((scale) =>
  Array.from({ length: 10 ** scale }, (_, fraction) =>
    scale === 0 ? '' : `.${String(fraction).padStart(scale, '0')}`,
  ),
);

const POWERS_OF_TEN: readonly bigint[] = Array.from({ length: 40 }, (_, exponent) => 10n ** BigInt(exponent));

/** `10^exponent`, the usual ones from a table. */
export function powerOfTen(exponent: number): bigint {
  return POWERS_OF_TEN[exponent] ?? 10n ** BigInt(exponent);
}

/**
 * Reads a plain decimal string: an optional `-`, digits without leading zeros, an optional point with digits.
 * Exponents, `+`, spaces, grouping and a bare point are refused.
 * @returns the exact number, or undefined where the text is no such string
 */
export function parseDecimal(text: string): Decimal | undefined {
  if (text.length > DECIMAL_LENGTH_MAX) return undefined;
  if (!DECIMAL.test(text)) return undefined;
  const point = wholeLength(text);
  const scale = Math.max(0, text.length - point - 1);
  if (text.length <= DOUBLE_DIGITS) return { unscaled: BigInt(fewDigits(text)), scale };
  return { unscaled: BigInt(text.slice(0, point) + text.slice(point + 1)), scale };
}

/** The digits of a short decimal string as one whole number: a double holds it exactly, and is made far sooner. */
function fewDigits(text: string): number {
  let digits = 0;
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit >= 0) digits = digits * 10 + digit;
  }
  return text.charCodeAt(0) === MINUS ? -digits : digits;
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
  if (value.scale <= scale) return value.unscaled * powerOfTen(scale - value.scale);
  const divisor = powerOfTen(value.scale - scale);
  const half = powerOfTen(value.scale - scale - 1) * 5n;
  // Division of bigints goes towards zero, on either side of it.
  return (value.unscaled < 0n ? value.unscaled - half : value.unscaled + half) / divisor;
}

/** The decimal string with every digit of the scale: `{ unscaled: 1250n, scale: 2 }` is `12.50`. */
export function formatDecimal({ unscaled, scale }: Decimal): string {
  const fractions = FRACTIONS[scale];
  const small = Number(unscaled);
  if (fractions !== undefined && Math.abs(small) < SMALL) return formatSmall(small, fractions);
  const text = unscaled.toString();
  if (scale === 0) return text;
  const sign = unscaled < 0n ? '-' : '';
  const digits =
    text.length - sign.length > scale ? text : sign + text.slice(sign.length).padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** The same of a whole number that a double holds, which is divided and printed sooner than a bigint. */
function formatSmall(unscaled: number, fractions: readonly string[]): string {
  const digits = Math.abs(unscaled);
  const fraction = digits % fractions.length;
  return `${unscaled < 0 ? '-' : ''}${(digits - fraction) / fractions.length}${fractions[fraction]}`;
}

/** The same number with no zeros at its end: `19.00` is `19`, `7.50` is `7.5`. */
export function withoutTrailingZeros(decimal: Decimal): Decimal {
  let shortest = decimal;
  while (shortest.scale > 0 && shortest.unscaled % 10n === 0n) {
    shortest = { unscaled: shortest.unscaled / 10n, scale: shortest.scale - 1 };
  }
  return shortest;
}

/** Negative where `a` is less than `b`, zero where they are the same number, else positive. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const left = a.unscaled * powerOfTen(b.scale);
  const right = b.unscaled * powerOfTen(a.scale);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** A decimal string for the eye: thousands grouped by commas, a point for the decimals, in every locale. */
export function groupThousands(decimal: string): string {
  const sign = decimal.charCodeAt(0) === MINUS ? 1 : 0;
  let grouped = decimal;
  for (let at = wholeLength(decimal) - 3; at > sign; at -= 3) {
    grouped = `${grouped.slice(0, at)},${grouped.slice(at)}`;
  }
  return grouped;
}

/** How many characters stand before the point. A loop takes half of `indexOf`'s time on texts as short as these. */
export function wholeLength(decimal: string): number {
  let at = 0;
  while (at < decimal.length && decimal.charCodeAt(at) !== POINT) at++;
  return at;
}
