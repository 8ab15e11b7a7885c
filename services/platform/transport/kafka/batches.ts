import type { Buffer } from 'node:buffer';
import { compressionsAlgorithmsByBitmask, IS_CONTROL, IS_TRANSACTIONAL } from '@platformatic/kafka';
import { type IncomingRecord, TransportError } from '../../../../core/mod.ts';
import { headerText, payloadAt } from './payload.ts';

/** Bits 0 to 2 of a batch's attributes: how its records are compressed. */
const COMPRESSION = 0b111;
/** Bit 3: the broker's time counts, one for the whole batch. */
const LOG_APPEND_TIME = 1 << 3;
/** The type in a control record's key: 0 for an abort, 1 for a commit. */
const ABORT = 0;

// where a batch has what: https://kafka.apache.org/documentation/#recordbatch
const LENGTH_AT = 8;
const AFTER_LENGTH = 12;
const ATTRIBUTES_AT = 21;
const LAST_DELTA_AT = 23;
const FIRST_TIME_AT = 27;
const MAX_TIME_AT = 35;
const PRODUCER_AT = 43;
const COUNT_AT = 57;
const RECORDS_AT = 61;

export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

/** The batch that begins at `at`. */
interface Head {
  readonly at: number;
  /** Where the next one begins. */
  readonly end: number;
  readonly firstOffset: number;
  readonly nextOffset: number;
  readonly attributes: number;
  readonly producerId: number;
}

/**
 * The records of a partition's batches from `from` on, and the offset after them: markers and what transactions
 * that were aborted left are passed over (the algorithm of the Java client, for READ_COMMITTED). What is cut off at the
 * end is left for the next fetch. Records are read straight from the bytes: the library makes half a dozen objects of
 * each before we see it.
 */
export function readBatches(
  topic: string,
  partition: number,
  bytes: Buffer,
  aborted: readonly AbortedTransaction[],
  from: number,
): { records: IncomingRecord[]; next: number } {
  const records: IncomingRecord[] = [];
  const upcoming = [...aborted].sort((one, other) => one.firstOffset - other.firstOffset);
  const dead = new Set<number>();
  let next = from;
  for (let head = headAt(bytes, 0); head !== null; head = headAt(bytes, head.end)) {
    const end = head.nextOffset;
    for (let first = upcoming[0]; first !== undefined && first.firstOffset < end; first = upcoming[0]) {
      dead.add(first.producerId);
      upcoming.shift();
    }
    if ((head.attributes & IS_CONTROL) !== 0) {
      if (markerOf(bytes, head) === ABORT) dead.delete(head.producerId);
    } else if ((head.attributes & IS_TRANSACTIONAL) === 0 || !dead.has(head.producerId)) {
      readBatch(topic, partition, bytes, head, from, records);
    }
    next = Math.max(next, end);
  }
  return { records, next };
}

function headAt(bytes: Buffer, at: number): Head | null {
  if (bytes.length - at < RECORDS_AT) return null;
  const end = at + AFTER_LENGTH + bytes.readInt32BE(at + LENGTH_AT);
  if (end > bytes.length) return null;
  const firstOffset = int64(bytes, at);
  return {
    at,
    end,
    firstOffset,
    nextOffset: firstOffset + bytes.readInt32BE(at + LAST_DELTA_AT) + 1,
    attributes: bytes.readInt16BE(at + ATTRIBUTES_AT),
    producerId: int64(bytes, at + PRODUCER_AT),
  };
}

/** What kind of marker a control batch is; null where compaction has taken it. */
function markerOf(bytes: Buffer, { at }: Head): number | null {
  if (bytes.readInt32BE(at + COUNT_AT) === 0) return null;
  const record = new Varints(bytes, at + RECORDS_AT);
  record.next(); // its length
  record.at += 1;
  record.next(); // time
  record.next(); // offset
  record.next(); // length of the key, which is a version and the type, of two bytes each
  return bytes.readInt16BE(record.at + 2);
}

function readBatch(
  topic: string,
  partition: number,
  bytes: Buffer,
  head: Head,
  from: number,
  into: IncomingRecord[],
): void {
  const count = bytes.readInt32BE(head.at + COUNT_AT);
  const firstMs = int64(bytes, head.at + FIRST_TIME_AT);
  const appendMs = (head.attributes & LOG_APPEND_TIME) === 0 ? null : int64(bytes, head.at + MAX_TIME_AT);
  const packed = head.attributes & COMPRESSION;
  const source = packed === 0 ? bytes : unpacked(bytes, head, packed, topic);
  const cursor = new Varints(source, packed === 0 ? head.at + RECORDS_AT : 0);
  for (let nth = 0; nth < count; nth++) {
    const length = cursor.next();
    const end = cursor.at + length;
    cursor.at += 1; // attributes, which there are none of
    const timestampMs = appendMs ?? firstMs + cursor.next();
    if (appendMs !== null) cursor.next();
    const offset = head.firstOffset + cursor.next();
    // brokers give whole batches, also for an offset in their midst
    if (offset >= from) {
      const key = readPayload(source, cursor);
      const value = readPayload(source, cursor);
      const headers = readHeaders(source, cursor);
      into.push({ topic, partition, offset, key, value, headers, timestampMs });
    }
    cursor.at = end;
  }
}

function unpacked(bytes: Buffer, { at, end }: Head, packed: number, topic: string): Buffer {
  const algorithm = compressionsAlgorithmsByBitmask[packed];
  if (algorithm === undefined)
    throw new TransportError(
      'unavailable',
      `A batch of ${topic} is compressed in a way (${packed}) unknown here.`,
    );
  return algorithm.decompressSync(bytes.subarray(at + RECORDS_AT, end));
}

function readPayload(bytes: Buffer, cursor: Varints): IncomingRecord['key'] {
  const length = cursor.next();
  if (length < 0) return null;
  const start = cursor.at;
  cursor.at += length;
  return payloadAt(bytes, start, cursor.at);
}

function readHeaders(bytes: Buffer, cursor: Varints): IncomingRecord['headers'] {
  const headers: Record<string, string> = {};
  for (let left = cursor.next(); left > 0; left--) {
    const name = readText(bytes, cursor);
    headers[name] = readText(bytes, cursor);
  }
  return headers;
}

function readText(bytes: Buffer, cursor: Varints): string {
  const length = cursor.next();
  if (length < 0) return '';
  const start = cursor.at;
  cursor.at += length;
  return headerText(bytes, start, cursor.at);
}

/** Reads zigzag varints of up to 53 bits from `at` on. */
class Varints {
  readonly #bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  next(): number {
    let byte = this.#bytes[this.at++] ?? 0;
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
    let value = byte & 0x7f;
    for (let unit = 0x80; byte >= 0x80; unit *= 0x80) {
      byte = this.#bytes[this.at++] ?? 0;
      value += (byte & 0x7f) * unit;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}

/** A number of the protocol that never comes near to 2^53. */
function int64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4);
}
