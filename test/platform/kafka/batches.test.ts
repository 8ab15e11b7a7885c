import { describe, expect, test } from 'bun:test';
import { Buffer } from 'node:buffer';
import { createRecordsBatch, type MessageToProduce } from '@platformatic/kafka';
import { readBatches } from '../../../services/platform/transport/kafka/batches.ts';
import { batchBytes } from './batch-bytes.ts';

const LOG_APPEND_TIME = 1 << 3;

const text = (value: string) => ({ key: null, value });

test('what is written is read: text, bytes, nothing, and headers in any script', () => {
  const records = [
    {
      key: 'run-1/customer-1',
      value: '{"a":"ö€𝄞"}',
      headers: { traceparent: '00-1', näme: 'wért', empty: '' },
    },
    { key: null, value: null },
    { key: '', value: '' },
    { key: Uint8Array.of(255, 0), value: Uint8Array.of(0xc3, 0x28) },
    { key: 'k', value: 'a replacement \ufffd that was there' },
    { key: 'k'.repeat(70), value: 'v'.repeat(9_000) },
  ];
  const { records: found, next } = readBatches('bills', 3, batchBytes(records, { firstOffset: 40 }), [], 0);
  expect(found).toEqual(
    records.map((record, at) => ({
      headers: {},
      ...record,
      topic: 'bills',
      partition: 3,
      offset: 40 + at,
      timestampMs: 1_000,
    })),
  );
  expect(next).toBe(46);
});

test('headers that are no UTF-8 are text all the same, and of several of one name the last counts', () => {
  const headers = new Map([
    [Buffer.from('n'), Buffer.from('first')],
    [Buffer.from('n'), Buffer.from([0x61, 0xff])],
  ]);
  const bytes = encodedByClient([{ topic: 't', partition: 0, value: Buffer.from('v'), headers }]);
  expect(readBatches('t', 0, bytes, [], 0).records[0]?.headers).toEqual({ n: 'a\ufffd' });
});

test('each record has its own time, before or long after the first; with log append time the broker’s', () => {
  const times = [1_700_000_000_000n, 1_699_999_999_000n, 1_701_900_000_000n];
  const messages = times.map((timestamp) => ({
    topic: 't',
    partition: 0,
    value: Buffer.from('v'),
    timestamp,
  }));
  expect(
    readBatches('t', 0, encodedByClient(messages), [], 0).records.map((each) => each.timestampMs),
  ).toEqual(times.map(Number));
  const appended = batchBytes([text('a'), text('b')], { attributes: LOG_APPEND_TIME, firstMs: 5, maxMs: 99 });
  expect(readBatches('t', 0, appended, [], 0).records.map((each) => each.timestampMs)).toEqual([99, 99]);
});

describe('what other producers have compressed is read', () => {
  for (const compression of ['gzip', 'snappy', 'lz4'] as const) {
    test(compression, () => {
      const messages = ['one', 'two'].map((value) => ({
        topic: 't',
        partition: 0,
        value: Buffer.from(value),
      }));
      const bytes = Buffer.concat([encodedByClient(messages, compression), batchBytes([text('plain')])]);
      bytes.writeBigInt64BE(2n, bytes.length - batchBytes([text('plain')]).length);
      const { records, next } = readBatches('t', 0, bytes, [], 0);
      expect([records.map(({ value }) => value), next]).toEqual([['one', 'two', 'plain'], 3]);
    });
  }
});

test('a batch that is cut off is left for the next fetch, wherever it is cut', () => {
  const whole = batchBytes([text('a'), text('b')]);
  const second = batchBytes([text('c')], { firstOffset: 2 });
  for (let length = 0; length < second.length; length++) {
    const bytes = Buffer.concat([whole, second.subarray(0, length)]);
    const { records, next } = readBatches('t', 0, bytes, [], 0);
    expect([records.length, next]).toEqual([2, 2]);
  }
});

function encodedByClient(
  messages: readonly MessageToProduce<Buffer, Buffer, Buffer, Buffer>[],
  compression: 'none' | 'gzip' | 'snappy' | 'lz4' = 'none',
): Buffer {
  return createRecordsBatch(messages as never, { compression }).buffer;
}
