import { Buffer } from 'node:buffer';
import { type Connection, ProduceAcks, produceV7, Writer } from '@platformatic/kafka';
import { type Place, placeKey } from '../place.ts';
import { grouped } from './grouped.ts';
import { BATCH_BYTES, RECORD_BYTES, type SizedRecord, writeBatch } from './record-batch.ts';
import { send } from './send.ts';

/** What one request brings to one partition. */
export interface PartitionBatch extends Place {
  readonly records: readonly SizedRecord[];
  /** What its keys, values and headers take. */
  readonly bytes: number;
}

/** A batch, and which number its first record has among those of this producer in the partition. */
export interface NumberedBatch extends PartitionBatch {
  readonly firstSequence: number;
}

export interface ProducerIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

/** As whom the records are written. `transactionalId` null: outside any transaction. */
export interface ProduceOptions extends ProducerIdentity {
  readonly transactionalId: string | null;
  /** How long the broker may wait for the copies, in milliseconds. */
  readonly timeoutMs: number;
}

export type ProduceResponse = ReturnType<typeof produceV7.parseResponse>;

/** More than a batch takes in a request beside its topic's name. */
const PLACE_BYTES = 16;
/** More than a request takes beside batches and names. */
const REQUEST_BYTES = 32;

/** Sequence numbers go on at 0 after 2^31 - 1. */
export function sequenceAfter({ firstSequence, records }: NumberedBatch): number {
  return (firstSequence + records.length) & 0x7fffffff;
}

/** The numbers that a producer gives in each partition, from 0 on under each identity. */
export class Sequences {
  readonly #next: Map<string, number> = new Map();

  /** The batches with the numbers that come next. */
  number(batches: readonly PartitionBatch[]): readonly NumberedBatch[] {
    return batches.map((batch) => {
      const numbered = { ...batch, firstSequence: this.#next.get(placeKey(batch)) ?? 0 };
      this.#next.set(placeKey(batch), sequenceAfter(numbered));
      return numbered;
    });
  }

  /** Under a new identity all begin anew. */
  restart(): void {
    this.#next.clear();
  }
}

/**
 * Sends one produce request to a leader, with acks=all, once. Rejects with the client's error; where some partitions
 * were refused, its `response` says which.
 */
export function produce(
  connection: Connection,
  batches: readonly NumberedBatch[],
  options: ProduceOptions,
): Promise<ProduceResponse> {
  const payload = (): Writer => Writer.create().append(encodeProduce(batches, options, Date.now()));
  return send(connection, produceV7.api, payload, produceV7.parseResponse);
}

/** The request of version 7, which brokers of Kafka 2.1 to 4 and Redpanda take. */
export function encodeProduce(
  batches: readonly NumberedBatch[],
  { transactionalId, producerId, producerEpoch, timeoutMs }: ProduceOptions,
  timestampMs: number,
): Buffer {
  const topics = grouped(batches, ({ topic }) => topic);
  const into = Buffer.allocUnsafe(roomFor(batches, transactionalId));
  let at = writeString(into, 0, transactionalId);
  at = into.writeInt16BE(ProduceAcks.ALL, at);
  at = into.writeInt32BE(timeoutMs, at);
  at = into.writeInt32BE(topics.size, at);
  for (const [topic, parts] of topics) {
    at = writeString(into, at, topic);
    at = into.writeInt32BE(parts.length, at);
    for (const { partition, records, firstSequence } of parts) {
      at = into.writeInt32BE(partition, at);
      const isTransactional = transactionalId !== null;
      const origin = { producerId, producerEpoch, firstSequence, isTransactional, timestampMs };
      const end = writeBatch(into, at + 4, records, origin);
      into.writeInt32BE(end - at - 4, at);
      at = end;
    }
  }
  return into.subarray(0, at);
}

function roomFor(batches: readonly PartitionBatch[], transactionalId: string | null): number {
  let bytes = REQUEST_BYTES + Buffer.byteLength(transactionalId ?? '');
  for (const { topic, records, bytes: payload } of batches)
    bytes += PLACE_BYTES + Buffer.byteLength(topic) + BATCH_BYTES + records.length * RECORD_BYTES + payload;
  return bytes;
}

function writeString(into: Buffer, start: number, text: string | null): number {
  if (text === null) return into.writeInt16BE(-1, start);
  const at = start + 2;
  const bytes = into.write(text, at);
  into.writeInt16BE(bytes, start);
  return at + bytes;
}
