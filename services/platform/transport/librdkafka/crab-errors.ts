import { TransportError, type TransportErrorCode } from '../../../../core/mod.ts';

/** kafka-crab-js tells librdkafka's error only by its name within the message, as rust-rdkafka spells it. */
const FENCED =
  /UnknownMember|IllegalGeneration|RebalanceInProgress|FencedInstanceId|MaxPollExceeded|PollExceeded|AssignmentLost|Unknown member|generation id is not valid|Group rebalance in progress/i;
const UNKNOWN_TOPIC = /UnknownTopic|UnknownPartition|Unknown topic/i;

/** `doing` completes "could not …". */
export function asTransportError(error: unknown, doing: string): TransportError {
  if (error instanceof TransportError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new TransportError(codeOf(message), `librdkafka: could not ${doing}: ${message}`, { cause: error });
}

function codeOf(message: string): TransportErrorCode {
  if (FENCED.test(message)) return 'fenced';
  if (UNKNOWN_TOPIC.test(message)) return 'unknown-topic';
  return 'unavailable';
}
