import { afterAll, beforeAll } from 'bun:test';
import { createLogger } from '../../../services/platform/log.ts';
import { kafkaSettings } from '../../../services/platform/transport/kafka/settings.ts';
import { KafkaTransport } from '../../../services/platform/transport/kafka/transport.ts';
import { describeWithBroker, sharedBroker, uniqueName } from '../../broker/index.ts';
import { NamespacedTransport } from '../../contracts/namespaced.ts';
import { configurationSuite } from './suite.ts';

const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });

describeWithBroker('the central configuration on Kafka', () => {
  let brokers = '';
  const opened: NamespacedTransport[] = [];
  beforeAll(async () => {
    ({ brokers } = await sharedBroker());
  });
  afterAll(async () => {
    await Promise.all(opened.map((each) => each.close()));
  });

  configurationSuite(async () => {
    const behind = new KafkaTransport(kafkaSettings(brokers), logger);
    const transport = new NamespacedTransport(behind, uniqueName('configuration'));
    opened.push(transport);
    return transport;
  });
});
