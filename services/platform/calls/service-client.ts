import {
  type BulkheadPolicy,
  bulkhead,
  ExponentialBackoff,
  handleWhen,
  isBrokenCircuitError,
  isBulkheadRejectedError,
  isTaskCancelledError,
  retry,
  TimeoutStrategy,
  timeout,
} from 'cockatiel';
import type { Auth } from '../auth/index.ts';
import type { Discovery } from '../discovery/index.ts';
import type { Logger } from '../log.ts';
import type { Span, Telemetry } from '../telemetry/index.ts';
import { AttemptFailed, attempt } from './attempt.ts';
import { Breaker } from './breaker.ts';
import {
  type BreakerState,
  type CallAnswer,
  CallFailed,
  type CallOptions,
  type CallPolicy,
  type ServiceClient,
} from './calls.ts';
import type { CallMetrics } from './metrics.ts';
import { completed } from './policy.ts';
import { type Target, Targets } from './targets.ts';

/** The first pause before a retry is about so long, in milliseconds: by chance, so that not all come again at once. */
const FIRST_PAUSE_MS = 20;
const MAX_PAUSE_MS = 250;

export interface ServiceClientOptions {
  readonly discovery: Discovery;
  readonly telemetry: Telemetry;
  readonly auth: Auth;
  /** Where it is reached, if it is not to be looked up. */
  readonly address: string | undefined;
  readonly metrics: CallMetrics;
  readonly logger: Logger;
  /** A monotonic clock, in milliseconds. */
  readonly nowMs: () => number;
}

/** A call while it is under way. */
interface Pending extends CallOptions {
  readonly path: string;
  readonly method: NonNullable<CallOptions['method']>;
  readonly policy: Required<CallPolicy>;
  /** Which instances it has asked. */
  readonly tried: Set<string>;
  /** What came of its last attempt. */
  last: string | null;
}

/** Calls one service. What guards a call, from the outside in: its time limit, the breaker, the bulkhead, retries. */
export class GuardedClient implements ServiceClient {
  policy: () => CallPolicy = () => ({});
  readonly #service: string;
  readonly #options: ServiceClientOptions;
  readonly #targets: Targets;
  #breaker: { readonly numbers: string; readonly breaker: Breaker } | null = null;
  #bulkhead: { readonly concurrency: number; readonly policy: BulkheadPolicy } | null = null;
  /** Why it failed last. */
  #lastFailure = '';

  constructor(service: string, options: ServiceClientOptions) {
    const { discovery, address, nowMs } = options;
    this.#service = service;
    this.#options = options;
    this.#targets = new Targets(service, discovery, address, nowMs);
  }

  get breaker(): BreakerState {
    return this.#breaker?.breaker.state ?? 'closed';
  }

  get inFlight(): number {
    if (this.#bulkhead === null) return 0;
    return this.#bulkhead.concurrency - this.#bulkhead.policy.executionSlots;
  }

  async call(path: string, options: CallOptions = {}): Promise<CallAnswer> {
    if (!path.startsWith('/')) throw new TypeError(`"${path}" is no path: begin it with a slash.`);
    const policy = completed(this.policy());
    const { method = 'GET' } = options;
    const pending = { ...options, path, method, policy, tried: new Set<string>(), last: null };
    const { metrics, nowMs } = this.#options;
    const startedAtMs = nowMs();
    try {
      const answer = await this.#guarded(pending);
      metrics.called(this.#service, 'answered', nowMs() - startedAtMs);
      return answer;
    } catch (error) {
      const failure = this.#failureOf(error, pending);
      metrics.called(this.#service, failure.code, nowMs() - startedAtMs);
      throw failure;
    }
  }

  #guarded(pending: Pending): Promise<CallAnswer> {
    const { policy } = pending;
    const { breaker } = this.#breakerFor(policy);
    const { policy: hold } = this.#bulkheadFor(policy);
    const again = retry(
      handleWhen((error) => error instanceof AttemptFailed && error.canRepeat).orWhenResult(
        (answer) => (answer as CallAnswer).status === 429,
      ),
      {
        maxAttempts: policy.attempts - 1,
        backoff: new ExponentialBackoff({ initialDelay: FIRST_PAUSE_MS, maxDelay: MAX_PAUSE_MS }),
      },
    );
    return timeout(policy.timeoutMs, TimeoutStrategy.Aggressive).execute(async ({ signal }) => {
      // one call tries whether it works again: others need not wait for that
      if (breaker.state === 'half-open') throw this.#isOpen(breaker);
      return breaker.policy.execute(
        () =>
          hold.execute(async () => {
            const headers = await this.#headers(pending);
            return again.execute(() => this.#attempt(pending, headers, signal), signal);
          }, signal),
        signal,
      );
    }, pending.signal);
  }

  async #attempt(
    pending: Pending,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<CallAnswer> {
    if (signal.aborted) throw new AttemptFailed('timeout', 'there was no time left to ask', false);
    const { discovery, telemetry, metrics, logger } = this.#options;
    if (!this.#targets.isStatic) await discovery.settled(pending.policy.timeoutMs);
    const target = this.#targets.choose(pending.tried);
    if (target === undefined) throw this.#noInstance();
    const { method, tried } = pending;
    const attributes = {
      'http.request.method': method,
      'url.path': pending.path.replace(/\?.*$/, ''),
      'server.address': new URL(target.url).host,
      'peer.service': this.#service,
      'http.request.resend_count': tried.size,
    };
    tried.add(target.id);
    const ended = this.#targets.begin(target);
    try {
      const options = { kind: 'client', attributes } as const;
      const answer = await telemetry.span(`${method} ${this.#service}`, options, (span) =>
        this.#ask(pending, target, headers, span, signal),
      );
      ended(false);
      metrics.attempted(this.#service, answer.status === 429 ? 'too-many' : 'answered');
      return answer;
    } catch (error) {
      if (!(error instanceof AttemptFailed)) throw error;
      const isGone = pending.signal?.aborted === true;
      ended(!isGone);
      // a caller that went away says nothing of whom it asked
      if (isGone) throw gaveUp(this.#service);
      pending.last = error.message;
      metrics.attempted(this.#service, error.code);
      logger.debug({ service: this.#service, target: target.url, reason: error.message }, 'a call failed');
      throw error;
    }
  }

  async #ask(
    pending: Pending,
    target: Target,
    headers: Readonly<Record<string, string>>,
    span: Span | null,
    signal: AbortSignal,
  ): Promise<CallAnswer> {
    const { path, method, body, policy, answers = [] } = pending;
    const { isIdempotent = method !== 'POST' && method !== 'PATCH' } = pending;
    const traceparent = span?.traceparent ?? this.#options.telemetry.active();
    const answer = await attempt({
      target: target.url,
      path,
      method,
      headers: traceparent === null ? headers : { ...headers, traceparent },
      body: body === undefined ? null : JSON.stringify(body),
      isIdempotent,
      answers,
      timeoutMs: policy.attemptTimeoutMs,
      signal,
    });
    span?.set({ 'http.response.status_code': answer.status });
    return answer;
  }

  async #headers({ body, headers = {} }: Pending): Promise<Readonly<Record<string, string>>> {
    const service = this.#service;
    const token = await this.#options.auth.headers().catch((error: unknown) => {
      const message = `There is no token for calls of ${service}: ${reasonOf(error)}. See OIDC_CLIENT_ID and OIDC_ISSUER.`;
      throw new CallFailed(service, 'unreachable', message, error);
    });
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    return { accept: 'application/json', ...type, ...token, ...headers };
  }

  /** The breaker for these numbers: another only where they have changed. */
  #breakerFor({ breakAfter, halfOpenAfterMs }: Required<CallPolicy>): { readonly breaker: Breaker } {
    const numbers = `${breakAfter} ${halfOpenAfterMs}`;
    if (this.#breaker?.numbers === numbers) return this.#breaker;
    const { nowMs, logger } = this.#options;
    const breaker = new Breaker({
      breakAfter,
      halfOpenAfterMs,
      nowMs,
      isFailure: (error) => this.#isFailure(error),
      targets: () => this.#targets.all().map(({ id }) => id),
    });
    const service = this.#service;
    breaker.policy.onBreak(() =>
      logger.warn({ service, reason: this.#lastFailure }, 'the circuit breaker is open'),
    );
    breaker.policy.onReset(() => logger.info({ service }, 'the circuit breaker is closed again'));
    this.#breaker = { numbers, breaker };
    return this.#breaker;
  }

  #bulkheadFor({ concurrency }: Required<CallPolicy>): { readonly policy: BulkheadPolicy } {
    if (this.#bulkhead?.concurrency !== concurrency)
      this.#bulkhead = { concurrency, policy: bulkhead(concurrency, concurrency) };
    return this.#bulkhead;
  }

  /** What says that the service does not work, rather than that this process asks too much or a caller went away. */
  #isFailure(error: unknown): boolean {
    const isAbsent = error instanceof CallFailed && error.code === 'no-instance';
    if (!isAbsent && !(error instanceof AttemptFailed)) return false;
    this.#lastFailure = error.message;
    return true;
  }

  #failureOf(error: unknown, { policy, signal, last }: Pending): CallFailed {
    const service = this.#service;
    if (error instanceof CallFailed) return error;
    const fail = (code: CallFailed['code'], message: string): CallFailed =>
      new CallFailed(service, code, message, error);
    if (signal?.aborted === true) return gaveUp(service);
    if (isBrokenCircuitError(error) && this.#breaker !== null) return this.#isOpen(this.#breaker.breaker);
    if (isBulkheadRejectedError(error)) {
      const { concurrency: count } = policy;
      const message = `${count} calls of ${service} are under way, and ${count} wait: send the same again later.`;
      return fail('bulkhead-full', message);
    }
    const look = `Look at the health of its instances (GET <address>/health/ready) and at their logs.`;
    if (isTaskCancelledError(error)) {
      const so = last === null ? '' : ` (${last})`;
      return fail('timeout', `${service} did not answer within ${policy.timeoutMs} ms${so}. ${look}`);
    }
    if (error instanceof AttemptFailed)
      return fail(error.code, `${service} failed: ${error.message}. ${look}`);
    throw error;
  }

  #isOpen({ waitsMs }: Breaker): CallFailed {
    const when = waitsMs === 0 ? 'one call tries again now' : `it is tried again in ${Math.ceil(waitsMs)} ms`;
    const message = `${this.#service} has failed several times in a row: ${when}. Last: ${this.#lastFailure}`;
    return new CallFailed(this.#service, 'circuit-open', message);
  }

  #noInstance(): CallFailed {
    const { discovery } = this.#options;
    const readiness = discovery.readiness();
    const why =
      readiness === 'running'
        ? `start it, or name its address`
        : `the registry of instances is not there yet (${readiness})`;
    return new CallFailed(this.#service, 'no-instance', `No instance of ${this.#service} is alive: ${why}.`);
  }
}

const gaveUp = (service: string): CallFailed =>
  new CallFailed(service, 'aborted', `The caller gave up its call of ${service}.`);

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
