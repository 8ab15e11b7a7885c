import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Type, topics, workflow } from '../../../core/mod.ts';
import {
  awaitWorkflow,
  type Host,
  type HostSettings,
  serveAnswers,
  serveWorkflows,
  startWorkflow,
} from '../../../services/platform/bun.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { kafkaSettings } from '../../../services/platform/transport/kafka/settings.ts';
import { KafkaTransport } from '../../../services/platform/transport/kafka/transport.ts';
import { type Cluster, describeWithCluster, startCluster } from '../../broker/index.ts';
import { until } from '../../support/until.ts';

const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });

const greeting = workflow({
  type: 'greeting',
  version: 1,
  input: Type.Object({}),
  *run({ ask }) {
    return yield* ask('language', {}, Type.String());
  },
});

describeWithCluster('jobs in SQLite beside a broker', () => {
  let cluster: Cluster;
  let transport: KafkaTransport;
  const hosts: Host[] = [];
  beforeAll(async () => {
    cluster = await startCluster();
    transport = new KafkaTransport(kafkaSettings(cluster.brokers), logger);
  });
  afterEach(async () => {
    await Promise.all(hosts.splice(0).map((host) => host.stop()));
  });
  afterAll(async () => {
    await transport.close();
    await cluster.close();
  });

  const settings = (): HostSettings => ({
    dataDir: mkdtempSync(join(tmpdir(), 'requite-store-')),
    brokers: cluster.brokers,
    jobStore: 'sqlite',
    logger,
  });
  const asked = async (): Promise<number> =>
    (await transport.endOffsets(topics.questions)).reduce((sum, end) => sum + end, 0);

  /** Starts a workflow in the store of these settings, which then waits for an answer; its engine has stopped. */
  async function begin(id: string, store: HostSettings, acceptLostJobs = false): Promise<void> {
    const engine = await serveWorkflows([greeting], { ...store, acceptLostJobs });
    await startWorkflow(greeting, id, {}, store);
    const before = await asked();
    await until('the question', async () => (await asked()) > before);
    await engine.stop();
  }

  test('an engine with another store refuses its jobs, says so, and takes no answer of theirs', async () => {
    const [store, other] = [settings(), settings()];
    await begin('refused', store);
    const wrong = await serveWorkflows([greeting], other);
    hosts.push(wrong);
    await until('it to refuse', () => /kept in another store/.test(wrong.readiness()));
    expect(wrong.readiness()).toMatch(/DATA_DIR or POSTGRES_URL/);
    hosts.push(await serveAnswers({ language: () => 'fr' }, other));
    await until('the answer', async () =>
      (await transport.endOffsets(topics.answers)).some((end) => end > 0),
    );
    hosts.push(await serveWorkflows([greeting], store));
    expect(await awaitWorkflow('refused', '30s', store)).toEqual({ status: 'completed', result: 'fr' });
    expect(wrong.ledger).toEqual({});
  }, 60_000);

  test('told that the store is lost, it goes on without those jobs, and from then on it is its own', async () => {
    const [store, other] = [settings(), settings()];
    await begin('lost', store, true); // the group had a store before, that of another test
    hosts.push(await serveWorkflows([greeting], { ...other, acceptLostJobs: true }));
    hosts.push(await serveAnswers({ language: () => 'de' }, other));
    await startWorkflow(greeting, 'new', {}, other);
    expect(await awaitWorkflow('new', '30s', other)).toEqual({ status: 'completed', result: 'de' });
  }, 60_000);
});
