import { expect, test } from 'bun:test';
import { Buffer } from 'node:buffer';
import { NumericMap, ProduceAcks, produceV7, produceV11 } from '@platformatic/kafka';
import { type OutgoingRecord, TransportError } from '../../../core/mod.ts';
import { encodeProduce, sequenceAfter } from '../../../services/platform/transport/kafka/produce.ts';
import { requestsOf } from '../../../services/platform/transport/kafka/requests.ts';

const NOW_MS = 1_700_000_000_000;

/** The same request, encoded by the client. */
function byClient(
  records: readonly OutgoingRecord[],
  transactionalId: string | null,
  { createRequest }: Pick<typeof produceV7, 'createRequest'>,
): Buffer {
  const bytes = (payload: OutgoingRecord['value']) => (payload === null ? null : Buffer.from(payload));
  const messages = records.map(({ topic, partition, key, value, headers = {} }) => ({
    topic,
    partition,
    key: bytes(key),
    value: bytes(value),
    headers: new Map(Object.entries(headers).map(([name, each]) => [Buffer.from(name), Buffer.from(each)])),
    timestamp: BigInt(NOW_MS),
  }));
  const sequences = new NumericMap();
  sequences.set('bills:1', 77);
  const options = { transactionalId, producerId: 9_007n, producerEpoch: 3, sequences };
  return createRequest(ProduceAcks.ALL, 1_234, messages as never, options as never).buffer;
}

test('a request has the very bytes that the client makes of it', () => {
  const records = Array.from(
    { length: 3_000 },
    (_, at): OutgoingRecord => ({
      topic: at % 2 === 0 ? 'bills' : 'answers-topic',
      partition: at % 4,
      key: at % 50 === 0 ? null : `run-7/customer-${at}`,
      value:
        at % 77 === 0 ? null : at % 33 === 0 ? Uint8Array.of(255, at % 256) : `"ö€${'x'.repeat(at % 300)}"`,
      ...(at % 3 === 0
        ? {}
        : { headers: { traceparent: '00-0123', ...(at % 7 === 0 ? { ä: '€', e: '' } : {}) } }),
    }),
  );
  for (const transactionalId of ['requite-engine-0', null]) {
    const [request = [], ...more] = requestsOf(records);
    expect(more).toEqual([]);
    const numbered = request.map((batch) => ({
      ...batch,
      firstSequence: batch.topic === 'bills' && batch.partition === 1 ? 77 : 0,
    }));
    const options = { transactionalId, producerId: 9_007n, producerEpoch: 3, timeoutMs: 1_234 };
    expect(
      encodeProduce(numbered, options, NOW_MS).equals(byClient(records, transactionalId, produceV7)),
    ).toBe(true);
    // version 12 has the body of version 11
    const joining = encodeProduce(numbered, { ...options, joinsTransaction: true }, NOW_MS);
    expect(joining.equals(byClient(records, transactionalId, produceV11))).toBe(true);
  }
});

test('records are split by what a broker takes for one partition, and keep their order', () => {
  const large = (partition: number, name: string) => ({
    topic: 'bills',
    partition,
    key: name,
    value: 'x'.repeat(500 * 1024),
  });
  const requests = requestsOf([large(0, 'a'), large(1, 'b'), large(0, 'c'), large(0, 'd'), large(1, 'e')]);
  expect(
    requests.map((batches) =>
      batches.map(({ partition, records }) => [partition, ...records.map(({ record }) => record.key)]),
    ),
  ).toEqual([
    [
      [0, 'a'],
      [1, 'b'],
    ],
    [[0, 'c']],
    [
      [0, 'd'],
      [1, 'e'],
    ],
  ]);
});

test('and by what it takes at once, over many partitions', () => {
  const records = Array.from({ length: 20 }, (_, partition) => ({
    topic: 'bills',
    partition,
    key: null,
    value: new Uint8Array(800 * 1024),
  }));
  expect(requestsOf(records).map(({ length }) => length)).toEqual([10, 10]);
});

test('a record that no topic takes is refused before anything is sent', () => {
  const record = { topic: 'bills', partition: 0, key: null, value: new Uint8Array(8 * 1024 * 1024 + 1) };
  expect(() => requestsOf([record])).toThrow(TransportError);
});

test('sequence numbers go on at 0 after the largest', () => {
  const [[batch] = []] = requestsOf([1, 2].map(() => ({ topic: 't', partition: 0, key: null, value: 'v' })));
  expect(batch && sequenceAfter({ ...batch, firstSequence: 0x7fffffff })).toBe(1);
});
