import { isTaskCancelledError, TimeoutStrategy, timeout } from 'cockatiel';
import type { CallAnswer } from './calls.ts';
import { type Exchanged, exchange } from './exchange.ts';

/** How much of what a service said is repeated in a message. */
const SAID_MAX = 300;
/** With these a connection was never made, so that nothing can have come of the request. */
const NOT_RECEIVED =
  /^(ECONNREFUSED|ConnectionRefused|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|FailedToOpenSocket)$/;

export interface AttemptOptions {
  /** The base address of who is asked. */
  readonly target: string;
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON; null: none. */
  readonly body: string | null;
  readonly isIdempotent: boolean;
  /** Statuses from 500 on that are answers. */
  readonly answers: readonly number[];
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** One attempt at one instance that came to nothing. */
export class AttemptFailed extends Error {
  override readonly name = 'AttemptFailed';
  readonly code: 'unreachable' | 'timeout' | 'bad-answer';
  /** Whether the same may be sent again. */
  readonly canRepeat: boolean;

  constructor(code: AttemptFailed['code'], message: string, canRepeat: boolean, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.canRepeat = canRepeat;
  }
}

/** Asks one instance once. Throws `AttemptFailed`. */
export async function attempt(options: AttemptOptions): Promise<CallAnswer> {
  const { target, isIdempotent, timeoutMs, signal } = options;
  const exchanged = await timeout(timeoutMs, TimeoutStrategy.Aggressive)
    .execute((limited) => send(options, limited.signal), signal)
    .catch((error: unknown) => {
      if (signal.aborted)
        throw new AttemptFailed(
          'timeout',
          `${target} had not answered when the call's time was over`,
          false,
          error,
        );
      if (isTaskCancelledError(error))
        throw new AttemptFailed('timeout', `${target} did not answer within ${timeoutMs} ms`, isIdempotent);
      const canRepeat = isIdempotent || NOT_RECEIVED.test(codeOf(error));
      const why = error instanceof Error ? error.message : String(error);
      throw new AttemptFailed('unreachable', `${target} could not be asked (${why})`, canRepeat, error);
    });
  return answerOf(exchanged, options);
}

function send(options: AttemptOptions, signal: AbortSignal): Promise<Exchanged> {
  const { target, path, method, headers, body, isIdempotent } = options;
  const url = new URL(`${target.replace(/\/+$/, '')}${path}`);
  // what must not be sent twice goes over a connection of its own: one that was kept may turn out to be closed
  return exchange({ url, method, headers, body, signal, isQuick: true, reuse: isIdempotent });
}

function answerOf({ status, headers, text }: Exchanged, options: AttemptOptions): CallAnswer {
  const { target, isIdempotent, answers } = options;
  const body = parsed(text);
  if (status >= 500 && !answers.includes(status))
    throw new AttemptFailed('bad-answer', `${target} answered ${status}${saidBy(body)}`, isIdempotent);
  if (text !== '' && body === undefined && status < 300)
    throw new AttemptFailed('bad-answer', `${target} answered ${status} with what is no JSON`, false);
  return { status, headers, body, servedBy: target };
}

/** The text as JSON; undefined where it is none. */
function parsed(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // pages of proxies and the like; whoever needs a body says so
    return undefined;
  }
}

/** What a problem document says, for the message. */
function saidBy(body: unknown): string {
  const detail =
    typeof body === 'object' && body !== null ? (body as { detail?: unknown }).detail : undefined;
  return typeof detail === 'string' ? `: ${detail.slice(0, SAID_MAX)}` : '';
}

const codeOf = (error: unknown): string => String((error as { code?: unknown }).code ?? '');
