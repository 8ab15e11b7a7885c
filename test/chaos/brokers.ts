// The cluster as an outsider sees it: through kafkajs, which the services do not use.
import {
  type Admin,
  type Consumer,
  type IHeaders,
  Kafka,
  logLevel,
  type Message,
  type Producer,
} from 'kafkajs';
import { until } from '../support/until.ts';
import type { TopicRecord } from './checker-reports.ts';

/** A record as it lies there, to be published again just so. */
export interface RawRecord {
  readonly topic: string;
  readonly partition: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: IHeaders;
  readonly timestampMs: number;
}

const READ_MS = 300_000;

export class Brokers {
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  readonly #producer: Producer;

  private constructor(kafka: Kafka) {
    this.#kafka = kafka;
    this.#admin = kafka.admin();
    this.#producer = kafka.producer({ allowAutoTopicCreation: false });
  }

  /** `brokers` are `host:port`, separated by commas. */
  static async open(brokers: string): Promise<Brokers> {
    // it warns of each producer that its default partitioner has changed, years ago
    process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1';
    const opened = new Brokers(
      new Kafka({
        clientId: 'chaos',
        brokers: brokers.split(','),
        logLevel: logLevel.NOTHING,
        connectionTimeout: 2_000,
        requestTimeout: 10_000,
        retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 30 },
      }),
    );
    await opened.#admin.connect();
    await opened.#producer.connect();
    return opened;
  }

  /** Publishes; where a message names no partition its key does, as Java's client has it. Gives the first offset. */
  async publish(topic: string, messages: Message[]): Promise<string> {
    const [first] = await this.#producer.send({ topic, messages, acks: -1 });
    return `${topic}-${first?.partition} at ${first?.baseOffset}`;
  }

  /** A consumer that begins at the oldest records, is told of each, and goes on for ever. */
  async follow(topics: readonly string[], take: (record: RawRecord) => void): Promise<Consumer> {
    const consumer = this.#kafka.consumer({
      groupId: `chaos-${crypto.randomUUID()}`,
      sessionTimeout: 10_000,
      heartbeatInterval: 1_000,
      maxWaitTimeInMs: 200,
      // whatever a broker's death does to it, it comes back: the default gives up after some errors
      retry: { retries: 100, restartOnFailure: () => Promise.resolve(true) },
    });
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await consumer.run({
      eachBatch: async ({ batch, heartbeat }) => {
        for (const { key, value, headers = {}, timestamp } of batch.messages)
          take({
            topic: batch.topic,
            partition: batch.partition,
            key,
            value,
            headers,
            timestampMs: Number(timestamp),
          });
        await heartbeat();
      },
    });
    return consumer;
  }

  /** Tells of every record that the topics have now. Throws where their ends are not reached within five minutes. */
  async read(topics: readonly string[], take: (record: TopicRecord) => void): Promise<void> {
    const left = new Map<string, number>();
    for (const topic of topics)
      for (const { partition, high, low } of await this.#admin.fetchTopicOffsets(topic))
        if (Number(high) > Number(low)) left.set(`${topic} ${partition}`, Number(high));
    if (left.size === 0) return;
    const consumer = await this.follow(topics, (record) => take(asText(record)));
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { topic, partition, lastOffset } }) => {
      const place = `${topic} ${partition}`;
      if (Number(lastOffset) + 1 >= (left.get(place) ?? Number.POSITIVE_INFINITY)) left.delete(place);
    });
    try {
      await until(`the ends of ${topics.join(', ')}`, () => left.size === 0, READ_MS);
    } finally {
      await consumer.disconnect();
    }
  }

  /** Whether every replica of every partition is in sync, by what the cluster says. */
  async isInSync(): Promise<boolean> {
    const { topics } = await this.#admin.fetchTopicMetadata();
    return topics.every(({ partitions }) =>
      partitions.every(({ isr, replicas, leader }) => leader >= 0 && isr.length === replicas.length),
    );
  }

  /** The client ids of a group's members, as its coordinator knows them. */
  async membersOf(group: string): Promise<ReadonlySet<string>> {
    const { groups } = await this.#admin.describeGroups([group]);
    return new Set(groups.flatMap(({ members }) => members.map(({ clientId }) => clientId)));
  }

  /** How many records each of these groups has left of each of its topics; only what is more than none. */
  async lags(groups: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const lags = new Map<string, number>();
    for (const groupId of groups) {
      for (const { topic, partitions } of await this.#admin.fetchOffsets({ groupId })) {
        const ends = new Map(
          (await this.#admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [
            partition,
            Number(high),
          ]),
        );
        const lag = partitions.reduce(
          (sum, { partition, offset }) =>
            sum + Math.max(0, (ends.get(partition) ?? 0) - Math.max(0, Number(offset))),
          0,
        );
        if (lag > 0) lags.set(`${groupId} ${topic}`, lag);
      }
    }
    return lags;
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#producer.disconnect(), this.#admin.disconnect()]);
  }
}

const asText = ({ key, value, headers, ...place }: RawRecord): TopicRecord => ({
  ...place,
  key: key?.toString() ?? null,
  value: value?.toString() ?? null,
  headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, String(text)])),
});
