import type { Consumer as OffsetClient } from '@platformatic/kafka';
import type { KafkaConsumer, Message, OffsetModel } from 'kafka-crab-js';
import type { IncomingRecord, Position, TransportError } from '../../../../core/mod.ts';
import { pause } from '../../pause.ts';
import type { KafkaCluster } from '../kafka/cluster.ts';
import { asTransportError as asClientError } from '../kafka/errors.ts';
import { toHeaders, toPayload } from '../kafka/payload.ts';
import { type Place, placeKey } from '../place.ts';
import type { Committed, RdConsumer, Rebalance, Received } from './client.ts';
import { asTransportError } from './crab-errors.ts';

/** After the first record, those that are there are taken within so many milliseconds. */
const COLLECT_MS = 2;
/** One call waits at least and at most so long, in milliseconds: nothing but closing ends it sooner. */
const LEAST_WAIT_MS = 1;
const MOST_WAIT_MS = 100;
const FAILED_PAUSE_MS = 50;
/** Where nothing has come for so long, it is asked whether brokers are there, in milliseconds. */
const SILENCE_MS = 3_000;
const SEEK_MS = 1_500;
const SEEK_AGAIN_MS = 20;
const SEEK_ATTEMPTS = 100;
const LEAVE_ATTEMPTS = 20;
const LEAVE_WAIT_MS = 50;

/**
 * A consumer of kafka-crab-js. It takes and gives partitions while it receives, and at no other time; what it received
 * in such a call can't be told apart by assignment, so it is thrown away and read again.
 */
export class CrabConsumer implements RdConsumer {
  readonly holdsRebalances = false;
  readonly rebalances: Rebalance[] = [];
  readonly #client: KafkaConsumer;
  readonly #offsets: OffsetClient;
  readonly #cluster: KafkaCluster;
  readonly #paused: Set<string> = new Set();
  /** Where to go before anything else is received. */
  readonly #pending: Map<string, Place & { readonly to: OffsetModel }> = new Map();
  #topics: readonly string[] | null = null;
  #readTopics: readonly string[] = [];
  #assigned: readonly Place[] = [];
  #wasRevoked = false;
  #problem: TransportError | null = null;
  #cameAtMs = performance.now();
  #receiving: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(client: KafkaConsumer, offsets: OffsetClient, cluster: KafkaCluster) {
    this.#client = client;
    this.#offsets = offsets;
    this.#cluster = cluster;
  }

  get problem(): Error | null {
    return this.#problem;
  }

  async connect(topics: readonly string[] | null): Promise<void> {
    this.#topics = topics;
    if (topics === null) return;
    this.#client.onEvents((_error, { name, payload }) => {
      if (name === 'PostRebalance' && payload.action !== 'assign') this.#wasRevoked = true;
    });
    try {
      await this.#client.subscribe(topics.map((topic) => ({ topic, createTopic: false })));
    } catch (error) {
      throw asTransportError(error, 'join the group');
    }
  }

  async receive(max: number, waitMs: number): Promise<Received> {
    const receiving = this.#receive(max, waitMs);
    this.#receiving = receiving;
    return { records: await receiving, ends: [] };
  }

  /** Closing the client ends its waiting, and nothing else does. */
  wake(): void {}

  /** It was done already. */
  release(): void {}

  async assign(from: readonly (Place & { readonly offset: number | null })[]): Promise<void> {
    this.#paused.clear();
    this.#pending.clear();
    if (this.#topics !== null) {
      await this.seek(from.map(({ offset, ...place }) => ({ ...place, offset: offset ?? 0 })));
      return;
    }
    const topics = [...new Set(from.map(({ topic }) => topic))];
    this.#readTopics = topics;
    const configs = topics.map((topic) => ({
      topic,
      createTopic: false,
      partitionOffset: from
        .filter((each) => each.topic === topic)
        .map(({ partition, offset }) => ({
          partition,
          offset: offset === null ? { position: 'Beginning' as const } : { offset },
        })),
    }));
    try {
      await this.#client.subscribe(configs);
    } catch (error) {
      throw asTransportError(error, 'take over partitions');
    }
  }

  async seek(to: readonly Position[]): Promise<void> {
    for (const position of to) if (!this.#paused.has(placeKey(position))) this.#goTo(position, position);
    await this.#arrive();
  }

  /** It can only pause all partitions: one is put to its end, so that nothing is fetched, and what comes is dropped. */
  pause(place: Place): void {
    this.#paused.add(placeKey(place));
    this.#goTo(place, { position: 'End' });
  }

  resume(position: Position): void {
    this.#paused.delete(placeKey(position));
    this.#goTo(position, position);
  }

  async committed(places: readonly Place[]): Promise<readonly Committed[]> {
    if (places.length === 0) return [];
    const topics = [...new Set(places.map(({ topic }) => topic))];
    const asked = topics.map((topic) => ({
      topic,
      partitions: places.filter((each) => each.topic === topic).map(({ partition }) => partition),
    }));
    try {
      const found = await this.#offsets.listCommittedOffsets({ topics: asked });
      return places.map(({ topic, partition }) => {
        const offset = Number(found.get(topic)?.[partition] ?? -1n);
        return { topic, partition, offset: offset < 0 ? null : offset, mark: null };
      });
    } catch (error) {
      throw asClientError(error, 'ask for committed offsets');
    }
  }

  async commit(offsets: readonly Position[]): Promise<void> {
    try {
      await Promise.all(
        offsets.map(({ topic, partition, offset }) => this.#client.commit(topic, partition, offset, 'Sync')),
      );
    } catch (error) {
      throw asTransportError(error, 'commit offsets');
    }
  }

  isLost(): boolean {
    return this.rebalances.length > 0;
  }

  async probe(): Promise<void> {
    const [topic] = this.#topics ?? this.#readTopics;
    try {
      if (topic !== undefined) await this.#cluster.endOffsets(topic);
      this.#problem = null;
    } catch (error) {
      // still away: that is the answer
      this.#problem = asTransportError(error, 'reach a broker');
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#topics !== null) await this.#leave();
    await this.#client.disconnect();
    await this.#receiving.catch(() => {
      // who waited for it has been told
    });
    await this.#offsets.close(true);
  }

  async #receive(max: number, waitMs: number): Promise<readonly IncomingRecord[]> {
    const giveUpAt = performance.now() + waitMs;
    for (;;) {
      if (this.#closed) return [];
      await this.#arrive();
      const leftMs = giveUpAt - performance.now();
      const records = await this.#collect(max, Math.min(MOST_WAIT_MS, Math.max(LEAST_WAIT_MS, leftMs)));
      if (this.#topics !== null) await this.#notice();
      if (records.length > 0) this.#cameAtMs = performance.now();
      else if (performance.now() - this.#cameAtMs > SILENCE_MS) this.#wonder();
      const active = records.filter((record) => !this.#paused.has(placeKey(record)));
      if (active.length > 0 || this.rebalances.length > 0 || performance.now() >= giveUpAt) return active;
    }
  }

  async #collect(max: number, waitMs: number): Promise<IncomingRecord[]> {
    try {
      const messages = await this.#client.recvBatch(1, waitMs);
      // it waits for as many as were asked for, so the first is asked for by itself
      if (messages.length > 0 && max > 1)
        messages.push(...(await this.#client.recvBatch(max - 1, COLLECT_MS)));
      return messages.map(toRecord);
    } catch (error) {
      if (this.#closed) return [];
      const problem = asTransportError(error, 'fetch');
      // what has become of the group's partitions is seen by looking at them
      if (problem.code !== 'fenced') this.#problem = problem;
      await pause(FAILED_PAUSE_MS);
      return [];
    }
  }

  /** Of brokers that take connections and say nothing it does not tell. */
  #wonder(): void {
    this.#cameAtMs = performance.now();
    if (this.#problem === null) void this.probe();
  }

  /** Compares what it has been assigned with what it had. */
  async #notice(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve)); // events come just behind the records
    const assigned = this.#client
      .assignment()
      .flatMap(({ topic, partitionOffset }) =>
        partitionOffset.map(({ partition }) => ({ topic, partition })),
      );
    const keys = (places: readonly Place[]): string => places.map(placeKey).sort().join();
    if (!this.#wasRevoked && keys(assigned) === keys(this.#assigned)) return;
    this.#wasRevoked = false;
    this.#assigned = assigned;
    this.rebalances.push({ kind: 'revoked', lost: true });
    if (assigned.length > 0) this.rebalances.push({ kind: 'assigned', places: assigned });
  }

  #goTo({ topic, partition }: Place, { offset, position }: OffsetModel): void {
    const to = position === undefined ? { offset: offset ?? 0 } : { position };
    this.#pending.set(placeKey({ topic, partition }), { topic, partition, to });
  }

  async #arrive(): Promise<void> {
    for (const [key, { topic, partition, to }] of this.#pending) {
      for (let attempt = 1; ; attempt++) {
        try {
          this.#client.seek(topic, partition, to, SEEK_MS);
          break;
        } catch (error) {
          // a partition that was assigned a moment ago has not begun to be fetched
          if (attempt === SEEK_ATTEMPTS || this.#closed) throw asTransportError(error, 'seek');
          await pause(SEEK_AGAIN_MS);
        }
      }
      this.#pending.delete(key);
    }
  }

  /** Its own `disconnect` leaves the group only once somebody receives, which nobody will. */
  async #leave(): Promise<void> {
    await this.#receiving.catch(() => {
      // who waited for it has been told
    });
    try {
      this.#client.unsubscribe();
      for (let attempt = 1; attempt <= LEAVE_ATTEMPTS; attempt++) {
        await this.#client.recvBatch(1, LEAVE_WAIT_MS);
        if (this.#client.assignment().length === 0) return;
      }
    } catch (error) {
      // the group notices by itself, once the session times out
      this.#problem = asTransportError(error, 'leave the group');
    }
  }
}

function toRecord({
  topic,
  partition,
  offset,
  key,
  payload,
  headers = {},
  isTombstone,
}: Message): IncomingRecord {
  return {
    topic,
    partition,
    offset,
    key: toPayload(key),
    value: isTombstone === true ? null : toPayload(payload),
    headers: toHeaders(Object.entries(headers)),
    timestampMs: Number.NaN,
  };
}
