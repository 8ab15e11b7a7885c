import { afterAll, beforeAll, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import type { BaseOptions } from '@platformatic/kafka';
import { type Cluster, type Credentials, describeWithCluster, startCluster } from './index.ts';
import { clientOptions, createTopic, publish, read } from './support.ts';

type Mechanism = NonNullable<BaseOptions['sasl']>['mechanism'];

describeWithCluster('a secure cluster', () => {
  let cluster: Cluster;
  let credentials: Credentials;
  beforeAll(async () => {
    cluster = await startCluster({ secure: true });
    if (cluster.secure === null) throw new Error('a secure cluster has credentials');
    credentials = cluster.secure;
  });
  afterAll(() => cluster?.close());

  const options = (mechanism: Mechanism, password = credentials.password): BaseOptions => ({
    ...clientOptions(cluster.brokers),
    tls: { ca: readFileSync(credentials.caFile) },
    sasl: { mechanism, username: credentials.username, password },
  });

  for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-512', 'PLAIN'] as const) {
    test(`lets its user in by ${mechanism}`, async () => {
      const topic = await createTopic(options(mechanism), 'secret');
      await publish(options(mechanism), topic, ['told']);
      expect(await read(options(mechanism), topic, 1)).toEqual(['told']);
    });

    test(`refuses a wrong password by ${mechanism}`, async () => {
      const wrong = { ...options(mechanism, 'guessed'), retries: 0 };
      await expect(createTopic(wrong, 'secret')).rejects.toThrow();
    });
  }

  test('is trusted only by who knows its authority', async () => {
    const stranger = { ...options('PLAIN'), tls: {}, retries: 0 };
    await expect(createTopic(stranger, 'secret')).rejects.toThrow();
  });
});
