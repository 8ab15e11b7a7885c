import { TransportError, type TransportErrorCode } from '../../../../core/mod.ts';

/** An error of librdkafka: its own codes are negative, the brokers' positive. */
export interface RdError {
  readonly message: string;
  readonly code: number;
}

/** Codes of librdkafka's own that mean something to us. */
export const CODES = {
  state: -172,
  assignPartitions: -175,
  queueFull: -184,
} as const;

/** What the package tells by itself (`event.error`) has no code, only librdkafka's text for it, in lower case. */
export const EVENTS = {
  /** Nothing can be had of the brokers, for now or for good. */
  away: /all broker connections are down|authentication failure|ssl error|authorization failed/,
  fatal: /fatal error/,
} as const;

/** Unknown partition, unknown topic; the same from a broker. */
const UNKNOWN_TOPIC: readonly number[] = [-190, -188, 3];
/** Too large for the client's limit, for the topic's. */
const TOO_LARGE: readonly number[] = [10, 18];
/**
 * Assignment lost, fenced, max.poll.interval exceeded, unknown member, illegal generation, rebalance in progress,
 * fenced instance.
 */
const FENCED: readonly number[] = [-142, -144, -147, 22, 25, 27, 82];

/** `doing` completes "could not …". */
export function asTransportError(error: RdError, doing: string): TransportError {
  return new TransportError(codeOf(error.code), `librdkafka: could not ${doing}: ${error.message}`, {
    cause: error,
  });
}

function codeOf(code: number): TransportErrorCode {
  if (UNKNOWN_TOPIC.includes(code)) return 'unknown-topic';
  if (TOO_LARGE.includes(code)) return 'record-too-large';
  if (FENCED.includes(code)) return 'fenced';
  return 'unavailable';
}

export function isRdError(error: unknown): error is RdError {
  return error instanceof Error && typeof (error as { code?: unknown }).code === 'number';
}
