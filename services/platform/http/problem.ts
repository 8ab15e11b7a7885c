import { STATUS_CODES } from 'node:http';
import { TooManyWaits, type TransportError } from '../../../core/mod.ts';
import type { Logger } from '../log.ts';

/** One thing that is wrong with a request: where (a JSON pointer into the body, or a parameter) and what. */
export interface InputError {
  readonly path: string;
  readonly message: string;
}

export interface ProblemOptions {
  /** HTTP status, 4xx or 5xx. */
  readonly status: number;
  /** Stable, in lower case with hyphens: programs switch on it. */
  readonly code: string;
  /** Says what to do, in a sentence for people. */
  readonly detail: string;
  /** Default: the status's own phrase. */
  readonly title?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly errors?: readonly InputError[];
  readonly cause?: unknown;
}

/** What a route throws to answer with a problem document (RFC 9457, `application/problem+json`). */
export class HttpProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly errors: readonly InputError[] | null;

  constructor({ status, code, detail, title, headers, errors, cause }: ProblemOptions) {
    super(detail, cause === undefined ? undefined : { cause });
    this.name = 'HttpProblem';
    this.status = status;
    this.code = code;
    this.title = title ?? STATUS_CODES[status] ?? 'Problem';
    this.detail = detail;
    this.headers = headers ?? {};
    this.errors = errors ?? null;
  }
}

/** The problem as a response. `extra` members go into the document beside the standard ones. */
export function problemResponse(
  problem: HttpProblem,
  extra: Readonly<Record<string, unknown>> = {},
): Response {
  const { status, code, title, detail, errors } = problem;
  const document = {
    type: `urn:requite:problem:${code}`,
    title,
    status,
    detail,
    code,
    ...(errors === null ? {} : { errors }),
    ...extra,
  };
  const headers = { ...problem.headers, 'content-type': 'application/problem+json' };
  return new Response(JSON.stringify(document), { status, headers });
}

/** 500 for what nobody expected: nothing of it goes out but an id, under which the log has it. `page` says it to people. */
export function unexpected(
  error: unknown,
  logger: Pick<Logger, 'error'> | undefined,
  where: Readonly<Record<string, string | undefined>>,
  page: (problem: HttpProblem) => Response | null = () => null,
): Response {
  const id = crypto.randomUUID();
  logger?.error({ err: error, errorId: id, ...where }, 'a request failed unexpectedly');
  const detail = `Something went wrong here, not with your request. The log of this service has more under the id ${id}.`;
  const problem = new HttpProblem({ status: 500, code: 'internal-error', detail });
  return page(problem) ?? problemResponse(problem, { id });
}

/** Seconds after which a client should try again. */
export const RETRY_AFTER_SECONDS = '2';

/** A 503 that asks the client to send the same again. */
export function unavailable(code: string, detail: string, cause?: unknown): HttpProblem {
  return new HttpProblem({
    status: 503,
    code,
    detail,
    headers: { 'retry-after': RETRY_AFTER_SECONDS },
    cause,
  });
}

/** What a transport's error means to a client; null for one that is a defect of ours. */
export function transportProblem(error: TransportError): HttpProblem | null {
  if (error.code === 'record-too-large') {
    const detail = 'What you sent makes a message that is too large for the log: send less at once.';
    return new HttpProblem({ status: 413, code: 'message-too-large', detail, cause: error });
  }
  if (error instanceof TooManyWaits) {
    const detail = `${error.max} requests wait here already: ask without waiting, or again in a few seconds.`;
    return unavailable('too-many-waits', detail, error);
  }
  if (!error.canRetry && error.code !== 'unavailable' && error.code !== 'closed') return null;
  const detail =
    'The message log does not take or give anything now, so nothing was confirmed. Send the same request again in a few seconds.';
  return unavailable('log-unavailable', detail, error);
}
