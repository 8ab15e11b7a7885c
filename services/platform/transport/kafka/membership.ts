import type { Buffer } from 'node:buffer';
import {
  type Connection,
  Consumer,
  type ConsumerGroupJoinPayload,
  offsetCommitV8,
  offsetFetchV7,
} from '@platformatic/kafka';
import { type JoinOptions, type Position, TransportError } from '../../../../core/mod.ts';
import { pause } from '../../pause.ts';
import { ASSIGNOR, assignCopartitioned, memberData } from './assignor.ts';
import type { About } from './authorization.ts';
import { connectionOptions } from './connection.ts';
import { asTransportError, isProtocolError } from './errors.ts';
import type { KafkaSettings } from './settings.ts';
import type { StandbyOffer } from './standbys.ts';
import type { GroupMember } from './transactions/producer.ts';

const HEARTBEATS_A_SESSION = 10;
/** No heartbeats are sent while a rejoin waits for a batch to end. */
const IDLE_PART_OF_SESSION = 3;
const REJOIN_MS = 200;
const MAX_REJOIN_MS = 2_000;
const CLOSE_WITHIN_MS = 3_000;

/** What the group has given this member, in one of its generations. */
export interface Generation {
  readonly id: number;
  readonly memberId: string;
  /** The partition numbers, whatever the topic. */
  readonly partitions: readonly number[];
  /** By topic: those of the numbers that it has. */
  readonly byTopic: ReadonlyMap<string, readonly number[]>;
  /** The partition numbers of which it is to keep a copy, for whoever owns them. */
  readonly standby: readonly number[];
  /** The generation before, where this member was in it and so kept what it still has; else null. */
  readonly after: Generation | null;
}

/** A committed offset, null where there is none, and the mark that it was committed with. */
export interface Committed {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number | null;
  readonly mark: string | null;
}

export interface MembershipEvents {
  /** Something has changed that a waiting poll should look at. */
  onChange(): void;
  /** Resolves when no batch is in hand, so that a batch is finished before its partitions go to another. */
  whenIdle(withinMs: number): Promise<void>;
}

/**
 * Membership in a consumer group: joins, sends heartbeats, joins again after a rebalance or a failure. The client
 * does the protocol; what it leaves out is here: taking a failed rejoin up again, knowing that a silent member has
 * lost its partitions, and committing offsets without quietly joining a new generation on the way.
 */
export class Membership {
  readonly client: Consumer;
  readonly #settings: KafkaSettings;
  readonly #mark: string | null;
  readonly #offer: StandbyOffer | null;
  readonly #events: MembershipEvents;
  readonly #closing: AbortController = new AbortController();
  #generation: Generation | null = null;
  #aliveAtMs = 0;
  #isRejoining = true;
  /** Asked to join anew: until that is answered, the old generation commits nothing. */
  #isAsking = false;
  #isJoining = false;
  #problem: Error | null = null;

  constructor(
    settings: KafkaSettings,
    { group, topics, mark }: JoinOptions,
    events: MembershipEvents,
    offer: StandbyOffer | null = null,
  ) {
    this.#settings = settings;
    this.#offer = offer;
    this.#mark = mark ?? null;
    this.#events = events;
    const { sessionTimeoutMs } = settings;
    this.client = new Consumer({
      ...connectionOptions(settings),
      groupId: group,
      autocommit: false,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: Math.max(sessionTimeoutMs, 10_000),
      heartbeatInterval: Math.max(100, Math.min(1_000, Math.floor(sessionTimeoutMs / HEARTBEATS_A_SESSION))),
      protocols: [{ name: ASSIGNOR, version: 0 }],
      protocolsMetadata: () => this.#beforeJoining(),
      partitionAssigner: assignCopartitioned,
    });
    this.client.topics.trackAll(...topics);
    this.client.on('consumer:group:join', (joined) => this.#joined(joined));
    this.client.on('consumer:group:rebalance', () => this.#rejoining());
    this.client.on('consumer:heartbeat:end', () => {
      this.#aliveAtMs = performance.now();
    });
    // the client emits it when it gave up joining again: from then on it would be silent for ever
    this.client.on('error', (error) => void this.#join(error));
    void this.#join(null);
  }

  /** What the member has now; null before it has joined and once it was silent for too long. */
  get current(): Generation | null {
    const silentMs = performance.now() - this.#aliveAtMs;
    return silentMs > this.#settings.sessionTimeoutMs ? null : this.#generation;
  }

  /** When the group last answered a heartbeat, on the clock of `performance.now`. */
  get aliveAtMs(): number {
    return this.#aliveAtMs;
  }

  /** Whether a rebalance is under way: what is owned now may be another's in a moment. */
  get isRejoining(): boolean {
    return this.#isRejoining;
  }

  /** Why it can't be a member now, or null. */
  get problem(): Error | null {
    return this.#problem;
  }

  /** What is committed for these partitions, by topic; of a transaction that is not yet decided, nothing before it is. */
  async committed(partitions: ReadonlyMap<string, readonly number[]>): Promise<readonly Committed[]> {
    const topics = [...partitions].map(([name, numbers]) => ({ name, partitionIndexes: [...numbers] }));
    try {
      const groups = [{ groupId: this.client.groupId, topics }];
      const connection = await this.#unlessClosed(this.#coordinator());
      const response = await this.#unlessClosed(offsetFetchV7.api.async(connection, groups, true));
      return response.topics.flatMap(({ name, partitions: numbers }) =>
        numbers.map(({ partitionIndex: partition, committedOffset, metadata }) => ({
          topic: name,
          partition,
          offset: committedOffset < 0n ? null : Number(committedOffset),
          mark: metadata === '' ? null : (metadata ?? null),
        })),
      );
    } catch (error) {
      throw asTransportError(error, 'ask for committed offsets', { group: this.client.groupId });
    }
  }

  /**
   * Commits offsets of partitions that the member has had since `since`, if it still has them: in a rebalance it
   * waits for its end first. Throws `TransportError` ('fenced') where it has lost one.
   */
  async commit(offsets: readonly Position[], since: Generation): Promise<void> {
    const giveUpAt = performance.now() + this.#settings.requestTimeoutMs;
    for (;;) {
      const generation = await this.#settled(giveUpAt);
      if (!offsets.every(({ partition }) => isKept(partition, since, generation)))
        throw lost(this.client.groupId);
      try {
        await this.#unlessClosed(this.#commit(offsets, generation));
        return;
      } catch (error) {
        if (!isProtocolError(error, 'REBALANCE_IN_PROGRESS') || performance.now() > giveUpAt)
          throw asTransportError(error, 'commit offsets', aboutOf(this.client.groupId, offsets));
        this.#rejoining(); // the next heartbeat will find it out too
        await pause(REJOIN_MS, this.#closing.signal);
      }
    }
  }

  /**
   * As whom it can commit for partitions that it has had since `since`, once no request to join is under way. Throws
   * `TransportError` ('fenced') where it has lost one.
   */
  async standing(partitions: readonly number[], since: Generation): Promise<GroupMember> {
    const generation = await this.#settled(performance.now() + this.#settings.requestTimeoutMs);
    if (!partitions.every((each) => isKept(each, since, generation))) throw lost(this.client.groupId);
    const { id: generationId, memberId } = generation;
    return { group: this.client.groupId, generationId, memberId, mark: this.#mark };
  }

  /** Leaves the group, where a broker can still be told; else the group notices by itself. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#generation = null;
    const told = new AbortController();
    const closed = this.client
      .close(true)
      .catch(() => {
        // it could not be told: the session times out
      })
      .finally(() => told.abort());
    await Promise.race([closed, pause(CLOSE_WITHIN_MS, told.signal)]);
  }

  async #commit(offsets: readonly Position[], generation: Generation): Promise<void> {
    const connection = await this.#coordinator();
    const names = [...new Set(offsets.map(({ topic }) => topic))];
    const topics = names.map((name) => ({
      name,
      partitions: offsets
        .filter(({ topic }) => topic === name)
        .map(({ partition, offset }) => ({
          partitionIndex: partition,
          committedOffset: BigInt(offset),
          committedLeaderEpoch: -1,
          committedMetadata: this.#mark,
        })),
    }));
    const { id, memberId } = generation;
    await offsetCommitV8.api.async(connection, this.client.groupId, id, memberId, null, topics);
  }

  async #coordinator(): Promise<Connection> {
    const coordinator = await this.client.findGroupCoordinator();
    const connection = (await this.client.connectToBrokers([coordinator])).get(coordinator);
    if (connection === undefined) throw new TransportError('unavailable', "The group's coordinator is away.");
    return connection;
  }

  /** The generation, once no request to join is under way. */
  async #settled(giveUpAt: number): Promise<Generation> {
    while (this.#isAsking && this.current !== null && performance.now() < giveUpAt)
      await pause(10, this.#closing.signal);
    if (this.current === null || this.#isAsking) throw lost(this.client.groupId);
    return this.current;
  }

  /** The client may never answer what was under way when it was closed. */
  async #unlessClosed<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#closing;
    const closed = Promise.withResolvers<never>();
    const close = (): void =>
      closed.reject(new TransportError('closed', `The member of ${this.client.groupId} is closed.`));
    if (signal.aborted) close();
    signal.addEventListener('abort', close, { once: true });
    try {
      return await Promise.race([work, closed.promise]);
    } finally {
      signal.removeEventListener('abort', close);
    }
  }

  #joined({ generationId = 0, memberId, assignments = [] }: ConsumerGroupJoinPayload): void {
    const before = this.current;
    const stayed = before !== null && before.memberId === memberId && before.id === generationId - 1;
    const own = assignments.filter(({ topic }) => topic !== this.#offer?.topic);
    this.#generation = {
      id: generationId,
      memberId,
      partitions: [...new Set(own.flatMap(({ partitions }) => partitions))].sort((a, b) => a - b),
      byTopic: new Map(own.map(({ topic, partitions }) => [topic, partitions])),
      standby: assignments.find(({ topic }) => topic === this.#offer?.topic)?.partitions ?? [],
      // one step back is enough for who looks, and a chain would grow for ever
      after: stayed ? { ...before, after: null } : null,
    };
    this.#aliveAtMs = performance.now();
    this.#isRejoining = false;
    this.#isAsking = false;
    this.#problem = null;
    this.#events.onChange();
  }

  #rejoining(): void {
    this.#isRejoining = true;
    this.#events.onChange();
  }

  /** What the client tells the group of us; it sends its request to join only then. */
  async #beforeJoining(): Promise<Buffer> {
    this.#rejoining();
    await this.#events.whenIdle(this.#settings.sessionTimeoutMs / IDLE_PART_OF_SESSION);
    this.#isAsking = true;
    return memberData(this.current?.partitions ?? [], this.#offer, this.current?.standby ?? []);
  }

  /** Joins, again and again until it is in. */
  async #join(failure: Error | null): Promise<void> {
    if (failure !== null) this.#problem = asTransportError(failure, 'stay in the group');
    if (this.#isJoining || this.#closing.signal.aborted) return;
    this.#isJoining = true;
    for (
      let waitMs = failure === null ? 0 : REJOIN_MS;
      ;
      waitMs = Math.min(MAX_REJOIN_MS, Math.max(REJOIN_MS, waitMs * 2))
    ) {
      await pause(waitMs, this.#closing.signal);
      if (this.#closing.signal.aborted) break;
      try {
        await this.client.joinGroup();
        break;
      } catch (error) {
        // the broker may be away for long: polls say so, and it is tried again
        this.#problem = asTransportError(error, 'join the group', { group: this.client.groupId });
        this.#events.onChange();
      }
    }
    this.#isJoining = false;
  }
}

/** Whether the partition was this member's from one generation to the other, without a break. */
export function isKept(partition: number, from: Generation, to: Generation): boolean {
  if (!from.partitions.includes(partition) || !to.partitions.includes(partition)) return false;
  return from.id === to.id
    ? from.memberId === to.memberId
    : to.after?.id === from.id && to.after.memberId === from.memberId;
}

const aboutOf = (group: string, offsets: readonly Position[]): About => ({
  group,
  topics: offsets.map(({ topic }) => topic),
});

function lost(group: string): TransportError {
  return new TransportError('fenced', `This member of ${group} no longer has the partitions of this unit.`);
}
