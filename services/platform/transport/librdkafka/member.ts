import { randomUUID } from 'node:crypto';
import {
  type Consumer,
  type IncomingRecord,
  type JoinOptions,
  type OutgoingRecord,
  type PollOptions,
  type Position,
  TransportError,
  type TransportUnit,
} from '../../../../core/mod.ts';
import { type Place, placeKey } from '../place.ts';
import type { Committed, RdConsumer } from './client.ts';
import { type GapFinder, GapWatch } from './gaps.ts';
import { Health } from './health.ts';
import { closed, Intake } from './intake.ts';

export interface MemberContext {
  publish(records: readonly OutgoingRecord[]): Promise<void>;
  /** These positions, with those that lie past their partition's end put back to its start. */
  inRange(positions: readonly Position[]): Promise<readonly Position[]>;
  /** Undefined where `RdConsumer` tells of ends. */
  readonly gapFinder: GapFinder | undefined;
  onClose(member: RdMember): void;
}

/**
 * A member of a consumer group. A rebalance takes effect between polls: librdkafka waits with it until then. With the
 * protocol that it speaks, every rebalance takes all partitions away and gives some of them back; what comes back
 * and was nobody else's meanwhile is neither lost nor gained. That is seen from the marks of the committed offsets.
 */
export class RdMember implements Consumer {
  readonly #options: JoinOptions;
  readonly #consumer: RdConsumer;
  readonly #context: MemberContext;
  readonly #intake: Intake;
  readonly #health: Health;
  readonly #gaps: GapWatch;
  readonly #id: string = randomUUID();
  #commits = 0;
  /** What is committed for the partitions that are owned. */
  readonly #committed: Map<string, Committed> = new Map();
  #owned: readonly number[] = [];
  /** Between giving everything up and being given something again. */
  #isBetween = true;
  /** A commit was refused: what is owned must be read again from what is committed. */
  #isAstray = false;
  #closed = false;

  constructor(options: JoinOptions, consumer: RdConsumer, context: MemberContext) {
    this.#options = options;
    this.#consumer = consumer;
    this.#context = context;
    this.#intake = new Intake(consumer);
    this.#health = new Health(consumer);
    this.#gaps = new GapWatch(this.#intake, context.gapFinder);
  }

  /** What the processor was told of: also while a rebalance is under way that may give it back. */
  partitions(): readonly number[] {
    return this.#owned;
  }

  async poll(options: PollOptions): Promise<readonly IncomingRecord[]> {
    this.#assertOpen();
    try {
      return await this.#poll(options);
    } catch (error) {
      // what was under way when it was closed can only fail
      if (this.#closed) return [];
      throw error;
    }
  }

  async #poll({ maxRecords, waitMs }: PollOptions): Promise<readonly IncomingRecord[]> {
    const giveUpAt = performance.now() + waitMs;
    for (;;) {
      await this.#settle();
      if (this.#isAstray && !this.#isBetween) await this.rewind();
      if (this.#closed) return [];
      await this.#intake.fill(maxRecords, Math.max(0, giveUpAt - performance.now()));
      await this.#settle();
      if (this.#closed) return [];
      const records = this.#isAstray ? [] : this.#intake.take(maxRecords);
      if (records.length > 0) return records;
      if (performance.now() < giveUpAt) continue;
      if (!this.#isBetween) await this.#gaps.look();
      this.#health.check();
      return records;
    }
  }

  position(topic: string, partition: number): number {
    const cursor = this.#intake.cursor(topic, partition);
    if (cursor === undefined)
      throw new TransportError('fenced', `${topic}/${partition} is not owned by this member.`);
    this.#gaps.asked();
    return cursor.next;
  }

  pause(topic: string, partition: number): void {
    const cursor = this.#intake.cursor(topic, partition);
    if (this.#closed || cursor === undefined || cursor.paused) return;
    cursor.paused = true;
    if (!this.#isBetween) this.#consumer.pause({ topic, partition });
  }

  resume(topic: string, partition: number): void {
    const cursor = this.#intake.cursor(topic, partition);
    if (this.#closed || cursor?.paused !== true) return;
    cursor.paused = false;
    if (!this.#isBetween) this.#consumer.resume({ topic, partition, offset: cursor.fetchFrom });
  }

  async commit({ records, offsets }: TransportUnit): Promise<void> {
    this.#assertOpen();
    const mark = `requite:${this.#id}:${++this.#commits}`;
    try {
      this.#assertOwned(offsets);
      await this.#context.publish(records);
      if (offsets.length > 0) await this.#consumer.commit(offsets, mark);
    } catch (error) {
      this.#isAstray ||= error instanceof TransportError && error.code === 'fenced';
      throw error;
    }
    for (const position of offsets)
      this.#committed.set(placeKey(position), {
        ...position,
        mark: this.#consumer.holdsRebalances ? mark : null,
      });
  }

  async rewind(): Promise<void> {
    this.#assertOpen();
    const moved = this.#intake
      .cursors()
      .map(({ topic, partition, next }) => ({
        topic,
        partition,
        next,
        offset: this.#start(topic, partition),
      }))
      .filter(({ next, offset }) => next !== offset);
    for (const position of moved) this.#intake.set(position);
    if (!this.#isBetween) await this.#consumer.seek(moved);
    this.#isAstray = false;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#context.onClose(this);
    this.#consumer.wake();
    await this.#consumer.close();
  }

  /** Deals with what the group has decided. */
  async #settle(): Promise<void> {
    for (let next = this.#consumer.rebalances[0]; next !== undefined; next = this.#consumer.rebalances[0]) {
      if (this.#closed) return;
      if (next.kind === 'assigned') await this.#begin(next.places);
      else this.#giveUp(next.lost || !this.#consumer.holdsRebalances);
      this.#consumer.rebalances.shift();
    }
  }

  #giveUp(isLost: boolean): void {
    this.#isBetween = true;
    // of what was received and not delivered, others may be the ones to deliver it
    for (const cursor of this.#intake.cursors()) cursor.seek(cursor.next);
    if (isLost) this.#lose(this.#owned);
    this.#consumer.release();
  }

  async #begin(places: readonly Place[]): Promise<void> {
    const committed = await this.#consumer.committed(places);
    const kept = this.#owned.filter((partition) => this.#isUntouched(partition, committed));
    const fresh = committed.filter(({ partition }) => !kept.includes(partition));
    const starts = await this.#context.inRange(fresh.map((each) => ({ ...each, offset: each.offset ?? 0 })));
    if (this.#closed) return;
    this.#lose(this.#owned.filter((each) => !kept.includes(each)));
    for (const each of fresh) this.#committed.set(placeKey(each), each);
    for (const position of starts) this.#intake.set(position);
    const cursors = this.#intake.cursors();
    await this.#consumer.assign(
      cursors.map(({ topic, partition, next }) => ({ topic, partition, offset: next === 0 ? null : next })),
    );
    for (const cursor of cursors) if (cursor.paused) this.#consumer.pause(cursor);
    this.#isBetween = false;
    this.#owned = [...new Set(places.map(({ partition }) => partition))].sort((a, b) => a - b);
    const gained = this.#owned.filter((each) => !kept.includes(each));
    if (gained.length > 0) this.#options.onGained?.(gained);
  }

  /** Whether all of the partition came back as this member left it, so that nobody had it in between. */
  #isUntouched(partition: number, committed: readonly Committed[]): boolean {
    const before = this.#intake.cursors().filter((each) => each.partition === partition);
    const now = committed.filter((each) => each.partition === partition);
    return (
      before.length === now.length &&
      now.every((each) => {
        const known = this.#committed.get(placeKey(each));
        return known !== undefined && known.offset === each.offset && known.mark === each.mark;
      })
    );
  }

  #lose(partitions: readonly number[]): void {
    if (partitions.length === 0) return;
    for (const { topic, partition } of this.#intake.cursors()) {
      if (!partitions.includes(partition)) continue;
      this.#intake.drop(topic, partition);
      this.#committed.delete(placeKey({ topic, partition }));
    }
    this.#owned = this.#owned.filter((each) => !partitions.includes(each));
    this.#options.onLost?.(partitions);
  }

  #start(topic: string, partition: number): number {
    return this.#committed.get(placeKey({ topic, partition }))?.offset ?? 0;
  }

  #assertOwned(offsets: readonly Position[]): void {
    const isOurs = (offsets.length === 0 || !this.#isBetween) && !this.#consumer.isLost();
    if (isOurs && offsets.every(({ partition }) => this.#owned.includes(partition))) return;
    throw new TransportError(
      'fenced',
      `This member of ${this.#options.group} no longer has those partitions.`,
    );
  }

  #assertOpen(): void {
    if (this.#closed) throw closed(`member of ${this.#options.group}`);
  }
}
