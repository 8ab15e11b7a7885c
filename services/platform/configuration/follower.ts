import { type IncomingRecord, type Reader, type Transport, TransportError } from '../../../core/mod.ts';
import type { Logger } from '../log.ts';
import { pause } from '../pause.ts';

const MAX_RECORDS = 1_000;
const POLL_MS = 1_000;
const FIRST_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 1_000;
/** Whoever starts on a new log is about to make its topics. */
const MAX_TOPIC_BACKOFF_MS = 250;
/** So many may wait at once for it to catch up. */
const WAITERS_MAX = 1_000;

export interface FollowerOptions {
  readonly transport: Transport;
  readonly topics: readonly string[];
  readonly logger: Logger;
  /** Told the records of each batch, in order of each partition; must not throw. */
  readonly onRecords: (records: readonly IncomingRecord[]) => void;
  /** The topics were made anew: what was told before is void. */
  readonly onAnew: () => void;
  /** Called whenever it has caught up after it had not: at the start, and after an outage. */
  readonly onCaughtUp?: () => void;
}

interface Waiter {
  readonly ends: Ends;
  readonly resolve: (isReached: boolean) => void;
}

/** The offsets that end each partition, by topic. */
type Ends = ReadonlyMap<string, readonly number[]>;

/** Reads topics from their start, for as long as it is open. A log that is away, or not there yet, delays it and no more. */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #closing: AbortController = new AbortController();
  readonly #waiters: Set<Waiter> = new Set();
  readonly #loop: Promise<void>;
  #next: Map<string, number[]> = new Map();
  #reader: Reader | null = null;
  /** Where the topics ended when they were opened; null once that is reached. */
  #target: Ends | null = null;
  #problem: string | null = null;
  #hasSaid = false;
  /** Whether it has caught up once: from then on what it told is whole, if not always the newest. */
  hasRead = false;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#loop = this.#run();
  }

  /** 'running', or what it waits for. */
  readiness(): string {
    return this.#problem ?? (this.isCurrent ? 'running' : 'reading the configuration');
  }

  /** Whether it has read all that was there when it was opened. */
  get isCurrent(): boolean {
    return this.#problem === null && this.#reader !== null && this.#target === null;
  }

  /** Waits until all that is on the topics now is told; false when the time is over. Throws `TransportError`. */
  async caughtUp(timeoutMs: number): Promise<boolean> {
    const ends = await this.#ends();
    if (this.#isReached(ends)) return true;
    if (this.#waiters.size >= WAITERS_MAX)
      throw new TransportError('unavailable', 'Too many wait for the configuration already.');
    return new Promise((resolve) => {
      const end = (isReached: boolean): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        resolve(isReached);
      };
      const waiter: Waiter = { ends, resolve: end };
      const timer = setTimeout(() => end(false), timeoutMs);
      this.#waiters.add(waiter);
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    for (const { resolve } of [...this.#waiters]) resolve(false);
    await this.#dropReader();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    let backoffMs = 0;
    while (!signal.aborted) {
      try {
        this.#reader ??= await this.#open();
        await this.#poll(this.#reader);
        backoffMs = 0;
      } catch (error) {
        // the log is away, or its topics are not made yet: nothing helps but to come back
        if (signal.aborted) break;
        this.#failed(error);
        await this.#dropReader();
        const maxMs = isUnknownTopic(error) ? MAX_TOPIC_BACKOFF_MS : MAX_BACKOFF_MS;
        backoffMs = Math.min(maxMs, Math.max(FIRST_BACKOFF_MS, backoffMs * 2));
        await pause(backoffMs, signal);
      }
    }
    await this.#dropReader();
  }

  async #open(): Promise<Reader> {
    const { transport, topics, onAnew } = this.#options;
    const ends = await this.#ends();
    const isAnew = topics.some((topic) =>
      (this.#next.get(topic) ?? []).some((next, partition) => next > (ends.get(topic)?.[partition] ?? 0)),
    );
    if (isAnew) {
      this.#next = new Map();
      onAnew();
    }
    this.#target = ends;
    return transport.read({ topics, from: (topic, partition) => this.#next.get(topic)?.[partition] ?? 0 });
  }

  async #poll(reader: Reader): Promise<void> {
    // what is there already is read without waiting, so that an empty topic is known to be empty at once
    const waitMs = this.#target === null ? POLL_MS : 10;
    const records = await reader.poll({ maxRecords: MAX_RECORDS, waitMs });
    if (this.#closing.signal.aborted) return;
    this.#recovered();
    const { topics, onRecords, onCaughtUp } = this.#options;
    if (records.length > 0) onRecords(records);
    const ends = this.#target ?? new Map<string, readonly number[]>();
    for (const topic of topics) {
      const partitions = (ends.get(topic) ?? this.#next.get(topic) ?? []).length;
      this.#next.set(
        topic,
        Array.from({ length: partitions }, (_, at) => reader.position(topic, at)),
      );
    }
    if (this.#target !== null && this.#isReached(this.#target)) {
      this.#target = null;
      this.hasRead = true;
      onCaughtUp?.();
    }
    for (const waiter of [...this.#waiters]) if (this.#isReached(waiter.ends)) waiter.resolve(true);
  }

  async #ends(): Promise<Ends> {
    const { transport, topics } = this.#options;
    return new Map(
      await Promise.all(topics.map(async (topic) => [topic, await transport.endOffsets(topic)] as const)),
    );
  }

  #isReached(ends: Ends): boolean {
    return [...ends].every(([topic, offsets]) =>
      offsets.every((end, partition) => (this.#next.get(topic)?.[partition] ?? 0) >= end),
    );
  }

  #failed(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    const { logger } = this.#options;
    this.#problem = `waiting for the log: ${reason}`;
    // before the first start of any service there are no topics: nothing to warn of
    if (this.#hasSaid || isUnknownTopic(error)) return;
    this.#hasSaid = true;
    const why = error instanceof TransportError ? { reason } : { err: error };
    logger.warn(why, 'can not read the central configuration now; what was read stands, trying again');
  }

  #recovered(): void {
    if (this.#hasSaid) this.#options.logger.info({}, 'reads the central configuration again');
    this.#hasSaid = false;
    this.#problem = null;
  }

  async #dropReader(): Promise<void> {
    const reader = this.#reader;
    this.#reader = null;
    try {
      await reader?.close();
    } catch (error) {
      // it is thrown away anyway; the next one reads from what was told
      this.#options.logger.debug({ err: error }, 'a reader did not close');
    }
  }
}

function isUnknownTopic(error: unknown): boolean {
  return error instanceof TransportError && error.code === 'unknown-topic';
}
