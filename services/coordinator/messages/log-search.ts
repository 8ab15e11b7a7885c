// Looks for records in one partition of a topic by their time, within limits: nothing is kept for it but the log itself.
import { type IncomingRecord, type Transport, TransportError } from '../../../core/mod.ts';

/** Below so many records it is cheaper to read them all than to look for where to begin. */
export const SCAN_AT_ONCE = 256;
const BATCH = 1_000;
const POLL_MS = 250;

/** What a search may still cost. Shared by all that one request looks for. */
export interface Budget {
  /** On the clock of `performance.now`. */
  readonly giveUpAt: number;
  records: number;
}

export const isSpent = ({ giveUpAt, records }: Budget): boolean =>
  records <= 0 || performance.now() > giveUpAt;

/** A partition of a topic. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** Some of a partition's offsets, `to` not included. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** The offsets that there may be; null where there is no such topic or partition. */
export async function wholeRange(transport: Transport, { topic, partition }: Place): Promise<Range | null> {
  try {
    const end = (await transport.endOffsets(topic))[partition];
    return end === undefined ? null : { from: 0, to: end };
  } catch (error) {
    // a topic that nobody has made has no records
    if (error instanceof TransportError && error.code === 'unknown-topic') return null;
    throw error;
  }
}

/**
 * About where the records of `timeMs` begin within `range`: at most `SCAN_AT_ONCE` before the first of them. Times are those
 * of the log, which rise but for the difference of its writers' clocks.
 */
export async function offsetOfTime(
  transport: Transport,
  place: Place,
  { from, to }: Range,
  timeMs: number,
  budget: Budget,
): Promise<number> {
  let low = from;
  let high = to;
  while (high - low > SCAN_AT_ONCE && !isSpent(budget)) {
    const middle = low + Math.floor((high - low) / 2);
    const record = await recordFrom(transport, place, middle, high, budget);
    if (record === null || record.timestampMs >= timeMs) high = middle;
    else low = record.offset + 1;
  }
  return low;
}

/** The record at this offset, or the next one before `to`; null where there is none. */
export async function recordFrom(
  transport: Transport,
  place: Place,
  offset: number,
  to: number,
  budget: Budget,
): Promise<IncomingRecord | null> {
  for await (const [record] of batches(transport, place, { from: offset, to }, 1, budget))
    return record ?? null;
  return null;
}

/** The last record of the range that is it; null where none is, or the budget ended before it. */
export async function lastOf(
  transport: Transport,
  place: Place,
  range: Range,
  budget: Budget,
  isIt: (record: IncomingRecord) => boolean,
): Promise<IncomingRecord | null> {
  let last: IncomingRecord | null = null;
  for await (const records of batches(transport, place, range, BATCH, budget))
    last = records.findLast(isIt) ?? last;
  return last;
}

async function* batches(
  transport: Transport,
  { topic, partition }: Place,
  { from, to }: Range,
  maxRecords: number,
  budget: Budget,
): AsyncGenerator<readonly IncomingRecord[]> {
  if (from >= to) return;
  const reader = await transport.read({ topics: [topic], partitions: [partition], from: () => from });
  try {
    while (reader.position(topic, partition) < to && !isSpent(budget)) {
      const records = await reader.poll({ maxRecords, waitMs: POLL_MS });
      budget.records -= records.length;
      const wanted = records.filter(({ offset }) => offset < to);
      if (wanted.length > 0) yield wanted;
    }
  } finally {
    await reader.close();
  }
}
