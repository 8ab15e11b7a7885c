// The messages of a job as they lie on the topics. Where its reports lie the view knows; the others lie, in the same partition
// number, near to them in time, and are looked for there.
import {
  decode,
  type IncomingRecord,
  type JobEvent,
  JobReport,
  qaIdentifierOf,
  type Transport,
  topics,
} from '../../../core/mod.ts';
import {
  type Budget,
  isSpent,
  lastOf,
  offsetOfTime,
  recordFrom,
  SCAN_AT_ONCE,
  wholeRange,
} from './log-search.ts';

/** What is known of a job before its messages are looked for. */
export interface KnownJob {
  readonly workflowId: string;
  readonly workflowType: string;
  readonly partition: number;
  /** Where its reports lie on `workflow-events`, the oldest first. */
  readonly reportOffsets: readonly number[];
  /** When it was asked for, in milliseconds since 1970; null where nobody knows. */
  readonly askedForMs: number | null;
}

export interface FoundMessages {
  /** By time. */
  readonly messages: readonly IncomingRecord[];
  /** Topics on which something should lie that was not found, or that were not read to the end. */
  readonly incomplete: readonly string[];
}

/** So many reports of a job are read, the newest where there are more. */
const REPORTS_MAX = 50;
/** So much may lie between the time of a record and that of what came of it on another writer's clock, in milliseconds. */
const SKEW_MS = 2_000;
/** A record that was taken long after it was written is looked for ever further back: by these steps, in milliseconds. */
const BACK_MS = [1_000, 10_000, 100_000, 1_000_000, Number.POSITIVE_INFINITY];

/** What is looked for on one topic. */
interface Wanted {
  readonly topic: string;
  readonly isIt: (record: IncomingRecord) => boolean;
  /** Between these, in milliseconds since 1970. */
  readonly sinceMs: number;
  readonly untilMs: number;
  /** Whether it must be there. */
  readonly isSure: boolean;
}

/** Looks for the messages of a job until they are found or the budget is spent. */
export async function jobMessages(
  transport: Transport,
  job: KnownJob,
  budget: Budget,
  nowMs: number,
): Promise<FoundMessages> {
  const found = new Map<string, IncomingRecord>();
  const incomplete = new Set<string>();
  const reports = await reportsOf(transport, job, budget);
  for (const record of reports) found.set(nameOf(record), record);
  if (reports.length < job.reportOffsets.length) incomplete.add(topics.workflowEvents);
  for (const wanted of wantedOf(job, reports, nowMs)) {
    const record = isSpent(budget) ? null : await search(transport, job.partition, wanted, budget);
    if (record !== null) found.set(nameOf(record), record);
    else if (wanted.isSure || isSpent(budget)) incomplete.add(wanted.topic);
  }
  const messages = [...found.values()].sort(
    (one, other) => one.timestampMs - other.timestampMs || inOrder(one, other),
  );
  return { messages, incomplete: [...incomplete] };
}

const nameOf = ({ topic, partition, offset }: IncomingRecord): string => `${topic}/${partition}/${offset}`;

/** Of records of the same millisecond that comes first from which the others come. */
const ORDER: readonly string[] = [
  topics.workflowQueue,
  topics.answers,
  topics.workflowCommands,
  topics.workflowEvents,
  topics.questions,
];
function inOrder(one: IncomingRecord, other: IncomingRecord): number {
  return ORDER.indexOf(one.topic) - ORDER.indexOf(other.topic) || one.offset - other.offset;
}

async function reportsOf(
  transport: Transport,
  { partition, reportOffsets, workflowId }: KnownJob,
  budget: Budget,
): Promise<readonly IncomingRecord[]> {
  const records: IncomingRecord[] = [];
  const place = { topic: topics.workflowEvents, partition };
  for (const offset of reportOffsets.slice(-REPORTS_MAX)) {
    if (isSpent(budget)) break;
    const record = await recordFrom(transport, place, offset, offset + 1, budget);
    if (record?.key === workflowId) records.push(record);
  }
  return records;
}

/** What must or may lie on the other topics, as the reports say. */
function wantedOf(job: KnownJob, reports: readonly IncomingRecord[], nowMs: number): readonly Wanted[] {
  const began = reports[0]?.timestampMs;
  const untilMs = began ?? nowMs;
  const request: Wanted = {
    topic: topics.workflowQueue,
    isIt: isOf(job),
    // a create-time may say anything
    sinceMs: Math.min(job.askedForMs ?? 0, untilMs),
    untilMs,
    isSure: began !== undefined,
  };
  /** When each step was asked that has no answer yet. */
  const open = new Map<number, number>();
  const caused = reports.flatMap((record) => {
    const report = decode<JobReport>(record.value, JobReport);
    const events = report.ok ? report.value.events : [];
    return events.flatMap(
      (event) => causeOf(event, record.timestampMs, { job, open, beganMs: untilMs }) ?? [],
    );
  });
  const unanswered = [...open].map(([step, sinceMs]): Wanted => {
    return { topic: topics.answers, isIt: isOfStep(job, step), sinceMs, untilMs: nowMs, isSure: false };
  });
  return [request, ...caused, ...unanswered];
}

interface Course {
  readonly job: KnownJob;
  readonly open: Map<number, number>;
  readonly beganMs: number;
}

/** What lies on another topic because of an event, or made it happen; null where that is nothing. */
function causeOf(event: JobEvent, timeMs: number, { job, open, beganMs }: Course): Wanted | null {
  switch (event.event) {
    case 'asked': {
      const { step } = event;
      open.set(step, open.get(step) ?? timeMs);
      const isIt = isOfStep(job, step);
      return { topic: topics.questions, isIt, sinceMs: timeMs, untilMs: timeMs, isSure: true };
    }
    case 'answered': {
      const { step } = event;
      const sinceMs = open.get(step);
      if (sinceMs === undefined) return null; // it was no question, or its report is not among these
      open.delete(step);
      return { topic: topics.answers, isIt: isOfStep(job, step), sinceMs, untilMs: timeMs, isSure: true };
    }
    case 'resumed':
    case 'cancelled': {
      // of a run that was cancelled its jobs are cancelled too, without a command of their own
      const isSure = event.event === 'resumed';
      const topic = topics.workflowCommands;
      return { topic, isIt: isOf(job), sinceMs: beganMs, untilMs: timeMs, isSure };
    }
    default:
      return null;
  }
}

const isOf =
  ({ workflowId }: KnownJob): Wanted['isIt'] =>
  ({ key }) =>
    key === workflowId;

function isOfStep({ workflowType, workflowId }: KnownJob, step: number): Wanted['isIt'] {
  const qaIdentifier = JSON.stringify(qaIdentifierOf({ workflowType, workflowId, step }));
  return ({ value }) => typeof value === 'string' && value.includes(qaIdentifier);
}

/** The last record that is it before `untilMs`, looked for ever further back to `sinceMs`. */
async function search(
  transport: Transport,
  partition: number,
  { topic, isIt, sinceMs, untilMs }: Wanted,
  budget: Budget,
): Promise<IncomingRecord | null> {
  const place = { topic, partition };
  const whole = await wholeRange(transport, place);
  if (whole === null) return null;
  const earliestMs = sinceMs - SKEW_MS;
  const late = await offsetOfTime(transport, place, whole, untilMs + SKEW_MS, budget);
  let to = Math.min(whole.to, late + SCAN_AT_ONCE);
  for (const backMs of BACK_MS) {
    const fromMs = Math.max(earliestMs, untilMs - backMs);
    const from = await offsetOfTime(transport, place, { from: 0, to }, fromMs, budget);
    const found = await lastOf(transport, place, { from, to }, budget, isIt);
    if (found !== null || fromMs === earliestMs || from === 0 || isSpent(budget)) return found;
    to = from;
  }
  return null;
}
