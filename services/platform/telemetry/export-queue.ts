import type { Counter } from 'prom-client';
import type { Logger } from '../log.ts';

/** Sends a batch; rejects with why it could not. */
export type Send<T> = (batch: T[]) => Promise<void>;

export interface ExportQueueOptions<T> {
  /** What they are, for people: 'spans'. */
  readonly what: string;
  /** Opened when the first is to be sent. */
  readonly open: () => Promise<Send<T>>;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  /** Counts what became of them, by `outcome`: exported or lost. */
  readonly counter: Counter<'outcome'> | null;
  /** At most so many wait; what comes on top is lost (invariant 7). */
  readonly limit?: number;
  readonly everyMs?: number;
}

const QUEUE_MAX = 16_384;
const BATCH_MAX = 1_024;
const EVERY_MS = 1_000;
const CLOSE_WITHIN_MS = 3_000;

/**
 * Sends things in batches, once a second, beside the work that they tell of: it never stops or slows that. A receiver that
 * is away is said once, and counted; what it did not take is lost.
 */
export class ExportQueue<T> {
  readonly #options: ExportQueueOptions<T>;
  readonly #limit: number;
  #waiting: T[] = [];
  #send: Send<T> | null = null;
  #sending: Promise<void> | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #isAway = false;
  #isClosed = false;

  constructor(options: ExportQueueOptions<T>) {
    this.#options = options;
    this.#limit = options.limit ?? QUEUE_MAX;
  }

  add(one: T): void {
    if (this.#isClosed || this.#waiting.length >= this.#limit) {
      this.#options.counter?.inc({ outcome: 'lost' });
      return;
    }
    this.#waiting.push(one);
    this.#schedule();
  }

  /** Sends what is left, for a few seconds at most. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_WITHIN_MS);
    });
    await Promise.race([this.#flushAll(), late]);
    clearTimeout(timer);
  }

  #schedule(): void {
    if (this.#timer !== null || this.#sending !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#flushAll();
    }, this.#options.everyMs ?? EVERY_MS);
    // a process that has nothing else to do may end
    this.#timer.unref?.();
  }

  async #flushAll(): Promise<void> {
    this.#sending ??= this.#flush().finally(() => {
      this.#sending = null;
      if (!this.#isClosed && this.#waiting.length > 0) this.#schedule();
    });
    await this.#sending;
    if (this.#isClosed && this.#waiting.length > 0 && !this.#isAway) await this.#flushAll();
  }

  /** Sends what waits now, batch by batch, until one is not taken. Never rejects. */
  async #flush(): Promise<void> {
    const { what, logger, counter } = this.#options;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, BATCH_MAX);
      this.#waiting = this.#waiting.slice(BATCH_MAX);
      try {
        const send = this.#send ?? (await this.#options.open());
        this.#send = send;
        await send(batch);
        counter?.inc({ outcome: 'exported' }, batch.length);
        if (this.#isAway) logger.info({}, `the receiver of ${what} takes them again`);
        this.#isAway = false;
      } catch (error) {
        // the work goes on without being told of: said once, until it works again
        counter?.inc({ outcome: 'lost' }, batch.length);
        const reason = error instanceof Error ? error.message : String(error);
        if (!this.#isAway) logger.warn({ reason }, `${what} are not taken by the receiver, and are lost`);
        this.#isAway = true;
        return;
      }
    }
  }
}
