import { afterAll } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '../../services/platform/log.ts';
import { type KafkaJobsCluster, openKafkaJobs } from '../../services/platform/store/kafka/open.ts';
import { kafkaSettings } from '../../services/platform/transport/kafka/settings.ts';
import { describeWithBroker, sharedBroker, uniqueName } from '../broker/index.ts';
import { jobStoreContract } from './job-store.ts';
import { settle } from './support.ts';

const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
const directory = mkdtempSync(join(tmpdir(), 'requite-'));
afterAll(() => rmSync(directory, { recursive: true }));
/** The contract's jobs lie in partitions 0 to 7. */
const PARTITIONS = 8;

describeWithBroker('with jobs on the broker', () => {
  let opened: Promise<KafkaJobsCluster> | null = null;
  afterAll(async () => (await opened)?.close());
  const topic = uniqueName('queue');

  const open = async (): Promise<KafkaJobsCluster> => {
    const { brokers } = await sharedBroker();
    const cluster = await openKafkaJobs(kafkaSettings(brokers), { dataDir: directory, logger });
    await cluster.transport.createTopics([{ name: topic, partitions: PARTITIONS }]);
    return cluster;
  };
  jobStoreContract('Kafka', async () => {
    opened ??= open();
    const group = uniqueName('jobs');
    const { transport, jobStore } = (await opened).forGroup(group);
    const consumer = await transport.join({ group, topics: [topic] });
    await settle([consumer], [PARTITIONS]);
    return { store: jobStore, keepsPartition: true, close: () => jobStore.close() };
  });
});
