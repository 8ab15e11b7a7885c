import { type IncomingRecord, type Transport, TransportError } from '../../core/mod.ts';

const POLL_MS = 500;

/** Where each partition of the topic ends now; null where there is no such topic. Throws other `TransportError`s. */
export async function endsOf(transport: Transport, topic: string): Promise<readonly number[] | null> {
  try {
    return await transport.endOffsets(topic);
  } catch (error) {
    // a topic that nobody has made has no records: what that means is for who asked
    if (error instanceof TransportError && error.code === 'unknown-topic') return null;
    throw error;
  }
}

export interface ReadToEndOptions {
  /** Only these partition numbers; default all. */
  readonly partitions?: readonly number[];
  /** Where to begin; default at the earliest record. */
  readonly from?: (topic: string, partition: number) => number;
  /** At most so many records at once. */
  readonly maxRecords: number;
}

/**
 * The records of these topics before the ends that are given for their partitions, some at a time, in order within each
 * partition; none that came since.
 */
export async function* readToEnd(
  transport: Transport,
  ends: ReadonlyMap<string, readonly number[]>,
  { partitions, from = () => 0, maxRecords }: ReadToEndOptions,
): AsyncGenerator<readonly IncomingRecord[]> {
  const endOf = (topic: string, partition: number): number => ends.get(topic)?.[partition] ?? 0;
  const places = [...ends].flatMap(([topic, { length }]) =>
    (partitions ?? Array.from({ length }, (_, partition) => partition)).map((partition) => ({
      topic,
      partition,
    })),
  );
  const left = places.filter(({ topic, partition }) => from(topic, partition) < endOf(topic, partition));
  if (left.length === 0) return;
  const topics = [...ends.keys()];
  const reader = await transport.read({ topics, from, ...(partitions === undefined ? {} : { partitions }) });
  try {
    while (left.some(({ topic, partition }) => reader.position(topic, partition) < endOf(topic, partition))) {
      const records = await reader.poll({ maxRecords, waitMs: POLL_MS });
      const wanted = records.filter(({ topic, partition, offset }) => offset < endOf(topic, partition));
      if (wanted.length > 0) yield wanted;
    }
  } finally {
    await reader.close();
  }
}
