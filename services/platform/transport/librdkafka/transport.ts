import {
  type Consumer,
  type JoinOptions,
  type OutgoingRecord,
  type Position,
  type Reader,
  type ReadOptions,
  type TopicSpec,
  type Transport,
  TransportError,
} from '../../../../core/mod.ts';
import type { Logger } from '../../log.ts';
import type { KafkaCluster } from '../kafka/cluster.ts';
import type { RdClient } from './client.ts';
import type { GapFinder } from './gaps.ts';
import { closed } from './intake.ts';
import { RdMember } from './member.ts';
import { MAX_RECORD_BYTES } from './properties.ts';
import { RdReader } from './reader.ts';

export interface TransportParts {
  readonly client: RdClient;
  /** What librdkafka's packages lack: creating topics, their partition counts, their ends. */
  readonly cluster: KafkaCluster;
  readonly logger: Logger;
  /** Where the client's package doesn't tell of ends. */
  readonly gapFinder?: GapFinder;
}

/** The transport over a Kafka or Redpanda cluster, with librdkafka. */
export class RdTransport implements Transport {
  readonly #parts: TransportParts;
  readonly #users: Set<RdMember | RdReader> = new Set();
  readonly #counts: Map<string, number> = new Map();
  /** Publishing is checked and handed over one call after the other, which keeps their order. */
  #handedOver: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(parts: TransportParts) {
    this.#parts = parts;
  }

  async createTopics(topics: readonly TopicSpec[]): Promise<void> {
    this.#assertOpen();
    await this.#parts.cluster.createTopics(topics);
  }

  async publish(records: readonly OutgoingRecord[]): Promise<void> {
    this.#assertOpen();
    if (records.length === 0) return;
    const before = this.#handedOver;
    // the promise of the delivery is wrapped, or it would be waited for here
    const handedOver = before.then(async () => {
      await this.#check(records);
      this.#assertOpen();
      return { delivered: this.#parts.client.publish(records) };
    });
    this.#handedOver = handedOver.catch(() => {
      // its own caller is told
    });
    await (await handedOver).delivered;
  }

  /** Throws `TransportError` ('topic-mismatch') for topics of different sizes: see the message. */
  async join(options: JoinOptions): Promise<Consumer> {
    this.#assertOpen();
    const counts = new Map<string, number>();
    for (const topic of options.topics) counts.set(topic, await this.#count(topic));
    if (new Set(counts.values()).size > 1) {
      const sizes = [...counts].map(([topic, count]) => `${topic} has ${count}`).join(', ');
      throw new TransportError(
        'topic-mismatch',
        `The topics of group ${options.group} differ in their partitions (${sizes}). librdkafka would then not give ` +
          'partition p of each to the same member: give them one count, or take KAFKA_CLIENT=platformatic.',
      );
    }
    const { group, topics } = options;
    const consumer = await this.#parts.client.consumer({ name: group, topics });
    const member = new RdMember(options, consumer, {
      publish: (records) => this.publish(records),
      inRange: (positions) => this.#inRange(positions),
      gapFinder: this.#parts.gapFinder,
      onClose: (ended) => this.#users.delete(ended),
    });
    return this.#using(member);
  }

  async read({ topics, partitions, from }: ReadOptions): Promise<Reader> {
    this.#assertOpen();
    const asked: Position[] = [];
    for (const topic of topics) {
      const count = await this.#count(topic);
      for (let partition = 0; partition < count; partition++)
        if (partitions?.includes(partition) ?? true)
          asked.push({ topic, partition, offset: from(topic, partition) });
    }
    const positions = await this.#inRange(asked);
    const consumer = await this.#parts.client.consumer(null);
    const reader = new RdReader(consumer, positions, this.#parts.gapFinder, (ended) =>
      this.#users.delete(ended),
    );
    const starts = positions.map((each) => ({ ...each, offset: each.offset === 0 ? null : each.offset }));
    try {
      // a package may not take an empty assignment; the reader then asks it for nothing
      if (starts.length > 0) await consumer.assign(starts);
    } catch (error) {
      await reader.close();
      throw error;
    }
    return this.#using(reader);
  }

  async logId(): Promise<string> {
    this.#assertOpen();
    return this.#parts.cluster.logId();
  }

  async endOffsets(topic: string): Promise<readonly number[]> {
    this.#assertOpen();
    return this.#parts.cluster.endOffsets(topic);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all([...this.#users].map((user) => user.close()));
    await this.#parts.client.close();
    await this.#parts.cluster.close();
  }

  async #using<T extends RdMember | RdReader>(user: T): Promise<T> {
    this.#users.add(user);
    if (!this.#closed) return user;
    await user.close();
    throw closed('transport');
  }

  /** Nothing of a call is published where one of its records can't be. */
  async #check(records: readonly OutgoingRecord[]): Promise<void> {
    for (const { topic, partition, key, value } of records) {
      if (partition >= (this.#counts.get(topic) ?? 0) && partition >= (await this.#count(topic)))
        throw new TransportError('unknown-topic', `Topic ${topic} has no partition ${partition}.`);
      const length = (key?.length ?? 0) + (value?.length ?? 0);
      if (length > MAX_RECORD_BYTES)
        throw new TransportError(
          'record-too-large',
          `A record for ${topic} is over ${MAX_RECORD_BYTES} bytes.`,
        );
    }
  }

  async #count(topic: string): Promise<number> {
    const count = await this.#parts.cluster.partitionCount(topic);
    this.#counts.set(topic, count);
    return count;
  }

  /** A position past the end is one of a topic that was there before under the same name. */
  async #inRange(positions: readonly Position[]): Promise<readonly Position[]> {
    const started = positions.filter(({ offset }) => offset > 0);
    const topics = [...new Set(started.map(({ topic }) => topic))];
    const ends = new Map<string, readonly number[]>();
    for (const topic of topics) ends.set(topic, await this.#parts.cluster.endOffsets(topic));
    return positions.map((position) => {
      const { topic, partition, offset } = position;
      const end = ends.get(topic)?.[partition];
      if (end === undefined || offset <= end) return position;
      this.#parts.logger.warn(
        { topic, partition, offset, end },
        'that offset is not there: going on from the first one',
      );
      return { topic, partition, offset: 0 };
    });
  }

  #assertOpen(): void {
    if (this.#closed) throw closed('transport');
  }
}
