import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { parseQaIdentifier } from '../messages/correlation.ts';
import { decode } from '../messages/decode.ts';
import { partitionFor } from '../messages/partitioner.ts';
import type { IncomingRecord, OutgoingRecord } from '../messages/record.ts';
import { AnswerMessage, Identifier, WorkflowCommand, WorkflowMessage } from '../messages/schemas.ts';
import { topics } from '../messages/topics.ts';
import { isWellFormed } from '../messages/utf8.ts';
import { readOrigin } from './letter.ts';

/** Set on a record that was replayed: `partition/offset` of the dead letter. A new letter of it has the header too. */
export const REPLAY_HEADER = 'requite-replay-of';

/** Headers of ours say what became of the record; what it came with goes on. */
const OURS = 'requite-';

/** Topics whose records are ours alone: nothing is ever replayed onto them, whatever a letter's headers say. */
const NEVER: readonly string[] = [
  topics.deadLetters,
  topics.deadLetterReplays,
  topics.instances,
  topics.configuration,
  topics.configurationChanges,
];

/** What is to be published, or why the letter can't be replayed: a stable code, and what to do. */
export type Replay =
  | { readonly ok: true; readonly record: OutgoingRecord; readonly mark: OutgoingRecord }
  | { readonly ok: false; readonly code: string; readonly detail: string };

/** A mark on `dead-letter-replays`, keyed `partition/offset` of the letter. */
export const ReplayMark = Type.Object({
  partition: Type.Integer({ minimum: 0 }),
  offset: Type.Integer({ minimum: 0 }),
  topic: Type.String(),
  /** When it was replayed last, ISO 8601. */
  time: Type.String(),
});

export const letterId = ({ partition, offset }: Pick<IncomingRecord, 'partition' | 'offset'>): string =>
  `${partition}/${offset}`;

/** Reads `partition/offset`; null where it is not that. */
export function parseLetterId(text: string): { readonly partition: number; readonly offset: number } | null {
  const [, partition, offset] = /^(\d{1,9})\/(\d{1,15})$/.exec(text) ?? [];
  return partition === undefined || offset === undefined
    ? null
    : { partition: Number(partition), offset: Number(offset) };
}

/**
 * The record of a dead letter as it came, for its origin topic and home partition, with the mark that says so. Its ids
 * are its own, so replaying it twice is harmless (invariant 1). `partitions` is the count of its origin topic, null
 * where there is no such topic; `time` is ISO 8601.
 */
export function replayOf(letter: IncomingRecord, partitions: number | null, time: string): Replay {
  const origin = readOrigin(letter);
  const { topic } = origin;
  const refusal = refusalOf(letter, partitions);
  if (refusal !== null) return { ok: false, ...refusal };
  const own = Object.entries(letter.headers).filter(([name]) => !name.startsWith(OURS));
  const record: OutgoingRecord = {
    topic,
    partition: homeOf(letter, topic, origin.partition, partitions ?? 1),
    key: letter.key,
    value: letter.value,
    headers: { ...Object.fromEntries(own), [REPLAY_HEADER]: letterId(letter) },
  };
  const { partition, offset } = letter;
  const mark: OutgoingRecord = {
    topic: topics.deadLetterReplays,
    partition,
    key: letterId(letter),
    value: JSON.stringify({ partition, offset, topic, time }),
  };
  return { ok: true, record, mark };
}

function refusalOf(
  { headers, key }: IncomingRecord,
  partitions: number | null,
): { readonly code: string; readonly detail: string } | null {
  const { topic, offset } = readOrigin({ headers });
  if (topic === '') {
    const detail = 'Nothing says where this record came from: publish it anew with bun run topics publish.';
    return { code: 'no-origin', detail };
  }
  if (headers['requite-left-out'] !== undefined) {
    const detail =
      'The record was too large to be kept here: it lies on its own topic, at the partition and offset of the headers.';
    return { code: 'left-out', detail };
  }
  if (offset === null) {
    const whose = typeof key === 'string' ? ` of the workflow ${key}` : '';
    const detail = `This is what a job${whose} had taken in and found no use for, not a record as it came: send it anew.`;
    return { code: 'not-as-it-came', detail };
  }
  if (NEVER.includes(topic)) {
    const detail = `Nothing is replayed onto ${topic}, which is ours alone: look at the letter, and do by the ordinary way what it was for.`;
    return { code: 'not-replayable', detail };
  }
  if (partitions === null) {
    const detail = `There is no topic ${topic.slice(0, 249)}: make it, then replay this again.`;
    return { code: 'no-such-topic', detail };
  }
  return null;
}

/** The partition where the record counts: its workflow's, where it names one; else the one that it was on. */
function homeOf(letter: IncomingRecord, topic: string, origin: number | null, partitions: number): number {
  const workflowId = workflowIdOf(letter, topic);
  if (workflowId !== null) return partitionFor(workflowId, partitions);
  if (origin !== null && origin < partitions) return origin;
  return typeof letter.key === 'string'
    ? partitionFor(letter.key, partitions)
    : letter.partition % partitions;
}

function workflowIdOf({ value }: IncomingRecord, topic: string): string | null {
  const named = namedIn(value, topic);
  return named !== null && Value.Check(Identifier, named) && isWellFormed(named) ? named : null;
}

function namedIn(value: IncomingRecord['value'], topic: string): string | null {
  switch (topic) {
    case topics.workflowQueue: {
      const message = decode<WorkflowMessage>(value, WorkflowMessage);
      return message.ok ? message.value['workflow-id'] : null;
    }
    case topics.workflowCommands: {
      const message = decode<WorkflowCommand>(value, WorkflowCommand);
      return message.ok ? message.value['workflow-id'] : null;
    }
    case topics.answers: {
      const message = decode<AnswerMessage>(value, AnswerMessage);
      return message.ok ? (parseQaIdentifier(message.value.qaIdentifier)?.workflowId ?? null) : null;
    }
    default:
      return null;
  }
}
