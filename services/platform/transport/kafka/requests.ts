import { Buffer } from 'node:buffer';
import type { MessageToProduce } from '@platformatic/kafka';
import { type OutgoingRecord, TransportError } from '../../../../core/mod.ts';
import { toBytes } from './payload.ts';

/** A batch for one partition stays under the brokers' usual limit of 1,048,588 bytes, by so much. */
const PARTITION_BYTES = 900 * 1024;
const REQUEST_BYTES = 8 * 1024 * 1024;
/** Above what any topic of ours takes. */
const MAX_RECORD_BYTES = 8 * 1024 * 1024;
const RECORD_OVERHEAD_BYTES = 80;

export type Message = MessageToProduce<Buffer, Buffer, Buffer, Buffer>;

/** The records in their order, as requests that a broker takes: the client does not split them by itself. */
export function* requestsOf(records: readonly OutgoingRecord[]): Iterable<Message[]> {
  let request: Message[] = [];
  let requestBytes = 0;
  let partitionBytes = new Map<string, number>();
  for (const record of records) {
    const message = messageOf(record);
    const bytes = bytesOf(message);
    if (bytes > MAX_RECORD_BYTES) throw tooLarge(record, bytes);
    const place = `${record.partition} ${record.topic}`;
    const before = partitionBytes.get(place) ?? 0;
    const isFull = before > 0 && before + bytes > PARTITION_BYTES;
    if (isFull || (requestBytes > 0 && requestBytes + bytes > REQUEST_BYTES)) {
      yield request;
      request = [];
      requestBytes = 0;
      partitionBytes = new Map();
    }
    request.push(message);
    requestBytes += bytes;
    partitionBytes.set(place, (partitionBytes.get(place) ?? 0) + bytes);
  }
  if (request.length > 0) yield request;
}

function messageOf({ topic, partition, key, value, headers }: OutgoingRecord): Message {
  // null is a tombstone or a missing key, which the client takes, though its types don't say so
  const message = { topic, partition, key: toBytes(key), value: toBytes(value) } as Message;
  if (headers !== undefined) {
    const pairs = Object.entries(headers);
    message.headers = new Map(pairs.map(([name, text]) => [Buffer.from(name), Buffer.from(text)]));
  }
  return message;
}

function tooLarge({ topic }: OutgoingRecord, bytes: number): TransportError {
  const message = `A record of ${bytes} bytes for ${topic} is over the limit of ${MAX_RECORD_BYTES}.`;
  return new TransportError('record-too-large', message);
}

function bytesOf({ key, value, headers }: Message): number {
  let bytes = RECORD_OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0);
  if (headers instanceof Map) for (const [name, text] of headers) bytes += name.length + text.length + 4;
  return bytes;
}
