import {
  type Consumer,
  type Decided,
  type IncomingRecord,
  type OutgoingRecord,
  type Transport,
  TransportError,
} from '../../../../core/mod.ts';
import { offsetsAfter } from '../../../../core/processing/processor.ts';
import type { GroupJobs } from '../../../../services/platform/store/kafka/open.ts';
import { job } from '../../../contracts/job-store.ts';
import { take } from '../../../contracts/support.ts';

export interface Topics {
  readonly group: string;
  readonly input: string;
  readonly output: string;
}

/** A record of `input` to be counted under its key, which names its partition: "2-a" lies in partition 2. */
export function one(input: string, key: string): OutgoingRecord {
  return { topic: input, partition: Number(key.split('-')[0]), key, value: 'one' };
}

/** Counts the records of each key in a job, and publishes "key count" for each, in one unit. */
async function count(
  records: readonly IncomingRecord[],
  consumer: Consumer,
  { jobStore, commit }: GroupJobs,
  { output }: Topics,
): Promise<void> {
  const keys = [...new Set(records.map(({ key }) => String(key)))];
  const jobs = await jobStore.load(keys);
  const decided = keys.map((key): Decided => {
    const before = jobs.get(key);
    const partition = Number(key.split('-')[0]);
    const from = Number(before?.input ?? 0);
    const more = records.filter((each) => each.key === key).length;
    const counts = Array.from({ length: more }, (_, index) => ({
      topic: output,
      partition,
      key,
      value: `${key} ${from + index + 1}`,
    }));
    const changed = job(key, { partition, revision: (before?.revision ?? 0) + 1, input: from + more });
    return { change: { job: changed }, records: counts };
  });
  await commit(consumer, { decided, offsets: offsetsAfter(records) });
}

export interface Counter {
  readonly consumer: Consumer;
  /** What its units failed with, in order: the codes of the errors. */
  readonly failures: readonly unknown[];
  stop(): Promise<void>;
}

/** A member that counts until it is stopped, and goes on after every failure, as the loop does. */
export async function startCounter(jobs: GroupJobs, topics: Topics, maxRecords = 100): Promise<Counter> {
  const consumer = await jobs.transport.join({ group: topics.group, topics: [topics.input] });
  const failures: unknown[] = [];
  let stopping = false;
  const run = async (): Promise<void> => {
    while (!stopping) {
      try {
        const records = await consumer.poll({ maxRecords, waitMs: 100 });
        if (records.length > 0) await count(records, consumer, jobs, topics);
      } catch (error) {
        if (!(error instanceof TransportError)) throw error;
        if (stopping || error.code === 'closed') return;
        failures.push(error.code); // the test says which it expects
        await consumer.rewind();
      }
    }
  };
  const ended = run();
  const stop = async (): Promise<void> => {
    stopping = true;
    await ended;
    await consumer.close();
  };
  return { consumer, failures, stop };
}

/** Everything on the output so far, once there are so many; what comes too much is seen as well. */
export async function outputOf(
  transport: Transport,
  { output }: Topics,
  expected: number,
): Promise<string[]> {
  const reader = await transport.read({ topics: [output], from: () => 0 });
  try {
    const found = await take(reader, expected);
    const ends = await transport.endOffsets(output);
    while (ends.some((end, partition) => reader.position(output, partition) < end))
      found.push(...(await reader.poll({ maxRecords: 1_000, waitMs: 100 })));
    return found.map(({ value }) => String(value));
  } finally {
    await reader.close();
  }
}

/** "key 1" to "key count" for each of the keys. */
export function countsOf(keys: readonly string[], count: number): string[] {
  return keys.flatMap((key) => Array.from({ length: count }, (_, index) => `${key} ${index + 1}`)).sort();
}
