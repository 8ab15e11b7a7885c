import {
  type CommitUnit,
  type Consumer,
  type JobChange,
  type JoinOptions,
  TransportError,
  type TransportErrorCode,
} from '../../../../core/mod.ts';
import type { Logger } from '../../log.ts';
import type { KafkaConsumer } from '../../transport/kafka/consumer.ts';
import type { GroupWriter, PartitionUnit } from '../../transport/kafka/group-writer.ts';
import type { KafkaSettings } from '../../transport/kafka/settings.ts';
import type { StandbyOffer } from '../../transport/kafka/standbys.ts';
import { type GroupMember, TransactionalProducer } from '../../transport/kafka/transactions/producer.ts';
import type { TransactionWire } from '../../transport/kafka/transactions/wire.ts';
import type { KafkaTransport } from '../../transport/kafka/transport.ts';
import { type CacheEntry, DamagedCacheError, type JobCache, JobEntry } from './cache.ts';
import { asUnavailable, Follower } from './follower.ts';
import { recordOf } from './job-records.ts';
import { assertFollows, KafkaJobStore, type KafkaJobs } from './job-store.ts';
import { jobsTopicOf, jobsTopicSpec, MAX_JOB_BYTES } from './jobs-topic.ts';

export interface KafkaGroupOptions {
  readonly group: string;
  readonly settings: KafkaSettings;
  readonly transport: KafkaTransport;
  readonly wire: TransactionWire;
  readonly logger: Logger;
  /** How many other members keep a copy of each partition's jobs. */
  readonly standbyCopies: number;
  /** Opens the copy for what is named so: where it is kept, it is of that and nothing else. */
  readonly openCache: (source: string) => JobCache;
}

/** What the log says of a record, before the transaction's end was asked for. */
const REFUSALS: readonly TransportErrorCode[] = ['record-too-large', 'unknown-topic'];

/**
 * The jobs of a consumer group in Kafka alone: its compacted topic has them, a local copy answers, and each unit of work
 * is one transaction for each partition that it touches. Serves one member of the group.
 */
export class KafkaGroup implements GroupWriter, KafkaJobs {
  readonly jobStore: KafkaJobStore;
  readonly standby: StandbyOffer | null;
  readonly #options: KafkaGroupOptions;
  readonly #topic: string;
  readonly #producers: Map<number, TransactionalProducer> = new Map();
  /** Partitions whose copy is that of the topic's end, and that nobody else writes to. */
  readonly #owned: Set<number> = new Set();
  #cache: JobCache | null = null;
  #follower: Follower | null = null;
  #consumer: KafkaConsumer | null = null;
  #source = '';
  #closed = false;

  constructor(options: KafkaGroupOptions) {
    this.#options = options;
    this.#topic = jobsTopicOf(options.group);
    const copies = options.standbyCopies;
    this.standby = copies > 0 ? { topic: this.#topic, copies } : null;
    this.jobStore = new KafkaJobStore(this);
  }

  /** Joins the group, and keeps its jobs from then on until the member is closed. */
  async join(options: JoinOptions): Promise<Consumer> {
    const { group, settings, transport, logger, openCache } = this.#options;
    if (options.group !== group)
      throw new TypeError(`These are the jobs of group ${group}, and not of ${options.group}.`);
    if (this.#consumer !== null) throw new TypeError(`Group ${group} has been joined here already.`);
    const counts = await Promise.all(options.topics.map((topic) => transport.cluster.partitionCount(topic)));
    const partitions = Math.max(1, ...counts);
    await this.#createTopic(partitions);
    this.#source = `${await transport.logId()}/${await transport.cluster.topicId(this.#topic)}`;
    this.#cache = openCache(this.#source);
    this.#follower = new Follower({
      settings,
      cluster: transport.cluster,
      topic: this.#topic,
      logger,
      cache: () => this.#copy(),
      onFailed: (error) => this.#inspect(error),
    });
    this.#closed = false;
    this.#consumer = await transport.joinWith(options, this);
    return this.#consumer;
  }

  async #createTopic(partitions: number): Promise<void> {
    const spec = jobsTopicSpec(this.#options.group, partitions);
    await this.#options.transport.createTopics([spec]).catch((error: unknown) => {
      if (!(error instanceof TransportError && error.code === 'unknown-topic')) throw error;
      // the command for topics knows the groups of our own services only
      throw new TransportError(
        'unknown-topic',
        `There is no topic ${this.#topic}, and none is to be created here: run "bun run topics create"; ` +
          `for a group of your own create it with ${partitions} partitions, cleanup.policy=compact, ` +
          `max.message.bytes=${MAX_JOB_BYTES} and the replication of the others; or set TOPICS_AUTOCREATE=true.`,
        { cause: error },
      );
    });
  }

  /** The unit of work of this group's member. */
  readonly commit: CommitUnit = async (consumer, { decided, offsets }) => {
    if (consumer !== this.#consumer || this.#consumer === null)
      throw new TypeError('The unit of work takes the consumer that was joined here.');
    await this.#consumer.commitUnit(decided, offsets);
  };

  async fence(partitions: readonly number[], isOver: () => boolean): Promise<void> {
    await Promise.all(partitions.map((each) => this.#producer(each).init(isOver)));
  }

  async restore(partitions: readonly number[], isOver: () => boolean): Promise<void> {
    try {
      await this.#follower?.restore(partitions, isOver);
    } catch (error) {
      this.#inspect(error);
      throw asUnavailable(error, `The copy of ${this.#topic} could not be made; it is tried again.`);
    }
    if (!isOver()) for (const each of partitions) this.#owned.add(each);
  }

  lost(partitions: readonly number[]): void {
    for (const each of partitions) this.#owned.delete(each);
  }

  standBy(partitions: readonly number[]): void {
    this.#follower?.standBy(partitions).catch((error: unknown) => {
      // a copy that is not kept only makes a take-over slower
      this.#options.logger.debug({ topic: this.#topic, err: error }, 'could not begin a standby copy');
    });
  }

  async write({ partition, changes, records, offsets }: PartitionUnit, member: GroupMember): Promise<void> {
    if (!this.#owned.has(partition))
      throw new TransportError('fenced', `Partition ${partition} of ${member.group} is not ours now.`);
    this.read((cache) => assertFollows(cache, changes, partition));
    const entries = changes.map(entryOf);
    const jobs = entries.map((entry) => recordOf(this.#topic, partition, entry));
    try {
      const written = await this.#producer(partition).write(
        { records: [...jobs, ...records], offsets },
        member,
      );
      const next = written.get(`${this.#topic}/${partition}`);
      if (next !== undefined) this.read((cache) => cache.apply(partition, entries, next));
    } catch (error) {
      // what a record is to blame for is to be put aside, which is another unit of this partition
      if (!(await this.#isSettled(partition, error))) this.#owned.delete(partition);
      throw error;
    }
  }

  /** Whether it is known that nothing of the unit was done, and the next one can be written. */
  async #isSettled(partition: number, error: unknown): Promise<boolean> {
    if (!(error instanceof TransportError && REFUSALS.includes(error.code))) return false;
    try {
      await this.#producer(partition).settle();
      return this.#owned.has(partition);
    } catch (cause) {
      // the refusal counts; the partition is gained anew, as after any other failure
      this.#options.logger.debug({ partition, err: cause }, 'could not end a refused transaction yet');
      return false;
    }
  }

  read<T>(read: (cache: JobCache) => T): T {
    const cache = this.#copy();
    try {
      return read(cache);
    } catch (error) {
      if (!(error instanceof DamagedCacheError)) throw error;
      this.#inspect(error);
      throw asUnavailable(error, `${error.message}: it is read again from ${this.#topic}.`);
    }
  }

  owns(partition: number): boolean {
    return this.#owned.has(partition);
  }

  async id(): Promise<string> {
    return this.#options.transport.logId();
  }

  /** As `JobStore.save`: the changes as a unit without records or offsets. */
  async changeJobs(changes: readonly JobChange[]): Promise<void> {
    if (this.#consumer === null) throw closed(this.#options.group);
    await this.#consumer.commitUnit(
      changes.map((change) => ({ change, records: [] })),
      [],
    );
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#owned.clear();
    await this.#consumer?.close();
    await this.#follower?.close();
    this.#cache?.close();
    this.#cache = null;
  }

  #copy(): JobCache {
    if (this.#closed) throw closed(this.#options.group);
    if (this.#cache === null)
      throw new TransportError('unavailable', `The jobs of ${this.#options.group} are not here yet.`);
    return this.#cache;
  }

  #producer(partition: number): TransactionalProducer {
    const known = this.#producers.get(partition);
    if (known !== undefined) return known;
    const { settings, wire, group } = this.#options;
    // whatever this process calls itself: the same id in every member is what fences
    const id = `requite-${group}-${partition}`;
    const producer = new TransactionalProducer(id, partition, wire, settings);
    this.#producers.set(partition, producer);
    return producer;
  }

  /** A damaged copy is thrown away, and made anew as all partitions are gained again. */
  #inspect(error: unknown): void {
    if (!(error instanceof DamagedCacheError) || this.#cache === null) return;
    this.#options.logger.warn({ topic: this.#topic, reason: error.message }, 'reads its jobs anew');
    this.#owned.clear();
    this.#cache.destroy();
    this.#cache = this.#options.openCache(this.#source);
    this.#follower?.startAnew();
    this.#consumer?.goAstray();
  }
}

function entryOf({ job, forget }: JobChange): CacheEntry {
  return forget === true ? { workflowId: job.workflowId, body: null } : JobEntry.of(job);
}

function closed(group: string): TransportError {
  return new TransportError('closed', `The jobs of ${group} are closed.`);
}
