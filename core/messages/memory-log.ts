import type { IncomingRecord, OutgoingRecord, Payload, Position } from './record.ts';
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
} from './transport.ts';

/** Key and value of one record may take so many bytes or UTF-16 code units together. */
const MAX_RECORD_LENGTH = 8 * 1024 * 1024;

export interface MemoryLogOptions {
  /** The log's time, in milliseconds since 1970 UTC. Default: counts 0, 1, 2, … */
  readonly now?: () => number;
  /** Ends a poll's waiting. Without it, a poll that waits ends with the next event of the log only. */
  readonly sleep?: (ms: number) => Promise<void>;
}

interface Group {
  readonly members: MemoryConsumer[];
  readonly owners: Map<number, MemoryConsumer>;
  readonly committed: Map<string, number>;
}

/** What all transports of one log share. */
class LogState {
  readonly topics: Map<string, IncomingRecord[][]> = new Map();
  readonly #groups: Map<string, Group> = new Map();
  readonly #waiting: Set<() => void> = new Set();
  readonly #now: () => number;
  readonly #sleep: ((ms: number) => Promise<void>) | undefined;

  constructor(options: MemoryLogOptions) {
    let ticks = 0;
    this.#now = options.now ?? (() => ticks++);
    this.#sleep = options.sleep;
  }

  partitionsOf(topic: string): IncomingRecord[][] {
    const partitions = this.topics.get(topic);
    if (partitions === undefined) throw new TransportError('unknown-topic', `There is no topic ${topic}.`);
    return partitions;
  }

  group(name: string): Group {
    const group = this.#groups.get(name) ?? { members: [], owners: new Map(), committed: new Map() };
    this.#groups.set(name, group);
    return group;
  }

  /** Throws for the first record that can't be taken; call before `append`. */
  check(records: readonly OutgoingRecord[]): void {
    for (const { topic, partition, key, value } of records) {
      if (this.partitionsOf(topic)[partition] === undefined) {
        throw new TransportError('unknown-topic', `Topic ${topic} has no partition ${partition}.`);
      }
      if ((key?.length ?? 0) + (value?.length ?? 0) > MAX_RECORD_LENGTH) {
        throw new TransportError('record-too-large', `A record for ${topic} is over the limit.`);
      }
    }
  }

  append(records: readonly OutgoingRecord[]): void {
    for (const { topic, partition, key, value, headers } of records) {
      const log = this.partitionsOf(topic)[partition] as IncomingRecord[];
      const offset = log.length;
      const timestampMs = this.#now();
      const stored = { key: stable(key), value: stable(value), headers: { ...headers } };
      log.push({ topic, partition, offset, ...stored, timestampMs });
    }
    if (records.length > 0) this.wake();
  }

  /** Takes turns among the cursors, so that none keeps others waiting. */
  fetch(cursors: readonly Cursor[], maxRecords: number): IncomingRecord[] {
    const batch: IncomingRecord[] = [];
    let before = -1;
    while (batch.length > before && batch.length < maxRecords) {
      before = batch.length;
      for (const cursor of cursors) {
        const record = this.partitionsOf(cursor.topic)[cursor.partition]?.[cursor.next];
        if (record === undefined || batch.length === maxRecords) continue;
        batch.push(record);
        cursor.next++;
      }
    }
    return batch;
  }

  wake(): void {
    for (const resume of [...this.#waiting]) resume();
  }

  /** Attempts until there are records, `isOver`, or the time is up. */
  async poll(
    { waitMs }: PollOptions,
    isOver: () => boolean,
    attempt: () => readonly IncomingRecord[],
  ): Promise<readonly IncomingRecord[]> {
    let late = waitMs <= 0;
    const timeOut = late
      ? undefined
      : this.#sleep?.(waitMs).then(() => {
          late = true;
          this.wake();
        });
    for (;;) {
      const records = attempt();
      if (records.length > 0 || late || isOver()) return records;
      const woken = new Promise<void>((resolve) => {
        const resume = (): void => {
          this.#waiting.delete(resume);
          resolve();
        };
        this.#waiting.add(resume);
      });
      await (timeOut === undefined ? woken : Promise.race([woken, timeOut]));
      if (isOver()) return [];
    }
  }
}

interface Cursor {
  readonly topic: string;
  readonly partition: number;
  next: number;
}

/**
 * The in-memory reference of the Transport port: a log that lasts as long as it is referenced. Partition p of a
 * group goes to its member p modulo their number, once the owner before has polled.
 */
export class MemoryLog implements Transport {
  readonly #state: LogState;
  readonly #users: Set<MemoryConsumer | MemoryReader> = new Set();
  #closed = false;

  constructor(options: MemoryLogOptions | LogState = {}) {
    this.#state = options instanceof LogState ? options : new LogState(options);
  }

  /** Another transport on the same log, as another process would have. */
  connect(): MemoryLog {
    return new MemoryLog(this.#state);
  }

  async createTopics(topics: readonly TopicSpec[]): Promise<void> {
    this.#assertOpen();
    for (const { name, partitions } of topics) {
      const found = this.#state.topics.get(name);
      if (found !== undefined && found.length !== partitions) {
        const message = `Topic ${name} has ${found.length} partitions, not ${partitions}.`;
        throw new TransportError('topic-mismatch', message);
      }
    }
    for (const { name, partitions } of topics) {
      const empty = Array.from({ length: partitions }, () => []);
      this.#state.topics.set(name, this.#state.topics.get(name) ?? empty);
    }
  }

  async publish(records: readonly OutgoingRecord[]): Promise<void> {
    this.#assertOpen();
    this.#state.check(records);
    this.#state.append(records);
  }

  async join(options: JoinOptions): Promise<Consumer> {
    this.#assertOpen();
    const consumer = new MemoryConsumer(this.#state, options, () => this.#users.delete(consumer));
    this.#users.add(consumer);
    return consumer;
  }

  async read(options: ReadOptions): Promise<Reader> {
    this.#assertOpen();
    const reader = new MemoryReader(this.#state, options, () => this.#users.delete(reader));
    this.#users.add(reader);
    return reader;
  }

  async endOffsets(topic: string): Promise<readonly number[]> {
    this.#assertOpen();
    return this.#state.partitionsOf(topic).map((records) => records.length);
  }

  /** Takes the member for dead, as a group does with one that is silent for too long. */
  async expire(consumer: Consumer): Promise<void> {
    (consumer as MemoryConsumer).leave();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const user of [...this.#users]) await user.close();
  }

  #assertOpen(): void {
    if (this.#closed) throw new TransportError('closed', 'The transport is closed.');
  }
}

class MemoryReader implements Reader {
  readonly #state: LogState;
  readonly #cursors: readonly Cursor[];
  readonly #onClose: () => void;
  #closed = false;

  constructor(state: LogState, { topics, from }: ReadOptions, onClose: () => void) {
    this.#state = state;
    this.#onClose = onClose;
    this.#cursors = topics.flatMap((topic) =>
      state.partitionsOf(topic).map((_, partition) => ({ topic, partition, next: from(topic, partition) })),
    );
  }

  async poll(options: PollOptions): Promise<readonly IncomingRecord[]> {
    if (this.#closed) throw new TransportError('closed', 'The reader is closed.');
    const attempt = (): IncomingRecord[] => this.#state.fetch(this.#cursors, options.maxRecords);
    return this.#state.poll(options, () => this.#closed, attempt);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#onClose();
    this.#state.wake();
  }
}

class MemoryConsumer implements Consumer {
  readonly #state: LogState;
  readonly #options: JoinOptions;
  readonly #group: Group;
  readonly #onClose: () => void;
  readonly #cursors: Map<string, Cursor> = new Map();
  readonly #paused: Set<string> = new Set();
  #owned: readonly number[] = [];
  #closed = false;

  constructor(state: LogState, options: JoinOptions, onClose: () => void) {
    this.#state = state;
    this.#options = options;
    this.#onClose = onClose;
    for (const topic of options.topics) state.partitionsOf(topic);
    this.#group = state.group(options.group);
    this.#group.members.push(this);
    state.wake();
  }

  partitions(): readonly number[] {
    return this.#owned;
  }

  async poll(options: PollOptions): Promise<readonly IncomingRecord[]> {
    this.#assertOpen();
    return this.#state.poll(
      options,
      () => this.#closed,
      () => {
        this.#settle();
        const active = [...this.#cursors].flatMap(([key, cursor]) => (this.#paused.has(key) ? [] : [cursor]));
        return this.#state.fetch(active, options.maxRecords);
      },
    );
  }

  position(topic: string, partition: number): number {
    const cursor = this.#cursors.get(keyOf(topic, partition));
    if (cursor === undefined) throw new TransportError('fenced', `${topic}/${partition} is not owned.`);
    return cursor.next;
  }

  pause(topic: string, partition: number): void {
    if (this.#cursors.has(keyOf(topic, partition))) this.#paused.add(keyOf(topic, partition));
  }

  resume(topic: string, partition: number): void {
    this.#paused.delete(keyOf(topic, partition));
  }

  async commit({ records, offsets }: TransportUnit): Promise<void> {
    this.#assertOpen();
    this.#state.check(records);
    for (const { topic } of offsets) this.#state.partitionsOf(topic);
    if (!this.#mayCommit(offsets)) {
      await this.rewind();
      throw new TransportError('fenced', `Partitions went to another member of ${this.#options.group}.`);
    }
    for (const { topic, partition, offset } of offsets) {
      this.#group.committed.set(keyOf(topic, partition), offset);
    }
    this.#state.append(records);
  }

  #mayCommit(offsets: readonly Position[]): boolean {
    const isMember = this.#group.members.includes(this);
    return isMember && offsets.every(({ partition }) => this.#group.owners.get(partition) === this);
  }

  async rewind(): Promise<void> {
    this.#assertOpen();
    for (const [key, cursor] of this.#cursors) cursor.next = this.#group.committed.get(key) ?? 0;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose();
    this.leave();
  }

  /** The group goes on without it; it joins again if it polls. */
  leave(): void {
    const { members, owners } = this.#group;
    if (members.includes(this)) members.splice(members.indexOf(this), 1);
    for (const [partition, owner] of owners) if (owner === this) owners.delete(partition);
    this.#state.wake();
  }

  /** Joins anew if it was taken for dead, hands over what is meant for others, takes what is free. */
  #settle(): void {
    const { members, owners } = this.#group;
    if (!members.includes(this)) {
      this.#own([]);
      members.push(this);
      this.#state.wake();
    }
    const counts = this.#options.topics.map((topic) => this.#state.partitionsOf(topic).length);
    let handedOver = false;
    for (let partition = 0; partition < Math.max(0, ...counts); partition++) {
      const target = members[partition % members.length] as MemoryConsumer;
      const owner = owners.get(partition);
      if (owner !== undefined && owner !== this) continue;
      owners.set(partition, target);
      handedOver ||= target !== this;
    }
    this.#own([...owners].filter(([, owner]) => owner === this).map(([partition]) => partition));
    if (handedOver) this.#state.wake();
  }

  #own(partitions: readonly number[]): void {
    const lost = this.#owned.filter((partition) => !partitions.includes(partition));
    const gained = partitions.filter((partition) => !this.#owned.includes(partition));
    this.#owned = partitions;
    for (const [key, { partition }] of this.#cursors) {
      if (!lost.includes(partition)) continue;
      this.#cursors.delete(key);
      this.#paused.delete(key);
    }
    for (const partition of gained) this.#begin(partition);
    if (lost.length > 0) this.#options.onLost?.(lost);
    if (gained.length > 0) this.#options.onGained?.(gained);
  }

  #begin(partition: number): void {
    for (const topic of this.#options.topics) {
      if (this.#state.partitionsOf(topic)[partition] === undefined) continue;
      const key = keyOf(topic, partition);
      this.#cursors.set(key, { topic, partition, next: this.#group.committed.get(key) ?? 0 });
    }
  }

  #assertOpen(): void {
    if (this.#closed) throw new TransportError('closed', `The member of ${this.#options.group} is closed.`);
  }
}

function keyOf(topic: string, partition: number): string {
  return `${partition} ${topic}`;
}

/** A payload as readers get it: a copy of the bytes, or text where they are valid UTF-8. */
function stable(payload: Payload): Payload {
  if (!(payload instanceof Uint8Array)) return payload;
  const escaped = Array.from(payload, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  try {
    return decodeURIComponent(escaped);
  } catch {
    return payload.slice(); // Not valid UTF-8: kept byte for byte.
  }
}
