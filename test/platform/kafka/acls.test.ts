// A cluster that denies by default: the rights that docs/security.md lists are enough, and one that is missing is named.
import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TransportError } from '../../../core/mod.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { type AclRule, aclRules } from '../../../services/platform/topics/acl-rules.ts';
import { createTopics } from '../../../services/platform/topics/create.ts';
import { kafkaSettings } from '../../../services/platform/transport/kafka/settings.ts';
import { KafkaTransport } from '../../../services/platform/transport/kafka/transport.ts';
import { Acls } from '../../broker/acls.ts';
import { type Cluster, type Credentials, describeWithCluster, startCluster } from '../../broker/index.ts';
import { freePorts } from '../../broker/ports.ts';
import { record } from '../../contracts/support.ts';
import { Processes } from '../../support/processes.ts';
import { until } from '../../support/until.ts';

const SERVICES = ['coordinator', 'engine', 'crm'] as const;
const POOR = 'poor';
const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
const CUSTOMERS = Array.from({ length: 10 }, (_, at) => String(at + 1));

describeWithCluster('a cluster that denies by default', () => {
  let cluster: Cluster;
  let credentials: Credentials;
  let acls: Acls;
  const undo: (() => Promise<void> | void)[] = [];
  beforeAll(async () => {
    cluster = await startCluster({ secure: true, users: [...SERVICES, POOR] });
    if (cluster.secure === null) throw new Error('the cluster is not secure');
    credentials = cluster.secure;
    acls = new Acls(cluster.superuser);
    const kafka = kafkaSettings(cluster.superuser);
    await createTopics({ kafka, dataDir: tmpdir(), partitions: 2 }, 20_000);
  });
  afterEach(async () => {
    for (const each of undo.splice(0).reverse()) await each();
  });
  afterAll(async () => {
    await acls?.close();
    await cluster?.close();
  });

  function transportOf(user: string): KafkaTransport {
    const sasl = { mechanism: 'PLAIN', username: user, password: credentials.password } as const;
    const tls = { ca: credentials.caFile };
    const settings = kafkaSettings(cluster.brokers, { tls, sasl, requestTimeoutMs: 5_000 });
    const transport = new KafkaTransport(settings, logger);
    undo.push(() => transport.close());
    return transport;
  }

  test('the billing lab makes its bills with the rights that are listed, each service as a user of its own (jobs in Kafka)', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'requite-acls-'));
    const processes = new Processes(directory);
    undo.push(
      () => rmSync(directory, { recursive: true, force: true }),
      () => processes.close(),
    );
    const [port = 0] = await freePorts(1);
    const coordinator = `http://127.0.0.1:${port}`;
    await Promise.all(
      SERVICES.map(async (service) => {
        await acls.allow(service, aclRules([service], { jobsInKafka: true }));
        const env = {
          DATA_DIR: directory,
          BROKERS: cluster.brokers,
          KAFKA_TLS_CA: credentials.caFile,
          KAFKA_SASL_MECHANISM: 'PLAIN',
          KAFKA_SASL_USERNAME: service,
          KAFKA_SASL_PASSWORD: credentials.password,
          JOB_STORE: 'kafka',
          COORDINATOR_PORT: String(port),
          CRM_PORT: '0',
          LOG_FORMAT: 'json',
        };
        const url = service === 'coordinator' ? coordinator : undefined;
        await processes.start(service, { services: [service], env, url });
      }),
    );
    const answer = await fetch(`${coordinator}/`, {
      method: 'POST',
      body: JSON.stringify(CUSTOMERS),
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.status).toBe(202);
    await until('every bill', () => billsIn(join(directory, 'bills')) === CUSTOMERS.length).catch((error) => {
      throw new Error(processes.tail(), { cause: error });
    });
  }, 90_000);

  test('a right that is missing is named, with what it is missing on', async () => {
    const needed: readonly AclRule[] = [
      right('topic', 'customers', 'Describe'),
      right('cluster', 'kafka-cluster', 'IdempotentWrite'),
      right('topic', 'customers', 'Write'),
      right('group', 'readers', 'Read'),
      right('topic', 'customers', 'Read'),
    ];
    const transport = transportOf(POOR);
    const attempts: Readonly<Record<string, () => Promise<unknown>>> = {
      publish: () => transport.publish([record('customers', 0, 'one')]),
      ask: () => transport.endOffsets('customers'),
      create: () => transport.createTopics([{ name: 'forbidden', partitions: 1 }]),
      read: async () => {
        const reader = await transport.read({ topics: ['customers'], from: () => 0 });
        return reader.poll({ maxRecords: 1, waitMs: 5_000 }).finally(() => reader.close());
      },
      join: async () => {
        const consumer = await transport.join({ group: 'readers', topics: ['customers'] });
        return consumer.poll({ maxRecords: 1, waitMs: 5_000 }).finally(() => consumer.close());
      },
    };
    const lacks = async (attempt: string, what: string): Promise<void> => {
      const error = await attempts[attempt]?.().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(TransportError);
      expect((error as Error).message).toContain(`lacks the right ${what} (`);
    };
    const allow = async (at: number): Promise<void> => {
      const rule = needed[at];
      if (rule !== undefined) await acls.allow(POOR, [rule]);
    };
    await lacks('ask', 'Describe on the topic customers');
    await lacks('publish', 'Describe on the topic customers');
    await lacks('create', 'Create on the topic forbidden');
    await allow(0);
    await until('the right to count', () => works(attempts.ask));
    await lacks('publish', 'IdempotentWrite on the cluster');
    await lacks('read', 'Read on the topic customers');
    await lacks('join', 'Read on the group readers');
    await allow(1);
    await until('the right to count', async () => !(await says(attempts.publish, /IdempotentWrite/)));
    await lacks('publish', 'Write on the topic customers');
    await allow(2);
    await until('the right to count', () => works(attempts.publish));
    await allow(3);
    await until('the right to count', async () => !(await says(attempts.join, /group readers/)));
    await lacks('join', 'Read on the topic customers');
    await allow(4);
    await until('the right to count', () => works(attempts.join));
    await until('the right to count', () => works(attempts.read));
  }, 90_000);
});

const right = (resource: AclRule['resource'], name: string, operation: AclRule['operation']): AclRule => ({
  resource,
  name,
  pattern: 'literal',
  operation,
});

async function works(attempt: (() => Promise<unknown>) | undefined): Promise<boolean> {
  return (
    attempt?.().then(
      () => true,
      () => false, // not yet: the broker learns of a new right a moment later
    ) ?? false
  );
}

async function says(attempt: (() => Promise<unknown>) | undefined, what: RegExp): Promise<boolean> {
  return (
    attempt?.().then(
      () => false,
      (error: unknown) => what.test(String(error)), // what it still lacks
    ) ?? false
  );
}

function billsIn(directory: string): number {
  try {
    return readdirSync(directory).filter((name) => name.endsWith('.txt')).length;
  } catch {
    return 0; // made with the first bill
  }
}
