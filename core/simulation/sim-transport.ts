import type { IncomingRecord, OutgoingRecord, Position } from '../messages/record.ts';
import {
  type Consumer,
  type JoinOptions,
  type PollOptions,
  type Reader,
  type ReadOptions,
  type TopicSpec,
  type Transport,
  TransportError,
  type TransportUnit,
} from '../messages/transport.ts';
import type { Kernel, Process } from './kernel.ts';
import type { Backing } from './options.ts';
import type { Random } from './random.ts';
import { type Cursor, fetchFrom, type Group, type Listener, type SimLog } from './sim-log.ts';

/** At most so many records come at once, so that batches are many. */
const MOST_AT_ONCE = 6;

/** What the log's connections share. */
export interface LogSurroundings {
  readonly log: SimLog;
  readonly kernel: Kernel;
  readonly backing: Backing;
  /** The schedule's. */
  readonly random: Random;
  /** What is to be published, after what faults make of it. */
  outgoing(records: readonly OutgoingRecord[], by: Process): readonly OutgoingRecord[];
  /** Which records a poll gives, after what faults make of it. */
  narrowed(cursors: readonly Cursor[], by: Process): readonly Cursor[];
  delivered(records: readonly IncomingRecord[], by: Process): void;
  /** A member went back to its committed offsets. */
  rewound(by: Process): void;
}

/** The log as one process has it: every call waits for its turn. */
export class SimTransport implements Transport {
  readonly #around: LogSurroundings;
  readonly #process: Process;
  readonly members: SimConsumer[] = [];
  /** Called when offsets were committed. */
  onCommitted: () => void = () => {};

  constructor(around: LogSurroundings, process: Process) {
    this.#around = around;
    this.#process = process;
  }

  async createTopics(topics: readonly TopicSpec[]): Promise<void> {
    for (const { name } of topics) this.#around.log.create(name);
  }

  publish(records: readonly OutgoingRecord[]): Promise<void> {
    const { log } = this.#around;
    return this.#process.call('publish', () => log.append(this.#around.outgoing(records, this.#process)));
  }

  join(options: JoinOptions): Promise<Consumer> {
    return this.#process.call('join', () => {
      const consumer = new SimConsumer(this.#around, this.#process, options, () => this.onCommitted());
      this.members.push(consumer);
      return consumer;
    });
  }

  read(options: ReadOptions): Promise<Reader> {
    return this.#process.call('join', () => new SimReader(this.#around, this.#process, options));
  }

  endOffsets(topic: string): Promise<readonly number[]> {
    return this.#process.call('ends', () => this.#around.log.endOffsets(topic));
  }

  async logId(): Promise<string> {
    return 'simulated';
  }

  async close(): Promise<void> {
    for (const member of this.members) await member.close();
  }

  /** Whether its group counts on it. */
  isMember(): boolean {
    return this.members.some((member) => member.isMember());
  }

  /** The group goes on without this process, which does not know. */
  expire(): void {
    for (const member of this.members) member.expire();
  }

  /** Whether its member has read anything. */
  hasRead(): boolean {
    return this.members.at(-1)?.hasRead() ?? false;
  }

  /** Some of what it had read will be given again. */
  stepBack(random: Random): void {
    this.members.at(-1)?.stepBack(random);
  }

  /** Nobody listens any more. */
  die(): void {
    for (const member of this.members) this.#around.log.forget(member);
  }
}

/** A member of a simulated group. It learns what it owns in `poll`. */
export class SimConsumer implements Consumer, Listener {
  mayHaveNews = true;
  readonly #around: LogSurroundings;
  readonly #process: Process;
  readonly #options: JoinOptions;
  readonly #onCommitted: () => void;
  readonly #group: Group;
  readonly #cursors: Map<string, Cursor> = new Map();
  readonly #paused: Set<string> = new Set();
  /** Offsets of what is done that wait to be committed, by place: a crash loses them. */
  readonly #waiting: Map<string, Position> = new Map();
  #owned: readonly number[] = [];
  #isClosed = false;

  constructor(around: LogSurroundings, process: Process, options: JoinOptions, onCommitted: () => void) {
    this.#around = around;
    this.#process = process;
    this.#options = options;
    this.#onCommitted = onCommitted;
    this.#group = around.log.group(options.group, options.topics);
    this.#group.join(this);
    around.log.listen(this, options.topics);
  }

  partitions(): readonly number[] {
    return this.#owned;
  }

  poll({ maxRecords, waitMs }: PollOptions): Promise<readonly IncomingRecord[]> {
    const isIdle = (): boolean => !this.mayHaveNews;
    return this.#process.call('poll', () => this.#fetch(maxRecords, waitMs), isIdle);
  }

  position(topic: string, partition: number): number {
    const cursor = this.#cursors.get(placeOf(topic, partition));
    if (cursor === undefined) throw new TransportError('fenced', `${topic}/${partition} is not owned.`);
    return cursor.next;
  }

  pause(topic: string, partition: number): void {
    const place = placeOf(topic, partition);
    if (this.#cursors.has(place)) this.#paused.add(place);
  }

  resume(topic: string, partition: number): void {
    if (this.#paused.delete(placeOf(topic, partition))) this.mayHaveNews = true;
  }

  async commit(unit: TransportUnit): Promise<void> {
    if (this.#around.backing === 'atomic') return this.commitAtOnce(unit, () => {});
    const { log, random } = this.#around;
    const { records, offsets, offsetsMayWait = false } = unit;
    // as on Kafka without transactions: who is fenced has published all the same
    if (records.length > 0)
      await this.#process.call('publish', () => log.append(this.#around.outgoing(records, this.#process)));
    await this.#process.call('commit', () => {
      this.#assertOwned(offsets);
      for (const offset of offsets) this.#waiting.set(placeOf(offset.topic, offset.partition), offset);
      if (!offsetsMayWait || random.oneIn(2)) this.#commitWaiting();
    });
    this.#onCommitted();
  }

  /** Records, offsets and what `more` does in one step. */
  commitAtOnce({ records, offsets }: TransportUnit, more: () => void): Promise<void> {
    const { log } = this.#around;
    return this.#process.call('commit', () => {
      this.#assertOwned(offsets);
      more();
      log.append(this.#around.outgoing(records, this.#process));
      log.commit(this.#group, this, offsets);
    });
  }

  rewind(): Promise<void> {
    return this.#process.call('rewind', () => {
      this.#toCommitted();
      this.#around.rewound(this.#process);
    });
  }

  /** Leaves at once, and ends a poll that waits. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#commitWaiting();
    this.#group.remove(this);
    this.#around.log.forget(this);
    const { pending } = this.#process;
    if (pending?.point === 'poll') this.#around.kernel.answer(pending, []);
  }

  isMember(): boolean {
    return this.#group.has(this);
  }

  /** The group takes it for dead; it does not know before it polls. */
  expire(): void {
    this.#group.remove(this);
  }

  hasRead(): boolean {
    for (const { next } of this.#cursors.values()) if (next > 0) return true;
    return false;
  }

  /** Records that were given already will be given again: from where chance says. */
  stepBack(random: Random): void {
    for (const cursor of this.#cursors.values())
      if (cursor.next > 0 && !random.oneIn(3)) cursor.next = random.below(cursor.next);
    this.mayHaveNews = true;
  }

  #fetch(maxRecords: number, waitMs: number): readonly IncomingRecord[] {
    const { log, random, kernel } = this.#around;
    this.#own();
    const active = [...this.#cursors].flatMap(([place, cursor]) => (this.#paused.has(place) ? [] : [cursor]));
    const cursors = this.#around.narrowed(active, this.#process);
    const limit = Math.min(maxRecords, 1 + random.below(MOST_AT_ONCE));
    const records = fetchFrom(log, cursors, limit, random);
    if (records.length === 0) {
      this.#commitWaiting();
      if (cursors.length === active.length) this.mayHaveNews = false;
      if (waitMs > 0) kernel.nowMs += random.below(Math.ceil(waitMs));
    }
    this.#around.delivered(records, this.#process);
    return records;
  }

  /** What another owns by now, it does again. */
  #commitWaiting(): void {
    const { log } = this.#around;
    const own = [...this.#waiting.values()].filter((each) => log.mayCommit(this.#group, this, [each]));
    this.#waiting.clear();
    log.commit(this.#group, this, own);
  }

  #assertOwned(offsets: readonly Position[]): void {
    if (this.#around.log.mayCommit(this.#group, this, offsets)) return;
    this.#toCommitted();
    throw new TransportError('fenced', `Partitions went to another member of ${this.#options.group}.`);
  }

  #toCommitted(): void {
    for (const [place, cursor] of this.#cursors)
      cursor.next =
        this.#waiting.get(place)?.offset ?? this.#group.committedOf(cursor.topic, cursor.partition);
    this.mayHaveNews = true;
  }

  #own(): void {
    if (!this.#group.has(this)) {
      this.#change([]);
      this.#group.join(this);
    }
    this.#change(this.#group.settle(this));
  }

  #change(partitions: readonly number[]): void {
    const lost = this.#owned.filter((partition) => !partitions.includes(partition));
    const gained = partitions.filter((partition) => !this.#owned.includes(partition));
    this.#owned = partitions;
    for (const [place, { partition }] of this.#cursors) {
      if (!lost.includes(partition)) continue;
      this.#cursors.delete(place);
      this.#paused.delete(place);
      this.#waiting.delete(place);
    }
    for (const partition of gained) {
      for (const topic of this.#options.topics) {
        const next = this.#group.committedOf(topic, partition);
        this.#cursors.set(placeOf(topic, partition), { topic, partition, next });
      }
    }
    if (lost.length > 0) this.#options.onLost?.(lost);
    if (gained.length > 0) this.#options.onGained?.(gained);
  }
}

class SimReader implements Reader, Listener {
  mayHaveNews = true;
  readonly #around: LogSurroundings;
  readonly #process: Process;
  readonly #cursors: readonly Cursor[];

  constructor(around: LogSurroundings, process: Process, { topics, partitions, from }: ReadOptions) {
    this.#around = around;
    this.#process = process;
    this.#cursors = topics.flatMap((topic) =>
      [...around.log.of(topic).keys()]
        .filter((partition) => partitions?.includes(partition) ?? true)
        .map((partition) => ({ topic, partition, next: from(topic, partition) })),
    );
    around.log.listen(this, topics);
  }

  poll({ maxRecords }: PollOptions): Promise<readonly IncomingRecord[]> {
    const { log, random } = this.#around;
    const isIdle = (): boolean => !this.mayHaveNews;
    return this.#process.call(
      'poll',
      () => {
        const cursors = this.#around.narrowed(this.#cursors, this.#process);
        const records = fetchFrom(log, cursors, Math.min(maxRecords, 1 + random.below(MOST_AT_ONCE)), random);
        if (records.length === 0 && cursors.length === this.#cursors.length) this.mayHaveNews = false;
        this.#around.delivered(records, this.#process);
        return records;
      },
      isIdle,
    );
  }

  position(topic: string, partition: number): number {
    const cursor = this.#cursors.find((each) => each.topic === topic && each.partition === partition);
    if (cursor === undefined)
      throw new TransportError('unknown-topic', `Partition ${partition} of ${topic} is not read.`);
    return cursor.next;
  }

  async close(): Promise<void> {
    this.#around.log.forget(this);
  }
}

const placeOf = (topic: string, partition: number): string => `${partition} ${topic}`;
