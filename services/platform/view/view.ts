import type { Database } from 'bun:sqlite';
import type { IncomingRecord, Position, WaitingList } from '../../../core/mod.ts';
import { type Advance, Folding, type FoldingOptions } from './folding.ts';
import { WAITERS_MAX, waitingList } from './waiters.ts';
import { withinMs } from './within.ts';

export interface ViewOptions extends FoldingOptions {}

/** A materialized view: topics folded into tables of an instance's own file. */
export interface View {
  /** For reading. Only `apply` writes. */
  readonly db: Database;
  /** Records that `apply` could not digest since the view was opened. */
  readonly refused: number;
  /** Waits until all that was on its topics when called is applied; false when the time is over. Throws `TransportError`. */
  caughtUp(timeoutMs: number): Promise<boolean>;
  /** Waits until the record at this position is applied; false when the time is over. */
  appliedTo(position: Position, timeoutMs: number): Promise<boolean>;
  /** The next offset of this partition to be applied. */
  nextOffset(topic: string, partition: number): number;
  /** Calls after each applied batch; returns how to end that. */
  onApplied(listener: (records: readonly IncomingRecord[]) => void): () => void;
  /**
   * A waiting read: the probe's value as soon as it is not undefined, probed now and after each batch; undefined
   * when the time is over, or the signal says that nobody waits any more. Throws `TooManyWaits`, a `TransportError`.
   */
  waitFor<T>(probe: () => T | undefined, timeoutMs: number, signal?: AbortSignal): Promise<T | undefined>;
  /** 'running', or what it waits for. */
  readiness(): string;
  close(): Promise<void>;
}

/** Opens a view and begins to fold, in the background: the log may be away. Throws `ViewFileError`. */
export async function openView(options: ViewOptions): Promise<View> {
  return new LogView(options);
}

/** Reads of this view name no key: every batch probes for each of them. */
const ANY = '';

class LogView implements View {
  readonly #options: ViewOptions;
  readonly #folding: Folding;
  readonly #waiting: WaitingList = waitingList(WAITERS_MAX);
  readonly #listeners: Set<(records: readonly IncomingRecord[]) => void> = new Set();

  constructor(options: ViewOptions) {
    this.#options = options;
    this.#folding = new Folding(options, null, (advance) => this.#notify(advance));
  }

  get db(): Database {
    return this.#folding.db;
  }

  get refused(): number {
    return this.#folding.refused;
  }

  async caughtUp(timeoutMs: number): Promise<boolean> {
    const giveUpAt = performance.now() + timeoutMs;
    const ends = await withinMs(this.#folding.ends(), timeoutMs);
    if (ends === null) return false;
    const isReached = (): true | undefined => this.#folding.reached(ends) || undefined;
    return (await this.waitFor(isReached, giveUpAt - performance.now())) ?? false;
  }

  async appliedTo(position: Position, timeoutMs: number): Promise<boolean> {
    const isApplied = (): true | undefined => this.#folding.hasApplied(position) || undefined;
    return (await this.waitFor(isApplied, timeoutMs)) ?? false;
  }

  nextOffset(topic: string, partition: number): number {
    return this.#folding.nextOffset(topic, partition);
  }

  onApplied(listener: (records: readonly IncomingRecord[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async waitFor<T>(
    probe: () => T | undefined,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<T | undefined> {
    const { value, cancel } = this.#waiting.begin(ANY, probe, timeoutMs);
    if (signal?.aborted === true) cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await value;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  readiness(): string {
    return this.#folding.readiness();
  }

  async close(): Promise<void> {
    this.#waiting.close();
    await this.#folding.close();
  }

  #notify({ records }: Advance): void {
    this.#waiting.touchWhere();
    if (records.length === 0) return;
    for (const listener of this.#listeners) {
      try {
        listener(records);
      } catch (error) {
        // the batch is applied: a listener's defect must not have it applied again
        this.#options.logger.error({ err: error }, 'a listener of the view failed');
      }
    }
  }
}
