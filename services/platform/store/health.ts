import { pause } from '../pause.ts';

/** A store that was found failing is tried so often, whether or not there is work for it. */
const PROBE_EVERY_MS = 1_000;

/** How a store stands, for readiness and metrics. */
export interface StoreStanding {
  /** `embedded`, `sqlite`, `postgres` … */
  readonly store: string;
  /** Why it does nothing now, in a sentence for people; null while it works. */
  readonly problem: string | null;
  /** How many reads and writes it has failed. */
  readonly failures: number;
  /** Calls when it begins to fail, with the reason, and when it is back, with null. */
  watch(onChange: (problem: string | null) => void): void;
}

/**
 * How a store stands: down from the first thing that it fails, and up again when a write of our own has gone through.
 * What others get done in between doesn't count: a disk that is full may yet take a small write, and the partitions of
 * a process whose store fails may be with another, so that no work would ever show that it is back.
 */
export class StoreHealth implements StoreStanding {
  readonly store: string;
  readonly #probe: () => Promise<unknown>;
  readonly #everyMs: number;
  readonly #closed: AbortController = new AbortController();
  #problem: string | null = null;
  #failures = 0;
  #isProbing = false;
  readonly #watchers: ((problem: string | null) => void)[] = [];

  /** `probe` does one durable write, as small as can be, and rejects where it can't. */
  constructor(store: string, probe: () => Promise<unknown>, everyMs: number = PROBE_EVERY_MS) {
    this.store = store;
    this.#probe = probe;
    this.#everyMs = everyMs;
  }

  get problem(): string | null {
    return this.#problem;
  }

  get failures(): number {
    return this.#failures;
  }

  watch(onChange: (problem: string | null) => void): void {
    this.#watchers.push(onChange);
  }

  /** To be told of whatever the store fails. */
  failed(reason: string): void {
    this.#failures++;
    const isNew = this.#problem === null;
    this.#problem = reason;
    if (isNew) for (const watcher of this.#watchers) watcher(reason);
    if (!this.#isProbing) void this.#untilBack();
  }

  /** Ends the probing; an attempt in hand ends by itself. */
  close(): void {
    this.#closed.abort();
  }

  async #untilBack(): Promise<void> {
    this.#isProbing = true;
    while (this.#problem !== null && !this.#closed.signal.aborted) {
      await pause(this.#everyMs, this.#closed.signal);
      if (this.#closed.signal.aborted) break;
      try {
        await this.#probe();
        this.#problem = null;
        for (const watcher of this.#watchers) watcher(null);
      } catch (error) {
        // still away: readiness says why
        this.#problem = error instanceof Error ? error.message : String(error);
      }
    }
    this.#isProbing = false;
  }
}

/** How the stores of these stand that tell it, each once. */
export function standingsOf(...stores: readonly object[]): readonly StoreStanding[] {
  const told = stores.flatMap((store) =>
    'health' in store && isStanding(store.health) ? [store.health] : [],
  );
  return [...new Set(told)];
}

function isStanding(value: unknown): value is StoreStanding {
  return typeof value === 'object' && value !== null && 'store' in value && 'problem' in value;
}
