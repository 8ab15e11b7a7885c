import {
  BrokenCircuitError,
  BulkheadRejectedError,
  bulkhead,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhenResult,
} from 'cockatiel';
import type { WebhookMessage } from '../../../core/mod.ts';
import type { Logger } from '../log.ts';
import { postWebhook } from './post.ts';
import { type Attempted, putOff } from './verdict.ts';

/** How a receiver is guarded, and we from it. */
export interface ReceiverLimits {
  readonly timeoutMs: number;
  /** Attempts under way at once; others wait for their turn. */
  readonly concurrency: number;
  /** So many attempts in a row that look like an outage open the circuit. */
  readonly breakAfter: number;
  /** After so long one attempt is let through, to see. */
  readonly probeAfterMs: number;
}

export interface ReceiverOptions {
  readonly url: string;
  readonly secret: string;
  /** As they stand now: asked for each attempt. */
  readonly limits: () => ReceiverLimits;
  readonly logger: Logger;
  /** Default: the system's clock. */
  readonly now?: () => number;
}

/** At most so many wait for their turn; who takes records in batches comes nowhere near. */
const QUEUE_MAX = 10_000;

type Bulkhead = ReturnType<typeof bulkhead>;
type Breaker = ReturnType<typeof circuitBreaker>;

/**
 * Whoever webhooks are sent to: a bounded number of attempts at once, each with a time limit, and a circuit that opens
 * when the receiver answers nobody, so that it isn't hammered while it is down.
 */
export class WebhookReceiver {
  readonly #options: ReceiverOptions;
  readonly #now: () => number;
  #limits: ReceiverLimits;
  #bulkhead: Bulkhead;
  #breaker: Breaker;
  #openedAtMs = 0;

  constructor(options: ReceiverOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#limits = options.limits();
    this.#bulkhead = bulkhead(this.#limits.concurrency, QUEUE_MAX);
    this.#breaker = this.#newBreaker();
  }

  get circuit(): 'closed' | 'half-open' | 'open' {
    const { state } = this.#breaker;
    if (state === CircuitState.HalfOpen) return 'half-open';
    return state === CircuitState.Closed ? 'closed' : 'open';
  }

  /** Attempts under way. */
  get active(): number {
    return this.#limits.concurrency - this.#bulkhead.executionSlots;
  }

  /** One attempt, once it is its turn; null where it was given up. Never rejects. */
  async attempt(
    message: WebhookMessage,
    signal: AbortSignal,
    traceparent: string | null,
  ): Promise<Attempted | null> {
    this.#follow();
    const { probeAfterMs } = this.#limits;
    try {
      const attempted = await this.#bulkhead.execute(() => this.#guarded(message, signal, traceparent));
      return signal.aborted ? null : attempted;
    } catch (error) {
      if (error instanceof BrokenCircuitError)
        return putOff('the receiver answers nobody now', this.#openedAtMs + probeAfterMs - this.#now());
      if (error instanceof BulkheadRejectedError)
        return putOff('too many wait for this receiver', probeAfterMs);
      throw error;
    }
  }

  async #guarded(
    message: WebhookMessage,
    signal: AbortSignal,
    traceparent: string | null,
  ): Promise<Attempted | null> {
    if (signal.aborted) return null;
    const { timeoutMs, probeAfterMs } = this.#limits;
    // while one attempt finds out, the others need not wait for it here
    if (this.circuit === 'half-open') return putOff('the receiver is being tried again', probeAfterMs);
    const { url, secret } = this.#options;
    const options = { url, secret, timeoutMs, signal, traceparent, now: this.#now };
    return await this.#breaker.execute(() => postWebhook(message, options));
  }

  /** Takes over limits that were changed. What is under way ends under those that it began with. */
  #follow(): void {
    const before = this.#limits;
    this.#limits = this.#options.limits();
    const { concurrency, breakAfter, probeAfterMs } = this.#limits;
    if (concurrency !== before.concurrency) this.#bulkhead = bulkhead(concurrency, QUEUE_MAX);
    if (breakAfter !== before.breakAfter || probeAfterMs !== before.probeAfterMs)
      this.#breaker = this.#newBreaker();
  }

  #newBreaker(): Breaker {
    const { breakAfter, probeAfterMs } = this.#limits;
    const { logger } = this.#options;
    const breaker = circuitBreaker(
      handleWhenResult((result) => (result as Attempted).isOutage),
      { halfOpenAfter: probeAfterMs, breaker: new ConsecutiveBreaker(breakAfter) },
    );
    let isSaid = false;
    breaker.onBreak(() => {
      this.#openedAtMs = this.#now();
      // it opens again after each attempt that was let through in vain: said once
      if (!isSaid)
        logger.warn({ probeAfterMs }, 'the webhook receiver answers nobody: left alone for a while');
      isSaid = true;
    });
    breaker.onReset(() => {
      isSaid = false;
      logger.info({}, 'the webhook receiver answers again');
    });
    return breaker;
  }
}
