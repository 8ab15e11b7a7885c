import type { TSchema } from '@sinclair/typebox';
import { Type } from '@sinclair/typebox';
import { conforms } from '../messages/conforms.ts';
import { parseQaIdentifier } from '../messages/correlation.ts';
import { decode } from '../messages/decode.ts';
import { deepFreeze, type Json } from '../messages/json.ts';
import { partitionFor } from '../messages/partitioner.ts';
import type { IncomingRecord, OutgoingRecord } from '../messages/record.ts';
import {
  AnswerMessage,
  Identifier,
  MAX_ID_LENGTH,
  WorkflowCommand,
  WorkflowMessage,
} from '../messages/schemas.ts';
import { topics } from '../messages/topics.ts';
import { parseTraceparent } from '../messages/trace-context.ts';
import { isWellFormed } from '../messages/utf8.ts';
import type { JobInput } from './decision.ts';
import type { Definitions } from './definitions.ts';
import type { Arrival } from './job.ts';
import type { Outcome } from './ledger.ts';

/** A record as the engine takes it: input of a job, or at its end already. */
export type Taken =
  | {
      readonly kind: 'job';
      readonly workflowId: string;
      readonly input: JobInput;
      readonly record: IncomingRecord;
    }
  | {
      readonly kind: 'ended';
      readonly topic: string;
      readonly partition: number;
      readonly outcome: Outcome;
      readonly reason: string | null;
      readonly records: readonly OutgoingRecord[];
    };

/** Set on a record that was moved to its home partition: where it came from. It moves once. */
export const MOVED_HEADER = 'requite-moved-from';

/** The record as it came, with where it came from and why it was refused, for `dead-letters`. */
export function deadLetter(record: IncomingRecord, reason: string, detail: string): OutgoingRecord {
  return {
    topic: topics.deadLetters,
    partition: record.partition,
    key: record.key,
    value: record.value,
    headers: {
      ...record.headers,
      'requite-reason': reason,
      'requite-detail': detail.slice(0, 500),
      'requite-origin-topic': record.topic,
      'requite-origin-partition': String(record.partition),
      'requite-origin-offset': String(record.offset),
    },
  };
}

/** A dead letter that is too large for its topic, as what says where the record lies: its own headers alone. */
export function onlyReasons(letter: OutgoingRecord): OutgoingRecord {
  const headers = Object.entries(letter.headers ?? {}).filter(([name]) => name.startsWith('requite-'));
  const left = { 'requite-left-out': 'key, value and headers: the record is too large for this topic' };
  return { ...letter, key: null, value: null, headers: { ...Object.fromEntries(headers), ...left } };
}

const ended = (
  record: IncomingRecord,
  outcome: Outcome,
  reason: string | null,
  records: readonly OutgoingRecord[] = [],
): Taken => ({
  kind: 'ended',
  topic: record.topic,
  partition: record.partition,
  outcome,
  reason,
  records,
});
const refuse = (record: IncomingRecord, reason: string, detail: string): Taken =>
  ended(record, 'deadLettered', reason, [deadLetter(record, reason, detail)]);

/** Takes one record in: decodes it, tells ours from others', finds its job, and sends it home if it lies elsewhere. */
export function take(record: IncomingRecord, definitions: Definitions, partitions: number): Taken {
  switch (record.topic) {
    case topics.workflowQueue:
      return takeWorkflow(record, definitions, partitions);
    case topics.answers:
      return takeAnswer(record, definitions, partitions);
    case topics.workflowCommands:
      return takeCommand(record, definitions, partitions);
    default:
      return takeEvent(record, definitions, partitions);
  }
}

function takeWorkflow(record: IncomingRecord, definitions: Definitions, partitions: number): Taken {
  const message = decode<WorkflowMessage>(record.value, WorkflowMessage);
  if (!message.ok) return refuse(record, message.reason, message.detail);
  const {
    'workflow-type': workflowType,
    'workflow-id': workflowId,
    'create-time': createTime,
  } = message.value;
  if (!definitions.has(workflowType)) return ended(record, 'notOurs', null);
  const payload = message.value.payload as Json;
  const cancelled = message.value.cancelled === true ? { cancelled: true } : {};
  return atHome(record, workflowId, partitions, {
    kind: 'start',
    workflowType,
    createTime,
    payload,
    traceparent: traceparentOf(record),
    ...cancelled,
  });
}

/** The record's W3C trace context, where it is one: it is stored, and goes on with every record of the job. */
function traceparentOf({ headers }: IncomingRecord): string | null {
  const { traceparent } = headers;
  return traceparent !== undefined && parseTraceparent(traceparent) !== null ? traceparent : null;
}

function takeAnswer(record: IncomingRecord, definitions: Definitions, partitions: number): Taken {
  const message = decode<AnswerMessage>(record.value, AnswerMessage);
  if (!message.ok) return refuse(record, message.reason, message.detail);
  const { qaIdentifier, answer, error } = message.value;
  const question = parseQaIdentifier(qaIdentifier);
  if (question === null || !definitions.has(question.workflowType)) return ended(record, 'notOurs', null);
  if ((answer === undefined) === (error === undefined)) {
    return refuse(record, 'invalid-message', 'an answer has either "answer" or "error"');
  }
  const { workflowType, workflowId, step } = question;
  const outcome: Arrival =
    error === undefined
      ? { kind: 'answer', value: deepFreeze(answer as Json) }
      : { kind: 'error', error: { code: error.code, message: error.message } };
  return atHome(record, workflowId, partitions, { kind: 'answer', workflowType, step, outcome });
}

function takeCommand(record: IncomingRecord, definitions: Definitions, partitions: number): Taken {
  const message = decode<WorkflowCommand>(record.value, WorkflowCommand);
  if (!message.ok) return refuse(record, message.reason, message.detail);
  const { 'workflow-type': workflowType, 'workflow-id': workflowId, command } = message.value;
  if (!definitions.has(workflowType)) return ended(record, 'notOurs', null);
  const unlessEnded = message.value['unless-ended'] === true ? { unlessEnded: true } : {};
  return atHome(record, workflowId, partitions, { kind: 'command', workflowType, command, ...unlessEnded });
}

const AnyValue: TSchema = Type.Unknown();

function takeEvent(record: IncomingRecord, definitions: Definitions, partitions: number): Taken {
  if (definitions.expecting(record.topic).length === 0) return ended(record, 'notOurs', null);
  const message = decode<Json>(record.value, AnyValue);
  if (!message.ok) return refuse(record, message.reason, message.detail);
  if (typeof record.key !== 'string' || record.key === '') {
    return refuse(record, 'missing-key', "an event's key is the workflow-id that it is for");
  }
  return atHome(record, record.key, partitions, {
    kind: 'event',
    topic: record.topic,
    value: message.value,
    offset: record.offset,
  });
}

/** Only what lies in its home partition counts; the rest is moved there, once. */
function atHome(record: IncomingRecord, workflowId: string, partitions: number, input: JobInput): Taken {
  if (!conforms(Identifier, workflowId) || !isWellFormed(workflowId)) {
    return refuse(record, 'invalid-message', `a workflow-id has 1 to ${MAX_ID_LENGTH} printable characters`);
  }
  const home = partitionFor(workflowId, partitions);
  if (home === record.partition) return { kind: 'job', workflowId, input, record };
  if (record.headers[MOVED_HEADER] !== undefined) {
    return refuse(record, 'misplaced', `it was moved before and is still not in partition ${home}`);
  }
  const { topic, key, value, headers } = record;
  const from = `${topic}/${record.partition}/${record.offset}`;
  return ended(record, 'moved', null, [
    { topic, partition: home, key: key ?? workflowId, value, headers: { ...headers, [MOVED_HEADER]: from } },
  ]);
}
