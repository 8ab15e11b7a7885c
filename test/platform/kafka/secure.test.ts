import { afterAll, beforeAll, expect, test } from 'bun:test';
import { createLogger } from '../../../services/platform/log.ts';
import {
  type KafkaSettings,
  kafkaSettings,
  SASL_MECHANISMS,
} from '../../../services/platform/transport/kafka/settings.ts';
import { KafkaTransport } from '../../../services/platform/transport/kafka/transport.ts';
import { type Cluster, type Credentials, describeWithCluster, startCluster } from '../../broker/index.ts';
import { record, take, values } from '../../contracts/support.ts';

const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });

describeWithCluster('a cluster behind TLS and SASL', () => {
  let cluster: Cluster;
  let credentials: Credentials;
  beforeAll(async () => {
    cluster = await startCluster({ secure: true });
    if (cluster.secure === null) throw new Error('the cluster is not secure');
    credentials = cluster.secure;
  });
  afterAll(() => cluster.close());

  const open = (given: Partial<KafkaSettings>): KafkaTransport => {
    const { username, password } = credentials;
    const settings = kafkaSettings(cluster.brokers, {
      tls: { ca: credentials.caFile },
      sasl: { mechanism: 'SCRAM-SHA-256', username, password },
      requestTimeoutMs: 5_000,
      ...given,
    });
    return new KafkaTransport(settings, logger);
  };

  for (const mechanism of SASL_MECHANISMS) {
    test(`lets in who signs in with ${mechanism}`, async () => {
      const { username, password } = credentials;
      const transport = open({ sasl: { mechanism, username, password } });
      await transport.createTopics([{ name: mechanism, partitions: 1 }]);
      await transport.publish([record(mechanism, 0, 'hello')]);
      const consumer = await transport.join({ group: mechanism, topics: [mechanism] });
      expect(values(await take(consumer, 1))).toEqual(['hello']);
      await transport.close();
    });
  }

  test('a wrong password is an error that names the settings', async () => {
    const { username } = credentials;
    const transport = open({ sasl: { mechanism: 'SCRAM-SHA-256', username, password: 'wrong' } });
    const refused = transport.createTopics([{ name: 't', partitions: 1 }]);
    await expect(refused).rejects.toThrow(/refused the sign-in.*KAFKA_SASL_/);
    await transport.close();
  });

  test('a certificate that nobody vouches for is an error that says so', async () => {
    const transport = open({ tls: {} });
    await expect(transport.endOffsets('t')).rejects.toThrow(/certificate/i);
    await transport.close();
  });

  test('a file that is not there is an error that names its setting', () => {
    expect(() => open({ tls: { ca: '/nowhere/ca.pem' } })).toThrow(
      /KAFKA_TLS_CA: \/nowhere\/ca.pem can't be read/,
    );
  });
});
