import { afterAll, expect, test } from 'bun:test';
import { Consumer } from '@platformatic/kafka';
import { TransportError } from '../../../core/mod.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { openLogAdmin } from '../../../services/platform/topics/open.ts';
import type { TopicAdmin } from '../../../services/platform/topics/port.ts';
import { type KafkaSettings, kafkaSettings } from '../../../services/platform/transport/kafka/settings.ts';
import { KafkaTransport } from '../../../services/platform/transport/kafka/transport.ts';
import { describeWithBroker, sharedBroker, uniqueName } from '../../broker/index.ts';
import { failure, record } from '../../contracts/support.ts';
import { DELETE_RECORDS, limitedApis, REDPANDA_24_3 } from './limited-apis.ts';
import { type AdminUnderTest, logAdminContract } from './log-admin.ts';

const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
const opened: { close(): unknown }[] = [];
afterAll(async () => {
  for (const each of opened) await each.close();
});

/** Closed when all tests are over. */
async function adminOf(kafka: KafkaSettings): Promise<TopicAdmin> {
  const admin = await openLogAdmin({ kafka, dataDir: '' });
  opened.push(admin);
  return admin;
}

/** A topic of one partition with the records a, b and c. */
async function abc(kafka: KafkaSettings): Promise<string> {
  const topic = uniqueName('abc');
  const transport = new KafkaTransport(kafka, logger);
  opened.push(transport);
  await transport.createTopics([{ name: topic, partitions: 1 }]);
  await transport.publish(['a', 'b', 'c'].map((value) => record(topic, 0, value)));
  return topic;
}

describeWithBroker('topics of a Kafka cluster', () => {
  const underTest = async (way: (broker: string) => Promise<string>): Promise<AdminUnderTest> => {
    const { brokers } = await sharedBroker();
    const prefix = uniqueName('admin');
    const transport = new KafkaTransport(kafkaSettings(brokers, { sessionTimeoutMs: 6_000 }), logger);
    const admin = await openLogAdmin({
      kafka: kafkaSettings(await way(brokers.split(',')[0] ?? '')),
      dataDir: '',
    });
    return {
      transport,
      admin,
      name: (word) => `${prefix}.${word}`,
      close: async () => {
        await admin.close();
        await transport.close();
      },
    };
  };

  logAdminContract('Kafka', () => underTest(async (broker) => broker));

  logAdminContract('Kafka, with the versions of its APIs that Redpanda has', () =>
    underTest(async (broker) => {
      const way = await limitedApis(broker, REDPANDA_24_3);
      opened.push(way);
      return way.brokers;
    }),
  );

  test('a group of the newer protocol (KIP-848) counts like any other, where the broker has it', async () => {
    const { brokers, source } = await sharedBroker();
    const kafka = kafkaSettings(brokers);
    const topic = await abc(kafka);
    const groupId = uniqueName('newer');
    // Redpanda has the older protocol only
    const groupProtocol = source === 'redpanda' ? ('classic' as const) : ('consumer' as const);
    const consumer = new Consumer({
      clientId: 'test',
      bootstrapBrokers: brokers.split(','),
      groupId,
      groupProtocol,
      autocommit: false,
    });
    const stream = await consumer.consume({ topics: [topic], mode: 'earliest' });
    for await (const message of stream) {
      await message.commit();
      break;
    }
    await consumer.close(true);
    const group = (await (await adminOf(kafka)).groups()).find((each) => each.group === groupId);
    expect(group?.committed).toEqual([{ topic, partition: 0, offset: 1 }]);
  });

  test('a cluster that lacks DeleteRecords refuses a trim, and the error says what is missing', async () => {
    const { brokers } = await sharedBroker();
    const topic = await abc(kafkaSettings(brokers));
    const way = await limitedApis(brokers.split(',')[0] ?? '', { [DELETE_RECORDS]: null });
    opened.push(way);
    const admin = await adminOf(kafkaSettings(way.brokers));
    const refusal: unknown = await admin
      .trim([{ topic, partition: 0, offset: 1 }])
      .catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(TransportError);
    expect(refusal).toMatchObject({ code: 'unavailable', canRetry: false });
    expect(String(refusal)).toContain('DeleteRecords');
    expect((await admin.topics([topic]))[0]?.partitions).toEqual([{ start: 0, end: 3 }]);
  });
});

test('a cluster that is away is unavailable, and may be there later', async () => {
  const admin = await adminOf(kafkaSettings('127.0.0.1:1', { requestTimeoutMs: 500 }));
  for (const attempt of [
    admin.topics(),
    admin.groups(),
    admin.trim([{ topic: 't', partition: 0, offset: 1 }]),
  ])
    expect(await failure(attempt)).toBe('unavailable');
});
