import { type BaseOptions, type ClusterMetadata, ConnectionPool, type Consumer } from '@platformatic/kafka';
import { type IncomingRecord, type PollOptions, TransportError } from '../../../../core/mod.ts';
import type { Logger } from '../../log.ts';
import { pause } from '../../pause.ts';
import { Signal } from '../../signal.ts';
import { readBatches } from './batches.ts';
import { Cursor, takeInTurn } from './cursors.ts';
import { asTransportError, isProtocolError } from './errors.ts';

const PARTITION_BYTES = 1024 * 1024;
const RESPONSE_BYTES = 8 * 1024 * 1024;
/** So much is fetched ahead over all partitions; more waits on the broker (invariant 7). */
const AHEAD_BYTES = 32 * 1024 * 1024;
/** A broker with nothing new holds a fetch for so long: what is sought meanwhile waits no longer where both lanes are taken. */
const HOLD_MS = 500;
/** And so long once so many fetches in a row found nothing, while nothing is sought: then one lane is free. */
const QUIET_HOLD_MS = 5_000;
const QUIET_FETCHES = 4;
/** More than comes within any time of gathering: the broker answers when that is over. */
const GATHER_BYTES = RESPONSE_BYTES;
const FIRST_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 1_000;
const EARLIEST = -2n;

type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>;
type FetchedPart = FetchResponse['responses'][number]['partitions'][number];
/** Names by the ids that responses have. */
type Topics = ReadonlyMap<string, string>;

/** Connections over which each broker is asked one thing at a time: where a partition's records are fetched from. */
interface Lane {
  readonly connections: ConnectionPool;
  /** By broker: what it has been asked for. */
  readonly asked: Map<number, ReadonlyMap<Cursor, number>>;
}

/**
 * Fetches partitions ahead of who polls them. It owns the positions; what comes back for a partition that was left or
 * moved meanwhile is thrown away. There are two lanes: while a broker holds a fetch on the first until there is news,
 * what has been sought or resumed since goes on the second.
 */
export class Fetcher {
  readonly #client: Consumer;
  readonly #lanes: readonly Lane[];
  readonly #logger: Logger;
  readonly #cursors: Map<string, Cursor> = new Map();
  readonly #changed: Signal = new Signal();
  readonly #closing: AbortController = new AbortController();
  readonly #gatherMs: number;
  readonly #quietHoldMs: number;
  /** Fetches in a row that found nothing. */
  #quietFetches = 0;
  /** A fetch found nothing new: from then on news may be gathered. */
  #hasCaughtUp = false;
  #turn = 0;
  #isPlanning = false;
  #planAgain = false;
  #backoffMs = 0;
  #problem: Error | null = null;

  /** `gatherMs`: see `ReadOptions`. */
  constructor(client: Consumer, options: BaseOptions, logger: Logger, gatherMs = 0) {
    this.#client = client;
    this.#gatherMs = gatherMs;
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
    return this.#cursors.get(keyOf(topic, partition));
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
    else this.#cursors.set(keyOf(topic, partition), new Cursor(topic, partition, offset));
    this.#quietFetches = 0;
    this.#plan();
  }

  drop(topic: string, partition: number): void {
    this.#cursors.delete(keyOf(topic, partition));
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
    const records = takeInTurn([...this.#cursors.values()], maxRecords, this.#turn++);
    this.#plan();
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
        const topics = [...new Set([...this.#cursors.values()].map(({ topic }) => topic))];
        await this.#send(await this.#client.metadata({ topics }));
      }
    } catch (error) {
      // no broker to ask: polls say so, and it is tried again
      await this.#failed(error);
    } finally {
      this.#isPlanning = false;
    }
    if (this.#planAgain) this.#plan();
  }

  async #send(metadata: ClusterMetadata): Promise<void> {
    const ahead = [...this.#cursors.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    const requests = new Map<Lane, Map<number, Cursor[]>>();
    for (const cursor of this.#cursors.values()) {
      const topic = metadata.topics.get(cursor.topic);
      if (topic === undefined) continue; // it came after the question: the next plan has it
      const leader = topic.partitions[cursor.partition]?.leader ?? -1;
      if (leader < 0)
        throw new TransportError('unavailable', `No broker leads ${cursor.topic}/${cursor.partition}.`);
      if (cursor.paused || cursor.bytes >= PARTITION_BYTES || ahead >= AHEAD_BYTES) continue;
      const isUnderWay = this.#lanes.some(({ asked }) => asked.get(leader)?.get(cursor) === cursor.fetchFrom);
      const lane = this.#lanes.find(({ asked }) => !asked.has(leader));
      if (isUnderWay || lane === undefined) continue;
      const byLeader = requests.get(lane) ?? new Map<number, Cursor[]>();
      requests.set(lane, byLeader.set(leader, [...(byLeader.get(leader) ?? []), cursor]));
    }
    for (const [lane, byLeader] of requests)
      for (const [leader, cursors] of byLeader) void this.#fetch(lane, leader, cursors, metadata);
  }

  async #fetch(
    lane: Lane,
    node: number,
    cursors: readonly Cursor[],
    metadata: ClusterMetadata,
  ): Promise<void> {
    const asked = new Map(cursors.map((cursor) => [cursor, cursor.fetchFrom]));
    lane.asked.set(node, asked);
    const names: Topics = new Map([...metadata.topics].map(([name, { id }]) => [id, name]));
    try {
      const topics = requestOf(cursors, metadata);
      const response = await this.#client.fetch({
        node,
        topics,
        ...this.#waiting(),
        maxBytes: RESPONSE_BYTES,
        connectionPool: lane.connections,
      });
      this.#accept(response, names, asked);
      this.#problem = null;
      this.#backoffMs = 0;
    } catch (error) {
      await this.#recover(error, names, asked);
    } finally {
      lane.asked.delete(node);
      this.#plan();
    }
  }

  /** How long the broker holds a fetch, and for what. */
  #waiting(): { readonly maxWaitTime: number; readonly minBytes: number } {
    if (this.#gatherMs > 0 && this.#hasCaughtUp)
      return { maxWaitTime: this.#gatherMs, minBytes: GATHER_BYTES };
    const isQuiet = this.#quietFetches >= QUIET_FETCHES;
    return { maxWaitTime: isQuiet ? this.#quietHoldMs : HOLD_MS, minBytes: 1 };
  }

  #accept(response: FetchResponse, names: Topics, asked: ReadonlyMap<Cursor, number>): void {
    // else a partition may have nothing only because the others have filled the response
    const isEmpty = response.responses.every(({ partitions }) => partitions.every(hasNothing));
    let came = false;
    for (const { topicId, partitions } of response.responses) {
      const topic = names.get(topicId) ?? '';
      for (const part of partitions) {
        const cursor = this.cursor(topic, part.partitionIndex);
        if (part.errorCode !== 0 || cursor === undefined) continue;
        if (cursor.paused || asked.get(cursor) !== cursor.fetchFrom) continue; // it has moved meanwhile
        came = (isEmpty ? cursor.foundNothing(Number(part.lastStableOffset)) : takeIn(part, cursor)) || came;
      }
    }
    this.#quietFetches = came ? 0 : this.#quietFetches + 1;
    if (came) this.wake();
    else this.#hasCaughtUp = true;
  }

  async #recover(error: unknown, names: Topics, asked: ReadonlyMap<Cursor, number>): Promise<void> {
    if (this.#closing.signal.aborted) return;
    const response = (error as { response?: FetchResponse } | null)?.response;
    if (response?.responses !== undefined) this.#accept(response, names, asked);
    if (!isProtocolError(error, 'OFFSET_OUT_OF_RANGE')) return this.#failed(error, names);
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

  async #failed(error: unknown, names: Topics = new Map()): Promise<void> {
    if (this.#closing.signal.aborted) return;
    const topics = [...this.#cursors.values()].map(({ topic }) => topic);
    this.#problem = asTransportError(error, 'fetch', { topics, names });
    this.wake();
    this.#backoffMs = Math.min(MAX_BACKOFF_MS, Math.max(FIRST_BACKOFF_MS, this.#backoffMs * 2));
    await pause(this.#backoffMs, this.#closing.signal);
    this.#planAgain = true;
  }
}

function hasNothing({ records }: FetchedPart): boolean {
  return records === null || records === undefined || records.length === 0;
}

/** Adds what has been fetched to what waits to be delivered; false where it brought the cursor no further. */
function takeIn({ records, abortedTransactions }: FetchedPart, cursor: Cursor): boolean {
  const { topic, partition, fetchFrom } = cursor;
  const read = readBatches(topic, partition, records ?? [], abortedTransactions ?? [], fetchFrom);
  cursor.append(read.records, read.next);
  return read.next > fetchFrom;
}

function requestOf(
  cursors: readonly Cursor[],
  { topics }: ClusterMetadata,
): Parameters<Consumer['fetch']>[0]['topics'] {
  const names = [...new Set(cursors.map(({ topic }) => topic))];
  return names.map((name) => ({
    topicId: topics.get(name)?.id ?? name,
    partitions: cursors
      .filter(({ topic }) => topic === name)
      .map(({ partition, fetchFrom }) => ({
        partition,
        currentLeaderEpoch: -1,
        fetchOffset: BigInt(fetchFrom),
        lastFetchedEpoch: -1,
        partitionMaxBytes: PARTITION_BYTES,
      })),
  }));
}

function keyOf(topic: string, partition: number): string {
  return `${partition} ${topic}`;
}
