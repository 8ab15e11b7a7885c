import { setImmediate } from 'node:timers/promises';

/** So many items are handled in one go. */
const AT_A_TIME = 32;

/** Calls for each item in order, and lets other work of the process have its turn between some and the next. */
export async function inTurns<T>(items: readonly T[], each: (item: T, at: number) => void): Promise<void> {
  for (const [at, item] of items.entries()) {
    if (at > 0 && at % AT_A_TIME === 0) await setImmediate();
    each(item, at);
  }
}
