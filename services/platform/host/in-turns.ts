import { setImmediate } from 'node:timers/promises';

/** So long it works in one go at least, and so long at most, in milliseconds. */
const LEAST_MS = 3;
const MOST_MS = 100;

/**
 * Calls for each item in order, and lets other work of the process have its turn between some and the next. It goes on for
 * as long as it had to wait for its own turn: so it has a fair share beside work that holds the process for long.
 */
export async function inTurns<T>(items: readonly T[], each: (item: T, at: number) => void): Promise<void> {
  let endMs = performance.now() + LEAST_MS;
  for (const [at, item] of items.entries()) {
    const nowMs = performance.now();
    if (nowMs >= endMs) {
      await setImmediate();
      const waitedMs = performance.now() - nowMs;
      endMs = nowMs + waitedMs + Math.min(MOST_MS, Math.max(LEAST_MS, waitedMs));
    }
    each(item, at);
  }
}
