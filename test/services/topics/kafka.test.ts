import { afterAll, beforeAll, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Admin } from '@platformatic/kafka';
import { topics } from '../../../core/mod.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { kafkaSettings } from '../../../services/platform/transport/kafka/settings.ts';
import { KafkaTransport } from '../../../services/platform/transport/kafka/transport.ts';
import { type Cluster, describeWithCluster, startCluster } from '../../broker/index.ts';
import { record, take } from '../../contracts/support.ts';
import { until } from '../../support/until.ts';
import { lineOf, runTopics } from './support.ts';

describeWithCluster('bun run topics on Kafka', () => {
  const dataDir = join(tmpdir(), `requite-none-${process.pid}`);
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterAll(() => cluster.close());

  const run = (line: string, env: Record<string, string> = {}) =>
    runTopics(line, {
      BROKERS: cluster.brokers,
      DATA_DIR: dataDir,
      KAFKA_REQUEST_TIMEOUT_MS: '20000',
      ...env,
    });

  test('list shows an empty cluster, and what to do', async () => {
    const { status, out } = await run('list');
    expect(status).toBe(0);
    expect(out).toContain('bun run topics create');
  });

  test('create refuses more copies than there are brokers, and names the setting', async () => {
    const { status, err } = await run('create', { REPLICATION: '3' });
    expect(status).toBe(1);
    expect(err).toContain('REPLICATION');
  });

  test('create makes what is missing, also where services may not; again, all of it is there already', async () => {
    const names = Object.values(topics);
    const first = await run('create', {
      PARTITIONS: '3',
      TOPICS_AUTOCREATE: 'false',
      KAFKA_CLIENT: 'librdkafka',
    });
    expect(first).toMatchObject({ status: 0, err: '' });
    for (const name of names) expect(lineOf(first.out, name)).toContain('created, 3 partitions');
    const again = await run('create');
    expect(again).toMatchObject({ status: 0, err: '' });
    for (const name of names) expect(lineOf(again.out, name)).toContain('there already, 3 partitions');
    expect(first.out).not.toContain('jobs-engine'); // that client has no transactions: jobs are not kept there
    expect(lineOf(again.out, 'jobs-engine')).toContain('created, 3 partitions');
    expect(existsSync(dataDir)).toBe(false);
    const listed = (await run('list')).out;
    expect(lineOf(listed, 'workflow-queue')).toMatch(/^workflow-queue +3 +0 +1 +no +-$/);
    expect(lineOf(listed, 'customers')).toMatch(/^customers +3 +0 +1 +yes +-$/);
  });

  test('trim deletes what every group has passed, and list shows what is left', async () => {
    const queue = topics.workflowQueue;
    const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
    const transport = new KafkaTransport(kafkaSettings(cluster.brokers), logger);
    await transport.publish(['a', 'b', 'c', 'd'].map((value) => record(queue, 1, value)));
    for (const [group, offset] of [
      ['engine', 3],
      ['audit', 2],
    ] as const) {
      const member = await transport.join({ group, topics: [queue] });
      await take(member, 4);
      await member.commit({ records: [], offsets: [{ topic: queue, partition: 1, offset }] });
      await member.close();
    }
    await transport.close();
    const kept = 'kept for audit (2 behind), engine (1 behind)';
    expect(lineOf((await run('trim --dry-run')).out, queue)).toContain(
      `would delete 2 of 4 records; ${kept}`,
    );
    const { status, out, err } = await run('trim');
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(lineOf(out, queue)).toContain('deleted 2 of 4 records');
    expect(lineOf((await run('list')).out, queue)).toMatch(/ 3 +2 +1 +no +audit \(2\), engine \(1\)$/);
  });

  test("another's topic is refused where the cluster compacts it, whatever we know of it", async () => {
    const admin = new Admin({ clientId: 'test', bootstrapBrokers: cluster.brokers.split(',') });
    const configs = [{ name: 'cleanup.policy', value: 'compact' }];
    await admin.createTopics({ topics: ['theirs'], partitions: 1, replicas: 1, configs });
    await admin.close();
    await until('the topic is known', async () => (await run('list --all')).out.includes('theirs'));
    const { status, err } = await run('trim --topics theirs');
    expect(status).toBe(2);
    expect(err).toContain('theirs: compacted');
  });

  test('a broker that is away is waited for, within bounds: then the command goes on', async () => {
    await cluster.kill(0);
    const late = await run('list', { KAFKA_REQUEST_TIMEOUT_MS: '1500' });
    expect(late).toMatchObject({ status: 3, out: '' });
    expect(late.err).toContain(`Kafka at ${cluster.brokers}`);
    expect(late.err).toContain('Gave up after 1.5 s');
    const waiting = run('list', { KAFKA_REQUEST_TIMEOUT_MS: '60000' });
    await cluster.start(0);
    const { status, out, err } = await waiting;
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(lineOf(out, 'workflow-queue')).toBeString();
  });
});
