import type { RequestLimits } from './limits.ts';

/** So many seconds' worth of requests may come at once after a pause. */
const BURST_SECONDS = 2;
/** So many clients are known at once (invariant 7); of more, the one that was silent for longest is forgotten. */
const CLIENTS_MAX = 10_000;

interface Client {
  tokens: number;
  filledAtMs: number;
  underWay: number;
}

/** Why a client has to wait, and for how long, in whole seconds. */
export interface Throttled {
  readonly reason: 'rate' | 'at-once';
  readonly retryAfterSeconds: number;
}

/** Counts the requests of each client: a token bucket for how many come, and how many are under way. */
export class ClientLimits {
  readonly #limits: Pick<RequestLimits, 'perSecond' | 'atOnce'>;
  readonly #nowMs: () => number;
  readonly #clientsMax: number;
  /** The one that was silent for longest comes first. */
  readonly #clients: Map<string, Client> = new Map();

  constructor(
    limits: Pick<RequestLimits, 'perSecond' | 'atOnce'>,
    nowMs: () => number,
    clientsMax: number = CLIENTS_MAX,
  ) {
    this.#limits = limits;
    this.#nowMs = nowMs;
    this.#clientsMax = clientsMax;
  }

  get size(): number {
    return this.#clients.size;
  }

  /** Lets a request in, which `leave` must tell the end of, or says why not. */
  enter(address: string): Throttled | null {
    const { perSecond, atOnce } = this.#limits;
    const client = this.#client(address);
    if (client.underWay >= atOnce) return { reason: 'at-once', retryAfterSeconds: 1 };
    if (perSecond > 0) {
      if (client.tokens < 1)
        return { reason: 'rate', retryAfterSeconds: Math.ceil((1 - client.tokens) / perSecond) };
      client.tokens--;
    }
    client.underWay++;
    return null;
  }

  leave(address: string): void {
    const client = this.#clients.get(address);
    // it may have been forgotten meanwhile, and counted anew
    if (client !== undefined && client.underWay > 0) client.underWay--;
  }

  #client(address: string): Client {
    const nowMs = this.#nowMs();
    const burst = this.#limits.perSecond * BURST_SECONDS;
    const known = this.#clients.get(address);
    const client = known ?? { tokens: burst, filledAtMs: nowMs, underWay: 0 };
    if (known === undefined) this.#makeRoom();
    else this.#clients.delete(address);
    this.#clients.set(address, client);
    const gained = (Math.max(0, nowMs - client.filledAtMs) / 1_000) * this.#limits.perSecond;
    client.tokens = Math.min(burst, client.tokens + gained);
    client.filledAtMs = nowMs;
    return client;
  }

  #makeRoom(): void {
    const [oldest] = this.#clients.keys();
    if (this.#clients.size >= this.#clientsMax && oldest !== undefined) this.#clients.delete(oldest);
  }
}
