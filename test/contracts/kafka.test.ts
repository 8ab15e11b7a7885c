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
