import { parseQaIdentifier } from '../messages/correlation.ts';
import type { OutgoingRecord, Payload } from '../messages/record.ts';
import type { AnswerMessage, JobReport, QuestionMessage, WorkflowCommand } from '../messages/schemas.ts';
import { topics } from '../messages/topics.ts';
import { letterText, shown, stepText } from './story-words.ts';

/** What a record says, in a line. Where it is not what its topic has, its bytes are shown. */
export function recordText(record: OutgoingRecord): string {
  const { topic, key, value } = record;
  const raw = `${String(key)}: ${rawText(value)}`;
  if (topic === topics.deadLetters) return `${letterText(record)} (${rawText(value)})`;
  const message = objectOf(value);
  if (message === null) return raw;
  switch (topic) {
    case topics.workflowQueue:
      return `${message['workflow-id']}: ${message['workflow-type']} ${shown(message.payload)}`;
    case topics.workflowCommands: {
      const { 'workflow-id': id, command } = message as unknown as WorkflowCommand;
      return `${id}: ${command}`;
    }
    case topics.questions:
      return questionText(message as unknown as QuestionMessage);
    case topics.answers:
      return answerText(message as unknown as AnswerMessage);
    case topics.workflowEvents:
      return Array.isArray(message.events) ? reportText(message as unknown as JobReport) : raw;
    default:
      return raw;
  }
}

function questionText({ qaIdentifier, questionCategory, payload }: QuestionMessage): string {
  return `${askerText(qaIdentifier)} asks ${questionCategory} ${shown(payload)}`;
}

function answerText({ qaIdentifier, answer, error }: AnswerMessage): string {
  const said = error === undefined ? shown(answer) : `an error, ${error.code}`;
  return `${askerText(qaIdentifier)} is answered: ${said}`;
}

function reportText(report: JobReport): string {
  const { 'workflow-id': id, revision, status, events } = report;
  return `${id} revision ${revision}, ${status}: ${events.map(stepText).join('; ')}`;
}

function askerText(qaIdentifier: unknown): string {
  const asker = typeof qaIdentifier === 'string' ? parseQaIdentifier(qaIdentifier) : null;
  return asker === null ? `"${String(qaIdentifier)}"` : `${asker.workflowId} (step ${asker.step})`;
}

function rawText(value: Payload): string {
  if (value === null) return 'no value';
  if (typeof value !== 'string') return `${value.length} bytes that are no text`;
  try {
    return shown(JSON.parse(value));
  } catch {
    return `not JSON: ${shown(value)}`; // Escaped, as it may hold anything.
  }
}

function objectOf(value: Payload): Readonly<Record<string, unknown>> | null {
  if (typeof value !== 'string') return null;
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Readonly<Record<string, unknown>>)
      : null;
  } catch {
    return null; // Broken records are among what is simulated: their bytes are shown.
  }
}
