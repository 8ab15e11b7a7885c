import type { JobEvent } from '../messages/schemas.ts';
import { childContext, type FinishedSpan, isSampled } from '../messages/trace-context.ts';
import { isFinished, type Job, type Step } from './job.ts';

type Traced = Pick<Job, 'workflowId' | 'traceparent'>;

/** The context of the job's span: a child of what its record was caused by. Its reports carry it. */
export function jobContext({ workflowId, traceparent }: Traced): string | null {
  return traceparent === null ? null : childContext(traceparent, `job ${workflowId}`);
}

/** The context of the span of one wait of a job. A question carries it, so that who answers is its child. */
export function stepContext(job: Traced, step: number): string | null {
  const { workflowId, traceparent } = job;
  return traceparent === null ? null : childContext(traceparent, `job ${workflowId} step ${step}`);
}

/** What a wait is called: `ask customers.v1`. */
export function waitName(kind: Step['kind'], name: string): string {
  return name === '' ? kind : `${kind} ${name}`;
}

interface Wait {
  readonly kind: Step['kind'];
  readonly name: string;
  readonly sinceMs: number;
}

/**
 * The spans that a revision of a job has ended: of the waits that are over, and of the job where it has ended. Told from
 * what the job was and what happened to it, so that whoever ends a wait can tell it, and the stored job may forget it.
 */
export function endedSpans(
  stored: Job | undefined,
  job: Job,
  events: readonly JobEvent[],
  nowMs: number,
): readonly FinishedSpan[] {
  if (!isSampled(job.traceparent) || job.status === 'early') return [];
  const own = jobContext(job);
  const begun = new Map<number, Wait>();
  const spans: FinishedSpan[] = [];
  for (const event of events) {
    const wait = beginning(event, nowMs);
    if (wait !== null && 'step' in event) begun.set(event.step, wait);
    if (!('step' in event) || !ENDINGS.includes(event.event)) continue;
    const ended = begun.get(event.step) ?? storedWait(stored?.steps[event.step]);
    const traceparent = stepContext(job, event.step);
    if (ended === null || traceparent === null) continue;
    spans.push({
      name: waitName(ended.kind, ended.name),
      kind: ended.kind === 'sleep' ? 'internal' : 'client',
      traceparent,
      parent: own,
      startMs: ended.sinceMs,
      endMs: nowMs,
      attributes: {
        'requite.workflow_id': job.workflowId,
        'requite.step': event.step,
        'requite.end': event.event,
      },
      failure: failureOf(event),
    });
  }
  return isFinished(job) && own !== null ? [...spans, jobSpan(stored, job, own, nowMs)] : spans;
}

const ENDINGS: readonly JobEvent['event'][] = ['answered', 'expired', 'elapsed', 'abandoned'];

function jobSpan(stored: Job | undefined, job: Job, traceparent: string, nowMs: number): FinishedSpan {
  const { workflowId, workflowType, version, status, problem } = job;
  return {
    name: workflowType,
    kind: 'consumer',
    traceparent,
    parent: job.traceparent,
    startMs: stored?.steps[0]?.askedAtMs ?? nowMs,
    endMs: nowMs,
    attributes: {
      'requite.workflow_id': workflowId,
      'requite.workflow_version': version,
      'requite.status': status,
    },
    failure: status === 'failed' && problem !== null ? `${problem.code}: ${problem.message}` : null,
  };
}

function beginning(event: JobEvent, nowMs: number): Wait | null {
  switch (event.event) {
    case 'asked':
      return { kind: 'ask', name: event.category, sinceMs: nowMs };
    case 'expecting':
      return { kind: 'expect', name: event.topic, sinceMs: nowMs };
    case 'sleeping':
      return { kind: 'sleep', name: '', sinceMs: nowMs };
    default:
      return null;
  }
}

function storedWait(step: Step | undefined): Wait | null {
  return step === undefined ? null : { kind: step.kind, name: step.name, sinceMs: step.askedAtMs };
}

function failureOf(event: JobEvent): string | null {
  if (event.event === 'expired') return 'its time limit fired';
  if (event.event !== 'answered' || event.error === undefined) return null;
  return `${event.error.code}: ${event.error.message}`;
}
