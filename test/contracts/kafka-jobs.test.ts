import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Admin } from '@platformatic/kafka';
import type { Consumer, JoinOptions, Transport } from '../../core/mod.ts';
import { createLogger } from '../../services/platform/log.ts';
import { openKafkaJobs } from '../../services/platform/store/kafka/open.ts';
import { connectionOptions } from '../../services/platform/transport/kafka/connection.ts';
import type { KafkaConsumer } from '../../services/platform/transport/kafka/consumer.ts';
import { kafkaSettings } from '../../services/platform/transport/kafka/settings.ts';
import {
  type Cluster,
  describeWithBroker,
  describeWithCluster,
  sharedBroker,
  startCluster,
  uniqueName,
} from '../broker/index.ts';
import { NamespacedTransport } from './namespaced.ts';
import type { TransportUnderTest } from './support.ts';
import { groupContract } from './transport-groups.ts';
import { membershipContract } from './transport-membership.ts';

const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
const directory = mkdtempSync(join(tmpdir(), 'requite-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** Whoever joins a group through it writes transactions. */
async function transactional(brokers: string): Promise<Transport> {
  const settings = kafkaSettings(brokers, { sessionTimeoutMs: 6_000 });
  const cluster = await openKafkaJobs(settings, { dataDir: directory, logger });
  const { transport } = cluster;
  return {
    createTopics: (topics) => transport.createTopics(topics),
    publish: (records) => transport.publish(records),
    join: (options: JoinOptions): Promise<Consumer> =>
      cluster.forGroup(options.group).transport.join(options),
    read: (options) => transport.read(options),
    endOffsets: (topic) => transport.endOffsets(topic),
    logId: () => transport.logId(),
    close: () => cluster.close(),
  };
}

async function open(brokers: string): Promise<TransportUnderTest> {
  const prefix = uniqueName('contract');
  const opened: NamespacedTransport[] = [];
  const connect = async (): Promise<NamespacedTransport> => {
    const transport = new NamespacedTransport(await transactional(brokers), prefix);
    opened.push(transport);
    return transport;
  };
  const transport = await connect();
  const admin = new Admin(connectionOptions(kafkaSettings(brokers)));
  return {
    transport,
    atomic: true,
    connect,
    expire: async (consumer) => {
      const { group, memberId } = (transport.behind(consumer) as KafkaConsumer).member;
      await admin.removeMembersFromConsumerGroup({ groupId: group, members: [{ memberId: memberId ?? '' }] });
    },
    close: async () => {
      await Promise.all(opened.map((each) => each.close()));
      await admin.close();
    },
  };
}

describeWithBroker('with jobs on the broker', () => {
  // what is published and read outside of a group has nothing to do with it: see kafka.test.ts
  const opening = async (): Promise<TransportUnderTest> => open((await sharedBroker()).brokers);
  groupContract(opening);
  membershipContract(opening);
});

describeWithCluster('with jobs on a broker, through a proxy that speaks what Redpanda speaks', () => {
  let cluster: Cluster | null = null;
  afterAll(() => cluster?.close());
  groupContract(async () => {
    cluster ??= await startCluster({ redpandaOnly: true });
    return open(cluster.brokers);
  });
  test('and nothing else was asked for', () => expect(cluster?.refused).toEqual([]));
});
