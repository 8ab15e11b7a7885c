// How fast a run moves, from the times of its reports: so that every coordinator that has folded the log says the same.

/** Workflows that ended in a second, which is counted since 1970; the newest last. */
export type Recent = readonly (readonly [second: number, ended: number])[];

/** The rate is that of so many seconds. */
const RATE_SECONDS = 10;
/** What is left is estimated once workflows have ended for so many seconds: the first say little. */
const PACE_SECONDS = 2;
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
  const within = lately(recent, nowMs);
  const ended = within.reduce((sum, [, count]) => sum + count, 0);
  const spanMs = Math.max(1000, nowMs - Math.max(from * 1000, createdMs));
  return Math.round((ended * 10_000) / spanMs) / 10;
}

/** Whether something has moved for long enough, of the time that the rate is of, to say when it will end. */
export function hasPace(recent: Recent, nowMs: number): boolean {
  const first = lately(recent, nowMs)[0]?.[0];
  return first !== undefined && first <= Math.floor(nowMs / 1000) - PACE_SECONDS;
}

function lately(recent: Recent, nowMs: number): Recent {
  const now = Math.floor(nowMs / 1000);
  // an engine's clock may be ahead
  return recent.filter(([second]) => second >= now - RATE_SECONDS && second <= now + RATE_SECONDS);
}
