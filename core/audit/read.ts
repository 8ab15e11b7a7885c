import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { parseQaIdentifier } from '../messages/correlation.ts';
import { decode } from '../messages/decode.ts';
import { canonicalJson, type Json } from '../messages/json.ts';
import { partitionFor } from '../messages/partitioner.ts';
import type { IncomingRecord } from '../messages/record.ts';
import {
  AnswerMessage,
  Identifier,
  type JobEvent,
  JobReport,
  ProblemSchema,
  QuestionMessage,
  WorkflowMessage,
} from '../messages/schemas.ts';
import { sha256 } from '../messages/sha256.ts';
import { topics } from '../messages/topics.ts';
import { isWellFormed } from '../messages/utf8.ts';
import { contentHashOf } from '../workflow/decide.ts';
import { outcomeHashOf } from '../workflow/outcome.ts';
import { ANY_TYPE } from './facts.ts';
import { readOrigin } from './letter.ts';

/** What a dead letter took away: a request, or an answer. */
type RefusedAbout =
  | { readonly kind: 'request' }
  | { readonly kind: 'answer'; readonly workflowType: string; readonly step: number };

/** What one record says of its workflow. `content` is a hash; `offset` that of the record on its topic. */
export type AuditFact = { readonly workflowId: string } & (
  | {
      readonly kind: 'requested';
      readonly workflowType: string;
      readonly content: string;
      readonly offset: number;
    }
  | {
      readonly kind: 'asked';
      readonly workflowType: string;
      readonly step: number;
      readonly category: string;
      readonly content: string;
    }
  | {
      readonly kind: 'answered';
      readonly workflowType: string;
      readonly step: number;
      readonly content: string;
      readonly offset: number;
    }
  | {
      readonly kind: 'reported';
      readonly workflowType: string;
      readonly version: number;
      readonly revision: number;
      readonly status: JobReport['status'];
      readonly time: string;
      readonly events: readonly JobEvent[];
      /** Hash of how the job ended; null for a report that is not its end. */
      readonly end: string | null;
      readonly bill: string | null;
      readonly number: string | null;
      readonly problem: { readonly code: string; readonly message: string } | null;
      readonly offset: number;
    }
  | {
      readonly kind: 'refused';
      readonly topic: string;
      readonly reason: string;
      /** Null where the letter is about something else than a request or an answer. */
      readonly about: RefusedAbout | null;
      /** Offset of the record that was refused; null where the letter doesn't say. */
      readonly origin: number | null;
      readonly content: string | null;
    }
);

/**
 * A record as the audit takes it: a fact of a workflow, or counted at once: `unreadable` as the topic's message,
 * `not-ours` (an answer to nobody's question), `elsewhere` than in its workflow's home partition, where it counts.
 */
export type AuditRead =
  | { readonly kind: 'fact'; readonly fact: AuditFact }
  | { readonly kind: 'counted'; readonly as: 'unreadable' | 'not-ours' | 'elsewhere' };

/** The topics that an audit reads. */
export const AUDITED_TOPICS: readonly string[] = [
  topics.workflowQueue,
  topics.questions,
  topics.answers,
  topics.workflowEvents,
  topics.deadLetters,
];

/** Half a SHA-256: what is told apart here nobody gains by forging, and there are many of them. */
const short = (hash: string): string => hash.slice(0, 32);

const as = (what: 'unreadable' | 'not-ours' | 'elsewhere'): AuditRead => ({ kind: 'counted', as: what });

/** Reads one record of the audited topics, each of which has so many partitions. */
export function readForAudit(record: IncomingRecord, partitions: number): AuditRead {
  const read = factOf(record);
  if (typeof read === 'string') return as(read);
  const { workflowId } = read;
  if (!Value.Check(Identifier, workflowId) || !isWellFormed(workflowId)) return as('unreadable');
  if (partitionFor(workflowId, partitions) !== record.partition) return as('elsewhere');
  return { kind: 'fact', fact: read };
}

function factOf(record: IncomingRecord): AuditFact | 'unreadable' | 'not-ours' {
  switch (record.topic) {
    case topics.workflowQueue:
      return requestOf(record);
    case topics.questions:
      return questionOf(record);
    case topics.answers:
      return answerOf(record);
    case topics.workflowEvents:
      return reportOf(record);
    default:
      return letterOf(record);
  }
}

function requestOf({ value, offset }: Pick<IncomingRecord, 'value' | 'offset'>): AuditFact | 'unreadable' {
  const message = decode<WorkflowMessage>(value, WorkflowMessage);
  if (!message.ok) return 'unreadable';
  const { 'workflow-type': workflowType, 'workflow-id': workflowId, payload } = message.value;
  const content = short(contentHashOf(workflowType, payload as Json));
  return { kind: 'requested', workflowId, workflowType, content, offset };
}

function questionOf({ value }: IncomingRecord): AuditFact | 'unreadable' | 'not-ours' {
  const message = decode<QuestionMessage>(value, QuestionMessage);
  if (!message.ok) return 'unreadable';
  const { qaIdentifier, questionCategory: category, payload } = message.value;
  const question = parseQaIdentifier(qaIdentifier);
  if (question === null) return 'not-ours';
  const content = short(sha256(canonicalJson([category, payload] as Json)));
  return { kind: 'asked', ...question, category, content };
}

function answerOf({
  value,
  offset,
}: Pick<IncomingRecord, 'value' | 'offset'>): AuditFact | 'unreadable' | 'not-ours' {
  const message = decode<AnswerMessage>(value, AnswerMessage);
  if (!message.ok) return 'unreadable';
  const question = parseQaIdentifier(message.value.qaIdentifier);
  if (question === null) return 'not-ours';
  const content = answerHash(message.value);
  return content === null ? 'unreadable' : { kind: 'answered', ...question, content, offset };
}

/** The hash of what an answer says; null where it says nothing, or both. */
function answerHash({ answer, error }: Pick<AnswerMessage, 'answer' | 'error'>): string | null {
  if ((answer === undefined) === (error === undefined)) return null;
  return short(
    error === undefined
      ? outcomeHashOf({ kind: 'answer', value: answer as Json })
      : outcomeHashOf({ kind: 'error', error: { code: error.code, message: error.message } }),
  );
}

const ENDED: readonly JobReport['status'][] = ['completed', 'failed', 'cancelled'];

function reportOf({ value, offset }: IncomingRecord): AuditFact | 'unreadable' {
  const message = decode<JobReport>(value, JobReport);
  if (!message.ok) return 'unreadable';
  const { 'workflow-type': workflowType, 'workflow-id': workflowId, ...report } = message.value;
  const { version, revision, status, time, events } = report;
  const completed = events.findLast(({ event }) => event === 'completed');
  const result = completed?.event === 'completed' ? completed.result : undefined;
  const failure = events.findLast(({ event }) => event === 'failed' || event === 'parked');
  const problem = failure !== undefined && 'error' in failure ? (failure.error ?? null) : null;
  const end = ENDED.includes(status) ? endHash(status, result, problem) : null;
  return {
    kind: 'reported',
    workflowId,
    workflowType,
    version,
    revision,
    status,
    time,
    events,
    end,
    bill: status === 'completed' ? billHashIn(result) : null,
    number: status === 'completed' ? numberIn(result) : null,
    problem,
    offset,
  };
}

function endHash(status: string, result: unknown, problem: AuditProblem): string {
  return short(sha256(canonicalJson([status, (result ?? null) as Json, problem as Json])));
}

type AuditProblem = { readonly code: string; readonly message: string } | null;

/** The hash of the bytes of the bill that a job completed with; null for another result. */
function billHashIn(result: unknown): string | null {
  if (typeof result !== 'object' || result === null || !('sha256' in result) || !('renderer' in result))
    return null;
  return typeof result.sha256 === 'string' && typeof result.renderer === 'string' ? result.sha256 : null;
}

/** The number of that bill. */
function numberIn(result: unknown): string | null {
  const bill = typeof result === 'object' && result !== null && 'bill' in result ? result.bill : null;
  if (typeof bill !== 'object' || bill === null || !('billNumber' in bill)) return null;
  return typeof bill.billNumber === 'string' ? bill.billNumber : null;
}

function letterOf(record: IncomingRecord): AuditFact | 'not-ours' {
  const { topic, reason, offset: origin } = readOrigin(record);
  if (topic === topics.workflowQueue) {
    const request = requestOf(record);
    if (request === 'unreadable' || request.kind !== 'requested') return 'not-ours';
    const { workflowId, content } = request;
    return { kind: 'refused', workflowId, topic, reason, about: { kind: 'request' }, origin, content };
  }
  if (topic === topics.answers) return answerLetterOf(record, reason, origin);
  const { key } = record;
  if (typeof key !== 'string') return 'not-ours';
  return { kind: 'refused', workflowId: key, topic, reason, about: null, origin, content: null };
}

/** What a letter holds of an answer that had been taken in before it was refused (`discard`). */
const KeptAnswer = Type.Object({
  for: Type.Integer({ minimum: 0 }),
  answer: Type.Optional(Type.Unknown()),
  error: Type.Optional(ProblemSchema),
});
type KeptAnswer = Static<typeof KeptAnswer>;

function answerLetterOf(
  record: IncomingRecord,
  reason: string,
  origin: number | null,
): AuditFact | 'not-ours' {
  const topic = topics.answers;
  const answer = answerOf(record);
  if (typeof answer !== 'string' && answer.kind === 'answered') {
    const { workflowId, workflowType, step, content } = answer;
    const about = { kind: 'answer', workflowType, step } as const;
    return { kind: 'refused', workflowId, topic, reason, about, origin, content };
  }
  const kept = decode<KeptAnswer>(record.value, KeptAnswer);
  if (typeof record.key !== 'string' || !kept.ok) return 'not-ours';
  const about = { kind: 'answer', workflowType: ANY_TYPE, step: kept.value.for } as const;
  const content = answerHash(kept.value);
  return { kind: 'refused', workflowId: record.key, topic, reason, about, origin: null, content };
}
