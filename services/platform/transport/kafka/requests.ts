import { type OutgoingRecord, TransportError } from '../../../../core/mod.ts';
import { placeKey } from '../place.ts';
import type { PartitionBatch } from './produce.ts';
import { RECORD_BYTES, type SizedRecord, sized } from './record-batch.ts';

/** A batch for one partition stays under the brokers' usual limit of 1,048,588 bytes, by so much. */
const PARTITION_BYTES = 900 * 1024;
const REQUEST_BYTES = 8 * 1024 * 1024;
/** Above what any topic of ours takes. */
const MAX_RECORD_BYTES = 8 * 1024 * 1024;

/**
 * The records as requests that a broker takes, each with one batch for each partition that it brings something to.
 * Throws `TransportError` ('record-too-large').
 */
export function requestsOf(records: readonly OutgoingRecord[]): PartitionBatch[][] {
  const requests: PartitionBatch[][] = [];
  let batches = new Map<string, GrowingBatch>();
  let requestBytes = 0;
  for (const record of records) {
    const one = sized(record);
    const bytes = Math.max(0, one.keyBytes) + Math.max(0, one.valueBytes) + one.headerBytes;
    if (bytes > MAX_RECORD_BYTES) throw tooLarge(record, bytes);
    const taken = bytes + RECORD_BYTES;
    const place = placeKey(record);
    let batch = batches.get(place);
    const isFull = batch !== undefined && batch.taken + taken > PARTITION_BYTES;
    if (isFull || (requestBytes > 0 && requestBytes + taken > REQUEST_BYTES)) {
      requests.push([...batches.values()]);
      batches = new Map();
      batch = undefined;
      requestBytes = 0;
    }
    if (batch === undefined) {
      batch = { topic: record.topic, partition: record.partition, records: [], bytes: 0, taken: 0 };
      batches.set(place, batch);
    }
    batch.records.push(one);
    batch.bytes += bytes;
    batch.taken += taken;
    requestBytes += taken;
  }
  if (batches.size > 0) requests.push([...batches.values()]);
  return requests;
}

interface GrowingBatch extends PartitionBatch {
  readonly records: SizedRecord[];
  bytes: number;
  /** With what the records take beside. */
  taken: number;
}

function tooLarge({ topic }: OutgoingRecord, bytes: number): TransportError {
  const message = `A record of ${bytes} bytes for ${topic} is over the limit of ${MAX_RECORD_BYTES}.`;
  return new TransportError('record-too-large', message);
}
