import { Buffer } from 'node:buffer';
import { type Connection, ProduceAcks, produceV7, produceV11, Writer } from '@platformatic/kafka';
import { type Place, placeKey } from '../place.ts';
import { grouped } from './grouped.ts';
import { BATCH_BYTES, RECORD_BYTES, type SizedRecord, writeBatch } from './record-batch.ts';
import { type Api, send } from './send.ts';

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
  /** The leader adds its partitions to the transaction by itself. Default false: they were added before. */
  readonly joinsTransaction?: boolean;
  /** How long the broker may wait for the copies, in milliseconds. */
  readonly timeoutMs: number;
}

export type ProduceResponse = ReturnType<typeof produceV7.parseResponse>;

/** What a leader has answered for each partition, where this error is its answer; null where there was none. */
export function answerIn(error: unknown): ProduceResponse['responses'] | null {
  return (error as { readonly response?: Partial<ProduceResponse> } | null)?.response?.responses ?? null;
}

/** The error codes of an answer, by `placeKey`; 0 where it was written. */
export function codesOf(answer: ProduceResponse['responses']): ReadonlyMap<string, number> {
  const codes = new Map<string, number>();
  for (const { name, partitionResponses } of answer)
    for (const { index, errorCode } of partitionResponses)
      codes.set(placeKey({ topic: name, partition: index }), errorCode);
  return codes;
}

/** More than a batch takes in a request beside its topic's name. */
const PLACE_BYTES = 24;
/** What a size takes at most. */
const MAX_SIZE_BYTES = 5;
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
  return options.joinsTransaction === true
    ? send(connection, JOINING, payload, parseJoining)
    : send(connection, produceV7.api, payload, produceV7.parseResponse);
}

/** Version 12, whose answer is that of version 11. */
const JOINING: Api = { key: produceV11.api.key, version: 12, flexible: true };
const parseJoining: typeof produceV7.parseResponse = (id, key, version, reader) =>
  produceV11.parseResponse(id, key, version, reader);

/**
 * The request of version 7, which brokers of Kafka 2.1 to 4 and Redpanda take; of version 12 where the leader is to add
 * its partitions to the transaction.
 */
export function encodeProduce(
  batches: readonly NumberedBatch[],
  { transactionalId, producerId, producerEpoch, timeoutMs, joinsTransaction = false }: ProduceOptions,
  timestampMs: number,
): Buffer {
  const layout = joinsTransaction ? FLEXIBLE : PLAIN;
  const topics = grouped(batches, ({ topic }) => topic);
  const into = Buffer.allocUnsafe(roomFor(batches, transactionalId));
  let at = layout.text(into, 0, transactionalId);
  at = into.writeInt16BE(ProduceAcks.ALL, at);
  at = into.writeInt32BE(timeoutMs, at);
  at = layout.count(into, at, topics.size);
  for (const [topic, parts] of topics) {
    at = layout.text(into, at, topic);
    at = layout.count(into, at, parts.length);
    for (const { partition, records, firstSequence } of parts) {
      at = into.writeInt32BE(partition, at);
      const isTransactional = transactionalId !== null;
      const origin = { producerId, producerEpoch, firstSequence, isTransactional, timestampMs };
      at = layout.bytes(into, at, (start) => writeBatch(into, start, records, origin));
      at = layout.end(into, at);
    }
    at = layout.end(into, at);
  }
  return into.subarray(0, layout.end(into, at));
}

/** How a version writes what a request is made of; each returns where it ends. */
interface Layout {
  text(into: Buffer, at: number, text: string | null): number;
  /** Of an array. */
  count(into: Buffer, at: number, count: number): number;
  /** What `write` puts there, from where it is told to its end, with its size before it. */
  bytes(into: Buffer, at: number, write: (start: number) => number): number;
  /** After the fields of a structure. */
  end(into: Buffer, at: number): number;
}

const PLAIN: Layout = {
  text: writeString,
  count: (into, at, count) => into.writeInt32BE(count, at),
  bytes: (into, at, write) => {
    const end = write(at + 4);
    into.writeInt32BE(end - at - 4, at);
    return end;
  },
  end: (_, at) => at,
};

/** Sizes take as many bytes as they need, and are one more than they say: 0 stands for null. */
const FLEXIBLE: Layout = {
  text: (into, at, text) => {
    if (text === null) return writeSize(into, at, 0);
    const begin = writeSize(into, at, Buffer.byteLength(text) + 1);
    return begin + into.write(text, begin);
  },
  count: (into, at, count) => writeSize(into, at, count + 1),
  bytes: (into, at, write) => {
    const start = at + MAX_SIZE_BYTES;
    const end = write(start);
    const begin = writeSize(into, at, end - start + 1);
    into.copyWithin(begin, start, end);
    return begin + end - start;
  },
  end: (into, at) => into.writeUInt8(0, at),
};

/** Seven bits a byte, the lowest first; all but the last are marked. */
function writeSize(into: Buffer, start: number, size: number): number {
  let at = start;
  for (let rest = size; ; rest >>>= 7) {
    if (rest < 0x80) return into.writeUInt8(rest, at);
    at = into.writeUInt8((rest & 0x7f) | 0x80, at);
  }
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
