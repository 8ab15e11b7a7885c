import {
  type Consumer,
  type Customer,
  type OutgoingRecord,
  type Transport,
  TransportError,
  topics,
} from '../../core/mod.ts';
import type { Logger } from '../platform/log.ts';
import { pause } from '../platform/pause.ts';

/** The consumer group of the CRMs that could seed: the owner of partition 0 is the one that may. */
const GROUP = 'crm-samples';
const POLL_MS = 50;
const FIRST_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 2_000;

export interface SeedingOptions {
  readonly transport: Transport;
  readonly samples: readonly Customer[];
  readonly toRecord: (customer: Customer) => OutgoingRecord;
  readonly logger: Logger;
}

/**
 * Puts the sample customers on an empty `customers` topic, once, however many CRMs start together.
 *
 * A sample must never come after a change in the log: compaction would keep the sample and lose the change. So
 * (1) only the owner of partition 0 of a group seeds, in a commit that is refused once another member owns it,
 * and only if the topic is still empty after it became the owner; and (2) no CRM takes a change before it has
 * seen the topic not empty. Hence whoever seeds sees no change, and whoever takes a change comes after the seeds.
 */
export class Seeding {
  readonly #options: SeedingOptions;
  readonly #done: Promise<void>;
  #isSettled = false;
  readonly #stopped: AbortController = new AbortController();

  constructor(options: SeedingOptions) {
    this.#options = options;
    this.#done = this.#run();
  }

  /** Whether the topic is seeded or needs no seeds: only then may it be written. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Waits until it is settled; false when the time is over. */
  async settled(timeoutMs: number): Promise<boolean> {
    if (this.#isSettled) return true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    });
    await Promise.race([this.#done, late]);
    clearTimeout(timer);
    return this.#isSettled;
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    let backoffMs = FIRST_BACKOFF_MS;
    while (!this.#stopped.signal.aborted && !this.#isSettled) {
      try {
        if (await this.#isEmpty()) await this.#seedAsOwner();
        else this.#isSettled = true;
      } catch (error) {
        // the log is away, or another member took over just now: look again
        const isExpected = error instanceof TransportError && error.canRetry;
        if (!isExpected)
          this.#options.logger.warn(
            { err: error },
            'could not put the sample customers on the log; trying again',
          );
        await pause(backoffMs, this.#stopped.signal);
        backoffMs = Math.min(MAX_BACKOFF_MS, backoffMs * 2);
      }
    }
  }

  async #isEmpty(): Promise<boolean> {
    const ends = await this.#options.transport.endOffsets(topics.customers);
    return ends.every((end) => end === 0);
  }

  async #seedAsOwner(): Promise<void> {
    const consumer = await this.#options.transport.join({ group: GROUP, topics: [topics.customers] });
    try {
      while (!this.#stopped.signal.aborted && !consumer.partitions().includes(0)) {
        await consumer.poll({ maxRecords: 1, waitMs: POLL_MS });
        if (!(await this.#isEmpty())) return;
      }
      // read as the owner: what another owner had committed is in the log by now
      if (!this.#stopped.signal.aborted && (await this.#isEmpty())) await this.#seed(consumer);
    } finally {
      await consumer.close();
    }
  }

  async #seed(consumer: Consumer): Promise<void> {
    const { samples, toRecord, logger } = this.#options;
    const offset = { topic: topics.customers, partition: 0, offset: consumer.position(topics.customers, 0) };
    await consumer.commit({ records: samples.map(toRecord), offsets: [offset] });
    logger.info({ count: samples.length }, 'put the sample customers on the log');
  }
}
