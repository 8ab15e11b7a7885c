/** What the port's contract can't ask for on every log, over a real broker. */
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { ProduceAcks, Producer, stringSerializers } from '@platformatic/kafka';
import type { Transport } from '../../core/mod.ts';
import type { KafkaSettings } from '../../services/platform/transport/kafka/settings.ts';
import { eventually, failure, take, values } from '../contracts/support.ts';

const BOUND_MS = 15_000;

export interface More {
  /** A transport on the broker, or with other settings. */
  open(given?: Partial<KafkaSettings>): Promise<Transport>;
  readonly brokers: string;
}

export function moreContract({ open, brokers }: More): void {
  describe('librdkafka', () => {
    let transport: Transport;
    beforeEach(async () => {
      transport = await open();
    });
    afterEach(() => transport.close());

    test('positions come to the end also where it is a marker of a transaction', async () => {
      const topic = `markers-${crypto.randomUUID()}`;
      await transport.createTopics([{ name: topic, partitions: 2 }]);
      const producer = new Producer({
        clientId: 'foreign',
        bootstrapBrokers: brokers.split(','),
        serializers: stringSerializers,
        idempotent: true,
        transactionalId: topic,
        acks: ProduceAcks.ALL,
        retryDelay: 20,
      });
      for (const [value, ends] of [['kept', 'commit'] as const, ['dropped', 'abort'] as const]) {
        const transaction = await producer.beginTransaction();
        await transaction.send({ messages: [{ topic, partition: 1, key: 'k', value }] });
        await transaction[ends]();
      }
      await producer.close();
      await eventually('both markers', async () => (await transport.endOffsets(topic))[1] === 4);
      const reader = await transport.read({ topics: [topic], from: () => 0 });
      const member = await transport.join({ group: topic, topics: [topic] });
      for (const consumer of [reader, member]) {
        expect(values(await take(consumer, 1))).toEqual(['kept']);
        await eventually('the position at the end', async () => {
          expect(await consumer.poll({ maxRecords: 10, waitMs: 50 })).toEqual([]);
          return consumer.position(topic, 1) === 4;
        });
      }
    });

    test('brokers that are away are unavailable, within bounded time', async () => {
      const away = await open({ brokers: ['127.0.0.1:1'], requestTimeoutMs: 1_000 });
      const begun = performance.now();
      const record = { topic: 'any', partition: 0, key: 'k', value: 'v' };
      const all = [
        away.endOffsets('any'),
        away.publish([record]),
        away.join({ group: 'any', topics: ['any'] }),
        away.read({ topics: ['any'], from: () => 0 }),
        away.createTopics([{ name: 'any', partitions: 1 }]),
      ];
      for (const each of all) expect(await failure(each)).toBe('unavailable');
      await away.close();
      expect(performance.now() - begun).toBeLessThanOrEqual(BOUND_MS);
    });

    test('properties that librdkafka does not know, or that are not for users, are refused at once', async () => {
      for (const [name, value] of [
        ['no.such.property', '1'],
        ['session.timeout.ms', 'soon'],
        ['enable.auto.commit', 'true'],
      ] as const) {
        const opening = open({ properties: { [name]: value } });
        const problem = await opening.then(
          () => null,
          (error: Error) => error,
        );
        expect(problem?.name).toBe('BackingError');
        expect(problem?.message).toContain(name);
      }
      await (await open({ properties: { 'fetch.min.bytes': '1' } })).close();
    });

    test('a record goes where its topic takes it, and is refused where that is too small', async () => {
      const [wide, narrow] = [`wide-${crypto.randomUUID()}`, `narrow-${crypto.randomUUID()}`];
      const bytes = 4 * 1024 * 1024;
      await transport.createTopics([
        { name: wide, partitions: 1, maxRecordBytes: 2 * bytes },
        { name: narrow, partitions: 1 },
      ]);
      const large = (topic: string) => ({ topic, partition: 0, key: 'k', value: 'x'.repeat(bytes) });
      expect(await failure(transport.publish([large(narrow)]))).toBe('record-too-large');
      await transport.publish([large(wide)]);
      const reader = await transport.read({ topics: [wide], from: () => 0 });
      expect((await take(reader, 1))[0]?.value?.length).toBe(bytes);
    });
  });
}
