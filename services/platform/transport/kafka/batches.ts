import { IS_CONTROL, IS_TRANSACTIONAL, type RecordsBatch } from '@platformatic/kafka';
import type { IncomingRecord } from '../../../../core/mod.ts';
import { toHeaders, toPayload } from './payload.ts';

/** Bit 3 of a batch's attributes: the broker's time counts, one for the whole batch. */
const LOG_APPEND_TIME = 1 << 3;
/** The type in a control record's key: 0 for an abort, 1 for a commit. */
const ABORT = 0;

export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
}

/**
 * The records of a partition's batches from `from` on, and the offset after them: markers and what transactions
 * that were aborted left are passed over (the algorithm of the Java client, for READ_COMMITTED).
 */
export function readBatches(
  topic: string,
  partition: number,
  batches: readonly RecordsBatch[],
  aborted: readonly AbortedTransaction[],
  from: number,
): { records: IncomingRecord[]; next: number } {
  const records: IncomingRecord[] = [];
  const upcoming = [...aborted].sort((one, other) => Number(one.firstOffset - other.firstOffset));
  const dead = new Set<bigint>();
  let next = from;
  for (const batch of batches) {
    const first = Number(batch.firstOffset);
    const end = first + batch.lastOffsetDelta + 1;
    for (let head = upcoming[0]; head !== undefined && head.firstOffset < end; head = upcoming[0]) {
      dead.add(head.producerId);
      upcoming.shift();
    }
    if ((batch.attributes & IS_CONTROL) !== 0) {
      if (batch.records[0]?.key?.readInt16BE(2) === ABORT) dead.delete(batch.producerId);
    } else if ((batch.attributes & IS_TRANSACTIONAL) === 0 || !dead.has(batch.producerId)) {
      readBatch(topic, partition, batch, from, records);
    }
    next = Math.max(next, end);
  }
  return { records, next };
}

function readBatch(
  topic: string,
  partition: number,
  batch: RecordsBatch,
  from: number,
  into: IncomingRecord[],
): void {
  const first = Number(batch.firstOffset);
  const firstMs = Number(batch.firstTimestamp);
  const appendMs = (batch.attributes & LOG_APPEND_TIME) === 0 ? null : Number(batch.maxTimestamp);
  for (const { offsetDelta, timestampDelta, key, value, headers } of batch.records) {
    const offset = first + offsetDelta;
    if (offset < from) continue; // brokers give whole batches, also for an offset in their midst
    into.push({
      topic,
      partition,
      offset,
      key: toPayload(key),
      value: toPayload(value),
      headers: toHeaders(headers),
      timestampMs: appendMs ?? firstMs + Number(timestampDelta),
    });
  }
}
