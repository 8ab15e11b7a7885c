import type { LogState } from './memory-log.ts';
import type { IncomingRecord, Position } from './record.ts';
import {
  type Consumer,
  type JoinOptions,
  type PollOptions,
  TransportError,
  type TransportUnit,
} from './transport.ts';

/** A consumer group. `members` are in the order in which they joined. */
export interface Group {
  readonly members: MemoryConsumer[];
  readonly owners: Map<number, MemoryConsumer>;
  readonly committed: Map<string, number>;
}

/** Where somebody stands in one partition. `next` is the next offset to deliver. */
export interface Cursor {
  readonly topic: string;
  readonly partition: number;
  next: number;
}

/** One member of a group of the in-memory log. It learns what it owns in `poll`. */
export class MemoryConsumer implements Consumer {
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
