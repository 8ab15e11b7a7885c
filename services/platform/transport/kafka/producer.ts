import { Buffer } from 'node:buffer';
import { type MessageToProduce, ProduceAcks, Producer } from '@platformatic/kafka';
import { type OutgoingRecord, TransportError } from '../../../../core/mod.ts';
import { connectionOptions } from './connection.ts';
import { asTransportError } from './errors.ts';
import { toBytes } from './payload.ts';
import type { KafkaSettings } from './settings.ts';

/** A batch for one partition stays under the brokers' usual limit of 1,048,588 bytes, by so much. */
const PARTITION_BYTES = 900 * 1024;
const REQUEST_BYTES = 8 * 1024 * 1024;
/** Above what any topic of ours takes. */
const MAX_RECORD_BYTES = 8 * 1024 * 1024;
const RECORD_OVERHEAD_BYTES = 80;

interface Publishing {
  readonly records: readonly OutgoingRecord[];
  readonly done: () => void;
  readonly failed: (error: Error) => void;
}

type Message = MessageToProduce<Buffer, Buffer, Buffer, Buffer>;

/**
 * Publishes with acks=all, idempotent within the client's own retries. One request is under way at a time, which
 * keeps the order of calls; what comes meanwhile goes together in the next one.
 */
export class KafkaProducer {
  readonly #client: Producer;
  readonly #waiting: Publishing[] = [];
  #isSending = false;
  #closed = false;

  constructor(settings: KafkaSettings) {
    this.#client = new Producer({ ...connectionOptions(settings), idempotent: true, acks: ProduceAcks.ALL });
    // failures come with the call that meets them
    this.#client.on('error', () => {});
  }

  publish(records: readonly OutgoingRecord[]): Promise<void> {
    if (this.#closed) return Promise.reject(new TransportError('closed', 'The transport is closed.'));
    if (records.length === 0) return Promise.resolve();
    return new Promise((done, failed) => {
      this.#waiting.push({ records, done, failed });
      if (!this.#isSending) void this.#sendAll();
    });
  }

  /** Lets what is under way end, then closes. */
  async close(): Promise<void> {
    this.#closed = true;
    const late = new TransportError('closed', 'The transport is closed.');
    for (const { failed } of this.#waiting.splice(0)) failed(late);
    await this.#client.close(true);
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true;
    while (this.#waiting.length > 0) {
      const together = this.#waiting.splice(0);
      try {
        await this.#send(together.flatMap(({ records }) => records));
        for (const { done } of together) done();
      } catch (error) {
        // one caller's fault must not be another's
        if (together.length > 1) for (const one of together) await this.#sendOne(one);
        else together[0]?.failed(asTransportError(error, 'publish'));
      }
    }
    this.#isSending = false;
  }

  async #sendOne({ records, done, failed }: Publishing): Promise<void> {
    try {
      await this.#send(records);
      done();
    } catch (error) {
      failed(asTransportError(error, 'publish'));
    }
  }

  async #send(records: readonly OutgoingRecord[]): Promise<void> {
    await this.#checkPartitions(records);
    // made before the first is sent, so that a record that no topic takes leaves nothing half done
    for (const messages of [...requestsOf(records)]) await this.#client.send({ messages });
  }

  /** The client would send a record for partition 7 of 4 to partition 3. */
  async #checkPartitions(records: readonly OutgoingRecord[]): Promise<void> {
    const metadata = await this.#client.metadata({ topics: [...new Set(records.map(({ topic }) => topic))] });
    for (const { topic, partition } of records) {
      if (partition < (metadata.topics.get(topic)?.partitionsCount ?? 0)) continue;
      throw new TransportError('unknown-topic', `Topic ${topic} has no partition ${partition}.`);
    }
  }
}

/** The records in their order, as requests that a broker takes: the client does not split them by itself. */
function* requestsOf(records: readonly OutgoingRecord[]): Iterable<Message[]> {
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
