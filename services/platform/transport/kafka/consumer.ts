import {
  type Consumer,
  type Decided,
  type IncomingRecord,
  type JoinOptions,
  type PollOptions,
  type Position,
  TransportError,
  type TransportErrorCode,
  type TransportUnit,
} from '../../../../core/mod.ts';
import type { Logger } from '../../log.ts';
import { pause } from '../../pause.ts';
import { Signal } from '../../signal.ts';
import { placeKey } from '../place.ts';
import { connectionOptions } from './connection.ts';
import { DeferredOffsets } from './deferred-offsets.ts';
import { Fetcher } from './fetcher.ts';
import { type GroupWriter, type PartitionUnit, partitionUnits } from './group-writer.ts';
import { type Generation, isKept, Membership } from './membership.ts';
import type { KafkaProducer } from './producer.ts';
import type { KafkaSettings } from './settings.ts';
import type { GroupMember } from './transactions/producer.ts';

/** A member that has had nothing to do for so long commits past what is no record: under load its next unit does. */
const PASS_AFTER_MS = 2_000;
/** Whoever leaves tries for so long to commit what has waited. */
const LAST_COMMIT_WITHIN_MS = 1_000;

export interface ConsumerContext {
  readonly settings: KafkaSettings;
  readonly producer: KafkaProducer;
  readonly logger: Logger;
  readonly onClose: (consumer: KafkaConsumer) => void;
  /** Makes its units transactions; without it records are published first, and then the offsets committed. */
  readonly writer?: GroupWriter | undefined;
}

/** A member of a consumer group. Changes of what it owns take effect between polls, so that its loop sees them in order. */
export class KafkaConsumer implements Consumer {
  readonly #options: JoinOptions;
  readonly #context: ConsumerContext;
  readonly #membership: Membership;
  readonly #fetcher: Fetcher;
  /** The generation whose partitions are being read. */
  #applied: Generation | null = null;
  #owned: readonly number[] = [];
  /** The committed offsets of what is owned. */
  readonly #committed: Map<string, number> = new Map();
  /** Offsets of what is done already, which wait for others. */
  readonly #deferred: DeferredOffsets = new DeferredOffsets();
  /** Whether records were given out that may not have been dealt with yet. */
  #isBatchInHand = false;
  readonly #idle: Signal = new Signal();
  /** The generation in which a commit was refused: nothing more is given out in it. */
  #refusedIn: Generation | null = null;
  /** Partitions of a unit that failed, with when: how it came out is unknown until they are gained anew. */
  readonly #astray: Map<number, { readonly sinceMs: number; readonly fenced: boolean }> = new Map();
  #passAtMs = 0;
  #closed = false;

  constructor(options: JoinOptions, context: ConsumerContext) {
    this.#options = options;
    this.#context = context;
    const events = {
      onChange: () => this.#fetcher.wake(),
      whenIdle: (withinMs: number) => this.#whenIdle(withinMs),
    };
    this.#membership = new Membership(context.settings, options, events, context.writer?.standby);
    const connection = connectionOptions(context.settings);
    const { last } = options;
    this.#fetcher = new Fetcher(this.#membership.client, connection, context.logger, { last });
  }

  /** The group's name and this member's id in it, which brokers know it by. */
  get member(): { readonly group: string; readonly memberId: string | null } {
    return { group: this.#options.group, memberId: this.#membership.current?.memberId ?? null };
  }

  partitions(): readonly number[] {
    return this.#astray.size === 0 ? this.#owned : this.#owned.filter((each) => !this.#astray.has(each));
  }

  async poll(options: PollOptions): Promise<readonly IncomingRecord[]> {
    this.#batchDone();
    const giveUpAt = performance.now() + options.waitMs;
    for (;;) {
      this.#assertOpen();
      await this.#settle();
      if (this.#deferred.isDue()) await this.#commitDeferred();
      const waitMs = Math.min(giveUpAt - performance.now(), this.#deferred.dueInMs());
      const records = await this.#fetch(options, Math.max(0, waitMs));
      this.#isBatchInHand = records.length > 0;
      if (this.#isBatchInHand) this.#passAtMs = performance.now() + PASS_AFTER_MS;
      if (records.length > 0 || this.#closed) return records;
      if (this.#membership.problem !== null) throw this.#membership.problem;
      if (performance.now() < giveUpAt) continue;
      if (options.waitMs > 0) await this.#passOver();
      return records;
    }
  }

  position(topic: string, partition: number): number {
    const cursor = this.#fetcher.cursor(topic, partition);
    if (cursor === undefined)
      throw new TransportError('fenced', `${topic}/${partition} is not owned by this member.`);
    return cursor.next;
  }

  pause(topic: string, partition: number): void {
    this.#fetcher.pause(topic, partition);
  }

  resume(topic: string, partition: number): void {
    this.#fetcher.resume(topic, partition);
  }

  async commit({ records, offsets, offsetsMayWait = false }: TransportUnit): Promise<void> {
    if (this.#context.writer !== undefined) return this.commitUnit([{ change: null, records }], offsets);
    this.#assertOpen();
    const since = this.#applied;
    this.#assertOwned(offsets.map(({ partition }) => partition));
    await this.#context.producer.publish(records);
    if (offsets.length === 0 || since === null) return;
    this.#deferred.add(offsets);
    if (!offsetsMayWait) await this.#commitOffsets(since);
  }

  /** All that wait, with those that were just added. */
  async #commitOffsets(since: Generation): Promise<void> {
    const offsets = this.#deferred.take();
    try {
      await this.#membership.commit(offsets, since);
    } catch (error) {
      this.#refused(error);
      throw error;
    }
    for (const { topic, partition, offset } of offsets)
      this.#committed.set(placeKey({ topic, partition }), offset);
  }

  /** What they follow is done: where they can't be committed, they wait again. */
  async #commitDeferred(): Promise<void> {
    if (this.#applied === null || this.#isInDoubt(this.#applied)) return this.#deferred.putOff();
    const waiting = this.#deferred.all();
    const problem = await this.#problemOf(this.#commitOffsets(this.#applied), 'offsets that had waited');
    if (problem !== null && problem.code !== 'fenced') this.#deferred.add(waiting);
  }

  /** Of a commit while nothing is in hand: what is wrong is said by the next poll, if it lasts. */
  async #problemOf(commit: Promise<void>, what: string): Promise<TransportError | null> {
    try {
      await commit;
      return null;
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      this.#context.logger.debug({ ...this.member, err: error }, `could not commit ${what}`);
      return error;
    }
  }

  /**
   * With a writer: makes changes, records and offsets durable, each partition's as one transaction, at the same time.
   * Where one fails the others may be done; its partition is then lost and gained anew.
   */
  async commitUnit(decided: readonly Decided[], offsets: readonly Position[]): Promise<void> {
    this.#assertOpen();
    const { writer } = this.#context;
    const since = this.#applied;
    if (writer === undefined) throw new TypeError('This member writes no transactions.');
    const units = partitionUnits(decided, offsets);
    if (units.length === 0) return;
    this.#assertOwned(units.map(({ partition }) => partition));
    if (since === null) return;
    const partitions = units.map(({ partition }) => partition);
    const member = await this.#membership.standing(partitions, since).catch((error: unknown) => {
      this.#refused(error);
      throw error;
    });
    const written = await Promise.allSettled(units.map((unit) => this.#write(writer, unit, member)));
    const failures = written.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
    if (failures.length > 0) throw worstOf(failures);
  }

  async #write(writer: GroupWriter, unit: PartitionUnit, member: GroupMember): Promise<void> {
    const { partition } = unit;
    const offsets = unit.offsets.length > 0 ? unit.offsets : this.#anOffsetOf(partition);
    try {
      await writer.write({ ...unit, offsets }, member);
    } catch (error) {
      const fenced = error instanceof TransportError && error.code === 'fenced';
      if (!writer.owns(partition)) this.#stray(partition, fenced);
      throw error;
    }
    for (const { topic, offset } of offsets) this.#committed.set(placeKey({ topic, partition }), offset);
  }

  /** An offset again as it is committed: with offsets goes the check that this member still has the partition. */
  #anOffsetOf(partition: number): readonly Position[] {
    const topic = this.#options.topics.find((each) =>
      this.#committed.has(placeKey({ topic: each, partition })),
    );
    if (topic === undefined) return [];
    return [{ topic, partition, offset: this.#committed.get(placeKey({ topic, partition })) ?? 0 }];
  }

  /** What was kept for the partitions is lost: they are gained anew before anything else is decided. */
  goAstray(): void {
    for (const each of this.#owned) this.#stray(each, false);
    this.#fetcher.wake();
  }

  /** Nothing more is given out of it until it is gained anew. */
  #stray(partition: number, fenced: boolean): void {
    this.#astray.set(partition, { sinceMs: performance.now(), fenced });
    for (const topic of this.#options.topics) this.#fetcher.drop(topic, partition);
  }

  async rewind(): Promise<void> {
    this.#assertOpen();
    for (const { topic, partition, next } of this.#fetcher.positions()) {
      const place = placeKey({ topic, partition });
      const offset = this.#deferred.at(place) ?? this.#committed.get(place);
      if (offset !== undefined && next !== offset) this.#fetcher.seek(topic, partition, offset);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    if (this.#deferred.isAny()) await this.#commitLast();
    if (this.#closed) return;
    this.#closed = true;
    this.#batchDone();
    this.#context.onClose(this);
    await Promise.all([this.#fetcher.close(), this.#membership.close(), this.#context.writer?.close()]);
  }

  /** A broker that is away keeps nobody here for long: what is not committed is done again. */
  async #commitLast(): Promise<void> {
    const told = new AbortController();
    const committed = this.#commitDeferred().finally(() => told.abort());
    await Promise.race([committed, pause(LAST_COMMIT_WITHIN_MS, told.signal)]);
  }

  /** Records of what is surely owned: none while a rebalance is under way. */
  async #fetch({ maxRecords }: PollOptions, waitMs: number): Promise<IncomingRecord[]> {
    const applied = this.#applied;
    const isInDoubt = (): boolean => this.#isInDoubt(applied);
    if (!isInDoubt()) return this.#fetcher.poll({ maxRecords, waitMs }, isInDoubt);
    if (!this.#closed) await this.#fetcher.news(waitMs);
    return [];
  }

  /** Whether the partitions of that generation may be another's in a moment. */
  #isInDoubt(applied: Generation | null): boolean {
    return (
      this.#closed ||
      this.#membership.current !== applied ||
      this.#membership.isRejoining ||
      (applied !== null && this.#refusedIn === applied)
    );
  }

  /**
   * Commits past the markers of transactions and the gaps of compaction at a partition's end, where all that was given
   * out is committed: nothing is left to do there, and the group's lag is to say so.
   */
  async #passOver(): Promise<void> {
    if (this.#isInDoubt(this.#applied) || this.#astray.size > 0) return;
    if (performance.now() < this.#passAtMs) return;
    const offsets = [...this.#fetcher.positions()].flatMap(({ topic, partition, next, delivered }) => {
      const committed = this.#committed.get(placeKey({ topic, partition })) ?? next;
      return delivered <= committed && committed < next ? [{ topic, partition, offset: next }] : [];
    });
    if (offsets.length === 0) return;
    this.#passAtMs = performance.now() + PASS_AFTER_MS;
    await this.#problemOf(this.commit({ records: [], offsets }), 'past what is no record');
  }

  #refused(error: unknown): void {
    if (error instanceof TransportError && error.code === 'fenced')
      this.#refusedIn = this.#membership.current;
  }

  #batchDone(): void {
    this.#isBatchInHand = false;
    this.#idle.fire();
  }

  #whenIdle(withinMs: number): Promise<void> {
    return this.#isBatchInHand ? this.#idle.wait(withinMs) : Promise.resolve();
  }

  /** Takes over what the group has decided: gives up what is lost, reads on what is kept, begins with what is new. */
  async #settle(): Promise<void> {
    while ((this.#membership.current !== this.#applied || this.#isMendable()) && !this.#closed) {
      const next = this.#membership.current;
      const before = this.#applied;
      const kept = this.partitions().filter(
        (each) => before !== null && next !== null && isKept(each, before, next),
      );
      const lost = this.#owned.filter((each) => !kept.includes(each));
      this.#keepOnly(kept);
      this.#applied = next === null ? null : { ...next, partitions: kept };
      this.#astray.clear();
      if (lost.length > 0) {
        this.#context.writer?.lost(lost);
        this.#options.onLost?.(lost);
      }
      if (next === null) return;
      this.#context.writer?.standBy(next.standby);
      const gained = next.partitions.filter((each) => !kept.includes(each));
      const marks = await this.#begin(gained, next);
      if (this.#membership.current !== next || this.#closed) continue; // overtaken: what was begun is not owned yet
      this.#applied = next;
      this.#owned = next.partitions;
      if (gained.length > 0) this.#options.onGained?.(gained, marks);
    }
  }

  /**
   * Whether what went astray can be gained anew. Who was told of a newer owner waits for the group to say that it is
   * still a member: to fence that owner would only bring its own turn to be fenced.
   */
  #isMendable(): boolean {
    if (this.#astray.size === 0) return false;
    return [...this.#astray.values()].every(
      ({ sinceMs, fenced }) => !fenced || this.#membership.aliveAtMs > sinceMs,
    );
  }

  #keepOnly(partitions: readonly number[]): void {
    this.#owned = partitions;
    for (const { topic, partition } of this.#fetcher.positions()) {
      if (partitions.includes(partition)) continue;
      this.#fetcher.drop(topic, partition);
      this.#committed.delete(placeKey({ topic, partition }));
      this.#deferred.forget(placeKey({ topic, partition }));
    }
  }

  /** Reads on where the group has committed; gives the marks that it has done so with. */
  async #begin(gained: readonly number[], next: Generation): Promise<readonly string[]> {
    if (gained.length === 0) return [];
    const { byTopic } = next;
    const isOver = (): boolean => this.#closed || this.#membership.current !== next;
    await this.#context.writer?.fence(gained, isOver);
    if (isOver()) return [];
    const wanted = [...byTopic].map(
      ([topic, numbers]) => [topic, numbers.filter((each) => gained.includes(each))] as const,
    );
    const committed = await this.#membership.committed(new Map(wanted));
    if (this.#closed) return [];
    await this.#context.writer?.restore(gained, isOver);
    if (isOver()) return [];
    for (const { topic, partition, offset } of committed) {
      this.#committed.set(placeKey({ topic, partition }), offset ?? 0);
      this.#fetcher.seek(topic, partition, offset ?? 0);
    }
    return [...new Set(committed.flatMap(({ mark }) => mark ?? []))];
  }

  #assertOwned(partitions: readonly number[]): void {
    const current = this.#membership.current;
    const applied = this.#applied;
    const isOwned = (each: number): boolean =>
      !this.#astray.has(each) &&
      current !== null &&
      applied !== null &&
      this.#owned.includes(each) &&
      isKept(each, applied, current);
    if (partitions.every(isOwned)) return;
    throw new TransportError(
      'fenced',
      `This member of ${this.#options.group} no longer has those partitions.`,
    );
  }

  #assertOpen(): void {
    if (this.#closed) throw new TransportError('closed', `The member of ${this.#options.group} is closed.`);
  }
}

/** What the loop is told of several failures: first what a record is to blame for, then what takes time to pass. */
function worstOf(failures: readonly unknown[]): unknown {
  const isOf =
    (code: TransportErrorCode | null) =>
    (error: unknown): boolean =>
      error instanceof TransportError ? error.code === code : code === null;
  const codes = [null, 'record-too-large', 'unknown-topic', 'unavailable', 'fenced'] as const;
  return codes.map((code) => failures.find(isOf(code))).find((each) => each !== undefined) ?? failures[0];
}
