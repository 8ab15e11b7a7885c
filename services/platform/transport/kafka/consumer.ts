import {
  type Consumer,
  type IncomingRecord,
  type JoinOptions,
  type PollOptions,
  TransportError,
  type TransportUnit,
} from '../../../../core/mod.ts';
import type { Logger } from '../../log.ts';
import { Signal } from '../../signal.ts';
import { connectionOptions } from './connection.ts';
import { Fetcher } from './fetcher.ts';
import { type Generation, isKept, Membership } from './membership.ts';
import type { KafkaProducer } from './producer.ts';
import type { KafkaSettings } from './settings.ts';

export interface ConsumerContext {
  readonly settings: KafkaSettings;
  readonly producer: KafkaProducer;
  readonly logger: Logger;
  readonly onClose: (consumer: KafkaConsumer) => void;
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
  /** Whether records were given out that may not have been dealt with yet. */
  #isBatchInHand = false;
  readonly #idle: Signal = new Signal();
  /** The generation in which a commit was refused: nothing more is given out in it. */
  #refusedIn: Generation | null = null;
  #closed = false;

  constructor(options: JoinOptions, context: ConsumerContext) {
    this.#options = options;
    this.#context = context;
    this.#membership = new Membership(context.settings, options, {
      onChange: () => this.#fetcher.wake(),
      whenIdle: (withinMs) => this.#whenIdle(withinMs),
    });
    const connection = connectionOptions(context.settings);
    this.#fetcher = new Fetcher(this.#membership.client, connection, context.logger);
  }

  /** The group's name and this member's id in it, which brokers know it by. */
  get member(): { readonly group: string; readonly memberId: string | null } {
    return { group: this.#options.group, memberId: this.#membership.current?.memberId ?? null };
  }

  partitions(): readonly number[] {
    return this.#owned;
  }

  async poll(options: PollOptions): Promise<readonly IncomingRecord[]> {
    this.#batchDone();
    const giveUpAt = performance.now() + options.waitMs;
    for (;;) {
      this.#assertOpen();
      await this.#settle();
      const records = await this.#fetch(options, Math.max(0, giveUpAt - performance.now()));
      this.#isBatchInHand = records.length > 0;
      if (records.length > 0 || this.#closed) return records;
      if (this.#membership.problem !== null) throw this.#membership.problem;
      if (performance.now() >= giveUpAt) return records;
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

  async commit({ records, offsets }: TransportUnit): Promise<void> {
    this.#assertOpen();
    const since = this.#applied;
    this.#assertOwned(offsets.map(({ partition }) => partition));
    await this.#context.producer.publish(records);
    if (offsets.length === 0 || since === null) return;
    try {
      await this.#membership.commit(offsets, since);
    } catch (error) {
      if (error instanceof TransportError && error.code === 'fenced')
        this.#refusedIn = this.#membership.current;
      throw error;
    }
    for (const { topic, partition, offset } of offsets) this.#committed.set(keyOf(topic, partition), offset);
  }

  async rewind(): Promise<void> {
    this.#assertOpen();
    for (const { topic, partition, next } of this.#fetcher.positions()) {
      const offset = this.#committed.get(keyOf(topic, partition));
      if (offset !== undefined && next !== offset) this.#fetcher.seek(topic, partition, offset);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#batchDone();
    this.#context.onClose(this);
    await Promise.all([this.#fetcher.close(), this.#membership.close()]);
  }

  /** Records of what is surely owned: none while a rebalance is under way. */
  async #fetch({ maxRecords }: PollOptions, waitMs: number): Promise<IncomingRecord[]> {
    const applied = this.#applied;
    const isInDoubt = (): boolean =>
      this.#closed ||
      this.#membership.current !== applied ||
      this.#membership.isRejoining ||
      (applied !== null && this.#refusedIn === applied);
    if (!isInDoubt()) return this.#fetcher.poll({ maxRecords, waitMs }, isInDoubt);
    if (!this.#closed) await this.#fetcher.news(waitMs);
    return [];
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
    while (this.#membership.current !== this.#applied && !this.#closed) {
      const next = this.#membership.current;
      const before = this.#applied;
      const kept = this.#owned.filter(
        (each) => before !== null && next !== null && isKept(each, before, next),
      );
      const lost = this.#owned.filter((each) => !kept.includes(each));
      this.#keepOnly(kept);
      this.#applied = next === null ? null : { ...next, partitions: kept };
      if (lost.length > 0) this.#options.onLost?.(lost);
      if (next === null) return;
      const gained = next.partitions.filter((each) => !kept.includes(each));
      const marks = await this.#begin(gained, next);
      if (this.#membership.current !== next || this.#closed) continue; // overtaken: what was begun is not owned yet
      this.#applied = next;
      this.#owned = next.partitions;
      if (gained.length > 0) this.#options.onGained?.(gained, marks);
    }
  }

  #keepOnly(partitions: readonly number[]): void {
    this.#owned = partitions;
    for (const { topic, partition } of this.#fetcher.positions()) {
      if (partitions.includes(partition)) continue;
      this.#fetcher.drop(topic, partition);
      this.#committed.delete(keyOf(topic, partition));
    }
  }

  /** Reads on where the group has committed; gives the marks that it has done so with. */
  async #begin(gained: readonly number[], { byTopic }: Generation): Promise<readonly string[]> {
    if (gained.length === 0) return [];
    const wanted = [...byTopic].map(
      ([topic, numbers]) => [topic, numbers.filter((each) => gained.includes(each))] as const,
    );
    const committed = await this.#membership.committed(new Map(wanted));
    if (this.#closed) return [];
    for (const { topic, partition, offset } of committed) {
      this.#committed.set(keyOf(topic, partition), offset ?? 0);
      this.#fetcher.seek(topic, partition, offset ?? 0);
    }
    return [...new Set(committed.flatMap(({ mark }) => mark ?? []))];
  }

  #assertOwned(partitions: readonly number[]): void {
    const current = this.#membership.current;
    const applied = this.#applied;
    const isOwned = (each: number): boolean =>
      current !== null && applied !== null && this.#owned.includes(each) && isKept(each, applied, current);
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

function keyOf(topic: string, partition: number): string {
  return `${partition} ${topic}`;
}
