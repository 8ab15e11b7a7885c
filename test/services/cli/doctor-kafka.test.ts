// The doctor beside a broker: what the cluster is, and whether its topics are as they should be.
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, describeWithCluster, startCluster } from '../../broker/index.ts';
import { runCommand } from '../../support/run-command.ts';

interface Check {
  readonly name: string;
  readonly state: string;
  readonly detail: string;
}

describeWithCluster('requite doctor on Kafka', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'requite-doctor-'));
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterAll(async () => {
    await cluster.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const requite = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    runCommand('requite', words, {
      BROKERS: cluster.brokers,
      DATA_DIR: dataDir,
      KAFKA_REQUEST_TIMEOUT_MS: '60000',
      ...env,
    });
  const checks = async (env: Readonly<Record<string, string>> = {}): Promise<Map<string, Check>> => {
    const { out } = await requite(['doctor', '--json'], env);
    const found = (JSON.parse(out) as { readonly checks: readonly Check[] }).checks;
    return new Map(found.map((check) => [check.name, check]));
  };

  test('the broker and the cluster are told; topics that services make are no failure', async () => {
    const found = await checks();
    expect(found.get(`broker ${cluster.brokers}`)).toMatchObject({ state: 'ok' });
    const { state, detail } = found.get('cluster') ?? {};
    expect([state, detail]).toEqual([
      'ok',
      expect.stringMatching(/^1 broker, protocol of Apache Kafka \d\.\d+$/),
    ]);
    expect(found.get('topics')).toMatchObject({ state: 'ok', detail: expect.stringContaining('0 of ') });
    expect(found.get('jobs')).toMatchObject({ state: 'ok', detail: 'are kept in: kafka' });
    const alone = await checks({ TOPICS_AUTOCREATE: 'false' });
    expect(alone.get('topics')).toMatchObject({ state: 'failure' });
  }, 120_000);

  test('another partition count than is asked for is a failure; one broker of several may be away', async () => {
    expect((await requite(['topics', 'create'], { PARTITIONS: '3' })).status).toBe(0);
    const found = await checks({ BROKERS: `127.0.0.1:1,${cluster.brokers}` });
    expect(found.get('broker 127.0.0.1:1')).toMatchObject({ state: 'warning' });
    expect(found.get('topics')?.detail).toStartWith('all ');
    expect(found.get('partitions')).toMatchObject({ state: 'ok', detail: '3' });
    expect((await checks({ PARTITIONS: '5' })).get('partitions')).toMatchObject({ state: 'failure' });
  }, 120_000);
});
