/** What several repetitions came to. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** Throws RangeError where there is nothing to sum up. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const [min] = sorted;
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) throw new RangeError('there are no values to sum up');
  const middle = (sorted.length - 1) / 2;
  const median = ((sorted[Math.floor(middle)] ?? min) + (sorted[Math.ceil(middle)] ?? max)) / 2;
  return { min, median, max };
}

/** The latest of these times, without spreading a million arguments; NaN is passed over, and of none it is 0. */
export function latestOf(times: Iterable<number>): number {
  let latest = 0;
  for (const time of times) if (time > latest) latest = time;
  return latest;
}

/** Times of one repetition, in milliseconds. */
export interface Times {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  /** Of fewer than 1,000 times it is the longest. */
  readonly p999: number;
  readonly max: number;
}

/** Percentiles by nearest rank: each is a time that was measured. Throws RangeError where there are none. */
export function timesOf(values: readonly number[]): Times {
  const sorted = values.toSorted((a, b) => a - b);
  const max = sorted.at(-1);
  if (max === undefined) throw new RangeError('there are no times to sum up');
  // per mille, as whole numbers have no rounding of their own
  const at = (perMille: number): number => sorted[Math.ceil((perMille * sorted.length) / 1000) - 1] ?? max;
  return { p50: at(500), p90: at(900), p99: at(990), p999: at(999), max };
}
