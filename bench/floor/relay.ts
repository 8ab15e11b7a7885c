import {
  type Consumer,
  type IncomingRecord,
  type OutgoingRecord,
  type Transport,
  TransportError,
} from '../../core/mod.ts';
import { openBacking } from '../../services/platform/backing.ts';
import { readSettings } from '../../services/platform/config.ts';
import { offsetsAfter } from '../../services/platform/host/loop.ts';
import { gained, lost, onStop, up } from '../stand-in.ts';

/** As our loop has it. */
const MAX_RECORDS = 1000;
const WAIT_MS = 500;

/** The transport that our services would use with this environment, without a job store. */
export async function openTransport(): Promise<Transport> {
  const backing = await openBacking({ ...readSettings(process.env, false), jobStore: 'memory' });
  onStop(() => backing.close());
  return backing.transport;
}

/** One record caused by another: the key and the partition go on, the value is given. */
export function following({ key, partition }: IncomingRecord, topic: string, value: string): OutgoingRecord {
  return { topic, partition, key, value };
}

/** A member of a group that publishes what each record causes, and commits: nothing else. Runs until it is stopped. */
export async function relay(
  group: string,
  topics: readonly string[],
  next: (record: IncomingRecord) => readonly OutgoingRecord[],
): Promise<void> {
  const transport = await openTransport();
  const consumer = await transport.join({
    group,
    topics,
    onGained: (partitions) => gained(group, partitions),
    onLost: (partitions) => lost(group, partitions),
  });
  up();
  while (await relayBatch(consumer, next));
}

/** False once the transport is closed. */
async function relayBatch(
  consumer: Consumer,
  next: (record: IncomingRecord) => readonly OutgoingRecord[],
): Promise<boolean> {
  try {
    const records = await consumer.poll({ maxRecords: MAX_RECORDS, waitMs: WAIT_MS });
    if (records.length > 0)
      await consumer.commit({ records: records.flatMap(next), offsets: offsetsAfter(records) });
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    if (error.code === 'closed') return false;
    // another engine took partitions over while all were starting: go on from what is committed
    if (!error.canRetry) throw error;
    await consumer.rewind();
  }
  return true;
}
