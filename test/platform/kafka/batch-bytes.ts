import { Buffer } from 'node:buffer';
import type { OutgoingRecord } from '../../../core/mod.ts';
import { sized, writeBatch } from '../../../services/platform/transport/kafka/record-batch.ts';

/** What a broker, or another's producer, says of a batch. */
export interface Stored {
  readonly firstOffset?: number;
  readonly attributes?: number;
  readonly producerId?: number;
  readonly firstMs?: number;
  readonly maxMs?: number;
}

/** Records as a broker stores them in a batch. */
export function batchBytes(
  records: readonly Pick<OutgoingRecord, 'key' | 'value' | 'headers'>[],
  { firstOffset = 0, attributes = 0, producerId = -1, firstMs = 1_000, maxMs = firstMs }: Stored = {},
): Buffer {
  const into = Buffer.alloc(100_000);
  const end = writeBatch(
    into,
    0,
    records.map((record) => sized({ topic: 't', partition: 0, ...record })),
    {
      producerId: BigInt(producerId),
      producerEpoch: 0,
      firstSequence: 0,
      isTransactional: false,
      timestampMs: firstMs,
    },
  );
  into.writeBigInt64BE(BigInt(firstOffset), 0);
  into.writeInt16BE(attributes, 21);
  into.writeBigInt64BE(BigInt(maxMs), 35);
  return into.subarray(0, end);
}
