import {
  type Consumer,
  type IncomingRecord,
  type OutgoingRecord,
  type Transport,
  TransportError,
} from '../../core/mod.ts';
import { type Backing, type BackingSettings, openBacking } from '../../services/platform/backing.ts';
import { readSettings } from '../../services/platform/config.ts';
import { offsetsAfter } from '../../services/platform/host/loop.ts';
import { gained, lost, onStop, up } from '../stand-in.ts';

/** As our loop has it. */
const MAX_RECORDS = 1000;
const WAIT_MS = 500;

/** The transport that our services would use with this environment, without a job store. */
export async function openTransport(): Promise<Transport> {
  return (await opened({ jobStore: 'memory' })).transport;
}

/** What our services would use with this environment, job store and all. */
export async function opened(other: Pick<BackingSettings, 'jobStore'> = {}): Promise<Backing> {
  const backing = await openBacking({ ...readSettings(process.env, false), ...other });
  onStop(() => backing.close());
  return backing;
}

/** One record caused by another: the key and the partition go on, the value is given. */
export function following({ key, partition }: IncomingRecord, topic: string, value: string): OutgoingRecord {
  return { topic, partition, key, value };
}

/**
 * A member of a group that publishes what each record causes, and commits: nothing else. Runs until it is stopped.
 * Offsets may wait, as they do in our services.
 */
export async function relay(
  group: string,
  topics: readonly string[],
  next: (record: IncomingRecord) => readonly OutgoingRecord[],
): Promise<void> {
  await serve(await openTransport(), group, topics, (consumer, records) =>
    consumer.commit({ records: records.flatMap(next), offsets: offsetsAfter(records), offsetsMayWait: true }),
  );
}

/** A member of a group that commits each batch in one way. Runs until it is stopped. */
export async function serve(
  transport: Transport,
  group: string,
  topics: readonly string[],
  commit: (consumer: Consumer, records: readonly IncomingRecord[]) => Promise<void>,
): Promise<void> {
  const consumer = await transport.join({
    group,
    topics,
    onGained: (partitions) => gained(group, partitions),
    onLost: (partitions) => lost(group, partitions),
  });
  up();
  while (await serveBatch(consumer, commit));
}

/** False once the transport is closed. */
async function serveBatch(
  consumer: Consumer,
  commit: (consumer: Consumer, records: readonly IncomingRecord[]) => Promise<void>,
): Promise<boolean> {
  try {
    const records = await consumer.poll({ maxRecords: MAX_RECORDS, waitMs: WAIT_MS });
    if (records.length > 0) await commit(consumer, records);
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    if (error.code === 'closed') return false;
    // another engine took partitions over while all were starting: go on from what is committed
    if (!error.canRetry) throw error;
    await consumer.rewind();
  }
  return true;
}
