import { Consumer } from '@platformatic/kafka';
import { type IncomingRecord, TransportError } from '../../../../core/mod.ts';
import type { Logger } from '../../log.ts';
import { pause } from '../../pause.ts';
import { Signal } from '../../signal.ts';
import type { KafkaCluster } from '../../transport/kafka/cluster.ts';
import { connectionOptions } from '../../transport/kafka/connection.ts';
import { Fetcher } from '../../transport/kafka/fetcher.ts';
import { grouped } from '../../transport/kafka/grouped.ts';
import type { KafkaSettings } from '../../transport/kafka/settings.ts';
import type { CacheEntry, JobCache } from './cache.ts';
import { entryIn } from './job-records.ts';

const BATCH = 1_000;
const POLL_MS = 1_000;
const RETRY_MS = 200;
/** How often a restore looks whether it is called off. */
const LOOK_MS = 100;

export interface FollowerOptions {
  readonly settings: KafkaSettings;
  readonly cluster: KafkaCluster;
  readonly topic: string;
  readonly logger: Logger;
  /** The cache as it is now: a damaged one is replaced. */
  readonly cache: () => JobCache;
  /** Told that the cache can't be written. */
  readonly onFailed: (error: unknown) => void;
}

/** Reads partitions of a group's jobs topic into the cache: up to their ends, or on and on for a standby copy. */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #client: Consumer;
  readonly #fetcher: Fetcher;
  readonly #progress: Signal = new Signal();
  /** By partition that is followed: up to where the cache has it. */
  readonly #followed: Map<number, number> = new Map();
  /** Those that are being taken over. */
  readonly #restoring: Set<number> = new Set();
  #standby: ReadonlySet<number> = new Set();
  #problem: unknown = null;
  #isRunning = false;
  #closed = false;

  constructor(options: FollowerOptions) {
    this.#options = options;
    const { settings, topic, logger } = options;
    const connection = connectionOptions(settings);
    // it never joins the group that it has to name
    this.#client = new Consumer({ ...connection, groupId: `${settings.clientId}-reader` });
    this.#client.topics.trackAll(topic);
    // failures come with the poll that meets them
    this.#client.on('error', () => {});
    this.#fetcher = new Fetcher(this.#client, connection, logger);
  }

  /**
   * Brings these partitions of the cache to the topic's end as it is now. Nobody may write to them meanwhile, or it would
   * not be the end. Resolves early once `isOver`. Throws `TransportError`.
   */
  async restore(partitions: readonly number[], isOver: () => boolean): Promise<void> {
    for (const each of partitions) this.#restoring.add(each);
    try {
      await this.#restore(partitions, isOver);
    } finally {
      for (const each of partitions) this.#restoring.delete(each);
    }
  }

  async #restore(partitions: readonly number[], isOver: () => boolean): Promise<void> {
    const { cluster, topic } = this.#options;
    const [starts, ends] = await Promise.all([cluster.startOffsets(topic), cluster.endOffsets(topic)]);
    for (const partition of partitions)
      this.#follow(partition, { start: starts[partition] ?? 0, end: ends[partition] ?? 0 });
    const isBehind = (each: number): boolean => (this.#followed.get(each) ?? 0) < (ends[each] ?? 0);
    this.#problem = null;
    while (!isOver() && !this.#closed && partitions.some(isBehind)) {
      if (this.#problem !== null) break;
      await this.#progress.wait(LOOK_MS);
    }
    if (this.#problem !== null) throw this.#problem;
    if (isOver() || this.#closed) return;
    // what lies behind the last record, markers and gaps, need not be read again
    for (const partition of partitions) {
      const next = this.#followed.get(partition);
      if (next !== undefined) this.#options.cache().apply(partition, [], next);
      this.#drop(partition);
    }
  }

  /** Keeps copies of these partitions and no others, from now on. */
  async standBy(partitions: readonly number[]): Promise<void> {
    this.#standby = new Set(partitions);
    for (const each of [...this.#followed.keys()]) if (!this.#standby.has(each)) this.#drop(each);
    if (partitions.length === 0) return;
    const { cluster, topic } = this.#options;
    const [starts, ends] = await Promise.all([cluster.startOffsets(topic), cluster.endOffsets(topic)]);
    for (const partition of this.#standby)
      this.#follow(partition, { start: starts[partition] ?? 0, end: ends[partition] ?? 0 });
  }

  /** The cache is another, and empty: everything is read again. */
  startAnew(): void {
    for (const each of [...this.#followed.keys()]) this.#drop(each);
    void this.standBy([...this.#standby]).catch(() => {
      // a copy that is not kept only makes a take-over slower
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#progress.fire();
    await Promise.all([this.#fetcher.close(), this.#client.close(true)]);
  }

  #follow(partition: number, range: { readonly start: number; readonly end: number }): void {
    const { topic, logger } = this.#options;
    if (this.#closed || this.#followed.has(partition)) return;
    const cache = this.#options.cache();
    const kept = cache.position(partition);
    const isUsable = kept !== null && kept >= range.start && kept <= range.end;
    if (!isUsable) {
      if (kept !== null)
        logger.warn({ topic, partition, kept, ...range }, 'the copy does not fit the topic: read anew');
      cache.clear(partition);
    }
    const from = isUsable ? kept : range.start;
    this.#fetcher.seek(topic, partition, from);
    this.#followed.set(partition, from);
    if (!this.#isRunning) void this.#run();
  }

  #drop(partition: number): void {
    this.#followed.delete(partition);
    this.#fetcher.drop(this.#options.topic, partition);
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (!this.#closed && this.#followed.size > 0) {
      try {
        this.#take(await this.#fetcher.poll({ maxRecords: BATCH, waitMs: POLL_MS }, () => this.#hasNews()));
        this.#progress.fire();
      } catch (error) {
        // whoever waits for a restore is told; a standby copy is read on when the brokers or the disk are back
        this.#problem = error;
        this.#options.onFailed(error);
        this.#progress.fire();
        await pause(RETRY_MS);
      }
    }
    this.#isRunning = false;
  }

  /** Also where only markers came, which are no records. */
  #hasNews(): boolean {
    const { topic } = this.#options;
    const hasMoved = ([partition, next]: [number, number]): boolean =>
      this.#fetcher.cursor(topic, partition)?.next !== next;
    return this.#closed || this.#followed.size === 0 || [...this.#followed].some(hasMoved);
  }

  /** What the cache does not take is read again. */
  #take(records: readonly IncomingRecord[]): void {
    try {
      this.#apply(records);
    } catch (error) {
      for (const [partition, next] of this.#followed)
        this.#fetcher.seek(this.#options.topic, partition, next);
      throw error;
    }
  }

  /** All that was taken so far is in the cache afterwards: only then does it count as read. */
  #apply(records: readonly IncomingRecord[]): void {
    const { topic, cache } = this.#options;
    for (const [partition, share] of grouped(records, (each) => each.partition)) {
      const last = share.at(-1);
      if (last === undefined || !this.#followed.has(partition)) continue;
      const entries = share.flatMap((record) => this.#entriesOf(record));
      if (this.#restoring.has(partition)) cache().restore(partition, entries, last.offset + 1);
      else cache().apply(partition, entries, last.offset + 1);
    }
    for (const partition of this.#followed.keys()) {
      const next = this.#fetcher.cursor(topic, partition)?.next;
      if (next !== undefined) this.#followed.set(partition, next);
    }
  }

  #entriesOf(record: IncomingRecord): readonly CacheEntry[] {
    const entry = entryIn(record);
    if (entry !== null) return [entry];
    const { topic, partition, offset } = record;
    this.#options.logger.error(
      { topic, partition, offset },
      'that is no job: somebody else writes to this topic',
    );
    return [];
  }
}

/** A damaged cache and the like, as the ports know it. */
export function asUnavailable(error: unknown, message: string): TransportError {
  return error instanceof TransportError
    ? error
    : new TransportError('unavailable', message, { cause: error });
}
