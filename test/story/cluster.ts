import { Admin } from '@platformatic/kafka';
import { connectionOptions } from '../../services/platform/transport/kafka/connection.ts';
import { isProtocolError } from '../../services/platform/transport/kafka/errors.ts';
import { kafkaSettings } from '../../services/platform/transport/kafka/settings.ts';
import { type Cluster, startCluster } from '../broker/index.ts';
import { until } from '../support/until.ts';

const LATEST = -1n;
let started: Promise<Cluster> | null = null;

/**
 * The stories' own Kafka, without topics and groups: those of a deployment have fixed names, so that two deployments
 * can't share a broker at once. Started at first use, and emptied for each next use, which is quicker than another.
 */
export async function emptyCluster(): Promise<Cluster> {
  const cluster = await started;
  // A test that runs out of its time has all that it started killed by the test runner, and that may be this broker.
  if (cluster !== null && cluster.pid(0) !== null) {
    await withAdmin(cluster, empty);
    return cluster;
  }
  started = startCluster();
  return started;
}

/** How many partitions of a topic each member of a group has, once it has settled; empty while it has not. */
export function sharesOf(cluster: Cluster, groupId: string, topic: string): Promise<number[]> {
  return withAdmin(cluster, async (admin) => {
    const group = (await admin.describeGroups({ groups: [groupId] })).get(groupId);
    if (group?.state !== 'Stable') return [];
    return [...group.members.values()].map(
      ({ assignments }) => assignments?.get(topic)?.partitions.length ?? 0,
    );
  });
}

/**
 * How many records of a topic a group has still to deal with. What it moves within the topic is published before it
 * commits, so that 0 means that nothing is left.
 */
export function lagOf(cluster: Cluster, groupId: string, topic: string): Promise<number> {
  return withAdmin(cluster, async (admin) => {
    const [group] = await admin.listConsumerGroupOffsets({ groups: [groupId] });
    const committed = group?.topics.find(({ name }) => name === topic)?.partitions ?? [];
    const { topics } = await admin.metadata({ topics: [topic] });
    const partitions = (topics.get(topic)?.partitions ?? []).map((_, partitionIndex) => ({
      partitionIndex,
      timestamp: LATEST,
    }));
    const [listed] = await admin.listOffsets({ topics: [{ name: topic, partitions }] });
    const lags = (listed?.partitions ?? []).map(({ partitionIndex, offset }) => {
      const next = committed.find((each) => each.partitionIndex === partitionIndex)?.committedOffset ?? 0n;
      return Number(offset) - Math.max(0, Number(next));
    });
    return lags.reduce((sum, lag) => sum + lag, 0);
  });
}

/** Members that were killed count as members until their session ends: they are put out first. */
async function empty(admin: Admin): Promise<void> {
  const groups = [...(await admin.listGroups({ types: [] })).keys()];
  if (groups.length > 0) {
    for (const [groupId, { members }] of await admin.describeGroups({ groups })) {
      if (members.size === 0) continue;
      const leaving = [...members.keys()].map((memberId) => ({ memberId }));
      await admin.removeMembersFromConsumerGroup({ groupId, members: leaving }).catch((error: unknown) => {
        // the session of one of them has ended just now; the others are put out all the same
        if (!isProtocolError(error, 'UNKNOWN_MEMBER_ID')) throw error;
      });
    }
    await admin.deleteGroups({ groups });
  }
  const topics = await admin.listTopics();
  if (topics.length > 0) await admin.deleteTopics({ topics });
  await until('the broker to have no topics', async () => (await admin.listTopics()).length === 0, 20_000);
}

async function withAdmin<T>({ brokers }: Cluster, use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Admin(connectionOptions(kafkaSettings(brokers)));
  try {
    return await use(admin);
  } finally {
    await admin.close();
  }
}
