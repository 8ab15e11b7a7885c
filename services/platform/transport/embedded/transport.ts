import {
  type Consumer,
  type JoinOptions,
  type OutgoingRecord,
  type Reader,
  type ReadOptions,
  type TopicSpec,
  type Transport,
  TransportError,
} from '../../../../core/mod.ts';
import type { StoreHealth } from '../../store/health.ts';
import { Compactor } from './compactor.ts';
import { EmbeddedConsumer } from './consumer.ts';
import type { Silence } from './group-table.ts';
import type { LogFile } from './log-file.ts';
import { checkSize } from './payload.ts';
import { EmbeddedReader } from './reader.ts';

export interface Timing {
  /** Members say so often that they live. */
  readonly heartbeatMs: number;
  /** A member silent for so long loses its partitions; one whose process is gone, at the next heartbeat. */
  readonly memberTimeoutMs: number;
  /** A partition of a compacted topic is compacted at most so often. */
  readonly compactionEveryMs: number;
  /** The log's time: milliseconds since 1970 UTC. */
  readonly now: () => number;
}

/** The transport over the log file of a data directory. */
export class EmbeddedTransport implements Transport {
  readonly #file: LogFile;
  /** How the log's file stands. */
  readonly health: StoreHealth;
  readonly #timing: Timing;
  readonly #consumers = new Set<EmbeddedConsumer>();
  readonly #readers = new Set<EmbeddedReader>();
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #compactor: Compactor;
  #lastBeatMs: number;
  #beating = false;
  #closed = false;

  constructor(file: LogFile, timing: Timing) {
    this.#file = file;
    this.health = file.health;
    this.#timing = timing;
    this.#lastBeatMs = timing.now();
    this.#timer = setInterval(() => this.#heartbeat(), timing.heartbeatMs);
    this.#timer.unref();
    this.#compactor = new Compactor(file, timing);
  }

  async createTopics(topics: readonly TopicSpec[]): Promise<void> {
    this.#assertOpen();
    await this.#file.writer.write(() => {
      for (const topic of topics) this.#file.records.create(topic);
    });
  }

  async publish(records: readonly OutgoingRecord[]): Promise<void> {
    this.#assertOpen();
    if (records.length === 0) return;
    for (const record of records) checkSize(record);
    await this.#file.writer.write(() => {
      this.#file.records.append(records, this.#timing.now());
      this.#file.writer.notifyAfterCommit();
    });
  }

  async join(options: JoinOptions): Promise<Consumer> {
    this.#assertOpen();
    const consumer = new EmbeddedConsumer(options, {
      file: this.#file,
      silence: () => this.#silence(),
      onClose: (closed) => this.#consumers.delete(closed),
    });
    await consumer.enter();
    this.#consumers.add(consumer);
    if (this.#closed) await consumer.close();
    return consumer;
  }

  async read(options: ReadOptions): Promise<Reader> {
    this.#assertOpen();
    const reader = new EmbeddedReader(this.#file, options, (closed) => this.#readers.delete(closed));
    this.#readers.add(reader);
    return reader;
  }

  async endOffsets(topic: string): Promise<readonly number[]> {
    this.#assertOpen();
    return this.#file.read(() => this.#file.records.ends().get(this.#file.records.topic(topic).id) ?? []);
  }

  async logId(): Promise<string> {
    this.#assertOpen();
    return this.#file.read(() => this.#file.records.logId());
  }

  /** Removes the member from its group, as if it had been silent for too long. */
  async expire(consumer: Consumer): Promise<void> {
    const { group, member } = consumer as EmbeddedConsumer;
    if (member === null) return;
    await this.#file.writer.write(() => {
      this.#file.groups.leave(group, member);
      this.#file.writer.notifyAfterCommit();
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    const users = [this.#compactor, ...this.#readers, ...this.#consumers];
    await Promise.all(users.map((user) => user.close()));
  }

  #silence(): Silence {
    return { nowMs: this.#timing.now(), memberTimeoutMs: this.#timing.memberTimeoutMs };
  }

  /** Says that the members here live, and removes those elsewhere that don't. */
  async #heartbeat(): Promise<void> {
    if (this.#beating || this.#consumers.size === 0) return;
    this.#beating = true;
    try {
      const nowMs = await this.#file.writer.write(() => this.#beatAll(), { durable: false });
      this.#lastBeatMs = nowMs;
    } catch {
      // The disk is full or the file locked for long: the next heartbeat tries again, and commits say so.
    } finally {
      this.#beating = false;
    }
  }

  /** Returns when it was, by the log's clock. */
  #beatAll(): number {
    const silence = this.#silence();
    // Who was stalled itself has not listened: it judges nobody by what it missed. So do all whose disk was full.
    const wasStalled = silence.nowMs - this.#lastBeatMs > silence.memberTimeoutMs / 2;
    for (const consumer of this.#consumers) {
      const { member } = consumer;
      if (member !== null && !this.#file.groups.beat(member, silence.nowMs)) consumer.dropped(member);
    }
    if (wasStalled) return silence.nowMs;
    for (const group of new Set([...this.#consumers].map((consumer) => consumer.group))) {
      if (this.#file.groups.evict(group, silence)) this.#file.writer.notifyAfterCommit();
    }
    return silence.nowMs;
  }

  #assertOpen(): void {
    if (this.#closed) throw new TransportError('closed', 'The transport is closed.');
  }
}
