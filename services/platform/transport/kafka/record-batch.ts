import { Buffer } from 'node:buffer';
import { crc32c, Writer } from '@platformatic/kafka';
import type { OutgoingRecord, Payload } from '../../../../core/mod.ts';

/** A record, and how many bytes its parts take on the wire; -1 for a key or value that is null. */
export interface SizedRecord {
  readonly record: OutgoingRecord;
  readonly headers: readonly (readonly [string, string])[];
  readonly keyBytes: number;
  readonly valueBytes: number;
  /** Their number and all of them. */
  readonly headerBytes: number;
}

/** Who writes, and which number the first record of a batch has among those that it wrote to this partition. */
export interface BatchOrigin {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly isTransactional: boolean;
  /** The time of all records, in milliseconds since 1970 UTC. */
  readonly timestampMs: number;
}

/** What a batch takes beside its records. */
export const BATCH_BYTES = 61;
/** More than a record takes beside its key, value and headers. */
export const RECORD_BYTES = 27;

const MAGIC = 2;
const LENGTH_AT = 8;
const EPOCH_AT = 12;
const MAGIC_AT = 16;
const CRC_AT = 17;
const ATTRIBUTES_AT = 21;
const LAST_DELTA_AT = 23;
const FIRST_TIME_AT = 27;
const MAX_TIME_AT = 35;
const PRODUCER_AT = 43;
const PRODUCER_EPOCH_AT = 51;
const SEQUENCE_AT = 53;
const COUNT_AT = 57;
const TRANSACTIONAL = 1 << 4;

export function sized(record: OutgoingRecord): SizedRecord {
  const headers = record.headers === undefined ? [] : Object.entries(record.headers);
  let headerBytes = varintBytes(headers.length);
  for (const [name, text] of headers)
    headerBytes += bytesOf(Buffer.byteLength(name)) + bytesOf(Buffer.byteLength(text));
  const { key, value } = record;
  return { record, headers, keyBytes: lengthOf(key), valueBytes: lengthOf(value), headerBytes };
}

/**
 * Writes one partition's records as a batch (https://kafka.apache.org/documentation/#recordbatch) and gives where it
 * ends. The library's own encoding makes a dozen small buffers of each record, at 4 µs; this takes a tenth.
 */
export function writeBatch(
  into: Buffer,
  start: number,
  records: readonly SizedRecord[],
  origin: BatchOrigin,
): number {
  let at = start + BATCH_BYTES;
  for (let delta = 0; delta < records.length; delta++)
    at = writeRecord(into, at, records[delta] as SizedRecord, delta);
  const time = BigInt(origin.timestampMs);
  into.writeBigInt64BE(0n, start);
  into.writeInt32BE(at - start - EPOCH_AT, start + LENGTH_AT);
  into.writeInt32BE(0, start + EPOCH_AT);
  into.writeInt8(MAGIC, start + MAGIC_AT);
  into.writeInt16BE(origin.isTransactional ? TRANSACTIONAL : 0, start + ATTRIBUTES_AT);
  into.writeInt32BE(records.length - 1, start + LAST_DELTA_AT);
  into.writeBigInt64BE(time, start + FIRST_TIME_AT);
  into.writeBigInt64BE(time, start + MAX_TIME_AT);
  into.writeBigInt64BE(origin.producerId, start + PRODUCER_AT);
  into.writeInt16BE(origin.producerEpoch, start + PRODUCER_EPOCH_AT);
  into.writeInt32BE(origin.firstSequence, start + SEQUENCE_AT);
  into.writeInt32BE(records.length, start + COUNT_AT);
  // as a dynamic buffer it is not copied once more
  const { dynamicBuffer } = Writer.create().append(into.subarray(start + ATTRIBUTES_AT, at));
  into.writeUInt32BE(crc32c(dynamicBuffer), start + CRC_AT);
  return at;
}

function writeRecord(into: Buffer, start: number, sizes: SizedRecord, delta: number): number {
  const { record, headers, keyBytes, valueBytes, headerBytes } = sizes;
  const bytes = 2 + varintBytes(delta) + bytesOf(keyBytes) + bytesOf(valueBytes) + headerBytes;
  let at = writeVarint(into, start, bytes);
  into[at++] = 0; // attributes, which there are none of
  into[at++] = 0; // the time, as that of the batch
  at = writeVarint(into, at, delta);
  at = writePayload(into, at, record.key, keyBytes);
  at = writePayload(into, at, record.value, valueBytes);
  return writeHeaders(into, at, headers);
}

function writeHeaders(into: Buffer, start: number, headers: SizedRecord['headers']): number {
  let at = writeVarint(into, start, headers.length);
  for (const [name, text] of headers) {
    at = writePayload(into, at, name, Buffer.byteLength(name));
    at = writePayload(into, at, text, Buffer.byteLength(text));
  }
  return at;
}

function writePayload(into: Buffer, start: number, payload: Payload, bytes: number): number {
  const at = writeVarint(into, start, bytes);
  if (payload === null) return at;
  if (typeof payload === 'string') into.write(payload, at);
  else into.set(payload, at);
  return at + bytes;
}

/** A zigzag varint, from -1 up. */
function writeVarint(into: Buffer, start: number, value: number): number {
  let rest = value < 0 ? 1 : value * 2;
  let at = start;
  while (rest > 0x7f) {
    into[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  into[at++] = rest;
  return at;
}

/** How many bytes a varint takes; a batch never comes near to 2^27 bytes, let alone a part of it. */
function varintBytes(value: number): number {
  if (value < 1 << 6) return 1;
  if (value < 1 << 13) return 2;
  return value < 1 << 20 ? 3 : 4;
}

function bytesOf(length: number): number {
  return length < 0 ? 1 : varintBytes(length) + length;
}

function lengthOf(payload: Payload): number {
  if (payload === null) return -1;
  return typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length;
}
