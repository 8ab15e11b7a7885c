/** One thing that is wrong with a request. */
export interface InputError {
  /** A JSON pointer into the body, or the name of a parameter. */
  readonly path: string;
  readonly message: string;
}

interface ErrorOptions {
  readonly status?: number | null;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly InputError[];
  readonly isRetryable?: boolean;
  readonly retryAfterMs?: number | null;
  readonly cause?: unknown;
}

/** Why a call failed, as the coordinator says it (RFC 9457), or why it gave no answer. */
export class RequiteError extends Error {
  /** HTTP status; null where no answer came. */
  readonly status: number | null;
  /**
   * Stable, for programs. The coordinator's own, such as `no-such-run`; of the client `unreachable`, `timeout`,
   * `unexpected-reply` and, for an answer that is no problem document, `http-<status>`.
   */
  readonly code: string;
  /** Says what to do, in a sentence for people. */
  readonly detail: string;
  /** What is wrong with the request, where several things can be. */
  readonly errors: readonly InputError[];
  /** Whether the same call may come out otherwise a little later. */
  readonly retryable: boolean;
  /** How long the coordinator asks to wait before that, in milliseconds; null where it doesn't say. */
  readonly retryAfterMs: number | null;

  constructor(options: ErrorOptions) {
    const { status = null, code, detail, errors = [], isRetryable = false, retryAfterMs = null } = options;
    super(`${detail} (${code})`, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'RequiteError';
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.errors = errors;
    this.retryable = isRetryable;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Answers of these kinds may be others a little later. */
const RETRYABLE: readonly number[] = [408, 429, 502, 503, 504];

/** The error that a response with a status from 400 on stands for. Reads its body. */
export async function errorOf(response: Response): Promise<RequiteError> {
  const { status, headers } = response;
  const problem = problemIn(await response.text());
  return new RequiteError({
    status,
    code: problem.code ?? `http-${status}`,
    detail: problem.detail ?? `The answer was ${status}, without a word on why.`,
    errors: problem.errors ?? [],
    isRetryable: RETRYABLE.includes(status),
    retryAfterMs: retryAfterMs(headers.get('retry-after')),
  });
}

interface Problem {
  readonly code?: string;
  readonly detail?: string;
  readonly errors?: readonly InputError[];
}

function problemIn(text: string): Problem {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {}; // somebody on the way has answered, in words of his own
  }
}

/** Seconds, or a date. */
function retryAfterMs(header: string | null): number | null {
  if (header === null) return null;
  if (/^\d{1,6}$/.test(header)) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now());
}
