import type { Transport } from '../../core/mod.ts';

const BATCH = 5_000;
const POLL_MS = 100;

/** How long it takes, in milliseconds, to read a topic to its end and keep nothing of it; by default all partitions. */
export async function readingMs(
  transport: Transport,
  topic: string,
  only?: ReadonlySet<number>,
): Promise<number> {
  const begunAt = performance.now();
  const ends = await transport.endOffsets(topic);
  const partitions = [...ends.keys()].filter((each) => only?.has(each) !== false);
  const reader = await transport.read({ topics: [topic], partitions, from: () => 0 });
  while (partitions.some((each) => reader.position(topic, each) < (ends[each] ?? 0)))
    await reader.poll({ maxRecords: BATCH, waitMs: POLL_MS });
  const tookMs = performance.now() - begunAt;
  await reader.close();
  return tookMs;
}
