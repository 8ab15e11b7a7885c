import { type BaseOptions, type ClusterMetadata, ConnectionPool, type Consumer } from '@platformatic/kafka';
import { type IncomingRecord, type PollOptions, TransportError } from '../../../../core/mod.ts';
import type { Logger } from '../../log.ts';
import { pause } from '../../pause.ts';
import { Signal } from '../../signal.ts';
import { placeKey } from '../place.ts';
import { readBatches } from './batches.ts';
import { RETRY_DELAY_MS } from './connection.ts';
import { Cursor, Turns } from './cursors.ts';
import { asTransportError, isPassing, isProtocolError } from './errors.ts';
import { type FetchedPart, type FetchRequest, fetchFrom } from './fetch.ts';
import { grouped } from './grouped.ts';
import { KnownTopics, leaderOf, topicsOf } from './known-topics.ts';

const PARTITION_BYTES = 1024 * 1024;
const RESPONSE_BYTES = 4 * 1024 * 1024;
/** So much is fetched ahead over all partitions; more waits on the broker (invariant 7). */
const AHEAD_BYTES = 8 * 1024 * 1024;
/** A broker with nothing new holds a fetch for so long: what is sought meanwhile waits no longer where both lanes are taken. */
const HOLD_MS = 500;
/** And so long once so many fetches in a row found nothing, while nothing is sought: then one lane is free. */
const QUIET_HOLD_MS = 5_000;
const QUIET_FETCHES = 4;
/** More than comes within any time of gathering: the broker answers when that is over. */
const GATHER_BYTES = RESPONSE_BYTES;
const FIRST_BACKOFF_MS = 50;
/** A leader that moves, or a connection that breaks, is a problem to be told only where it lasts for longer. */
const PATIENCE_MS = 2_000;
const MAX_BACKOFF_MS = 1_000;
const EARLIEST = -2n;

/** Connections over which each broker is asked one thing at a time: where a partition's records are fetched from. */
interface Lane {
  readonly connections: ConnectionPool;
  /** By broker: what it has been asked for. */
  readonly asked: Map<number, ReadonlyMap<Cursor, number>>;
}

interface FetcherOptions {
  /** See `ReadOptions`. */
  readonly gatherMs?: number | undefined;
  /** See `JoinOptions`. */
  readonly last?: readonly string[] | undefined;
}

/**
 * Fetches partitions ahead of who polls them. It owns the positions; what comes back for a partition that was left or
 * moved meanwhile is thrown away. There are two lanes: while a broker holds a fetch on the first until there is news,
 * what has been sought or resumed since goes on the second.
 */
export class Fetcher {
  readonly #client: Consumer;
  readonly #topics: KnownTopics;
  readonly #lanes: readonly Lane[];
  readonly #logger: Logger;
  readonly #cursors: Map<string, Cursor> = new Map();
  readonly #changed: Signal = new Signal();
  readonly #closing: AbortController = new AbortController();
  readonly #gatherMs: number;
  readonly #turns: Turns;
  readonly #quietHoldMs: number;
  /** Fetches in a row that found nothing. */
  #quietFetches = 0;
  /** A fetch found nothing new: from then on news may be gathered. */
  #hasCaughtUp = false;
  #isPlanning = false;
  #planAgain = false;
  /** Something is not fetched because so much waits to be taken. */
  #isHeldBack = false;
  #backoffMs = 0;
  /** When fetching began to fail; null while it does not. */
  #failingSinceMs: number | null = null;
  #problem: Error | null = null;

  constructor(
    client: Consumer,
    options: BaseOptions,
    logger: Logger,
    { gatherMs = 0, last = [] }: FetcherOptions = {},
  ) {
    this.#client = client;
    this.#topics = new KnownTopics(client);
    this.#gatherMs = gatherMs;
    this.#turns = new Turns(last);
    this.#quietHoldMs = Math.max(
      HOLD_MS,
      Math.min(QUIET_HOLD_MS, (options.requestTimeout ?? QUIET_HOLD_MS) / 2),
    );
    // a broker answers the requests of a connection in turn: commits would wait behind a fetch that waits for news
    const lane = (): Lane => ({
      connections: new ConnectionPool(options.clientId, options),
      asked: new Map(),
    });
    this.#lanes = [lane(), lane()];
    this.#logger = logger;
  }

  cursor(topic: string, partition: number): Cursor | undefined {
    return this.#cursors.get(placeKey({ topic, partition }));
  }

  /** Where reading stands, in every partition. */
  positions(): Iterable<Readonly<Cursor>> {
    return [...this.#cursors.values()];
  }

  /** Begins with a partition, or goes to another offset of it. */
  seek(topic: string, partition: number, offset: number): void {
    const cursor = this.cursor(topic, partition);
    // with nothing to fetch, nothing could show that what kept it from fetching is over
    if (this.#cursors.size === 0) this.#problem = null;
    if (cursor !== undefined) cursor.seek(offset);
    else this.#cursors.set(placeKey({ topic, partition }), new Cursor(topic, partition, offset));
    this.#quietFetches = 0;
    this.#plan();
  }

  drop(topic: string, partition: number): void {
    this.#cursors.delete(placeKey({ topic, partition }));
  }

  pause(topic: string, partition: number): void {
    const cursor = this.cursor(topic, partition);
    if (cursor === undefined || cursor.paused) return;
    cursor.paused = true;
    cursor.seek(cursor.next); // what was fetched ahead would count against the others
  }

  resume(topic: string, partition: number): void {
    const cursor = this.cursor(topic, partition);
    if (cursor?.paused !== true) return;
    cursor.paused = false;
    this.#quietFetches = 0;
    this.#plan();
  }

  /** Up to `maxRecords` that have been fetched; never waits. Throws what keeps it from fetching, once it has nothing left. */
  take(maxRecords: number): IncomingRecord[] {
    const records = this.#turns.take(this.#cursors.values(), maxRecords);
    if (this.#isHeldBack) this.#plan();
    if (records.length === 0 && this.#problem !== null) throw this.#problem;
    return records;
  }

  /** Takes, waiting up to `waitMs` for the first record or until `isOver` after a `wake`. */
  async poll({ maxRecords, waitMs }: PollOptions, isOver: () => boolean): Promise<IncomingRecord[]> {
    const giveUpAt = performance.now() + waitMs;
    for (;;) {
      const records = this.take(maxRecords);
      const leftMs = giveUpAt - performance.now();
      if (records.length > 0 || leftMs <= 0 || isOver()) return records;
      await this.news(leftMs);
      if (isOver()) return [];
    }
  }

  /** Ends the waiting of `poll`. */
  wake(): void {
    this.#changed.fire();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#cursors.clear();
    this.wake();
    await Promise.all(this.#lanes.map(({ connections }) => connections.close()));
  }

  /** Waits for something to have changed, or the time to be over. */
  news(withinMs: number): Promise<void> {
    return this.#changed.wait(withinMs);
  }

  /** Sends a fetch to every leader that has none under way and leads something worth fetching. */
  #plan(): void {
    if (this.#closing.signal.aborted) return;
    this.#planAgain = true;
    if (!this.#isPlanning) void this.#planAll();
  }

  async #planAll(): Promise<void> {
    this.#isPlanning = true;
    try {
      while (this.#planAgain && !this.#closing.signal.aborted) {
        this.#planAgain = false;
        if (this.#cursors.size === 0) continue;
        this.#send(await this.#topics.get(topicsOf([...this.#cursors.values()])));
      }
    } catch (error) {
      // no broker to ask: polls say so where it lasts, and it is tried again
      await this.#failed(error);
    } finally {
      this.#isPlanning = false;
    }
    if (this.#planAgain) this.#plan();
  }

  #send(metadata: ClusterMetadata): void {
    let ahead = 0;
    for (const { bytes } of this.#cursors.values()) ahead += bytes;
    this.#isHeldBack = false;
    const wanted: { readonly cursor: Cursor; readonly lane: Lane; readonly leader: number }[] = [];
    for (const cursor of this.#cursors.values()) {
      // one that came after the question is in the next plan
      if (!metadata.topics.has(cursor.topic)) continue;
      const leader = leaderOf(cursor, metadata);
      if (cursor.paused) continue;
      const lane = this.#laneFor(cursor, leader);
      if (lane === null) continue;
      if (cursor.bytes >= PARTITION_BYTES || ahead >= AHEAD_BYTES) {
        this.#isHeldBack = true;
        continue;
      }
      wanted.push({ cursor, lane, leader });
    }
    for (const [lane, ofLane] of grouped(wanted, (each) => each.lane))
      for (const [leader, ofLeader] of grouped(ofLane, (each) => each.leader)) {
        const cursors = this.#isQuiet()
          ? this.#allOf(leader, metadata)
          : ofLeader.map(({ cursor }) => cursor);
        void this.#fetch(lane, leader, cursors, metadata);
      }
  }

  #isQuiet(): boolean {
    return this.#quietFetches >= QUIET_FETCHES;
  }

  /** In quiet times one lane asks for all, also for what the other still asks for: so that the other one gets free. */
  #allOf(leader: number, metadata: ClusterMetadata): readonly Cursor[] {
    return [...this.#cursors.values()].filter(
      (cursor) =>
        !cursor.paused &&
        cursor.bytes < PARTITION_BYTES &&
        metadata.topics.has(cursor.topic) &&
        leaderOf(cursor, metadata) === leader,
    );
  }

  /** The lane that its leader can be asked on; null where both are taken, or it is being asked for just that. */
  #laneFor(cursor: Cursor, leader: number): Lane | null {
    let free: Lane | null = null;
    for (const lane of this.#lanes) {
      const asked = lane.asked.get(leader);
      if (asked === undefined) free ??= lane;
      else if (asked.get(cursor) === cursor.fetchFrom) return null;
    }
    return free;
  }

  async #fetch(
    lane: Lane,
    node: number,
    cursors: readonly Cursor[],
    metadata: ClusterMetadata,
  ): Promise<void> {
    const asked = new Map(cursors.map((cursor) => [cursor, cursor.fetchFrom]));
    lane.asked.set(node, asked);
    try {
      const broker = metadata.brokers.get(node);
      if (broker === undefined) throw new TransportError('unavailable', `Broker ${node} is away.`);
      const { parts, error } = await fetchFrom(await lane.connections.get(broker), {
        ...this.#waiting(),
        maxBytes: RESPONSE_BYTES,
        partitionMaxBytes: PARTITION_BYTES,
        topics: grouped(cursors, ({ topic }) => topic),
      });
      this.#accept(parts, asked);
      if (error !== null) throw error;
      this.#problem = null;
      this.#backoffMs = 0;
      this.#failingSinceMs = null;
    } catch (error) {
      await this.#recover(error, asked);
    } finally {
      lane.asked.delete(node);
      this.#plan();
    }
  }

  /** How long the broker holds a fetch, and for what. */
  #waiting(): Pick<FetchRequest, 'maxWaitMs' | 'minBytes'> {
    if (this.#gatherMs > 0 && this.#hasCaughtUp) return { maxWaitMs: this.#gatherMs, minBytes: GATHER_BYTES };
    return { maxWaitMs: this.#isQuiet() ? this.#quietHoldMs : HOLD_MS, minBytes: 1 };
  }

  #accept(parts: readonly FetchedPart[], asked: ReadonlyMap<Cursor, number>): void {
    // else a partition may have nothing only because the others have filled the response
    const isEmpty = parts.every(({ batches }) => batches.length === 0);
    let came = false;
    for (const part of parts) {
      const cursor = this.cursor(part.name, part.partition);
      if (part.errorCode !== 0 || cursor === undefined) continue;
      if (cursor.paused || asked.get(cursor) !== cursor.fetchFrom) continue; // it has moved meanwhile
      came = (isEmpty ? cursor.foundNothing(part.stableEnd) : takeIn(part, cursor)) || came;
    }
    this.#quietFetches = came ? 0 : this.#quietFetches + 1;
    if (came) this.wake();
    else this.#hasCaughtUp = true;
  }

  async #recover(error: unknown, asked: ReadonlyMap<Cursor, number>): Promise<void> {
    if (this.#closing.signal.aborted) return;
    if (!isProtocolError(error, 'OFFSET_OUT_OF_RANGE')) return this.#failed(error);
    try {
      await this.#returnToRange(asked);
    } catch (cause) {
      await this.#failed(cause);
    }
  }

  /** Records were deleted (or their topic made anew): goes on from the first one that is there. */
  async #returnToRange(asked: ReadonlyMap<Cursor, number>): Promise<void> {
    const topics = [...new Set([...asked.keys()].map(({ topic }) => topic))];
    const [starts, ends] = await Promise.all([
      this.#client.listOffsets({ topics, timestamp: EARLIEST }),
      this.#client.listOffsets({ topics }),
    ]);
    for (const [cursor, offset] of asked) {
      const { topic, partition } = cursor;
      const start = Number(starts.get(topic)?.[partition] ?? 0n);
      if (cursor.fetchFrom !== offset) continue;
      if (offset >= start && offset <= Number(ends.get(topic)?.[partition] ?? 0n)) continue;
      if (offset > 0)
        this.#logger.warn(
          { topic, partition, offset, start },
          'that offset is not there: going on from the first one',
        );
      cursor.seek(start);
    }
    this.wake();
  }

  async #failed(error: unknown): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#topics.forget();
    this.#failingSinceMs ??= performance.now();
    if (isPassing(error) && performance.now() - this.#failingSinceMs < PATIENCE_MS) {
      await pause(RETRY_DELAY_MS, this.#closing.signal);
    } else {
      const topics = [...this.#cursors.values()].map(({ topic }) => topic);
      this.#problem = asTransportError(error, 'fetch', { topics });
      this.wake();
      this.#backoffMs = Math.min(MAX_BACKOFF_MS, Math.max(FIRST_BACKOFF_MS, this.#backoffMs * 2));
      await pause(this.#backoffMs, this.#closing.signal);
    }
    this.#planAgain = true;
  }
}

/** Adds what has been fetched to what waits to be delivered; false where it brought the cursor no further. */
function takeIn({ batches, aborted }: FetchedPart, cursor: Cursor): boolean {
  const { topic, partition, fetchFrom } = cursor;
  const read = readBatches(topic, partition, batches, aborted, fetchFrom);
  cursor.append(read.records, read.next);
  return read.next > fetchFrom;
}
