/** Why a call came to nothing. `circuit-open`: it was not even tried, as the service has failed too often just now. */
export type CallFailure =
  | 'circuit-open'
  | 'bulkhead-full'
  | 'timeout'
  | 'no-instance'
  | 'unreachable'
  | 'bad-answer'
  | 'aborted';

/** A call of another service that came to nothing. The message names the service, and says what to do. */
export class CallFailed extends Error {
  override readonly name = 'CallFailed';
  readonly code: CallFailure;
  readonly service: string;

  constructor(service: string, code: CallFailure, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.service = service;
    this.code = code;
  }
}

/** What a service said. Any status below 500 is an answer; 5xx is a failure and tried elsewhere, unless the call names it, 429 also tried elsewhere. */
export interface CallAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The body as JSON; undefined where it has none. */
  readonly body: unknown;
  /** The instance that answered: its base address. */
  readonly servedBy: string;
}

export interface CallOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Whether the same may be sent again where it is not known what came of it. Default: true for GET, PUT and DELETE. */
  readonly isIdempotent?: boolean;
  /** Statuses from 500 on by which this route answers, such as 504 where what was asked for did not come in time. */
  readonly answers?: readonly number[];
}

/** How calls of one service are guarded. Times in milliseconds. */
export interface CallPolicy {
  /** For the whole call, retries included. Default 2,000. */
  readonly timeoutMs?: number;
  /** For one attempt at one instance. Default 800. */
  readonly attemptTimeoutMs?: number;
  /** Attempts in all, each elsewhere where there is an elsewhere. Default 3. */
  readonly attempts?: number;
  /** Calls under way at once; more wait in a queue of the same length, and beyond that fail. Default 64. */
  readonly concurrency?: number;
  /** The breaker opens when so many calls in a row have failed. Default 5. */
  readonly breakAfter?: number;
  /** And lets one call through to try again after so long. Default 5,000. */
  readonly halfOpenAfterMs?: number;
}

export type BreakerState = 'closed' | 'half-open' | 'open';

/** Calls one service, wherever its live instances are. */
export interface ServiceClient {
  /** `path` begins with a slash. Throws `CallFailed`. */
  call(path: string, options?: CallOptions): Promise<CallAnswer>;
  readonly breaker: BreakerState;
}

/** Calls of other services: instances that are alive, load spread, retried elsewhere, guarded. */
export interface Calls {
  /**
   * The client for a service, by its name in the catalogue. One a process and service: its breaker is shared, and the
   * policy that was given last counts. One given as a function is asked at each call, so that it may change.
   */
  to(service: string, policy?: CallPolicy | (() => CallPolicy)): ServiceClient;
  close(): Promise<void>;
}
