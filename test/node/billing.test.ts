/** The engine and an answerer on Node, from the packed package, with Confluent's client and with the one that comes along. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Customer, type OutgoingRecord, partitionFor, topics } from '../../core/mod.ts';
import { type Backing, openBacking } from '../../services/platform/backing.ts';
import { kafkaSettings } from '../../services/platform/transport/kafka/settings.ts';
import { type Cluster, describeWithCluster, startCluster } from '../broker/index.ts';
import { latinEuro } from '../core/billing/customers.ts';
import { emptyFolder, install, pack } from '../package/project.ts';
import { type Reported, readReports } from '../story/reports.ts';
import { readTopic } from '../support/read-topic.ts';
import { until } from '../support/until.ts';
import { describeWithConfluent } from './describe.ts';

const BILLS = 1_000;
const PARTITIONS = 4;
const CLIENT = '@confluentinc/kafka-javascript';

/** A user's program: `node own.mjs engine|answerer CLIENT BROKERS CUSTOMER`. */
const program = `import { billGeneration } from 'requite';
import { serveAnswers, serveWorkflows } from 'requite/node';

const [part, client, brokers, customer] = process.argv.slice(2);
const settings = { brokers, partitions: ${PARTITIONS}, jobStore: 'memory', kafka: { client, sessionTimeoutMs: 6000 } };
const host =
  part === 'engine'
    ? await serveWorkflows([billGeneration], { ...settings, group: 'engine' })
    : await serveAnswers(
        { customer: ({ customerIdentifier }) => ({ ...JSON.parse(customer), customerIdentifier }) },
        settings,
      );
process.once('SIGTERM', () => host.stop());
`;

await describeWithConfluent('the engine on Node', ({ node, folder: built }) => {
  describeWithCluster('the engine on Node', () => {
    const folder = emptyFolder();
    const children: ChildProcess[] = [];
    let cluster: Cluster;
    let backing: Backing;

    beforeAll(async () => {
      install(folder, pack(folder));
      symlinkSync(
        path.join(built, 'node_modules', path.dirname(CLIENT)),
        path.join(folder, 'node_modules', path.dirname(CLIENT)),
      );
      writeFileSync(path.join(folder, 'own.mjs'), program);
      cluster = await startCluster();
      backing = await openBacking({
        dataDir: folder,
        kafka: kafkaSettings(cluster.brokers),
        jobStore: 'memory',
      });
    });
    afterAll(async () => {
      for (const child of children) child.kill('SIGKILL');
      await backing.close();
      await cluster.close();
      rmSync(folder, { recursive: true, force: true });
    });

    const start = (part: string, client: string): ChildProcess => {
      const args = ['own.mjs', part, client, cluster.brokers, JSON.stringify(latinEuro satisfies Customer)];
      const child = spawn(node.path, args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
      children.push(child);
      return child;
    };
    const reportsOf = async (client: string): Promise<Reported> => {
      const records = await readTopic(backing.transport, topics.workflowEvents);
      return readReports(records.filter(({ key }) => String(key).startsWith(client)));
    };

    for (const client of ['librdkafka', 'platformatic']) {
      test(`with ${client} it bills ${BILLS} customers, each once, and stops when asked`, async () => {
        const running = [start('engine', client), start('answerer', client)];
        await until('the topics', () =>
          backing.transport.endOffsets(topics.deadLetters).then(
            () => true,
            () => false, // not there yet
          ),
        );
        await backing.transport.publish(Array.from({ length: BILLS }, (_, n) => bill(client, String(n))));
        await until('all bills', async () => (await reportsOf(client)).completed.size >= BILLS);
        for (const child of running) expect(await stopped(child)).toBe(0);
        const reports = await reportsOf(client);
        expect(reports.completed.size).toBe(BILLS);
        expect([...reports.repeated]).toEqual([]);
        expect(reports.contradicted).toEqual([]);
        expect(await readTopic(backing.transport, topics.deadLetters)).toEqual([]);
      }, 120_000);
    }
  });
});

function bill(client: string, customerIdentifier: string): OutgoingRecord {
  const workflowId = `${client}-${customerIdentifier}`;
  return {
    topic: topics.workflowQueue,
    partition: partitionFor(workflowId, PARTITIONS),
    key: workflowId,
    value: JSON.stringify({
      'workflow-type': 'bill-generation',
      'workflow-id': workflowId,
      'create-time': '2026-11-01T08:00:00Z',
      payload: { customerIdentifier },
    }),
  };
}

/** Its exit code, once it has ended by itself. */
function stopped(child: ChildProcess): Promise<number | null> {
  child.kill('SIGTERM');
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}
