import { Counter, type Registry } from 'prom-client';
import type { Logger } from '../log.ts';
import { clientAddress } from './client-address.ts';
import { ClientLimits, type Throttled } from './client-limits.ts';
import { DEFAULT_LIMITS, type RequestLimits } from './limits.ts';
import { addressProblem } from './path.ts';
import { HttpProblem, problemResponse, unavailable, unexpected } from './problem.ts';
import { secured } from './security-headers.ts';

/** Requests of all clients that are under way at once; more are refused, whoever sends them. */
const AT_ONCE_MAX = 20_000;

/** A body that nobody read is let come where it is no longer than this; with a longer one the connection is closed. */
const UNREAD_MAX_BYTES = 16 * 1024 * 1024;

const monotonicMs = (): number => performance.now();

export type Fetch = (request: Request) => Response | Promise<Response>;

export interface DoorOptions {
  readonly limits?: RequestLimits | undefined;
  /** Hears of what was thrown and nobody had an answer for. */
  readonly logger?: Pick<Logger, 'error'>;
  /** Where refusals are counted; default: nowhere. */
  readonly registry?: Registry | undefined;
  /** A clock that only goes forward, in milliseconds; default: the runtime's. */
  readonly nowMs?: () => number;
}

/**
 * What every request of a server passes first, whoever answers it: limits for each client address and for all, a look at
 * its address; and what every answer passes last: the headers that keep browsers from making more of it.
 */
export class Door {
  readonly #limits: RequestLimits;
  readonly #clients: ClientLimits;
  readonly #logger: Pick<Logger, 'error'> | undefined;
  readonly #refused: Counter<'reason'> | null;
  #underWay = 0;

  constructor({ limits = DEFAULT_LIMITS, logger, registry, nowMs = monotonicMs }: DoorOptions = {}) {
    this.#limits = limits;
    this.#clients = new ClientLimits(limits, nowMs);
    this.#logger = logger;
    this.#refused = registry === undefined ? null : refusals(registry);
  }

  /** Answers a request of this peer, the address that its connection comes from. Never rejects. */
  async answer(request: Request, peer: string | null, fetch: Fetch): Promise<Response> {
    const { trustedProxies, hstsSeconds } = this.#limits;
    const client = clientAddress(request.headers, peer, trustedProxies);
    const refusal = this.#refusal(client);
    if (refusal !== null) return secured(problemResponse(refusal), hstsSeconds);
    this.#underWay++;
    try {
      const response = secured(await this.#answer(request, fetch), hstsSeconds);
      if (isUnread(request)) response.headers.set('connection', 'close');
      return response;
    } finally {
      this.#underWay--;
      this.#clients.leave(client);
    }
  }

  async #answer(request: Request, fetch: Fetch): Promise<Response> {
    const problem = addressProblem(request.url);
    if (problem !== null) return problemResponse(problem);
    try {
      return await fetch(request);
    } catch (error) {
      // a defect outside of any route: nothing of it goes out but its id
      return unexpected(error, this.#logger, { method: request.method });
    }
  }

  #refusal(client: string): HttpProblem | null {
    if (this.#underWay >= AT_ONCE_MAX) {
      this.#refused?.inc({ reason: 'overloaded' });
      return unavailable(
        'overloaded',
        'Too many requests are under way here, of all clients together: send it again in a few seconds.',
      );
    }
    const throttled = this.#clients.enter(client);
    if (throttled === null) return null;
    this.#refused?.inc({ reason: throttled.reason });
    return tooMany(throttled, this.#limits);
  }
}

/** Whether much of a body may still come, of a request that was answered without it. */
function isUnread({ body, bodyUsed, headers }: Request): boolean {
  if (body === null || bodyUsed) return false;
  const length = headers.get('content-length');
  return length === null || Number(length) > UNREAD_MAX_BYTES;
}

function tooMany(
  { reason, retryAfterSeconds }: Throttled,
  { perSecond, atOnce }: RequestLimits,
): HttpProblem {
  const detail =
    reason === 'rate'
      ? `More than ${perSecond} requests a second come from your address: send fewer, and this one again later.`
      : `${atOnce} requests of your address are under way already: wait for their answers, then send this one again.`;
  const headers = { 'retry-after': String(retryAfterSeconds) };
  return new HttpProblem({ status: 429, code: 'too-many-requests', detail, headers });
}

function refusals(registry: Registry): Counter<'reason'> {
  return new Counter({
    name: 'requite_http_refused_total',
    help: 'Requests refused before any route saw them: rate and at-once of one client, overloaded of all.',
    labelNames: ['reason'],
    registers: [registry],
  });
}
