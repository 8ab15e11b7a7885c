import {
  type Consumer,
  type JoinOptions,
  type OutgoingRecord,
  type Reader,
  type ReadOptions,
  type TopicSpec,
  type Transport,
  TransportError,
} from '../../../../core/mod.ts';
import type { Logger } from '../../log.ts';
import { KafkaCluster } from './cluster.ts';
import { KafkaConsumer } from './consumer.ts';
import type { GroupWriter } from './group-writer.ts';
import { KafkaProducer } from './producer.ts';
import { KafkaReader } from './reader.ts';
import type { KafkaSettings } from './settings.ts';

/** The transport over a Kafka or Redpanda cluster, with @platformatic/kafka. */
export class KafkaTransport implements Transport {
  readonly #settings: KafkaSettings;
  readonly #logger: Logger;
  readonly cluster: KafkaCluster;
  readonly #producer: KafkaProducer;
  readonly #users: Set<KafkaConsumer | KafkaReader> = new Set();
  #closed = false;

  constructor(settings: KafkaSettings, logger: Logger) {
    this.#settings = settings;
    this.#logger = logger;
    this.cluster = new KafkaCluster(settings, logger);
    this.#producer = new KafkaProducer(settings);
  }

  async createTopics(topics: readonly TopicSpec[]): Promise<void> {
    this.#assertOpen();
    await this.cluster.createTopics(topics);
  }

  async publish(records: readonly OutgoingRecord[]): Promise<void> {
    this.#assertOpen();
    await this.#producer.publish(records);
  }

  async join(options: JoinOptions): Promise<Consumer> {
    return this.joinWith(options);
  }

  /** With a writer: a member whose units are transactions. */
  async joinWith(options: JoinOptions, writer?: GroupWriter): Promise<KafkaConsumer> {
    this.#assertOpen();
    await this.#partitionCounts(options.topics);
    this.#assertOpen();
    const consumer = new KafkaConsumer(options, {
      settings: this.#settings,
      producer: this.#producer,
      logger: this.#logger,
      onClose: (closed) => this.#users.delete(closed),
      writer,
    });
    this.#users.add(consumer);
    return consumer;
  }

  async read(options: ReadOptions): Promise<Reader> {
    this.#assertOpen();
    const counts = await this.#partitionCounts(options.topics);
    this.#assertOpen();
    const forget = (closed: KafkaReader): boolean => this.#users.delete(closed);
    const reader = new KafkaReader(this.#settings, this.#logger, options, counts, forget);
    this.#users.add(reader);
    return reader;
  }

  async logId(): Promise<string> {
    this.#assertOpen();
    return this.cluster.logId();
  }

  async endOffsets(topic: string): Promise<readonly number[]> {
    this.#assertOpen();
    return this.cluster.endOffsets(topic);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all([...this.#users].map((user) => user.close()));
    await Promise.all([this.#producer.close(), this.cluster.close()]);
  }

  async #partitionCounts(topics: readonly string[]): Promise<Map<string, number>> {
    const counts = topics.map(async (topic) => [topic, await this.cluster.partitionCount(topic)] as const);
    return new Map(await Promise.all(counts));
  }

  #assertOpen(): void {
    if (this.#closed) throw new TransportError('closed', 'The transport is closed.');
  }
}
