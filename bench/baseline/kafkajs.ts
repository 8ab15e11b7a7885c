import { readFileSync } from 'node:fs';
import { Kafka, type KafkaConfig, logLevel, type SASLOptions } from 'kafkajs';
import type { KafkaSettings, SaslSettings } from '../../services/platform/transport/kafka/settings.ts';

/** kafkajs on the same cluster as our services. */
export function openKafkaJs({ brokers, tls, sasl }: KafkaSettings): Kafka {
  // it warns of each producer that its default partitioner has changed, years ago
  process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1';
  const config: KafkaConfig = {
    clientId: 'requite-bench',
    brokers: [...brokers],
    logLevel: logLevel.ERROR,
    ...(tls === null
      ? {}
      : { ssl: Object.fromEntries(Object.entries(tls).map(([name, file]) => [name, readFileSync(file)])) }),
    ...(sasl === null ? {} : { sasl: saslOf(sasl) }),
  };
  return new Kafka(config);
}

function saslOf({ mechanism, username, password }: SaslSettings): SASLOptions {
  return {
    mechanism: mechanism.toLowerCase() as 'plain' | 'scram-sha-256' | 'scram-sha-512',
    username,
    password,
  };
}
