// How fast a run moves, from the times of its reports: so that every coordinator that has folded the log says the same.

/** Workflows that ended in a second, which is counted since 1970; the newest last. */
export type Recent = readonly (readonly [second: number, ended: number])[];

/** The rate is that of so many seconds. */
const RATE_SECONDS = 10;
/** Seconds that are kept, of those in which something ended: more than the rate is of. */
const KEPT = RATE_SECONDS + 5;

/** The seconds with these added. */
export function withEnded(recent: Recent, ended: ReadonlyMap<number, number>): Recent {
  const sums = new Map(recent);
  for (const [second, count] of ended) sums.set(second, (sums.get(second) ?? 0) + count);
  return [...sums].sort(([one], [other]) => one - other).slice(-KEPT);
}

/**
 * Workflows a second that ended in the last ten seconds, or since the run was made where that is less ago; to a tenth. 0
 * where none did.
 */
export function rateOf(recent: Recent, createdMs: number, nowMs: number): number {
  const from = Math.floor(nowMs / 1000) - RATE_SECONDS;
  const last = Math.floor(nowMs / 1000) + RATE_SECONDS; // an engine's clock may be ahead
  const within = recent.filter(([second]) => second >= from && second <= last);
  const ended = within.reduce((sum, [, count]) => sum + count, 0);
  const spanMs = Math.max(1000, nowMs - Math.max(from * 1000, createdMs));
  return Math.round((ended * 10_000) / spanMs) / 10;
}
