// A job's trace as its reports tell it: they are durable, so that it is there after every process was restarted.
import {
  formatTraceparent,
  jobContext,
  parseTraceparent,
  stepContext,
  type TraceContext,
  waitName,
} from '../../core/mod.ts';
import type { JobRow, StoryEvent } from './view/job-queries.ts';

/** A span as far as the log tells it. */
export interface ReportedSpan {
  readonly spanId: string;
  readonly parentId: string | null;
  readonly name: string;
  readonly kind: 'consumer' | 'client' | 'internal';
  readonly startMs: number;
  /** Null while it lasts. */
  readonly endMs: number | null;
  readonly failure: string | null;
  readonly attributes: Readonly<Record<string, string | number>>;
}

/** Of a job that has no trace, the ids of its spans are made as if it had this one. */
const NO_TRACE: TraceContext = { traceId: `${'0'.repeat(31)}1`, spanId: `${'0'.repeat(15)}1`, sampled: true };

/** The span of the job first, then those of its waits in the order in which they began. */
export function reportedSpans(job: JobRow, story: readonly StoryEvent[]): readonly ReportedSpan[] {
  const trace = { ...(parseTraceparent(job.traceparent) ?? NO_TRACE), sampled: true };
  const traced = { workflowId: job.workflowId, traceparent: formatTraceparent(trace) };
  const idOf = (context: string | null): string => parseTraceparent(context)?.spanId ?? '';
  const own = idOf(jobContext(traced));
  const waits = new Map<number, ReportedSpan>();
  for (const event of story) {
    if (!('step' in event)) continue;
    const known = waits.get(event.step);
    const begun = known === undefined ? beginning(event) : null;
    if (begun !== null) {
      const spanId = idOf(stepContext(traced, event.step));
      const attributes = { 'requite.step': event.step };
      const startMs = Date.parse(event.time);
      waits.set(event.step, {
        ...begun,
        spanId,
        parentId: own,
        startMs,
        endMs: null,
        failure: null,
        attributes,
      });
    } else if (known?.endMs === null && !isBeginning(event)) {
      waits.set(event.step, { ...known, endMs: Date.parse(event.time), failure: failureOf(event) });
    }
  }
  return [jobSpan(job, story, own), ...waits.values()];
}

function jobSpan(job: JobRow, story: readonly StoryEvent[], spanId: string): ReportedSpan {
  const { workflowId, workflowType, status, problem, updatedAt } = job;
  const hasEnded = status === 'completed' || status === 'failed' || status === 'cancelled';
  return {
    spanId,
    parentId: null,
    name: workflowType,
    kind: 'consumer',
    startMs: Date.parse(story[0]?.time ?? updatedAt),
    endMs: hasEnded ? Date.parse(updatedAt) : null,
    failure: problem === null ? null : `${problem.code}: ${problem.message}`,
    attributes: { 'requite.workflow_id': workflowId, 'requite.status': status },
  };
}

type StepEvent = Extract<StoryEvent, { step: number }>;

const isBeginning = ({ event }: StepEvent): boolean =>
  event === 'asked' || event === 'expecting' || event === 'sleeping';

function beginning(event: StepEvent): Pick<ReportedSpan, 'name' | 'kind'> | null {
  switch (event.event) {
    case 'asked':
      return { name: waitName('ask', event.category), kind: 'client' };
    case 'expecting':
      return { name: waitName('expect', event.topic), kind: 'client' };
    case 'sleeping':
      return { name: waitName('sleep', ''), kind: 'internal' };
    case 'answered':
    case 'expired':
    case 'elapsed':
    case 'abandoned':
      return null;
    default:
      return event satisfies never;
  }
}

function failureOf(event: StepEvent): string | null {
  if (event.event === 'expired') return 'its time limit fired';
  if (event.event !== 'answered' || event.error === undefined) return null;
  return `${event.error.code}: ${event.error.message}`;
}
