import type { OrderMail } from '../../../core/mod.ts';
import type { Logger } from '../log.ts';
import { pause } from '../pause.ts';
import type { SendMail, Verdict } from './smtp.ts';

/** How a delivery has ended. */
export type Ended =
  | { readonly kind: 'sent' }
  | { readonly kind: 'refused'; readonly reason: 'mail-refused' | 'mail-deferred'; readonly detail: string };

/** A mail on its way: tried again by itself until it has ended or is given up. */
export interface Delivery {
  readonly partition: number;
  /** Resolves once it has ended or is given up; never rejects. */
  readonly over: Promise<void>;
  /** Null for as long as it is on its way, and for ever once it is given up. */
  readonly ended: Ended | null;
  /** Whether its end is on the log: what comes again after that is a repeat. */
  isCommitted: boolean;
  giveUp(): void;
}

export interface DeliveryLimits {
  readonly firstBackoffMs: number;
  /** The longest wait for a server that is away. */
  readonly maxBackoffMs: number;
  /** The longest wait where the server defers one mail (4xx). */
  readonly maxDeferralMs: number;
  /** A mail that is deferred for so long, with no other answer, is refused: it must not hold up its partition for ever. */
  readonly deferredForMs: number;
}

const LIMITS: DeliveryLimits = {
  firstBackoffMs: 250,
  maxBackoffMs: 5_000,
  maxDeferralMs: 60_000,
  deferredForMs: 15 * 60_000,
};

/** So many mails that have ended are remembered, so that a record that comes again soon is sent no second time. */
const REMEMBERED = 10_000;

/** The mails on their way, by Message-ID: each once at a time, and tried again as its server's answers demand. */
export class Deliveries {
  readonly #send: SendMail;
  readonly #logger: Logger;
  readonly #limits: DeliveryLimits;
  readonly #known: Map<string, Delivery> = new Map();
  #problem: string | null = null;
  #isStopped = false;

  constructor(send: SendMail, logger: Logger, limits: Partial<DeliveryLimits> = {}) {
    this.#send = send;
    this.#logger = logger;
    this.#limits = { ...LIMITS, ...limits };
  }

  /** Why no mail goes out now; null where nothing is known to be wrong. */
  get problem(): string | null {
    return this.#problem;
  }

  /** The delivery of this mail, begun where there is none. */
  deliver(mail: OrderMail, partition: number): Delivery {
    const known = this.#known.get(mail.messageId);
    if (known !== undefined) return known;
    this.#forgetOldest();
    const begun = this.#begin(mail, partition);
    this.#known.set(mail.messageId, begun);
    return begun;
  }

  /** Gives up the mails of partitions that another member has now: it delivers them itself. */
  giveUp(partitions: readonly number[]): void {
    for (const [messageId, delivery] of this.#known) {
      if (!partitions.includes(delivery.partition)) continue;
      delivery.giveUp();
      this.#known.delete(messageId);
    }
  }

  /** Tries nothing again from now on; what is being sent may yet end. */
  stop(): void {
    this.#isStopped = true;
    for (const delivery of this.#known.values()) delivery.giveUp();
  }

  #begin(mail: OrderMail, partition: number): Delivery {
    const givenUp = new AbortController();
    if (this.#isStopped) givenUp.abort();
    let ended: Ended | null = null;
    const over = this.#attempt(mail, givenUp.signal).then((end) => {
      ended = end;
    });
    return {
      partition,
      over,
      get ended(): Ended | null {
        return ended;
      },
      isCommitted: false,
      giveUp: () => givenUp.abort(),
    };
  }

  async #attempt(mail: OrderMail, givenUp: AbortSignal): Promise<Ended | null> {
    const { firstBackoffMs, maxBackoffMs, maxDeferralMs, deferredForMs } = this.#limits;
    let deferredSince: number | null = null;
    for (let backoffMs = firstBackoffMs; !givenUp.aborted; backoffMs *= 2) {
      const verdict = await this.#send(mail);
      this.#tell(verdict);
      switch (verdict.kind) {
        case 'sent':
          return { kind: 'sent' };
        case 'refused':
          return { kind: 'refused', reason: 'mail-refused', detail: verdict.reply };
        case 'deferred':
          deferredSince ??= performance.now();
          if (performance.now() - deferredSince >= deferredForMs)
            return { kind: 'refused', reason: 'mail-deferred', detail: verdict.reply };
          backoffMs = Math.min(backoffMs, maxDeferralMs);
          break;
        case 'away':
          deferredSince = null;
          backoffMs = Math.min(backoffMs, maxBackoffMs);
          break;
        default:
          verdict satisfies never;
      }
      await pause(backoffMs, givenUp);
    }
    return null;
  }

  /** Says once that the server is away, and once that it is back. */
  #tell(verdict: Verdict): void {
    if (verdict.kind === 'away') {
      if (this.#problem === null)
        this.#logger.warn({ reason: verdict.reason }, 'waiting for the mail server');
      this.#problem = `waiting for the mail server: ${verdict.reason}`;
    } else if (this.#problem !== null) {
      this.#problem = null;
      this.#logger.info({}, 'the mail server answers');
    }
  }

  #forgetOldest(): void {
    if (this.#known.size < REMEMBERED) return;
    for (const [messageId, { isCommitted }] of this.#known) {
      if (!isCommitted) continue;
      this.#known.delete(messageId);
      return;
    }
  }
}
