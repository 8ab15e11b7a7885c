import type { IncomingRecord, PollOptions } from '../../../../core/mod.ts';
import type { Bell } from './bell.ts';

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
  for (;;) {
    const records = await attempt();
    const leftMs = giveUpAt - performance.now();
    if (records.length > 0 || leftMs <= 0 || isOver()) return records;
    await bell.wait(leftMs);
    if (isOver()) return [];
  }
}
