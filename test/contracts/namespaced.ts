import {
  type CommitUnit,
  type Consumer,
  type IncomingRecord,
  type Reader,
  type Transport,
  TransportError,
  type TransportUnit,
} from '../../core/mod.ts';

/**
 * A transport whose topics and groups have names of their own, so that each test finds an empty log on a broker that
 * others use too. What it does beside naming, the transport behind it does.
 */
export class NamespacedTransport implements Transport {
  readonly #behind: Transport;
  readonly #prefix: string;
  readonly #consumers: Map<Consumer, Consumer> = new Map();

  constructor(behind: Transport, prefix: string) {
    this.#behind = behind;
    this.#prefix = prefix;
  }

  /** The member behind one that `join` gave. */
  behind(consumer: Consumer): Consumer {
    const found = this.#consumers.get(consumer);
    if (found === undefined) throw new TransportError('closed', 'That member is not of this transport.');
    return found;
  }

  /** A unit of work of what is behind, for members that `join` gave. */
  named(commit: CommitUnit): CommitUnit {
    return (consumer, { decided, offsets, ...how }) =>
      commit(this.behind(consumer), {
        ...how,
        decided: decided.map((each) => ({
          ...each,
          records: each.records.map((record) => this.#moved(record)),
        })),
        offsets: offsets.map((each) => this.#moved(each)),
      });
  }

  createTopics: Transport['createTopics'] = (topics) =>
    this.#behind.createTopics(topics.map((topic) => ({ ...topic, name: this.#in(topic.name) })));

  publish: Transport['publish'] = (records) => this.#behind.publish(records.map((each) => this.#moved(each)));

  endOffsets: Transport['endOffsets'] = (topic) => this.#behind.endOffsets(this.#in(topic));

  logId: Transport['logId'] = () => this.#behind.logId();

  close: Transport['close'] = () => this.#behind.close();

  join: Transport['join'] = async (options) => {
    const consumer = await this.#behind.join({
      ...options,
      group: this.#in(options.group),
      topics: options.topics.map((topic) => this.#in(topic)),
    });
    const named: Consumer = {
      partitions: () => consumer.partitions(),
      poll: async (poll) => (await consumer.poll(poll)).map((record) => this.#out(record)),
      position: (topic, partition) => consumer.position(this.#in(topic), partition),
      pause: (topic, partition) => consumer.pause(this.#in(topic), partition),
      resume: (topic, partition) => consumer.resume(this.#in(topic), partition),
      commit: ({ records, offsets }: TransportUnit) =>
        consumer.commit({
          records: records.map((each) => this.#moved(each)),
          offsets: offsets.map((each) => this.#moved(each)),
        }),
      rewind: () => consumer.rewind(),
      close: () => consumer.close(),
    };
    this.#consumers.set(named, consumer);
    return named;
  };

  read: Transport['read'] = async ({ topics, from, ...options }) => {
    const reader = await this.#behind.read({
      ...options,
      topics: topics.map((topic) => this.#in(topic)),
      from: (topic, partition) => from(this.#name(topic), partition),
    });
    const named: Reader = {
      poll: async (poll) => (await reader.poll(poll)).map((record) => this.#out(record)),
      position: (topic, partition) => reader.position(this.#in(topic), partition),
      close: () => reader.close(),
    };
    return named;
  };

  #in(name: string): string {
    return `${this.#prefix}.${name}`;
  }

  #name(topic: string): string {
    return topic.slice(this.#prefix.length + 1);
  }

  #moved<T extends { readonly topic: string }>(each: T): T {
    return { ...each, topic: this.#in(each.topic) };
  }

  #out(record: IncomingRecord): IncomingRecord {
    return { ...record, topic: this.#name(record.topic) };
  }
}
