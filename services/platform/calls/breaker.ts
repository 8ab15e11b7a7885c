import {
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  type IBackoff,
} from 'cockatiel';
import type { BreakerState } from './calls.ts';

export interface BreakerOptions {
  readonly breakAfter: number;
  readonly halfOpenAfterMs: number;
  /** A monotonic clock, in milliseconds. */
  readonly nowMs: () => number;
  /** Whether an error says that the service does not do its work. */
  readonly isFailure: (error: unknown) => boolean;
  /** The ids of who could be asked now. */
  readonly targets: () => readonly string[];
}

/** A circuit breaker for the calls of one service. */
export class Breaker {
  readonly policy: CircuitBreakerPolicy;
  readonly #options: BreakerOptions;
  #retryAtMs = 0;

  constructor(options: BreakerOptions) {
    this.#options = options;
    // whatever ends the one call that tries again, it has not shown that the service works
    const isFailure = (error: unknown): boolean => this.state === 'half-open' || options.isFailure(error);
    this.policy = circuitBreaker(handleWhen(isFailure), {
      breaker: new ConsecutiveBreaker(options.breakAfter),
      halfOpenAfter: { next: () => this.#opened() },
    });
  }

  get state(): BreakerState {
    switch (this.policy.state) {
      case CircuitState.Closed:
        return 'closed';
      case CircuitState.HalfOpen:
        return 'half-open';
      default:
        return 'open';
    }
  }

  /** How long until a call is let through, in milliseconds. */
  get waitsMs(): number {
    return Math.max(0, this.#retryAtMs - this.#options.nowMs());
  }

  /**
   * How long it stays open. The library measures that by the wall clock, which may jump: so it is told "for ever" until
   * the time is over by ours, or until an instance is there that has not been tried.
   */
  #opened(): IBackoff<unknown> {
    const { nowMs, halfOpenAfterMs, targets } = this.#options;
    const retryAtMs = nowMs() + halfOpenAfterMs;
    this.#retryAtMs = retryAtMs;
    const known = new Set(targets());
    const isOver = (): boolean => nowMs() >= retryAtMs || targets().some((each) => !known.has(each));
    return {
      get duration(): number {
        return isOver() ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
      },
      next: () => this.#opened(),
    };
  }
}
