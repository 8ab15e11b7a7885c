import type { WebhookAttempt, WebhookQuestion } from '../../core/mod.ts';
import type { SlowWork } from '../platform/host/held-partitions.ts';

/** One attempt, as it is answered and told. */
export interface EndedAttempt {
  readonly attempt: WebhookAttempt;
  /** When it ended, in milliseconds since 1970 UTC. */
  readonly atMs: number;
}

/** An attempt under way, or ended. */
export interface PendingAttempt extends SlowWork {
  readonly partition: number;
  readonly ended: EndedAttempt | null;
  isCommitted: boolean;
  giveUp(): void;
}

/** Makes one attempt; null where it was given up. Never rejects. */
export type Attempting = (
  question: WebhookQuestion,
  traceparent: string | null,
  signal: AbortSignal,
) => Promise<WebhookAttempt | null>;

/** So many that have ended are remembered, so that a question that comes again soon gets the same answer. */
const REMEMBERED = 10_000;

/** The attempts under way, by the question's `qaIdentifier`: each once at a time. */
export class Attempts {
  readonly #attempt: Attempting;
  readonly #known: Map<string, PendingAttempt> = new Map();
  #isStopped = false;

  constructor(attempt: Attempting) {
    this.#attempt = attempt;
  }

  /** The attempt that this question asks for, begun where there is none. */
  begin(
    qaIdentifier: string,
    question: WebhookQuestion,
    partition: number,
    traceparent: string | null,
  ): PendingAttempt {
    const known = this.#known.get(qaIdentifier);
    if (known !== undefined) return known;
    this.#forgetOldest();
    const givenUp = new AbortController();
    if (this.#isStopped) givenUp.abort();
    let ended: EndedAttempt | null = null;
    const over = this.#attempt(question, traceparent, givenUp.signal).then((attempt) => {
      if (attempt !== null) ended = { attempt, atMs: Date.now() };
    });
    const begun: PendingAttempt = {
      partition,
      over,
      get ended(): EndedAttempt | null {
        return ended;
      },
      isCommitted: false,
      giveUp: () => givenUp.abort(),
    };
    this.#known.set(qaIdentifier, begun);
    return begun;
  }

  /** Gives up the attempts of partitions that another member has now: it makes them itself. */
  giveUp(partitions: readonly number[]): void {
    for (const [qaIdentifier, attempt] of this.#known) {
      if (!partitions.includes(attempt.partition)) continue;
      attempt.giveUp();
      this.#known.delete(qaIdentifier);
    }
  }

  /** Begins nothing from now on, and gives up what is under way. */
  stop(): void {
    this.#isStopped = true;
    for (const attempt of this.#known.values()) attempt.giveUp();
  }

  #forgetOldest(): void {
    if (this.#known.size < REMEMBERED) return;
    for (const [qaIdentifier, { isCommitted }] of this.#known) {
      if (!isCommitted) continue;
      this.#known.delete(qaIdentifier);
      return;
    }
  }
}
