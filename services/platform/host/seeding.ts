import { type Consumer, type OutgoingRecord, type Transport, TransportError } from '../../../core/mod.ts';
import type { Logger } from '../log.ts';
import { pause } from '../pause.ts';

const POLL_MS = 50;
const FIRST_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 2_000;

export interface SeedingOptions {
  readonly transport: Transport;
  /** Where the samples go, if it is empty. */
  readonly topic: string;
  /** The consumer group of the instances that could seed: the owner of partition 0 is the one that may. */
  readonly group: string;
  /** Records of `topic`; none: nothing is to be done. */
  readonly samples: readonly OutgoingRecord[];
  readonly logger: Logger;
}

/**
 * Puts samples on an empty topic, once, however many instances start together.
 *
 * A sample must never come after a change in the log: compaction would keep the sample and lose the change. So
 * (1) only the owner of partition 0 of a group seeds, in a commit that is refused once another member owns it,
 * and only if the topic is still empty after it became the owner; and (2) no instance takes a change before it has
 * seen the topic not empty. Hence whoever seeds sees no change, and whoever takes a change comes after the seeds.
 */
export class Seeding {
  readonly #options: SeedingOptions;
  readonly #done: Promise<void>;
  #isSettled: boolean;
  readonly #stopped: AbortController = new AbortController();

  constructor(options: SeedingOptions) {
    this.#options = options;
    this.#isSettled = options.samples.length === 0;
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

  /** Waits, without a limit, until it is settled or stopped; says which. */
  async settledOrStopped(): Promise<boolean> {
    await this.#done;
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
        const { topic, logger } = this.#options;
        const isExpected = error instanceof TransportError && error.canRetry;
        if (!isExpected)
          logger.warn({ topic, err: error }, 'could not put the samples on the log; trying again');
        await pause(backoffMs, this.#stopped.signal);
        backoffMs = Math.min(MAX_BACKOFF_MS, backoffMs * 2);
      }
    }
  }

  async #isEmpty(): Promise<boolean> {
    const ends = await this.#options.transport.endOffsets(this.#options.topic);
    return ends.every((end) => end === 0);
  }

  async #seedAsOwner(): Promise<void> {
    const { transport, group, topic } = this.#options;
    const consumer = await transport.join({ group, topics: [topic] });
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
    const { topic, samples, logger } = this.#options;
    const offset = { topic, partition: 0, offset: consumer.position(topic, 0) };
    await consumer.commit({ records: samples, offsets: [offset] });
    logger.info({ topic, count: samples.length }, 'put the samples on the log');
  }
}
