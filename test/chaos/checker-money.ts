// The checker's own arithmetic: exact decimals as fractions of powers of ten, and one way to round. It has nothing
// of the core's, so that a mistake there can't be repeated here.

/** `units` / 10 ** `decimals`. */
interface Exact {
  readonly units: bigint;
  readonly decimals: number;
}

/** How many decimals a currency's amounts have, of those that the plan uses. */
const DECIMALS: Readonly<Record<string, number>> = { EUR: 2, USD: 2, JPY: 0, KWD: 3 };

/** Throws for a currency that no planned customer has. */
export function decimalsOf(currency: string): number {
  const decimals = DECIMALS[currency];
  if (decimals === undefined) throw new Error(`the checker knows no currency ${currency}: add its decimals`);
  return decimals;
}

function exact(text: string): Exact {
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole === '') throw new Error(`"${text}" is not a decimal number`);
  return { units: BigInt(`${sign}${whole}${fraction}`), decimals: fraction.length };
}

/** The product of two decimals, rounded once to so many decimals, a half away from zero; in the smallest unit. */
export function productOf(one: string, other: string, decimals: number): bigint {
  const a = exact(one);
  const b = exact(other);
  return rounded({ units: a.units * b.units, decimals: a.decimals + b.decimals }, decimals);
}

/** So many percent of an amount in the smallest unit, rounded the same way. */
export function percentOf(amount: bigint, percent: string): bigint {
  const { units, decimals } = exact(percent);
  return rounded({ units: amount * units, decimals: decimals + 2 }, 0);
}

function rounded({ units, decimals }: Exact, to: number): bigint {
  if (decimals <= to) return units * 10n ** BigInt(to - decimals);
  const unit = 10n ** BigInt(decimals - to);
  const size = units < 0n ? -units : units;
  const away = (2n * size + unit) / (2n * unit);
  return units < 0n ? -away : away;
}

/** 123450n with 2 decimals: `1234.50`. */
export function written(amount: bigint, decimals: number): string {
  const sign = amount < 0n ? '-' : '';
  const digits = String(amount < 0n ? -amount : amount).padStart(decimals + 1, '0');
  if (decimals === 0) return sign + digits;
  return `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** As people read it: `1,234.50`. */
export function grouped(amount: string): string {
  const [whole = '', fraction] = amount.split('.');
  const separated = whole.replace(/(\d)(?=(\d{3})+$)/g, '$1,');
  return fraction === undefined ? separated : `${separated}.${fraction}`;
}

/** `19.0` and `19` are one rate: `19`. */
export function rateName(rate: string): string {
  return rate.includes('.') ? rate.replace(/\.?0+$/, '') : rate;
}
