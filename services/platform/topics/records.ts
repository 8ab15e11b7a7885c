import { partitionFor, type Transport } from '../../../core/mod.ts';
import { openBacking } from '../backing.ts';
import type { CreateSettings } from './create.ts';

const BATCH = 1_000;
const POLL_MS = 200;

/** Publishes one record where its key belongs, and returns that partition. Throws `TransportError` where there is no such topic. */
export async function publishRecord(
  settings: CreateSettings,
  { topic, key, value }: { readonly topic: string; readonly key: string; readonly value: string },
): Promise<number> {
  return await withTransport(settings, async (transport) => {
    const partition = partitionFor(key, (await transport.endOffsets(topic)).length);
    await transport.publish([{ topic, partition, key, value }]);
    return partition;
  });
}

/** Reads a topic up to its end as it is now: for each record a line of JSON. */
export async function readRecords(
  settings: CreateSettings,
  topic: string,
  print: (line: string) => void,
): Promise<void> {
  await withTransport(settings, async (transport) => {
    const ends = await transport.endOffsets(topic);
    const reader = await transport.read({ topics: [topic], from: () => 0 });
    const isBehind = (): boolean => ends.some((end, partition) => reader.position(topic, partition) < end);
    while (isBehind()) {
      for (const record of await reader.poll({ maxRecords: BATCH, waitMs: POLL_MS })) {
        const { partition, offset, timestampMs, key, value, headers } = record;
        const time = new Date(timestampMs).toISOString();
        print(JSON.stringify({ partition, offset, time, key: shown(key), headers, value: shown(value) }));
      }
    }
    await reader.close();
  });
}

/** Text as it is; bytes that are no text in base64, and said so. */
const shown = (payload: string | Uint8Array | null): unknown =>
  payload instanceof Uint8Array ? { base64: Buffer.from(payload).toString('base64') } : payload;

async function withTransport<T>(
  { kafka, dataDir }: CreateSettings,
  work: (transport: Transport) => Promise<T>,
): Promise<T> {
  const backing = await openBacking({ kafka, dataDir, jobStore: 'memory' });
  try {
    return await work(backing.transport);
  } finally {
    await backing.close();
  }
}

/** Whether a value is JSON; every reader of ours takes nothing else. */
export function isJson(value: string): boolean {
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false; // where it is wrong is for whoever wrote it to find
  }
}
