import { Admin, type ClusterMetadata, Consumer } from '@platformatic/kafka';
import { type TopicSpec, TransportError } from '../../../../core/mod.ts';
import type { Logger } from '../../log.ts';
import { pause } from '../../pause.ts';
import { connectionOptions } from './connection.ts';
import { asTransportError, isProtocolError, isUnknownTopic } from './errors.ts';
import type { KafkaSettings } from './settings.ts';
import { topicSettings } from './topic-settings.ts';

const ATTEMPTS = 5;
const LEADERS_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 50;
const EARLIEST = -2n;

/** The cluster's topics: creating them, their partition counts, and where each partition begins and ends. */
export class KafkaCluster {
  readonly #settings: KafkaSettings;
  readonly #logger: Logger;
  readonly #admin: Admin;
  readonly #offsets: Consumer;
  #creating: Promise<void> = Promise.resolve();

  constructor(settings: KafkaSettings, logger: Logger) {
    this.#settings = settings;
    this.#logger = logger;
    const options = connectionOptions(settings);
    this.#admin = new Admin(options);
    this.#offsets = new Consumer({ ...options, groupId: `${settings.clientId}-offsets` });
  }

  /** As the port says. Throws `TransportError` ('unknown-topic') for a missing one where nothing is to be created. */
  createTopics(specs: readonly TopicSpec[]): Promise<void> {
    // one after the other: services of one process ask for the same topics at once
    const created = this.#creating.then(() => this.#createAll(specs));
    this.#creating = created.catch(() => {
      // told to who asked for it
    });
    return created;
  }

  async #createAll(specs: readonly TopicSpec[]): Promise<void> {
    try {
      for (let attempt = 1; ; attempt++) {
        const missing = await this.#missing(specs);
        if (missing.length === 0) break;
        if (await this.#create(missing)) break;
        // another has just created some of them: look again
        if (attempt === ATTEMPTS)
          throw new TransportError('unavailable', 'Topics are created and deleted at once.');
      }
      await this.#haveLeaders(specs.map(({ name }) => name));
    } catch (error) {
      throw asTransportError(error, 'create topics');
    }
  }

  /** Throws `TransportError` ('unknown-topic'). */
  async partitionCount(topic: string): Promise<number> {
    try {
      const metadata = await this.#admin.metadata({ topics: [topic], retries: 0 });
      return metadata.topics.get(topic)?.partitionsCount ?? 0;
    } catch (error) {
      throw named(error, topic, 'look at a topic');
    }
  }

  /** The next offset of each partition; of a transaction that is not yet decided, the first. */
  endOffsets(topic: string): Promise<readonly number[]> {
    return this.#list(topic);
  }

  /** The first offset of each partition. */
  startOffsets(topic: string): Promise<readonly number[]> {
    return this.#list(topic, EARLIEST);
  }

  /** What tells this topic from another of its name, where the brokers say so; else the name. */
  async topicId(topic: string): Promise<string> {
    try {
      const metadata = await this.#metadata([topic]);
      return metadata.topics.get(topic)?.id ?? topic;
    } catch (error) {
      throw named(error, topic, 'look at a topic');
    }
  }

  /** The cluster's own id, as the port's `logId`. */
  async logId(): Promise<string> {
    try {
      return `kafka:${(await this.#metadata([])).id}`;
    } catch (error) {
      throw asTransportError(error, 'ask for the id of the cluster');
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#admin.close(), this.#offsets.close(true)]);
  }

  async #list(topic: string, timestamp?: bigint): Promise<readonly number[]> {
    try {
      // its own question would be asked again and again for a topic that is not there
      await this.#offsets.metadata({ topics: [topic], retries: 0 });
      const options = timestamp === undefined ? {} : { timestamp };
      const offsets = await this.#offsets.listOffsets({ topics: [topic], ...options });
      return (offsets.get(topic) ?? []).map(Number);
    } catch (error) {
      throw named(error, topic, 'ask for offsets');
    }
  }

  /** Those that don't exist. Throws 'topic-mismatch' for one that does, with another partition count. */
  async #missing(specs: readonly TopicSpec[]): Promise<TopicSpec[]> {
    const names = new Set(await this.#admin.listTopics());
    const there = specs.filter(({ name }) => names.has(name));
    const metadata = await this.#metadata(there.map(({ name }) => name));
    for (const { name, partitions } of there) {
      const found = metadata.topics.get(name)?.partitionsCount ?? partitions;
      if (found === partitions) continue;
      throw new TransportError('topic-mismatch', `Topic ${name} has ${found} partitions, not ${partitions}.`);
    }
    return specs.filter(({ name }) => !names.has(name));
  }

  #metadata(names: string[]): Promise<ClusterMetadata> {
    return this.#admin.metadata({ topics: names, forceUpdate: true });
  }

  /** False where another was quicker with one of them. */
  async #create(missing: readonly TopicSpec[]): Promise<boolean> {
    const names = missing.map(({ name }) => name);
    if (!this.#settings.autocreate) {
      throw new TransportError(
        'unknown-topic',
        `There is no topic ${names.join(', ')}, and none is to be created here: run "bun run topics create", or set TOPICS_AUTOCREATE=true.`,
      );
    }
    const { brokers } = await this.#metadata([]);
    const replicas = this.#settings.replication ?? (brokers.size === 1 ? 1 : 3);
    for (const spec of missing) {
      try {
        await this.#admin.createTopics({
          topics: [spec.name],
          partitions: spec.partitions,
          replicas,
          configs: configsOf(spec, replicas),
        });
        this.#logger.info({ topic: spec.name, partitions: spec.partitions, replicas }, 'created a topic');
      } catch (error) {
        if (isProtocolError(error, 'TOPIC_ALREADY_EXISTS')) return false;
        if (!isProtocolError(error, 'INVALID_REPLICATION_FACTOR')) throw error;
        throw tooFewBrokers(replicas, brokers.size, error);
      }
    }
    return true;
  }

  /** A topic is there a moment before its partitions have leaders. */
  async #haveLeaders(names: string[]): Promise<void> {
    const giveUpAt = performance.now() + LEADERS_WITHIN_MS;
    for (;;) {
      const metadata = await this.#metadata(names).catch((error: unknown) => {
        if (isUnknownTopic(error)) return null; // this broker has not heard of it yet
        throw error;
      });
      const led = names.every((name) =>
        metadata?.topics.get(name)?.partitions.every((each) => each.leader >= 0),
      );
      if (led) return;
      if (performance.now() > giveUpAt)
        throw new TransportError(
          'unavailable',
          `No broker leads every partition of ${names.join(', ')} yet.`,
        );
      await pause(LOOK_EVERY_MS);
    }
  }
}

function named(error: unknown, topic: string, doing: string): Error {
  if (isUnknownTopic(error)) return new TransportError('unknown-topic', `There is no topic ${topic}.`);
  return asTransportError(error, doing, { topics: [topic] });
}

function tooFewBrokers(replicas: number, brokers: number, cause: unknown): TransportError {
  const message =
    `${replicas} copies of each partition can't be had from ${brokers} brokers: set REPLICATION to what they can ` +
    'keep (on Redpanda an odd number).';
  return new TransportError('topic-mismatch', message, { cause });
}

function configsOf(spec: TopicSpec, replicas: number): { name: string; value: string }[] {
  // with three copies a write counts when two have it, so that losing one loses nothing
  const configs = { ...topicSettings(spec), ...(replicas < 3 ? {} : { 'min.insync.replicas': 2 }) };
  return Object.entries(configs).map(([name, value]) => ({ name, value: String(value) }));
}
