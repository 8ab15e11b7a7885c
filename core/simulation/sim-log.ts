import type { IncomingRecord, OutgoingRecord, Position } from '../messages/record.ts';
import { TransportError } from '../messages/transport.ts';
import type { Random } from './random.ts';

/** Where somebody stands in one partition of a topic. `next` is the next offset to deliver. */
export interface Cursor {
  readonly topic: string;
  readonly partition: number;
  next: number;
}

/** Who reads: told when there may be something new. */
export interface Listener {
  mayHaveNews: boolean;
}

/** A member as its group sees it. */
export type Member = Listener;

/** A consumer group: who is in it, who owns which partition number, and what is committed. */
export class Group {
  readonly name: string;
  readonly members: Member[] = [];
  readonly owners: (Member | null)[];
  readonly committed: Map<string, number[]> = new Map();
  #generation = 0;

  constructor(name: string, topics: readonly string[], partitions: number) {
    this.name = name;
    this.owners = Array.from({ length: partitions }, () => null);
    for (const topic of topics) this.committed.set(topic, new Array(partitions).fill(0));
  }

  /** Another generation: partitions may go to others than before. */
  join(member: Member): void {
    this.members.push(member);
    this.#changed();
  }

  /** It left, or is taken for dead. */
  remove(member: Member): void {
    const at = this.members.indexOf(member);
    if (at < 0) return;
    this.members.splice(at, 1);
    for (let partition = 0; partition < this.owners.length; partition++)
      if (this.owners[partition] === member) this.owners[partition] = null;
    this.#changed();
  }

  has(member: Member): boolean {
    return this.members.includes(member);
  }

  /** Hands over what is meant for others, takes what is free; returns the partitions that it owns. */
  settle(member: Member): number[] {
    const owned: number[] = [];
    for (let partition = 0; partition < this.owners.length; partition++) {
      const owner = this.owners[partition] ?? null;
      if (owner !== null && owner !== member) continue;
      const target = this.members[(partition + this.#generation) % this.members.length] ?? member;
      this.owners[partition] = target;
      if (target === member) owned.push(partition);
      else target.mayHaveNews = true;
    }
    return owned;
  }

  committedOf(topic: string, partition: number): number {
    return this.committed.get(topic)?.[partition] ?? 0;
  }

  #changed(): void {
    this.#generation++;
    for (const each of this.members) each.mayHaveNews = true;
  }
}

/** What is told of the log, as it happens. */
export interface LogWatcher {
  appended(record: IncomingRecord): void;
  /** `isOwner`: whether it came from the partition's owner. */
  committed(group: string, position: Position, before: number, isOwner: boolean): void;
}

/** Topics, partitions, groups. It outlives every process. */
export class SimLog {
  readonly partitions: number;
  readonly topics: Map<string, IncomingRecord[][]> = new Map();
  readonly #groups: Map<string, Group> = new Map();
  readonly #listeners: Map<string, Set<Listener>> = new Map();
  readonly #now: () => number;
  readonly #watcher: LogWatcher;
  /** Whether an offset is taken from one who no longer owns its partition: a planted fault. */
  readonly #isOpenToAll: boolean;

  constructor(partitions: number, now: () => number, watcher: LogWatcher, isOpenToAll: boolean) {
    this.partitions = partitions;
    this.#now = now;
    this.#watcher = watcher;
    this.#isOpenToAll = isOpenToAll;
  }

  create(topic: string): void {
    if (this.topics.has(topic)) return;
    this.topics.set(
      topic,
      Array.from({ length: this.partitions }, () => []),
    );
    this.#listeners.set(topic, new Set());
  }

  of(topic: string): IncomingRecord[][] {
    const partitions = this.topics.get(topic);
    if (partitions === undefined) throw new TransportError('unknown-topic', `There is no topic ${topic}.`);
    return partitions;
  }

  group(name: string, topics: readonly string[]): Group {
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const group = new Group(name, topics, this.partitions);
    this.#groups.set(name, group);
    return group;
  }

  listen(listener: Listener, topics: readonly string[]): void {
    for (const topic of topics) this.#listeners.get(topic)?.add(listener);
  }

  forget(listener: Listener): void {
    for (const listeners of this.#listeners.values()) listeners.delete(listener);
  }

  append(records: readonly OutgoingRecord[]): void {
    for (const { topic, partition, key, value, headers = {} } of records) {
      const log = this.of(topic)[partition];
      if (log === undefined)
        throw new TransportError('unknown-topic', `Topic ${topic} has no partition ${partition}.`);
      const record = { topic, partition, offset: log.length, key, value, headers, timestampMs: this.#now() };
      log.push(record);
      for (const listener of this.#listeners.get(topic) ?? []) listener.mayHaveNews = true;
      this.#watcher.appended(record);
    }
  }

  /** Whether the member may commit these. */
  mayCommit(group: Group, member: Member, offsets: readonly Position[]): boolean {
    return this.#isOpenToAll || offsets.every(({ partition }) => group.owners[partition] === member);
  }

  commit(group: Group, member: Member, offsets: readonly Position[]): void {
    for (const position of offsets) {
      const committed = group.committed.get(position.topic);
      if (committed === undefined) continue;
      const before = committed[position.partition] ?? 0;
      committed[position.partition] = position.offset;
      this.#watcher.committed(group.name, position, before, group.owners[position.partition] === member);
    }
  }

  endOffsets(topic: string): number[] {
    return this.of(topic).map(({ length }) => length);
  }
}

/** Takes up to so many records, from one partition and another as it comes, in order within each. */
export function fetchFrom(
  log: SimLog,
  cursors: readonly Cursor[],
  limit: number,
  random: Random,
): IncomingRecord[] {
  const waiting = cursors.filter((each) => hasNext(log, each));
  const batch: IncomingRecord[] = [];
  while (waiting.length > 0 && batch.length < limit) {
    const at = random.below(waiting.length);
    const cursor = waiting[at];
    const record = cursor && log.of(cursor.topic)[cursor.partition]?.[cursor.next];
    if (cursor === undefined || record === undefined) break;
    batch.push(record);
    cursor.next++;
    if (!hasNext(log, cursor)) waiting.splice(at, 1);
  }
  return batch;
}

const hasNext = (log: SimLog, { topic, partition, next }: Cursor): boolean =>
  next < (log.of(topic)[partition]?.length ?? 0);
