import { findErrorBy, GenericError, MultipleErrors } from '@platformatic/kafka';
import { TransportError, type TransportErrorCode } from '../../../../core/mod.ts';
import { type About, refusalIn } from './authorization.ts';

/** Error codes of the protocol that mean: this member no longer has what it commits for. */
const FENCED = ['ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'REBALANCE_IN_PROGRESS', 'FENCED_INSTANCE_ID'];
/** That: another has taken over its transactional id, or the coordinator has ended its transaction. */
const FENCED_PRODUCER = ['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED'];
const MAX_DEPTH = 10;
const TOO_LARGE = ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'];

/** Whether some error in the chain carries this code of the Kafka protocol, such as 'NOT_COORDINATOR'. */
export function isProtocolError(error: unknown, apiId: string): boolean {
  return has(error, 'apiId', apiId);
}

/** Whether a transaction was refused because its transactional id has a newer owner. */
export function isFencedProducer(error: unknown): boolean {
  return FENCED_PRODUCER.some((id) => isProtocolError(error, id));
}

/** Whether the same request may succeed in a moment, as the broker or the client says. */
export function isPassing(error: unknown): boolean {
  if (error instanceof TransportError) return error.canRetry;
  if (!(error instanceof Error) || !GenericError.isGenericError(error)) return false;
  if (/^Unknown topic /.test(leafOf(error).message)) return false; // the client has asked several times
  return findErrorBy(error, 'canRetry', false) === null;
}

/** Looks through what the client has wrapped: errors of several attempts or partitions, and causes. */
function has(error: unknown, property: 'apiId' | 'code', value: string, depth = 0): boolean {
  if (!(error instanceof Error) || depth > MAX_DEPTH) return false;
  if ((error as Error & Partial<Record<string, unknown>>)[property] === value) return true;
  const inner: readonly unknown[] = error instanceof MultipleErrors ? error.errors : [];
  return [...inner, error.cause].some((each) => has(each, property, value, depth + 1));
}

/**
 * The client's error as the port's. What is no error of the client or the broker is a defect, and comes back as it is.
 * `doing` completes "could not …", for people; `about` says of what, where it lacks the right.
 */
export function asTransportError(error: unknown, doing: string, about: About = {}): Error {
  if (error instanceof TransportError) return error;
  if (!(error instanceof Error)) return new Error(String(error));
  if (!GenericError.isGenericError(error)) return error;
  const reason = refusalIn(error, about) ?? reasonOf(error);
  return new TransportError(codeOf(error), `Kafka: could not ${doing}: ${reason}`, { cause: error });
}

function codeOf(error: Error): TransportErrorCode {
  if (isUnknownTopic(error)) return 'unknown-topic';
  if (TOO_LARGE.some((id) => isProtocolError(error, id))) return 'record-too-large';
  if (FENCED.some((id) => isProtocolError(error, id))) return 'fenced';
  return 'unavailable';
}

export function isUnknownTopic(error: unknown): boolean {
  return (
    isProtocolError(error, 'UNKNOWN_TOPIC_OR_PARTITION') || /^Unknown topic /.test(leafOf(error).message)
  );
}

/** The innermost error, which is the one that says what happened. */
function leafOf(error: unknown): Error {
  let leaf = error instanceof Error ? error : new Error(String(error));
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const inner = leaf instanceof MultipleErrors ? leaf.errors.at(-1) : leaf.cause;
    if (!(inner instanceof Error)) return leaf;
    leaf = inner;
  }
  return leaf;
}

function reasonOf(error: Error): string {
  const leaf = leafOf(error) as Error & { readonly apiId?: string; readonly code?: string };
  if (has(error, 'code', 'PLT_KFK_AUTHENTICATION') || isProtocolError(error, 'SASL_AUTHENTICATION_FAILED'))
    return `the broker refused the sign-in (${leaf.message}): check the KAFKA_SASL_ settings`;
  if (leaf.code === 'ECONNREFUSED') return `no broker listens (${leaf.message})`;
  return leaf.apiId === undefined ? leaf.message : `${leaf.message} (${leaf.apiId})`;
}
