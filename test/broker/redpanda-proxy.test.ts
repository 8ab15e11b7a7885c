import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type Message, Producer, stringSerializers } from '@platformatic/kafka';
import { type Cluster, describeWithCluster, startCluster, uniqueName } from './index.ts';
import { redpandaApis } from './redpanda-versions.ts';
import { clientOptions, consumerOf, createTopic, publish, read } from './support.ts';
import { dial, frame, responses } from './wire.ts';

describeWithCluster('a cluster that speaks only what Redpanda does', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({ redpandaOnly: true });
  });
  afterAll(() => cluster?.close());

  const request = async (apiKey: number, version: number, body?: Uint8Array): Promise<Buffer> => {
    const socket = await dial(cluster.brokers);
    socket.write(frame(apiKey, version, 7, body, apiKey === 18 && version >= 3));
    return (await responses(socket, 1)).get(7) ?? Buffer.alloc(0);
  };
  const software = Buffer.concat([
    Buffer.of(2),
    Buffer.from('t'),
    Buffer.of(2),
    Buffer.from('1'),
    Buffer.of(0),
  ]);

  test('lets @platformatic/kafka do groups, commits and transactions', async () => {
    const options = clientOptions(cluster.brokers);
    const [questions, answers] = [
      await createTopic(options, 'questions'),
      await createTopic(options, 'answers'),
    ];
    await publish(options, questions, ['one', 'two']);
    const groupId = uniqueName('group');
    const transactionalId = uniqueName('relay');
    const producer = new Producer({
      ...options,
      serializers: stringSerializers,
      idempotent: true,
      transactionalId,
      retryDelay: 5,
    });
    const consumer = consumerOf(options, groupId);
    const stream = await consumer.consume({
      topics: [questions],
      mode: 'committed',
      fallbackMode: 'earliest',
    });
    const relay = async (message: Message<string, string, string, string>, value: string) => {
      const transaction = await producer.beginTransaction();
      await transaction.addConsumer(consumer);
      await transaction.addOffset(message);
      await transaction.send({ messages: [{ topic: answers, value, partition: 0 }] });
      return transaction;
    };
    for await (const message of stream) {
      if (message.value === 'one') await (await relay(message, 'given up')).abort();
      await (await relay(message, `${message.value}!`)).commit();
      if (message.value === 'two') break;
    }
    await consumer.close(true);
    await producer.close();
    expect(await read(options, answers, 2)).toEqual(['one!', 'two!']);

    const successor = consumerOf(options, groupId);
    await publish(options, questions, ['three']);
    const rest = await successor.consume({ topics: [questions], mode: 'committed' });
    for await (const message of rest) {
      expect(message.value).toBe('three');
      await message.commit();
      break;
    }
    await successor.close(true);
    expect(cluster.refused).toEqual([]);
  });

  test.each([0, 1, 2])('answers ApiVersions v%i with no range beyond Redpanda', async (version) => {
    const body = await request(18, version);
    expect(body.readInt16BE(0)).toBe(0);
    const count = body.readInt32BE(2);
    expect(count).toBe(redpandaApis.size);
    for (let at = 6; at < 6 + 6 * count; at += 6) {
      const range = redpandaApis.get(body.readInt16BE(at));
      expect(body.readInt16BE(at + 2)).toBeGreaterThanOrEqual(range?.min ?? Infinity);
      expect(body.readInt16BE(at + 4)).toBeLessThanOrEqual(range?.max ?? -1);
    }
    expect(body.length).toBe(6 + 6 * count + (version === 0 ? 0 : 4));
  });

  test('answers ApiVersions v3 in its flexible format', async () => {
    const body = await request(18, 3, software);
    expect(body.readInt16BE(0)).toBe(0);
    const count = body.readUInt8(2) - 1;
    expect(count).toBe(redpandaApis.size);
    expect(body.length).toBe(3 + 7 * count + 5);
    const fetch = Array.from({ length: count }, (_, at) => 3 + 7 * at).find(
      (at) => body.readInt16BE(at) === 1,
    );
    expect([body.readInt16BE((fetch ?? 0) + 2), body.readInt16BE((fetch ?? 0) + 4)]).toEqual([4, 11]);
  });

  test.each([4, 9])(
    'answers ApiVersions v%i with UNSUPPORTED_VERSION and the range to ask in, as v0',
    async (version) => {
      const body = await request(18, version, software);
      expect(body).toEqual(Buffer.from([0, 35, 0, 0, 0, 1, 0, 18, 0, 0, 0, 3]));
    },
  );

  test('answers requests in one chunk, and a request in many, in their order', async () => {
    const metadata = Buffer.alloc(4);
    const both = Buffer.concat([
      frame(3, 1, 1, metadata),
      frame(18, 0, 2),
      frame(3, 1, 3, metadata),
      frame(18, 2, 4),
    ]);
    const together = await dial(cluster.brokers);
    together.write(both);
    const expected = await responses(together, 4);
    expect([...expected.keys()]).toEqual([1, 2, 3, 4]);
    const apart = await dial(cluster.brokers);
    apart.setNoDelay(true);
    const answers = responses(apart, 4);
    for (const byte of both) {
      await new Promise<void>((written) => apart.write(Buffer.of(byte), () => written()));
    }
    expect([...(await answers)]).toEqual([...expected]);
  });

  test.each([
    [1, 17, 'Fetch v17'],
    [1, 3, 'Fetch v3'],
    [0, 8, 'Produce v8'],
    [68, 0, 'ConsumerGroupHeartbeat v0'],
    [999, 0, 'API 999 v0'],
  ])('hangs up on API %i version %i, and keeps a record of it', async (apiKey, version, record) => {
    const before = cluster.refused.length;
    await expect(request(apiKey, version)).rejects.toThrow('closed');
    expect(cluster.refused.slice(before)).toEqual([record]);
  });
});
