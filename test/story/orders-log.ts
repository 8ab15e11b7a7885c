import {
  choreographyTopicSpecs,
  choreographyTopics,
  type Json,
  type OutgoingRecord,
  orderTopicSpecs,
  orderTopics,
  partitionFor,
  topicSpecs,
  topics,
} from '../../core/mod.ts';
import { type Backing, openBacking } from '../../services/platform/bun.ts';
import { kafkaSettings } from '../../services/platform/transport/kafka/settings.ts';
import { readTopic } from '../support/read-topic.ts';
import { unread } from '../support/unread.ts';
import { oracleTopics } from './orders-oracle.ts';
import { entries, type Logs } from './orders-oracle-log.ts';
import { storyCustomers, storyStock } from './orders-traffic.ts';

/** The event bus, as it is called where nobody says otherwise. */
const BUS = 'events';

/** Where the log is: on a cluster, or embedded in the data directory. */
export interface LogSettings {
  readonly brokers?: string;
  readonly partitions: number;
}

/** What a test publishes: its partition follows from its key. */
export interface Keyed {
  readonly topic: string;
  readonly key: string;
  readonly value: unknown;
}

/** The log of the orders ecosystem, read and written beside the running services. */
export class OrdersLog {
  readonly #backing: Backing;
  readonly #dataDir: string;
  readonly #deployment: LogSettings;

  private constructor(backing: Backing, dataDir: string, deployment: LogSettings) {
    this.#backing = backing;
    this.#dataDir = dataDir;
    this.#deployment = deployment;
  }

  static async open(dataDir: string, deployment: LogSettings): Promise<OrdersLog> {
    const { brokers, partitions } = deployment;
    const kafka = brokers === undefined ? {} : { kafka: kafkaSettings(brokers), jobStore: 'memory' as const };
    const backing = await openBacking({ dataDir, ...kafka });
    await backing.transport.createTopics([
      ...topicSpecs(partitions),
      ...orderTopicSpecs(partitions),
      ...choreographyTopicSpecs(partitions, BUS),
    ]);
    return new OrdersLog(backing, dataDir, deployment);
  }

  /** Puts the story's customers and stock on the log. */
  async furnish(): Promise<void> {
    await this.publish([
      ...storyCustomers().map((value) => ({
        topic: topics.customers,
        key: value.customerIdentifier,
        value,
      })),
      ...storyStock().map((value) => ({ topic: orderTopics.warehouseInventory, key: value.product, value })),
    ]);
  }

  async publish(records: readonly Keyed[]): Promise<void> {
    const { partitions } = this.#deployment;
    const outgoing = records.map(
      ({ topic, key, value }): OutgoingRecord => ({
        topic,
        partition: partitionFor(key, partitions),
        key,
        value: JSON.stringify(value),
      }),
    );
    for (let from = 0; from < outgoing.length; from += 500)
      await this.#backing.transport.publish(outgoing.slice(from, from + 500));
  }

  /** How many records a topic has: its offsets are more, where it is written in transactions. */
  async count(topic: string): Promise<number> {
    return (await readTopic(this.#backing.transport, topic)).length;
  }

  /** How far every topic that is not about instances goes: the same again means that nothing came. */
  async sizes(): Promise<string> {
    const all = [topics, orderTopics, choreographyTopics].flatMap((each): string[] => Object.values(each));
    const names = [...all, BUS].filter((topic) => topic !== topics.instances);
    const ends = await Promise.all(
      names.map(async (topic) => `${topic} ${await this.#backing.transport.endOffsets(topic)}`),
    );
    return ends.join('\n');
  }

  /** All that the oracle needs. */
  async read(): Promise<Logs> {
    const logs: Record<string, Logs[string]> = {};
    for (const topic of oracleTopics) logs[topic] = await readTopic(this.#backing.transport, topic);
    return logs;
  }

  /** The values of a topic. */
  async values<V = Json>(topic: string): Promise<V[]> {
    const records = await readTopic(this.#backing.transport, topic);
    return entries<V>({ [topic]: records }, topic).map(({ value }) => value);
  }

  /** As `unread` of test/support. */
  unread(readers: readonly string[] = []): Promise<readonly string[]> {
    return unread({ brokers: this.#deployment.brokers, dataDir: this.#dataDir }, readers);
  }

  close(): Promise<void> {
    return this.#backing.close();
  }
}
