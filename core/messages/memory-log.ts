import { type Cursor, type Group, MemoryConsumer } from './memory-consumer.ts';
import type { IncomingRecord, OutgoingRecord, Payload } from './record.ts';
import {
  type Consumer,
  type JoinOptions,
  type PollOptions,
  type Reader,
  type ReadOptions,
  type TopicSpec,
  type Transport,
  TransportError,
} from './transport.ts';

/** Key and value of one record may take so many bytes or UTF-16 code units together. */
const MAX_RECORD_LENGTH = 8 * 1024 * 1024;

export interface MemoryLogOptions {
  /** The log's time, in milliseconds since 1970 UTC. Default: counts 0, 1, 2, … */
  readonly now?: () => number;
  /** Ends a poll's waiting. Without it, a poll that waits ends with the next event of the log only. */
  readonly sleep?: (ms: number) => Promise<void>;
}

/** What all transports of one log share. */
export class LogState {
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

  async logId(): Promise<string> {
    this.#assertOpen();
    return 'memory';
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

  constructor(state: LogState, { topics, partitions, from }: ReadOptions, onClose: () => void) {
    this.#state = state;
    this.#onClose = onClose;
    this.#cursors = topics.flatMap((topic) =>
      [...state.partitionsOf(topic).keys()]
        .filter((partition) => partitions?.includes(partition) ?? true)
        .map((partition) => ({ topic, partition, next: from(topic, partition) })),
    );
  }

  async poll(options: PollOptions): Promise<readonly IncomingRecord[]> {
    if (this.#closed) throw new TransportError('closed', 'The reader is closed.');
    const attempt = (): IncomingRecord[] => this.#state.fetch(this.#cursors, options.maxRecords);
    return this.#state.poll(options, () => this.#closed, attempt);
  }

  position(topic: string, partition: number): number {
    return nextOf(this.#cursors, topic, partition);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#onClose();
    this.#state.wake();
  }
}

function nextOf(cursors: readonly Cursor[], topic: string, partition: number): number {
  const cursor = cursors.find((each) => each.topic === topic && each.partition === partition);
  if (cursor === undefined)
    throw new TransportError('unknown-topic', `Partition ${partition} of ${topic} is not read.`);
  return cursor.next;
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
