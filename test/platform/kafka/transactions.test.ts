import { afterAll, beforeAll, expect, test } from 'bun:test';
import { IS_CONTROL, IS_TRANSACTIONAL, type Producer } from '@platformatic/kafka';
import { createLogger } from '../../../services/platform/log.ts';
import { readBatches } from '../../../services/platform/transport/kafka/batches.ts';
import { kafkaSettings } from '../../../services/platform/transport/kafka/settings.ts';
import { KafkaTransport } from '../../../services/platform/transport/kafka/transport.ts';
import { describeWithBroker, sharedBroker, uniqueName } from '../../broker/index.ts';
import { until } from '../../support/until.ts';
import { batchBytes } from './batch-bytes.ts';
import { transactionalProducer } from './transactional-producer.ts';

const ABORT_KEY = Buffer.from([0, 0, 0, 0]);
const COMMIT_KEY = Buffer.from([0, 0, 0, 1]);

/** A batch as a broker stores it: `values` one a record, or a marker that ends a transaction. */
function batch(
  firstOffset: number,
  producerId: number,
  values: readonly string[] | 'abort' | 'commit',
): Buffer {
  const isMarker = typeof values === 'string';
  const key = isMarker ? (values === 'abort' ? ABORT_KEY : COMMIT_KEY) : null;
  const texts = isMarker ? [''] : values;
  const attributes = producerId < 0 ? 0 : IS_TRANSACTIONAL | (isMarker ? IS_CONTROL : 0);
  return batchBytes(
    texts.map((value) => ({ key, value })),
    { firstOffset, producerId, attributes },
  );
}

function read(batches: readonly Buffer[], aborted: readonly [number, number][], from = 0) {
  const list = aborted.map(([producerId, firstOffset]) => ({ producerId, firstOffset }));
  const { records, next } = readBatches('t', 0, Buffer.concat(batches), list, from);
  return { values: records.map(({ value }) => value), next };
}

test('what an aborted transaction wrote is passed over, and its marker too', () => {
  const batches = [batch(0, 7, ['a']), batch(1, 8, ['b']), batch(2, 7, 'abort'), batch(3, 8, 'commit')];
  expect(read(batches, [[7, 0]])).toEqual({ values: ['b'], next: 4 });
});

test('also where its marker lies beyond what was fetched', () => {
  expect(read([batch(0, 7, ['a', 'a']), batch(2, -1, ['plain'])], [[7, 0]])).toEqual({
    values: ['plain'],
    next: 3,
  });
});

test('a producer that aborts and then commits has only the latter read, twice over', () => {
  const batches = [
    batch(0, 7, ['dead']),
    batch(1, 7, 'abort'),
    batch(2, 7, ['alive']),
    batch(3, 7, 'commit'),
    batch(4, 7, ['dead too']),
    batch(5, 7, 'abort'),
  ];
  expect(
    read(batches, [
      [7, 4],
      [7, 0],
    ]),
  ).toEqual({ values: ['alive'], next: 6 });
});

test('reading from the midst of a batch leaves out what comes before; compaction leaves gaps', () => {
  expect(read([batch(0, -1, ['a', 'b', 'c']), batch(9, -1, ['z'])], [], 1)).toEqual({
    values: ['b', 'c', 'z'],
    next: 10,
  });
  expect(read([batch(4, -1, [])], [], 4)).toEqual({ values: [], next: 4 });
});

describeWithBroker('transactions on a broker', () => {
  let transport: KafkaTransport;
  let producer: Producer;
  const topic = uniqueName('transactions');
  beforeAll(async () => {
    const { brokers } = await sharedBroker();
    const settings = kafkaSettings(brokers);
    transport = new KafkaTransport(settings, createLogger({ logLevel: 'silent', logFormat: 'json' }));
    await transport.createTopics([{ name: topic, partitions: 1 }]);
    producer = transactionalProducer(brokers);
  });
  afterAll(async () => {
    await producer.close();
    await transport.close();
  });

  test('readers get what was committed, and their position comes to the end past the markers', async () => {
    for (const [value, isCommitted] of [
      ['no', false],
      ['yes', true],
    ] as const) {
      const transaction = await producer.beginTransaction();
      await transaction.send({ messages: [{ topic, partition: 0, value: Buffer.from(value) }] });
      await (isCommitted ? transaction.commit() : transaction.abort());
    }
    const reader = await transport.read({ topics: [topic], from: () => 0 });
    const values: unknown[] = [];
    await until('the reader to be at the end', async () => {
      for (const { value } of await reader.poll({ maxRecords: 10, waitMs: 200 })) values.push(value);
      return reader.position(topic, 0) === (await transport.endOffsets(topic))[0];
    });
    expect(values).toEqual(['yes']);
    expect(reader.position(topic, 0)).toBe(4); // two records, two markers
    await reader.close();
  });
});
