import { errorOf, RequiteError } from './error.ts';
import { addressOf, type Names, type Route } from './routes.ts';
import { type Limit, sleep, withTimeout } from './time.ts';

/** Where the coordinator is, and how to call it. */
export interface ConnectOptions {
  /** A bearer token, or what gives one: it is asked before each request. */
  readonly token?: string | (() => string | Promise<string>);
  /** Default: the runtime's own. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** For so long a call is tried again where that is safe, in milliseconds; 0: never. Default: 60,000. */
  readonly retryForMs?: number;
  /** An answer that takes longer is given up, in milliseconds, beside the time that was asked to wait. Default: 30,000. */
  readonly timeoutMs?: number;
}

/** What every call takes. */
export interface CallOptions {
  /** Ends the call, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What of a route's request is variable. */
export interface Given<Path extends string = string, Query extends string = string> {
  readonly path?: Readonly<Record<Names<Path>, string | number>>;
  readonly query?: Readonly<Partial<Record<Query, string | number | undefined>>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  /** How long the coordinator was asked to wait, in milliseconds. */
  readonly waitMs?: number;
}

const RETRY_FOR_MS = 60_000;
const TIMEOUT_MS = 30_000;
/** The first pause between two attempts is about so long, each further one twice as long up to the longest. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

interface Begun {
  readonly response: Response;
  readonly limit: Limit;
  readonly explained: (error: unknown) => unknown;
}

/** Sends requests, again where that is safe and may help. */
export class Caller {
  readonly #base: string;
  readonly #options: ConnectOptions;

  /** `base`: the coordinator's address; a path of it stays before all of ours. */
  constructor(base: string, options: ConnectOptions) {
    this.#base = base.replace(/\/+$/, '');
    this.#options = options;
  }

  /** The JSON that a request is answered with. Throws `RequiteError`. */
  json<T, Path extends string, Query extends string>(
    route: Route<Path, Query>,
    given: Given<Path, Query> = {},
  ): Promise<T> {
    return this.call(route, given, async (response) => parsed(await response.text(), response.status) as T);
  }

  /** What `read` makes of the answer. Where reading it fails, that is a failed attempt. Throws `RequiteError`. */
  async call<T, Path extends string, Query extends string>(
    route: Route<Path, Query>,
    given: Given<Path, Query>,
    read: (response: Response) => T | Promise<T>,
  ): Promise<T> {
    return await this.#repeated(route, given.signal, async () => {
      const { response, limit, explained } = await this.#begin(route, given);
      try {
        return await read(response);
      } catch (error) {
        throw explained(error);
      } finally {
        limit.clear();
      }
    });
  }

  /**
   * The body of the answer, as it comes; each part of it has as long as an answer has. What breaks off while it is read is
   * the reader's matter: an error of the stream. Null for an answer without content (204). Throws `RequiteError`.
   */
  stream<Path extends string, Query extends string>(
    route: Route<Path, Query>,
    given: Given<Path, Query>,
  ): Promise<ReadableStream<Uint8Array> | null> {
    return this.#repeated(route, given.signal, async () => {
      const { response, limit, explained } = await this.#begin(route, given);
      return timedBody(response, limit, explained);
    });
  }

  async #repeated<T>(route: Route, signal: AbortSignal | undefined, attempt: () => Promise<T>): Promise<T> {
    const { retryForMs = RETRY_FOR_MS } = this.#options;
    const giveUpAt = performance.now() + retryForMs;
    for (let failures = 0; ; failures++) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof RequiteError) || !mayRepeat(route, error)) throw error;
        const pauseMs = pauseBefore(failures, error.retryAfterMs);
        if (performance.now() + pauseMs > giveUpAt) throw error;
        await sleep(pauseMs, signal);
      }
    }
  }

  /** Sends the request once. Whoever reads the answer clears its limit, and throws what `explained` makes of an error. */
  async #begin(route: Route, given: Given): Promise<Begun> {
    const { timeoutMs = TIMEOUT_MS } = this.#options;
    const { signal, waitMs = 0 } = given;
    const request = await this.#request(route, given);
    const url = this.#base + addressOf(route, given.path ?? {}, given.query ?? {});
    const limit = withTimeout(timeoutMs + waitMs, signal);
    const explained = (error: unknown): unknown => {
      if (error instanceof RequiteError) return error;
      if (signal?.aborted === true) return signal.reason;
      return limit.isOver() ? timedOut(timeoutMs + waitMs, error) : unreachable(this.#base, error);
    };
    try {
      const response = await this.#fetch(url, { ...request, signal: limit.signal });
      if (response.status >= 400) throw await errorOf(response);
      return { response, limit, explained };
    } catch (error) {
      limit.clear();
      throw explained(error);
    }
  }

  async #request(route: Route, { headers, body }: Given): Promise<RequestInit> {
    const { token } = this.#options;
    const bearer = typeof token === 'function' ? await token() : token;
    return {
      method: route.method,
      headers: {
        accept: 'application/json',
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
  }

  #fetch(url: string, init: RequestInit): Promise<Response> {
    const { fetch: own } = this.#options;
    // browsers want theirs to be called as a plain function
    return own === undefined ? fetch(url, init) : own(url, init);
  }
}

/** The response's body; its limit counts only while somebody waits for the next part of it. */
function timedBody(
  { body }: Response,
  limit: Limit,
  explained: (error: unknown) => unknown,
): ReadableStream<Uint8Array> | null {
  limit.pause();
  if (body === null) {
    limit.clear();
    return null;
  }
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          limit.renew();
          const { done, value } = await reader.read();
          limit.pause();
          if (value !== undefined) return controller.enqueue(value);
          if (!done) return;
          limit.clear();
          controller.close();
        } catch (error) {
          limit.clear();
          controller.error(explained(error));
        }
      },
      async cancel(reason) {
        limit.clear();
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

function mayRepeat({ repeat }: Pick<Route, 'repeat'>, { retryable, status }: RequiteError): boolean {
  return retryable && (repeat === 'always' || status === 429 || status === 503);
}

/** Twice as long each time, by chance up to half of it less, so that many clients don't come back at once. */
export function pauseBefore(attempt: number, retryAfterMs: number | null): number {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt, 20));
  const pauseMs = longest * (0.5 + Math.random() / 2);
  return retryAfterMs === null ? pauseMs : retryAfterMs + pauseMs / 2;
}

export function parsed(text: string, status: number): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw noJson(status, cause);
  }
}

function noJson(status: number, cause: unknown): RequiteError {
  const detail = 'The answer is no JSON, or was cut short: is this the address of a coordinator?';
  return new RequiteError({ status, code: 'unexpected-reply', detail, cause, isRetryable: true });
}

function timedOut(limitMs: number, cause: unknown): RequiteError {
  const detail = `No whole answer came within ${limitMs} ms: ask again, or allow more with "timeoutMs".`;
  return new RequiteError({ code: 'timeout', detail, cause, isRetryable: true });
}

function unreachable(base: string, cause: unknown): RequiteError {
  const detail = `The coordinator at ${base === '' ? 'this origin' : base} does not answer: is it running, and is the address right?`;
  return new RequiteError({ code: 'unreachable', detail, cause, isRetryable: true });
}
