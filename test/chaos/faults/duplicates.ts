import type { Message } from 'kafkajs';
import type { SeededRandom } from '../../story/seeded.ts';
import type { Brokers, RawRecord } from '../brokers.ts';

/** Copies carry it, beside the headers that the record had, so that no copy is copied again. */
export const COPY_HEADER = 'chaos-copy';

const PERCENT = 30;
const COPIES_MAX = 10;
/** A copy comes up to so long after its record: most while the job waits, some when it has long ended. */
const LATE_MS = 4_000;
const ROUND_MS = 250;
const HELD_MAX = 100_000;
const BATCH = 400;

interface Copy {
  readonly dueAtMs: number;
  readonly topic: string;
  readonly message: Message;
}

/** Publishes 30 % of what it is shown again, up to 10 times each, shuffled, with keys, partitions and headers as they were. */
export class Duplicator {
  readonly #brokers: Brokers;
  readonly #random: SeededRandom;
  #held: Copy[] = [];
  #isStopping = false;
  #sending: Promise<void> = Promise.resolve();

  constructor(brokers: Brokers, random: SeededRandom) {
    this.#brokers = brokers;
    this.#random = random;
  }

  /** Shows it a record, copies included: those it leaves alone. */
  take({ topic, partition, key, value, headers }: RawRecord): void {
    const { below } = this.#random;
    if (this.#isStopping || COPY_HEADER in headers || below(100) >= PERCENT) return;
    // most are copied a few times, and some as often as may be
    const copies = 1 + Math.floor(COPIES_MAX * (below(1_000) / 1_000) ** 3);
    const message: Message = { key, value, partition, headers: { ...headers, [COPY_HEADER]: '1' } };
    for (let copy = 0; copy < copies && this.#held.length < HELD_MAX; copy++)
      this.#held.push({ dueAtMs: Date.now() + below(LATE_MS), topic, message });
  }

  start(): void {
    this.#sending = this.#run();
  }

  /** Copies nothing more, and resolves when what it holds is published. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#sending;
  }

  async #run(): Promise<void> {
    while (!this.#isStopping || this.#held.length > 0) {
      await Bun.sleep(ROUND_MS);
      const nowMs = Date.now();
      const due = this.#held.filter(({ dueAtMs }) => this.#isStopping || dueAtMs <= nowMs);
      this.#held = this.#held.filter(({ dueAtMs }) => !this.#isStopping && dueAtMs > nowMs);
      for (let from = 0; from < due.length; from += BATCH) await this.#publish(due.slice(from, from + BATCH));
    }
  }

  async #publish(copies: readonly Copy[]): Promise<void> {
    const shuffled = this.#random.shuffled(copies);
    for (const topic of new Set(shuffled.map((copy) => copy.topic))) {
      const messages = shuffled.filter((copy) => copy.topic === topic).map(({ message }) => message);
      // copies that could not be published are not missed: what is published is read back, and only that counts
      await this.#brokers.publish(topic, messages).catch(() => undefined);
    }
  }
}
