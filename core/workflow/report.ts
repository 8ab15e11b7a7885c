import { qaIdentifierOf } from '../messages/correlation.ts';
import { MAX_PAYLOAD_LENGTH } from '../messages/json.ts';
import type { OutgoingRecord } from '../messages/record.ts';
import type { JobEvent, JobReport } from '../messages/schemas.ts';
import { topics } from '../messages/topics.ts';
import { traceHeaders } from '../messages/trace-context.ts';
import type { Ask } from './asks.ts';
import type { Discard, Job, UntoldReport } from './job.ts';
import { jobContext, stepContext } from './job-spans.ts';
import { isoTime } from './time.ts';

/** The question as it goes to its topic. Where it is traced, its answer is a child of the wait for it. */
export function questionRecord(job: Job, ask: Ask, isTraced: boolean): OutgoingRecord {
  const { workflowType, workflowId, partition } = job;
  const { step, category, payload } = ask;
  const qaIdentifier = qaIdentifierOf({ workflowType, workflowId, step });
  const value = JSON.stringify({ qaIdentifier, questionCategory: category, payload });
  return {
    topic: topics.questions,
    partition,
    key: workflowId,
    value,
    ...traceHeaders(isTraced ? stepContext(job, step) : job.traceparent),
  };
}

/** A report to tell; the result of its last event may be at hand as text. */
type ReportToTell = UntoldReport & { readonly resultText?: string | null };

/** What a revision of a job tells, and the records that tell it. */
interface Report {
  readonly events: readonly JobEvent[];
  readonly records: readonly OutgoingRecord[];
}

/**
 * What became of a job in its revision, for `workflow-events`, with the events that fit it: thousands of questions or
 * errors in one revision would make a record that no broker takes, and stop the partition (invariant 8).
 */
export function report(job: Job, told: ReportToTell, nowMs: number, isTraced: boolean): Report {
  const records = reportRecords(job, told, nowMs, isTraced);
  // a record is longer than the events in it: nearly all fit, and their text is made once
  if (records.every(({ value }) => fitsReport(value as string))) return { events: told.events, records };
  const events = reportable(told.events);
  return { events, records: reportRecords(job, { ...told, events }, nowMs, isTraced) };
}

const fitsReport = (text: string): boolean => text.length <= MAX_PAYLOAD_LENGTH;

/** None for a job whose workflow is not known yet. */
function reportRecords(
  job: Job,
  { revision, status, events, resultText = null }: ReportToTell,
  nowMs: number,
  isTraced: boolean,
): readonly OutgoingRecord[] {
  const { workflowType, workflowId, version, partition } = job;
  if (events.length === 0 || status === 'early') return [];
  const message: JobReport = {
    'workflow-type': workflowType,
    'workflow-id': workflowId,
    version,
    revision,
    time: isoTime(nowMs),
    status,
    events: events as JobEvent[],
  };
  const value = reportText(message, resultText);
  const headers = traceHeaders(isTraced ? jobContext(job) : job.traceparent);
  return [{ topic: topics.workflowEvents, partition, key: workflowId, value, ...headers }];
}

/** The report as JSON. A result that is text already, the largest part of any, is not made text again. */
function reportText(message: JobReport, resultText: string | null): string {
  const { events } = message;
  if (resultText === null || events.at(-1)?.event !== 'completed') return JSON.stringify(message);
  const before = JSON.stringify({ ...message, events: events.slice(0, -1) }).slice(0, -']}'.length);
  const comma = events.length > 1 ? ',' : '';
  return `${before}${comma}{"event":"completed","result":${resultText}}]}`;
}

/** At most so many reports of a job wait to be published again; the oldest go first. */
const MAX_UNTOLD = 20;

/** What a stored job has reported in its latest revision, and before it where that may not have been published. */
export function latestReports({
  revision,
  status,
  events,
  discards = [],
  untold = [],
}: Job): readonly UntoldReport[] {
  if (status === 'early' || events.length + discards.length === 0) return untold;
  const latest = { revision, status, events, ...(discards.length > 0 ? { discards } : {}) };
  return [...untold, latest].slice(-MAX_UNTOLD);
}

/** The records of reports of earlier revisions, as they were. */
export function reportsAgain(
  job: Job,
  reports: readonly UntoldReport[],
  nowMs: number,
  isTraced: boolean,
): readonly OutgoingRecord[] {
  return reports.flatMap((told) => [
    ...reportRecords(job, told, nowMs, isTraced),
    ...discardRecords(job, told.discards ?? []),
  ]);
}

/** What a job gave up, as dead letters. */
export function discardRecords(
  { workflowId: key, partition }: Job,
  discards: readonly Discard[],
): readonly OutgoingRecord[] {
  return discards.map(({ topic, value, reason }) => ({
    topic: topics.deadLetters,
    partition,
    key,
    value: JSON.stringify(value),
    headers: { 'requite-reason': reason, 'requite-origin-topic': topic },
  }));
}

const BRIEF_LENGTH = 200;
const TURNS_KEPT = 20;

/**
 * First the payloads, which `questions-topic` has too, and the long messages go; if that is not enough, all but the last
 * changes of status.
 */
function reportable(events: readonly JobEvent[]): readonly JobEvent[] {
  const fits = (some: readonly JobEvent[]): boolean => fitsReport(JSON.stringify(some));
  if (fits(events)) return events;
  const brief = events.map(briefly);
  return fits(brief) ? brief : brief.filter((event) => !('step' in event)).slice(-TURNS_KEPT);
}

function briefly(event: JobEvent): JobEvent {
  if (event.event === 'asked') return { ...event, payload: null };
  if (!('error' in event) || event.error === undefined) return event;
  const { code, message } = event.error;
  return { ...event, error: { code, message: message.slice(0, BRIEF_LENGTH) } };
}
