import { TransportError } from '../../../core/mod.ts';

/** At most so many waits at once; each probes after every batch. */
export const WAITERS_MAX = 1_000;

interface Waiter {
  /** Whether it is done. */
  readonly probe: () => boolean;
  readonly giveUp: () => void;
}

/** Those who wait for a view to show something: any number for the same thing, bounded in all. */
export class Waiters {
  readonly #waiting: Set<Waiter> = new Set();
  #closed = false;

  /** The probe's value as soon as there is one, or undefined when the time is over or the view closes. */
  async wait<T>(probe: () => T | undefined, timeoutMs: number): Promise<T | undefined> {
    const value = probe();
    if (value !== undefined || timeoutMs <= 0 || this.#closed) return value;
    if (this.#waiting.size >= WAITERS_MAX) {
      throw new TransportError(
        'unavailable',
        `${WAITERS_MAX} requests wait already: try again later, or ask without waiting.`,
      );
    }
    return this.#enqueue(probe, timeoutMs);
  }

  /** Probes again for everybody. */
  notify(): void {
    for (const waiter of this.#waiting) if (waiter.probe()) this.#waiting.delete(waiter);
  }

  /** Ends every wait without a value, and lets no other begin. */
  close(): void {
    this.#closed = true;
    for (const waiter of this.#waiting) waiter.giveUp();
    this.#waiting.clear();
  }

  #enqueue<T>(probe: () => T | undefined, timeoutMs: number): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        this.#waiting.delete(waiter);
        settle();
      };
      const attempt = (): boolean => {
        try {
          const value = probe();
          if (value !== undefined) finish(() => resolve(value));
          return value !== undefined;
        } catch (error) {
          // a probe that throws ends its own wait, nobody else's
          finish(() => reject(error));
          return true;
        }
      };
      const waiter: Waiter = { probe: attempt, giveUp: () => finish(() => resolve(undefined)) };
      const timer = setTimeout(waiter.giveUp, timeoutMs);
      this.#waiting.add(waiter);
    });
  }
}
