import { afterEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Admin } from '@platformatic/kafka';
import { billGeneration, type JobReport, type Json, partitionFor, topics } from '../../../../core/mod.ts';
import { sampleCustomers } from '../../../../services/crm/samples.ts';
import {
  type Host,
  type HostSettings,
  serveAnswers,
  serveWorkflows,
} from '../../../../services/platform/bun.ts';
import { createLogger } from '../../../../services/platform/log.ts';
import { connectionOptions } from '../../../../services/platform/transport/kafka/connection.ts';
import { kafkaSettings } from '../../../../services/platform/transport/kafka/settings.ts';
import { KafkaTransport } from '../../../../services/platform/transport/kafka/transport.ts';
import { describeWithCluster } from '../../../broker/index.ts';
import { emptyCluster, lagOf, sharesOf } from '../../../story/cluster.ts';
import { readTopic } from '../../../support/read-topic.ts';
import { until } from '../../../support/until.ts';

const WORKFLOWS = 800;
const ROUNDS = 4;
const PARTITIONS = 6;
const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
const idOf = (n: number): string => `bill-${n}`;

function workflows(
  from: number,
  count: number,
): { topic: string; partition: number; key: string; value: string }[] {
  return Array.from({ length: count }, (_, index) => {
    const key = idOf(from + index);
    const value = JSON.stringify({
      'workflow-type': billGeneration.type,
      'workflow-id': key,
      'create-time': '2026-04-15T14:24:11Z',
      payload: { customerIdentifier: `c-${from + index}` },
    });
    return { topic: topics.workflowQueue, partition: partitionFor(key, PARTITIONS), key, value };
  });
}

const customerOf = (payload: Json): Json =>
  ({ ...sampleCustomers[0], ...(payload as object) }) as unknown as Json;

describeWithCluster('two engines with JOB_STORE=kafka', () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  test('while partitions go back and forth, each bill is made once and nothing is told twice', async () => {
    const cluster = await emptyCluster();
    const { brokers } = cluster;
    const directory = mkdtempSync(join(tmpdir(), 'requite-'));
    ends.push(() => rmSync(directory, { recursive: true }));
    const settings = (dataDir: string): HostSettings => ({
      dataDir: join(directory, dataDir),
      brokers,
      jobStore: 'kafka',
      partitions: PARTITIONS,
      kafka: { sessionTimeoutMs: 4_000 },
      logger,
    });
    const engine = (dataDir: string): Promise<Host> =>
      serveWorkflows([billGeneration], { ...settings(dataDir), group: 'engine' });
    const steady = await engine('steady');
    const crm = await serveAnswers({ customer: (payload) => customerOf(payload) }, settings('crm'));
    ends.push(
      () => steady.stop(),
      () => crm.stop(),
    );
    const transport = new KafkaTransport(kafkaSettings(brokers), logger);
    const admin = new Admin(connectionOptions(kafkaSettings(brokers)));
    ends.push(
      () => transport.close(),
      () => admin.close(),
    );

    const expel = async (): Promise<void> => {
      const group = (await admin.describeGroups({ groups: ['engine'] })).get('engine');
      const members = [...(group?.members.keys() ?? [])].map((memberId) => ({ memberId }));
      if (members.length > 0) await admin.removeMembersFromConsumerGroup({ groupId: 'engine', members });
    };
    const share = WORKFLOWS / ROUNDS;
    for (let round = 0; round < ROUNDS; round++) {
      await transport.publish(workflows(round * share, share / 2));
      const other = await engine('other');
      const half = PARTITIONS / 2;
      await until('each to have half', async () => {
        const shares = await sharesOf(cluster, 'engine', topics.workflowQueue);
        return shares.length === 2 && shares.every((each) => each === half);
      });
      await transport.publish(workflows(round * share + share / 2, share / 2));
      // half of the time everybody is taken for dead in the midst of it, and does not know yet
      if (round % 2 === 1) await expel();
      await other.stop();
    }

    const completed = async (): Promise<JobReport[]> =>
      (await readTopic(transport, topics.workflowEvents))
        .map(({ value }) => JSON.parse(String(value)) as JobReport)
        .filter(({ status }) => status === 'completed');
    await until('all that came to be dealt with', async () => {
      const lags = [topics.workflowQueue, topics.answers].map((topic) => lagOf(cluster, 'engine', topic));
      return (await Promise.all(lags)).every((lag) => lag <= 0) && (await completed()).length >= WORKFLOWS;
    });
    const bills = await completed();
    const ids = Array.from({ length: WORKFLOWS }, (_, n) => idOf(n)).sort();
    expect(bills.map((report) => report['workflow-id']).sort()).toEqual(ids);
    const told = (await readTopic(transport, topics.workflowEvents)).map(({ value }) => {
      const report = JSON.parse(String(value)) as JobReport;
      return `${report['workflow-id']} ${report.revision}`;
    });
    expect(new Set(told).size).toBe(told.length);
    expect(await readTopic(transport, topics.questions)).toHaveLength(WORKFLOWS);
    expect(await readTopic(transport, topics.deadLetters)).toEqual([]);
  }, 180_000);
});
