import type { AttemptOutcome } from '../../../core/mod.ts';

/** What came of one attempt. */
export interface Attempted {
  readonly outcome: AttemptOutcome;
  /** What the receiver answered; null where it did not. */
  readonly status: number | null;
  /** In a few words, without anything that the receiver said. */
  readonly reason: string;
  /** How long the receiver asks to be left alone, in milliseconds. */
  readonly retryAfterMs: number | null;
  /** Whether it looks as if the receiver took nothing from anybody now. */
  readonly isOutage: boolean;
}

const CONFLICT = 409;
/** Request Timeout, Conflict, Too Early, Too Many Requests: another time the same may be taken. */
const PASSING: readonly number[] = [408, CONFLICT, 425, 429];
/** A receiver can't ask for more; what the notification allows may be less. */
const RETRY_AFTER_MAX_MS = 86_400_000;

/**
 * What a status says. 2xx is delivered. 4xx is final, but for those that pass. A redirect is not followed (it would carry
 * the order elsewhere), and counts as a failure: whoever set the URL has time to mend it.
 */
export function verdictOn(status: number, retryAfter: string | null, nowMs: number): Attempted {
  const answered = { status, retryAfterMs: null, isOutage: false };
  if (status >= 200 && status < 300) return { ...answered, outcome: 'delivered', reason: `HTTP ${status}` };
  if (status >= 300 && status < 400)
    return { ...answered, outcome: 'failed', reason: `HTTP ${status}: redirects are not followed` };
  if (status >= 400 && status < 500 && !PASSING.includes(status))
    return { ...answered, outcome: 'refused', reason: `HTTP ${status}` };
  return {
    status,
    outcome: 'failed',
    reason: `HTTP ${status}`,
    retryAfterMs: retryAfterOf(retryAfter, nowMs),
    isOutage: status !== CONFLICT,
  };
}

/** `Retry-After` in milliseconds from now: seconds, or an HTTP date; null where it is neither, or past. */
function retryAfterOf(header: string | null, nowMs: number): number | null {
  const text = header?.trim() ?? '';
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return ms > 0 ? Math.min(Math.ceil(ms), RETRY_AFTER_MAX_MS) : null;
}

/** No answer came. */
export const unanswered = (reason: string): Attempted => ({
  outcome: 'failed',
  status: null,
  reason,
  retryAfterMs: null,
  isOutage: true,
});

/** It was not even tried. */
export const putOff = (reason: string, retryAfterMs: number): Attempted => ({
  outcome: 'put-off',
  status: null,
  reason,
  retryAfterMs: Math.max(0, Math.ceil(retryAfterMs)),
  isOutage: false,
});
