import {
  Admin,
  type ClusterTopicMetadata,
  ConfigResourceTypes,
  UnsupportedApiError,
} from '@platformatic/kafka';
import { type GroupStanding, type Position, TransportError } from '../../../../core/mod.ts';
import type { TopicAdmin, TopicDetails } from '../../topics/port.ts';
import { connectionOptions } from './connection.ts';
import { asTransportError, isProtocolError, isUnknownTopic } from './errors.ts';
import type { KafkaSettings } from './settings.ts';

const EARLIEST = -2n;
const LATEST = -1n;
const UNAUTHORIZED = ['TOPIC_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED'];

/** Looks after a cluster's topics, with the Kafka APIs that Apache Kafka and Redpanda have. */
export class KafkaLogAdmin implements TopicAdmin {
  readonly #admin: Admin;

  /** Connects when first asked. Throws `BackingError` for a TLS file that can't be read. */
  constructor(settings: KafkaSettings) {
    this.#admin = new Admin(connectionOptions(settings));
  }

  topics(names?: readonly string[]): Promise<readonly TopicDetails[]> {
    return this.#attempt('look at the topics', async () => {
      const there = await this.#admin.listTopics();
      const wanted = names === undefined ? there : there.filter((name) => names.includes(name));
      if (wanted.length === 0) return [];
      const metadata = await this.#ledTopics(wanted).catch((error: unknown) => {
        if (!isUnknownTopic(error)) throw error;
        throw new TransportError('unavailable', 'A topic was deleted just now.', { cause: error });
      });
      const [starts, ends, compacted] = await Promise.all([
        this.#offsets(metadata, EARLIEST),
        this.#offsets(metadata, LATEST),
        this.#compacted(wanted),
      ]);
      return wanted.map((name) => {
        const partitions = metadata.get(name)?.partitions ?? [];
        return {
          name,
          replication: partitions.length === 0 ? null : Math.min(...partitions.map(copies)),
          compacted: compacted?.has(name) ?? null,
          partitions: partitions.map((_, partition) => ({
            start: starts.get(name)?.[partition] ?? 0,
            end: ends.get(name)?.[partition] ?? 0,
          })),
        };
      });
    });
  }

  /** Groups of both protocols. Share groups have no committed offsets and are left out. */
  groups(): Promise<readonly GroupStanding[]> {
    return this.#attempt('look at the consumer groups', async () => {
      // the client's own default leaves out the groups of the newer protocol (KIP-848): no filter, then
      const listed = await this.#admin.listGroups({ types: [] });
      const ids = [...listed.values()].filter(({ groupType }) => groupType !== 'share').map(({ id }) => id);
      const groups = await this.#admin.listConsumerGroupOffsets({ groups: ids });
      return groups.map(({ groupId, topics }) => ({
        group: groupId,
        committed: topics.flatMap(({ name, partitions }) =>
          partitions
            .filter(({ committedOffset }) => committedOffset >= 0n)
            .map((each) => ({
              topic: name,
              partition: each.partitionIndex,
              offset: Number(each.committedOffset),
            })),
        ),
      }));
    });
  }

  /** As the port says. Throws RangeError for a position beyond the end. */
  async trim(positions: readonly Position[]): Promise<void> {
    const names = [...new Set(positions.map(({ topic }) => topic))];
    const topics = names.map((name) => ({
      name,
      partitions: positions
        .filter(({ topic }) => topic === name)
        .map(({ partition, offset }) => ({ partition, offset: BigInt(offset) })),
    }));
    if (topics.length === 0) return;
    await this.#attempt('delete records', async () => {
      const metadata = await this.#ledTopics(names);
      for (const { topic, partition } of positions) {
        if (metadata.get(topic)?.partitions[partition] === undefined)
          throw new TransportError('unknown-topic', `Topic ${topic} has no partition ${partition}.`);
      }
      try {
        await this.#admin.deleteRecords({ topics });
      } catch (error) {
        throw refusalOf(error, names.join(', '));
      }
    });
  }

  async close(): Promise<void> {
    await this.#admin.close();
  }

  async #attempt<T>(doing: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw asTransportError(error, doing);
    }
  }

  /** The client asks each partition's leader, and fails without a word of use where there is none. */
  async #ledTopics(names: readonly string[]): Promise<ReadonlyMap<string, ClusterTopicMetadata>> {
    const { topics, brokers } = await this.#admin.metadata({ topics: [...names], forceUpdate: true });
    for (const [name, { partitions }] of topics) {
      const leaderless = partitions.findIndex(({ leader }) => !brokers.has(leader));
      if (leaderless < 0) continue;
      const message = `Partition ${leaderless} of ${name} has no leader now: one of the brokers may be away.`;
      throw new TransportError('unavailable', message);
    }
    return topics;
  }

  async #offsets(
    topics: ReadonlyMap<string, ClusterTopicMetadata>,
    timestamp: bigint,
  ): Promise<Map<string, number[]>> {
    const listed = await this.#admin.listOffsets({
      topics: [...topics].map(([name, { partitions }]) => ({
        name,
        partitions: partitions.map((_, partitionIndex) => ({ partitionIndex, timestamp })),
      })),
    });
    return new Map(
      listed.map(({ name, partitions }) => {
        const offsets: number[] = [];
        for (const { partitionIndex, offset } of partitions) offsets[partitionIndex] = Number(offset);
        return [name, offsets];
      }),
    );
  }

  /** The names of those that are compacted; null where this user may not ask for it. */
  async #compacted(names: readonly string[]): Promise<ReadonlySet<string> | null> {
    try {
      const described = await this.#admin.describeConfigs({
        resources: names.map((resourceName) => ({
          resourceType: ConfigResourceTypes.TOPIC,
          resourceName,
          configurationKeys: ['cleanup.policy'],
        })),
      });
      const compacted = described.filter(({ configs }) =>
        configs.some(({ name, value }) => name === 'cleanup.policy' && value?.includes('compact') === true),
      );
      return new Set(compacted.map(({ resourceName }) => resourceName));
    } catch (error) {
      if (UNAUTHORIZED.some((id) => isProtocolError(error, id))) return null;
      throw error;
    }
  }
}

function copies({ replicas }: { readonly replicas: readonly number[] }): number {
  return replicas.length;
}

/** Why the cluster did not delete, for people. */
function refusalOf(error: unknown, topics: string): unknown {
  if (lacksApi(error)) {
    return new TransportError(
      'unavailable',
      "This cluster can't delete records on request: it lacks Kafka's DeleteRecords API (key 21), which Apache Kafka " +
        `and Redpanda have. It can delete by age instead: set retention.ms of ${topics}.`,
      { canRetry: false, cause: error },
    );
  }
  if (isProtocolError(error, 'OFFSET_OUT_OF_RANGE'))
    return new RangeError(`Can't delete records of ${topics} beyond the end of a partition.`, {
      cause: error,
    });
  if (isProtocolError(error, 'POLICY_VIOLATION')) {
    const message = `The cluster refuses to delete records of ${topics}: compacted topics keep the last of each key.`;
    return new TransportError('unavailable', message, { canRetry: false, cause: error });
  }
  return error;
}

/** The client wraps it more than once, with the retries that it made. */
function lacksApi(error: unknown): boolean {
  if (error instanceof UnsupportedApiError) return true;
  return error instanceof AggregateError && error.errors.some(lacksApi);
}
