import { TransportError } from '../messages/transport.ts';

/** Calls `fire` once after so many milliseconds; returns how to have it not called. The core has no clock. */
export type StartTimer = (ms: number, fire: () => void) => () => void;

/** More would wait than may at once. Waiting again later is of use, so that it is a transport's error that can be retried. */
export class TooManyWaits extends TransportError {
  readonly max: number;
  constructor(max: number) {
    super('unavailable', `${max} requests wait already: try again later, or ask without waiting.`);
    this.name = 'TooManyWaits';
    this.max = max;
  }
}

export interface WaitingListOptions {
  /** So many may wait at once, over all keys (invariant 7). */
  readonly max: number;
  readonly startTimer: StartTimer;
}

/** A read that waits. */
export interface Wait<T> {
  /** The probe's value as soon as there is one; undefined when the time is over, or it was cancelled or closed. */
  readonly value: Promise<T | undefined>;
  cancel(): void;
}

interface Waiter {
  /** Probes; a waiter that has its value takes itself off the list. */
  readonly attempt: () => void;
  readonly giveUp: () => void;
}

/**
 * Reads that wait for a key to show something: any number for the same key, bounded in all. Only the waiters of keys
 * that are touched are probed, so that a batch costs what it touches and not what waits.
 */
export class WaitingList {
  readonly #options: WaitingListOptions;
  readonly #byKey: Map<string, Set<Waiter>> = new Map();
  #size = 0;
  #closed = false;

  constructor(options: WaitingListOptions) {
    this.#options = options;
  }

  /** How many wait now. */
  get size(): number {
    return this.#size;
  }

  /**
   * Probes at once, then each time the key is touched, until the time is over; without a time it only probes.
   * Throws `TooManyWaits`, a `TransportError` ('unavailable').
   */
  begin<T>(key: string, probe: () => T | undefined, timeoutMs: number): Wait<T> {
    const value = probe();
    if (value !== undefined || timeoutMs <= 0 || this.#closed) return settled(value);
    const { max } = this.#options;
    if (this.#size >= max) throw new TooManyWaits(max);
    return this.#enqueue(key, probe, timeoutMs);
  }

  /** Probes for those who wait for these keys. */
  touch(keys: Iterable<string>): void {
    if (this.#size === 0) return;
    for (const key of new Set(keys)) {
      for (const waiter of this.#byKey.get(key) ?? []) waiter.attempt();
    }
  }

  /** Probes for those whose key is chosen; default: for everybody. */
  touchWhere(isChosen: (key: string) => boolean = () => true): void {
    for (const [key, waiters] of this.#byKey) {
      if (isChosen(key)) for (const waiter of waiters) waiter.attempt();
    }
  }

  /** Ends every wait without a value, and lets no other begin. */
  close(): void {
    this.#closed = true;
    for (const waiters of this.#byKey.values()) for (const waiter of waiters) waiter.giveUp();
  }

  #enqueue<T>(key: string, probe: () => T | undefined, timeoutMs: number): Wait<T> {
    let cancel = (): void => {};
    const value = new Promise<T | undefined>((resolve, reject) => {
      let isDone = false;
      const finish = (settle: () => void): void => {
        if (isDone) return;
        isDone = true;
        stopTimer();
        this.#remove(key, waiter);
        settle();
      };
      const attempt = (): void => {
        try {
          const found = probe();
          if (found !== undefined) finish(() => resolve(found));
        } catch (error) {
          // a probe that throws ends its own wait, nobody else's
          finish(() => reject(error));
        }
      };
      cancel = () => finish(() => resolve(undefined));
      const waiter: Waiter = { attempt, giveUp: cancel };
      this.#add(key, waiter);
      const stopTimer = this.#options.startTimer(timeoutMs, cancel);
    });
    return { value, cancel };
  }

  #add(key: string, waiter: Waiter): void {
    const waiters = this.#byKey.get(key) ?? new Set();
    this.#byKey.set(key, waiters.add(waiter));
    this.#size++;
  }

  #remove(key: string, waiter: Waiter): void {
    const waiters = this.#byKey.get(key);
    if (waiters?.delete(waiter) !== true) return;
    this.#size--;
    if (waiters.size === 0) this.#byKey.delete(key);
  }
}

const settled = <T>(value: T | undefined): Wait<T> => ({ value: Promise.resolve(value), cancel: () => {} });
