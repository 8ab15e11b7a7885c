import { Buffer } from 'node:buffer';
import { type Connection, type Reader, ResponseError, Writer } from '@platformatic/kafka';
import type { AbortedTransaction } from './batches.ts';
import { send } from './send.ts';

/** What is asked of a leader. */
export interface FetchRequest {
  /** It holds the request for so many milliseconds at most, until there are so many bytes. */
  readonly maxWaitMs: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly partitionMaxBytes: number;
  /** By topic. */
  readonly topics: ReadonlyMap<string, readonly FetchFrom[]>;
}

interface FetchFrom {
  readonly partition: number;
  readonly fetchFrom: number;
}

/** What came for one partition. */
export interface FetchedPart {
  readonly name: string;
  readonly partition: number;
  readonly errorCode: number;
  /** All before it is decided. */
  readonly stableEnd: number;
  readonly aborted: readonly AbortedTransaction[];
  /** Whole batches, and maybe a part of one. */
  readonly batches: Buffer;
}

export interface FetchResponse {
  readonly parts: readonly FetchedPart[];
  /** What the broker refused; the parts without an error hold all the same. */
  readonly error: Error | null;
}

const API_KEY = 1;
/** What brokers of Kafka 2.3 to 4 and Redpanda take. Topics go by name. */
const VERSION = 11;
const CONSUMER = -1;
const READ_COMMITTED = 1;
/** A session would save little where every fetch moves on, and there are two lanes for each leader. */
const NO_SESSION = { id: 0, epoch: -1 } as const;
const UNKNOWN = -1;
const HEAD_BYTES = 64;
const TOPIC_BYTES = 8;
const PARTITION_BYTES = 28;
const NOTHING: Buffer = Buffer.alloc(0);

/** Sends one fetch, once. Rejects with the client's error. */
export function fetchFrom(connection: Connection, request: FetchRequest): Promise<FetchResponse> {
  const payload = (): Writer => Writer.create().append(encodeFetch(request));
  const parse = (_id: number, _key: number, _version: number, reader: Reader): FetchResponse =>
    // one copy for the whole, which comes in pieces, instead of a search for the piece of each number
    parseFetched(reader.buffer.buffer);
  return send(connection, { key: API_KEY, version: VERSION }, payload, parse);
}

export function encodeFetch(request: FetchRequest): Buffer {
  let room = HEAD_BYTES;
  for (const [topic, partitions] of request.topics)
    room += TOPIC_BYTES + Buffer.byteLength(topic) + partitions.length * PARTITION_BYTES;
  const into = Buffer.allocUnsafe(room);
  let at = into.writeInt32BE(CONSUMER, 0);
  at = into.writeInt32BE(request.maxWaitMs, at);
  at = into.writeInt32BE(request.minBytes, at);
  at = into.writeInt32BE(request.maxBytes, at);
  at = into.writeInt8(READ_COMMITTED, at);
  at = into.writeInt32BE(NO_SESSION.id, at);
  at = into.writeInt32BE(NO_SESSION.epoch, at);
  at = into.writeInt32BE(request.topics.size, at);
  for (const [topic, partitions] of request.topics) {
    const bytes = into.write(topic, at + 2);
    at = into.writeInt16BE(bytes, at) + bytes;
    at = into.writeInt32BE(partitions.length, at);
    for (const { partition, fetchFrom } of partitions) {
      at = into.writeInt32BE(partition, at);
      at = into.writeInt32BE(UNKNOWN, at); // the leader's epoch
      at = into.writeBigInt64BE(BigInt(fetchFrom), at);
      at = into.writeBigInt64BE(BigInt(UNKNOWN), at); // where a follower's log begins
      at = into.writeInt32BE(request.partitionMaxBytes, at);
    }
  }
  at = into.writeInt32BE(0, at); // topics that a session would forget
  at = into.writeInt16BE(0, at); // no rack
  return into.subarray(0, at);
}

/** The response, whose parts share its bytes. */
export function parseFetched(bytes: Buffer): FetchResponse {
  const parts: FetchedPart[] = [];
  const refused: Record<string, [number, null]> = {};
  const code = bytes.readInt16BE(4); // after the throttle time
  if (code !== 0) refused['/'] = [code, null];
  let at = 14; // after the session's id and the number of topics
  for (let topic = 0; topic < bytes.readInt32BE(10); topic++) {
    const length = bytes.readInt16BE(at);
    const name = bytes.toString('utf8', at + 2, at + 2 + length);
    at += 2 + length;
    const count = bytes.readInt32BE(at);
    at += 4;
    for (let nth = 0; nth < count; nth++) {
      const { part, end } = readPart(bytes, at, name);
      parts.push(part);
      at = end;
      if (part.errorCode !== 0) refused[`/responses/${topic}/partitions/${nth}`] = [part.errorCode, null];
    }
  }
  const failed = parts.filter(({ errorCode }) => errorCode !== 0);
  const told = { responses: failed.map(({ name, errorCode }) => ({ name, errorCode })) };
  const isRefused = Object.keys(refused).length > 0;
  return { parts, error: isRefused ? new ResponseError(API_KEY, VERSION, refused, told) : null };
}

/** partition, error, high watermark, stable end, start, aborted transactions, preferred replica, records */
function readPart(bytes: Buffer, start: number, name: string): { part: FetchedPart; end: number } {
  const aborted: AbortedTransaction[] = [];
  let at = start + 34;
  for (let left = bytes.readInt32BE(start + 30); left > 0; left--) {
    aborted.push({ producerId: int64(bytes, at), firstOffset: int64(bytes, at + 8) });
    at += 16;
  }
  const size = bytes.readInt32BE(at + 4);
  at += 8;
  const end = at + Math.max(0, size);
  const part = {
    name,
    partition: bytes.readInt32BE(start),
    errorCode: bytes.readInt16BE(start + 4),
    stableEnd: int64(bytes, start + 14),
    aborted,
    batches: size > 0 ? bytes.subarray(at, end) : NOTHING,
  };
  return { part, end };
}

function int64(bytes: Buffer, at: number): number {
  return Number(bytes.readBigInt64BE(at));
}
