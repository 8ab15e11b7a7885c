import type { IncomingRecord, PollOptions } from '../../../../core/mod.ts';
import type { Bell } from './bell.ts';

/** A loop of polls that never has to wait lets the rest of the process run this often. */
const YIELD_EVERY_MS = 5;
let yieldedAt = 0;

/** Gives timers, sockets and heartbeats their turn, if they have had none for long. */
async function yieldNowAndThen(): Promise<void> {
  if (performance.now() - yieldedAt < YIELD_EVERY_MS) return;
  await new Promise<void>((resolve) => setImmediate(resolve));
  yieldedAt = performance.now();
}

/**
 * Attempts until there are records or the time is up; waits for the bell in between. What an attempt looks at
 * last, it must look at synchronously: a bell that rings later is then heard.
 */
export async function pollUntil(
  bell: Bell,
  { waitMs }: PollOptions,
  isOver: () => boolean,
  attempt: () => Promise<readonly IncomingRecord[]>,
): Promise<readonly IncomingRecord[]> {
  const giveUpAt = performance.now() + waitMs;
  await yieldNowAndThen();
  for (;;) {
    if (isOver()) return [];
    const records = await attempt();
    const leftMs = giveUpAt - performance.now();
    if (records.length > 0 || leftMs <= 0 || isOver()) return records;
    await bell.wait(leftMs);
  }
}
