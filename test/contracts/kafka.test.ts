import { Admin } from '@platformatic/kafka';
import { createLogger } from '../../services/platform/log.ts';
import { connectionOptions } from '../../services/platform/transport/kafka/connection.ts';
import type { KafkaConsumer } from '../../services/platform/transport/kafka/consumer.ts';
import { kafkaSettings } from '../../services/platform/transport/kafka/settings.ts';
import { KafkaTransport } from '../../services/platform/transport/kafka/transport.ts';
import { NamespacedTransport } from './namespaced.ts';
import { transportContract } from './transport.ts';

const BROKERS = process.env.BROKERS ?? '';
const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
let count = 0;

transportContract('Kafka', async () => {
  const prefix = `contract-${process.pid}-${Date.now()}-${count++}`;
  const settings = kafkaSettings(BROKERS, { sessionTimeoutMs: 6_000 });
  const open = (): NamespacedTransport =>
    new NamespacedTransport(new KafkaTransport(settings, logger), prefix);
  const opened = [open()];
  const transport = opened[0] as NamespacedTransport;
  const admin = new Admin(connectionOptions(settings));
  return {
    transport,
    atomic: false,
    connect: async () => {
      const another = open();
      opened.push(another);
      return another;
    },
    expire: async (consumer) => {
      const { group, memberId } = (transport.behind(consumer) as KafkaConsumer).member;
      await admin.removeMembersFromConsumerGroup({ groupId: group, members: [{ memberId: memberId ?? '' }] });
    },
    close: async () => {
      await Promise.all(opened.map((each) => each.close()));
      await admin.close();
    },
  };
});
