const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A span of time: milliseconds, or a number with a unit: `'250ms'`, `'10s'`, `'5m'`, `'1h'`, `'30d'`. */
export type Duration = number | string;

/** The longest duration: a hundred years. */
export const MAX_DURATION_MS: number = 36_525 * 86_400_000;

/** A duration in milliseconds. Throws RangeError where it is not a duration, negative, or over a hundred years. */
export function durationMs(duration: Duration): number {
  const match = typeof duration === 'string' ? /^(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h|d)$/.exec(duration) : null;
  const ms = match === null ? duration : Number(match[1]) * (UNIT_MS[match[2] ?? ''] ?? Number.NaN);
  if (typeof ms !== 'number' || !(ms >= 0 && ms <= MAX_DURATION_MS)) {
    throw new RangeError(
      `"${String(duration)}" is not a duration: give milliseconds, or a number with ms, s, m, h or d, such as "10s"`,
    );
  }
  // a due time is a whole number of milliseconds, in stores and in ISO 8601
  return Math.round(ms);
}
