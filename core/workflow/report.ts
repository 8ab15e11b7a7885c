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

/** What became of a job in its revision, for `workflow-events`; none for a job whose workflow is not known yet. */
export function reportRecords(
  job: Job,
  events: readonly JobEvent[],
  nowMs: number,
  isTraced: boolean,
): readonly OutgoingRecord[] {
  const { workflowId, partition, status } = job;
  if (events.length === 0 || status === 'early') return [];
  const report: JobReport = {
    'workflow-type': job.workflowType,
    'workflow-id': workflowId,
    version: job.version,
    revision: job.revision,
    time: isoTime(nowMs),
    status,
    events: [...events],
  };
  const value = JSON.stringify(report);
  const headers = traceHeaders(isTraced ? jobContext(job) : job.traceparent);
  return [{ topic: topics.workflowEvents, partition, key: workflowId, value, ...headers }];
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
  return reports.flatMap(({ events, discards = [], ...then }) => [
    ...reportRecords({ ...job, ...then }, events, nowMs, isTraced),
    ...discardRecords(job, discards),
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
 * Events that fit one report: thousands of questions or errors in one revision would make a record that no broker
 * takes, and stop the partition (invariant 8). First the payloads, which `questions-topic` has too, and the long
 * messages go; if that is not enough, all but the last changes of status.
 */
export function reportable(events: readonly JobEvent[]): readonly JobEvent[] {
  if (fitsReport(events)) return events;
  const brief = events.map(briefly);
  return fitsReport(brief) ? brief : brief.filter((event) => !('step' in event)).slice(-TURNS_KEPT);
}

const fitsReport = (events: readonly JobEvent[]): boolean =>
  JSON.stringify(events).length <= MAX_PAYLOAD_LENGTH;

function briefly(event: JobEvent): JobEvent {
  if (event.event === 'asked') return { ...event, payload: null };
  if (!('error' in event) || event.error === undefined) return event;
  const { code, message } = event.error;
  return { ...event, error: { code, message: message.slice(0, BRIEF_LENGTH) } };
}
