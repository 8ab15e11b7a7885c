import { afterAll, expect, test } from 'bun:test';
import { Admin } from '@platformatic/kafka';
import { createLogger } from '../../services/platform/log.ts';
import { connectionOptions } from '../../services/platform/transport/kafka/connection.ts';
import type { KafkaConsumer } from '../../services/platform/transport/kafka/consumer.ts';
import { kafkaSettings } from '../../services/platform/transport/kafka/settings.ts';
import { KafkaTransport } from '../../services/platform/transport/kafka/transport.ts';
import {
  type Cluster,
  describeWithBroker,
  describeWithCluster,
  sharedBroker,
  startCluster,
  uniqueName,
} from '../broker/index.ts';
import { until } from '../support/until.ts';
import { NamespacedTransport } from './namespaced.ts';
import { type TransportUnderTest, transportContract } from './transport.ts';

const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });

async function open(brokers: string): Promise<TransportUnderTest> {
  const prefix = uniqueName('contract');
  const settings = kafkaSettings(brokers, { sessionTimeoutMs: 6_000 });
  const opened: NamespacedTransport[] = [];
  const connect = async (): Promise<NamespacedTransport> => {
    const transport = new NamespacedTransport(new KafkaTransport(settings, logger), prefix);
    opened.push(transport);
    return transport;
  };
  const transport = await connect();
  const admin = new Admin(connectionOptions(settings));
  return {
    transport,
    atomic: false,
    connect,
    expire: async (consumer) => {
      const { group, memberId } = (transport.behind(consumer) as KafkaConsumer).member;
      await admin.removeMembersFromConsumerGroup({ groupId: group, members: [{ memberId: memberId ?? '' }] });
    },
    close: async () => {
      await Promise.all(opened.map((each) => each.close()));
      await admin.close();
    },
  };
}

describeWithBroker('on a broker', () => {
  transportContract('Kafka', async () => open((await sharedBroker()).brokers));

  test('offsets that may wait are committed while the member polls and nothing comes', async () => {
    const { brokers } = await sharedBroker();
    const settings = kafkaSettings(brokers, { sessionTimeoutMs: 6_000 });
    const transport = new KafkaTransport(settings, logger);
    const admin = new Admin(connectionOptions(settings));
    const [topic, group] = [uniqueName('waits'), uniqueName('group')];
    const committed = async (): Promise<bigint | undefined> => {
      const [found] = await admin.listConsumerGroupOffsets({ groups: [group] });
      return found?.topics[0]?.partitions[0]?.committedOffset;
    };
    try {
      await transport.createTopics([{ name: topic, partitions: 1 }]);
      await transport.publish([{ topic, partition: 0, key: 'k', value: 'v' }]);
      const consumer = await transport.join({ group, topics: [topic] });
      await until(
        'the record',
        async () => (await consumer.poll({ maxRecords: 1, waitMs: 100 })).length === 1,
      );
      await consumer.commit({
        records: [],
        offsets: [{ topic, partition: 0, offset: 1 }],
        offsetsMayWait: true,
      });
      expect(await committed()).toBeUndefined();
      await until('the commit', async () => {
        expect(await consumer.poll({ maxRecords: 1, waitMs: 100 })).toEqual([]);
        return (await committed()) === 1n;
      });
    } finally {
      await transport.close();
      await admin.close();
    }
  });
});

describeWithCluster('through a proxy that speaks what Redpanda speaks', () => {
  let cluster: Cluster | null = null;
  afterAll(() => cluster?.close());
  transportContract('Kafka', async () => {
    cluster ??= await startCluster({ redpandaOnly: true });
    return open(cluster.brokers);
  });
  test('and nothing else was asked for', () => expect(cluster?.refused).toEqual([]));
});
