import {
  type Consumer,
  type IncomingRecord,
  type JoinOptions,
  type PollOptions,
  type Position,
  TransportError,
  type TransportUnit,
} from '../../../../core/mod.ts';
import { runtimeError } from '../../store/sqlite/errors.ts';
import { fetchBatch } from './fetch.ts';
import type { Silence } from './group-table.ts';
import type { LogFile } from './log-file.ts';
import { checkSize } from './payload.ts';
import { pollUntil } from './poll.ts';
import type { Cursor, Topic } from './record-table.ts';

/** Not a generation that a group can have: look at the assignments again. */
const UNKNOWN_GENERATION = -1;

export interface ConsumerEnvironment {
  readonly file: LogFile;
  readonly silence: () => Silence;
  readonly onClose: (consumer: EmbeddedConsumer) => void;
}

/**
 * One member of a group. It learns what it owns in `poll`: there it hands over what is meant for others, and
 * there it joins anew, as another member, after the group took it for dead.
 */
export class EmbeddedConsumer implements Consumer {
  readonly group: string;
  readonly file: LogFile;
  readonly #environment: ConsumerEnvironment;
  readonly #options: JoinOptions;
  readonly #topics: readonly Topic[];
  readonly #cursors = new Map<string, Cursor>();
  readonly #paused = new Set<string>();
  #owned: readonly number[] = [];
  #member: string | null = null;
  #generation = UNKNOWN_GENERATION;
  #turn = 0;
  #closed = false;

  /** Throws `TransportError` ('unknown-topic'). */
  constructor(options: JoinOptions, environment: ConsumerEnvironment) {
    this.group = options.group;
    this.file = environment.file;
    this.#environment = environment;
    this.#options = options;
    this.#topics = options.topics.map((name) => this.file.records.topic(name));
  }

  /** Its name in the group: another one after each time that it joined; null while it is out. */
  get member(): string | null {
    return this.#member;
  }

  /** Becomes a member. What it owns shows at the first poll. */
  async enter(): Promise<void> {
    const member = crypto.randomUUID();
    const partitions = Math.max(0, ...this.#topics.map((topic) => topic.partitions));
    await this.file.writer.write(() => {
      this.file.groups.join(this.group, member, partitions, this.#environment.silence());
      this.file.writer.notifyAfterCommit();
    });
    this.#generation = UNKNOWN_GENERATION;
    if (this.#closed) await this.#leaveIfPossible(member);
    else this.#member = member;
  }

  /** The group has dropped this member: a waiting poll joins anew. */
  dropped(member: string): void {
    if (this.#member !== member) return;
    this.#member = null;
    this.file.bell.wake();
  }

  partitions(): readonly number[] {
    return this.#owned;
  }

  async poll(options: PollOptions): Promise<readonly IncomingRecord[]> {
    this.#assertOpen();
    return pollUntil(
      this.file.bell,
      options,
      () => this.#closed,
      async () => {
        await this.#settle().catch((error: unknown) => {
          throw runtimeError(this.file.database.filename, error);
        });
        return this.#closed ? [] : this.#fetch(options.maxRecords);
      },
    );
  }

  #fetch(maxRecords: number): readonly IncomingRecord[] {
    const active = [...this.#cursors].flatMap(([key, cursor]) => (this.#paused.has(key) ? [] : [cursor]));
    const { last } = this.#options;
    return this.file.read(() => fetchBatch(this.file.records, active, maxRecords, this.#turn++, last));
  }

  position(topic: string, partition: number): number {
    const cursor = this.#cursors.get(keyOf(topic, partition));
    if (cursor === undefined) throw fenced(`${topic}/${partition} is not owned by this member.`);
    return cursor.next;
  }

  pause(topic: string, partition: number): void {
    if (this.#cursors.has(keyOf(topic, partition))) this.#paused.add(keyOf(topic, partition));
  }

  resume(topic: string, partition: number): void {
    this.#paused.delete(keyOf(topic, partition));
  }

  commit(unit: TransportUnit): Promise<void> {
    return this.commitWith(unit, () => {});
  }

  /** As `commit`, with more to write in the same transaction; what that throws undoes all of it. */
  async commitWith({ records, offsets }: TransportUnit, writeMore: () => void): Promise<void> {
    this.#assertOpen();
    for (const record of records) checkSize(record);
    try {
      await this.file.writer.write(() => {
        this.#assertOwned(offsets);
        writeMore();
        this.file.records.append(records, this.#environment.silence().nowMs);
        for (const { topic, partition, offset } of offsets) {
          this.file.groups.commit(this.group, this.file.records.topic(topic).id, partition, offset);
        }
        if (records.length > 0) this.file.writer.notifyAfterCommit();
      });
    } catch (error) {
      // As the port promises: after a fence, poll looks at what is owned, and goes on from what is committed.
      if (error instanceof TransportError && error.code === 'fenced') {
        this.#generation = UNKNOWN_GENERATION;
        await this.rewind();
      }
      throw error;
    }
  }

  #assertOwned(offsets: readonly Position[]): void {
    const member = this.#member;
    if (member === null || !this.file.groups.isMember(member)) {
      throw fenced(`The group ${this.group} took this member for dead. It joins again at its next poll.`);
    }
    for (const partition of new Set(offsets.map((offset) => offset.partition))) {
      if (!this.file.groups.owns(this.group, partition, member)) {
        throw fenced(`Partition ${partition} went to another member of ${this.group}.`);
      }
    }
  }

  async rewind(): Promise<void> {
    this.#assertOpen();
    this.file.read(() => {
      for (const cursor of this.#cursors.values()) cursor.next = this.#committed(cursor);
    });
  }

  #committed({ topic, partition }: Omit<Cursor, 'next'>): number {
    return this.file.groups.committed(this.group, topic.id, partition);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#environment.onClose(this);
    this.file.bell.wake();
    const member = this.#member;
    this.#member = null;
    if (member !== null) await this.#leaveIfPossible(member);
  }

  /** Where the disk takes no farewell, the group has to find out by its silence. */
  async #leaveIfPossible(member: string): Promise<void> {
    try {
      await this.#leave(member);
    } catch (error) {
      // ending must not need a store that works
      if (!(error instanceof TransportError && error.code === 'unavailable')) throw error;
    }
  }

  #leave(member: string): Promise<void> {
    return this.file.writer.write(() => {
      this.file.groups.leave(this.group, member);
      this.file.writer.notifyAfterCommit();
    });
  }

  /** Brings what this member believes to own in line with the group. */
  async #settle(): Promise<void> {
    while (!this.#closed) {
      if (this.#member === null) {
        this.#own([]);
        await this.enter();
        continue;
      }
      const generation = this.file.groups.generation(this.group);
      if (generation === this.#generation) return;
      await this.#adopt(this.#member);
    }
  }

  /** Takes over the group's assignments as they are now; hands over what is meant for others. */
  async #adopt(member: string): Promise<void> {
    const { groups } = this.file;
    const view = this.file.read(() => ({
      generation: groups.generation(this.group),
      isMember: groups.isMember(member),
      mine: groups.assignments(this.group).filter((assignment) => assignment.owner === member),
    }));
    if (!view.isMember) {
      this.#member = null;
      return;
    }
    this.#own(view.mine.filter(({ heir }) => heir === null).map(({ partition }) => partition));
    if (view.mine.every(({ heir }) => heir === null)) {
      this.#generation = view.generation;
      return;
    }
    await this.file.writer.write(() => {
      groups.release(this.group, member);
      this.file.writer.notifyAfterCommit();
    });
  }

  #own(partitions: readonly number[]): void {
    const lost = this.#owned.filter((partition) => !partitions.includes(partition));
    const gained = partitions.filter((partition) => !this.#owned.includes(partition));
    this.#owned = partitions;
    for (const [key, cursor] of this.#cursors) {
      if (!lost.includes(cursor.partition)) continue;
      this.#cursors.delete(key);
      this.#paused.delete(key);
    }
    for (const partition of gained) this.#begin(partition);
    if (lost.length > 0) this.#options.onLost?.(lost);
    if (gained.length > 0) this.#options.onGained?.(gained);
  }

  #begin(partition: number): void {
    for (const topic of this.#topics.filter(({ partitions }) => partition < partitions)) {
      const next = this.#committed({ topic, partition });
      this.#cursors.set(keyOf(topic.name, partition), { topic, partition, next });
    }
  }

  #assertOpen(): void {
    if (this.#closed) throw new TransportError('closed', `The member of ${this.group} is closed.`);
  }
}

function keyOf(topic: string, partition: number): string {
  return `${partition} ${topic}`;
}

function fenced(message: string): TransportError {
  return new TransportError('fenced', message);
}
