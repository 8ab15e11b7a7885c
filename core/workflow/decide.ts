import { conforms } from '../messages/conforms.ts';
import { misfit } from '../messages/decode.ts';
import { canonicalJson, deepFreeze, type Json } from '../messages/json.ts';
import { sha256 } from '../messages/sha256.ts';
import { pendingAsks } from './asks.ts';
import {
  type Decision,
  type DecisionContext,
  type Effect,
  type JobInput,
  MAX_INBOX,
  refused,
} from './decision.ts';
import type { AnyWorkflow } from './definition.ts';
import { finish } from './finish.ts';
import { addToInbox, discard, discardUnused, inboxFull, isSpare } from './inbox.ts';
import { MAX_STEPS } from './interpreter.ts';
import { type Arrival, type InboxEntry, isCommitted, isFinished, type Job } from './job.ts';
import { outcomeHashOf } from './outcome.ts';
import { textOf } from './problem.ts';
import { nextDue } from './progress.ts';
import { run } from './run.ts';

type Input<K extends JobInput['kind']> = Extract<JobInput, { kind: K }>;

/** SHA-256 of what makes a workflow this workflow: type and canonical payload, never create-time (invariant 1). */
export function contentHashOf(workflowType: string, payload: Json): string {
  return sha256(`${workflowType}\n${canonicalJson(payload)}`);
}

/**
 * The decider: what one input makes of a job. Pure. The returned job carries the same revision as the
 * stored one; whoever saves it counts it up (once a unit of work, see `decideBatch`).
 */
export function decide(
  workflowId: string,
  job: Job | undefined,
  input: JobInput,
  context: DecisionContext,
): Decision {
  switch (input.kind) {
    case 'start':
      return decideStart(workflowId, job, input, context);
    case 'answer':
      return decideAnswer(workflowId, job, input, context);
    case 'event':
      return decideEvent(workflowId, job, input, context);
    case 'command':
      return decideCommand(job, input, context);
    case 'due':
      return job === undefined ? refused('no-such-job', 'nothing is due') : decideDue(job, context);
    default:
      return input satisfies never;
  }
}

function decideStart(
  workflowId: string,
  job: Job | undefined,
  input: Input<'start'>,
  context: DecisionContext,
): Decision {
  const { workflowType, createTime, traceparent } = input;
  const contentHash = contentHashOf(workflowType, input.payload);
  if (job !== undefined && job.status !== 'early') {
    if (job.contentHash === contentHash) return repeat(job);
    const detail = 'a workflow with this id but other content exists: the first one stands; use a new id';
    return refused('workflow-id-conflict', detail);
  }
  const definition = context.definitions.latest(workflowType);
  if (definition === undefined)
    return refused('no-definition', `no definition of workflow type ${workflowType}`);
  const problem = input.cancelled === true ? null : inputProblem(definition, input.payload);
  if (problem !== null) return refused('invalid-input', problem);
  const early = job ?? emptyJob(workflowId, context.partition);
  const isForeign = (entry: InboxEntry): boolean =>
    entry.kind === 'answer' && entry.workflowType !== workflowType;
  const begun: Job = {
    ...early,
    workflowType,
    version: definition.version,
    status: 'waiting',
    createTime,
    contentHash,
    input: deepFreeze(input.payload),
    inbox: early.inbox.filter((entry) => !isForeign(entry)),
    traceparent,
  };
  if (input.cancelled === true) return cancelledUnbegun(begun, early, context);
  const decision = run(begun, context, { events: [{ event: 'started', createTime }] });
  const foreign = early.inbox.filter(isForeign).map((entry) => discard(entry, 'no-such-job'));
  return decision.outcome === 'refused'
    ? decision
    : { ...decision, effects: [...decision.effects, ...foreign] };
}

/** A job that ends before it has begun; what came early for it belongs nowhere. */
function cancelledUnbegun(begun: Job, { inbox }: Job, context: DecisionContext): Decision {
  const job = finish({ ...begun, status: 'cancelled' }, context);
  const events = [
    { event: 'started', createTime: begun.createTime } as const,
    { event: 'cancelled' } as const,
  ];
  const told: readonly Effect[] = events.map((event) => ({ kind: 'emit', event }));
  const effects = [...told, ...inbox.map((entry) => discard(entry, 'no-such-job'))];
  return { outcome: 'applied', job, effects };
}

/** Why the input does not fit, or null. A schema that throws fits nothing (invariant 8). */
function inputProblem(definition: AnyWorkflow, payload: Json): string | null {
  try {
    return conforms(definition.input, payload) ? null : misfit(definition.input, payload);
  } catch (error) {
    return `the input schema of ${definition.type} can't be checked: ${textOf(error)}`;
  }
}

function decideAnswer(
  workflowId: string,
  job: Job | undefined,
  input: Input<'answer'>,
  context: DecisionContext,
): Decision {
  const { workflowType, step: index, outcome } = input;
  if (index >= MAX_STEPS)
    return refused('no-such-question', `no workflow asks more than ${MAX_STEPS} questions`);
  const receivedAtMs = context.nowMs;
  const entry: InboxEntry = { kind: 'answer', workflowType, for: index, outcome, receivedAtMs };
  if (job === undefined || job.status === 'early') return keepEarly(workflowId, job, entry, context);
  if (job.workflowType !== workflowType) {
    return refused('no-such-job', 'the workflow with this id is of another type');
  }
  if (job.outcomeHashes !== null) return decideLate(job, job.outcomeHashes[index], outcome);
  const step = job.steps[index];
  if (step === undefined) {
    return isFinished(job) ? decideLate(job, undefined, outcome) : keepInInbox(job, entry, context);
  }
  if (step.kind !== 'ask') return refused('no-such-question', `step ${index} is not a question`);
  if (step.outcome !== null) return decideLate(job, outcomeHashOf(step.outcome), outcome);
  if (isFinished(job)) return decideLate(job, '', outcome);
  // nothing can check it against the question's schema while the job is parked: its retry does
  if (job.status === 'parked') return keepInInbox(job, entry, context);
  return run(job, context, { settlements: [{ index, outcome }] });
}

/**
 * An answer to a step that has its outcome, or will never have one: a repeat, a late answer, or a contradiction
 * (invariant 3). `firstHash` is '' for a step that was open at the end.
 */
function decideLate(job: Job, firstHash: string | undefined, outcome: Arrival): Decision {
  if (firstHash === undefined) return refused('no-such-question', 'the finished workflow never asked this');
  if (firstHash === '') return refused('late-answer', 'the workflow ended without this answer');
  if (firstHash === outcomeHashOf(outcome)) return repeat(job);
  if (firstHash === ABANDONED) return nothingNew(job);
  if (firstHash === EXPIRED) return refused('late-answer', "the question's time limit had fired");
  return refused('contradicts-first-answer', 'another answer to this question came first and stands');
}

/** What came for a step that the workflow had abandoned, or for nobody in it: it changes and causes nothing. */
const nothingNew = (job: Job): Decision => ({ outcome: 'repeat', job, effects: [] });

const ABANDONED = outcomeHashOf({ kind: 'abandoned' });
const EXPIRED = outcomeHashOf({ kind: 'expired' });

function decideEvent(
  workflowId: string,
  job: Job | undefined,
  input: Input<'event'>,
  context: DecisionContext,
): Decision {
  const { topic, offset } = input;
  if (job !== undefined && Object.hasOwn(job.seenOffsets, topic) && offset < (job.seenOffsets[topic] ?? 0)) {
    return repeat(job);
  }
  if (job !== undefined && isFinished(job)) {
    if (isSpare(topic, job, context.definitions)) return nothingNew(job);
    return refused('late-event', 'the workflow had ended when this event came');
  }
  const outcome: Arrival = { kind: 'answer', value: deepFreeze(input.value) };
  const receivedAtMs = context.nowMs;
  const entry: InboxEntry = { kind: 'event', workflowType: '', for: topic, outcome, receivedAtMs };
  const base = job ?? emptyJob(workflowId, context.partition);
  const seen: Job = { ...base, seenOffsets: { ...base.seenOffsets, [topic]: offset + 1 } };
  return seen.status === 'early'
    ? keepEarly(workflowId, seen, entry, context)
    : keepInInbox(seen, entry, context);
}

function decideCommand(job: Job | undefined, input: Input<'command'>, context: DecisionContext): Decision {
  if (job === undefined || job.status === 'early' || job.workflowType !== input.workflowType) {
    return refused('no-such-job', 'no workflow of this type and id');
  }
  switch (input.command) {
    case 'cancel': {
      if (job.status === 'cancelled') return repeat(job);
      if (input.unlessEnded === true && (isFinished(job) || isCommitted(job))) return repeat(job);
      if (isFinished(job)) return refused('already-finished', `the workflow has ended: ${job.status}`);
      if (isCommitted(job)) return refused('not-cancellable', NOT_CANCELLABLE);
      const cancelled = finish({ ...job, status: 'cancelled', problem: null }, context);
      const unused = discardUnused(job, job.inbox, context.definitions);
      const effects: readonly Effect[] = [{ kind: 'emit', event: { event: 'cancelled' } }, ...unused];
      return { outcome: 'applied', job: cancelled, effects };
    }
    case 'retry': {
      if (job.status !== 'parked') return repeat(job);
      const resumed: Job = { ...job, status: 'waiting', problem: null };
      return run(resumed, context, { events: [{ event: 'resumed' }], askAgain: true });
    }
    default:
      return input.command satisfies never;
  }
}

const NOT_CANCELLABLE =
  'the workflow has asked what can not be taken back: it can only complete. Where it is parked, mend the reason and retry it';

function decideDue(job: Job, context: DecisionContext): Decision {
  const { nowMs } = context;
  if (job.wakeAtMs === null || job.wakeAtMs > nowMs) return nothingNew(job);
  if (job.status === 'early') {
    return { outcome: 'forgotten', job, effects: job.inbox.map((entry) => discard(entry, 'no-such-job')) };
  }
  const settlements = job.steps.flatMap((step, index) =>
    step.outcome === null && step.dueAtMs !== null && step.dueAtMs <= nowMs
      ? [{ index, outcome: { kind: step.kind === 'sleep' ? 'elapsed' : 'expired' } } as const]
      : [],
  );
  if (job.status === 'waiting' && settlements.length > 0) return run(job, context, { settlements });
  // no step is due, as in a job that was saved but not published (see `UNPUBLISHED_WAKE_MS`): it gets its own time
  const wakeAtMs = job.status === 'waiting' ? nextDue(job.steps) : null;
  return { outcome: 'applied', job: { ...job, wakeAtMs }, effects: [] };
}

/** Nothing new: what the latest revision caused is published again, in case a crash cut it off (invariant 5). */
function repeat(job: Job): Decision {
  const told = [...(job.untold ?? []).flatMap((report) => report.events), ...job.events];
  const events: readonly Effect[] = told.map((event) => ({ kind: 'emit', event }));
  return {
    outcome: 'repeat',
    job,
    effects: job.status === 'waiting' ? [...pendingAsks(job), ...events] : events,
  };
}

function keepEarly(
  workflowId: string,
  job: Job | undefined,
  entry: InboxEntry,
  context: DecisionContext,
): Decision {
  const base = job ?? emptyJob(workflowId, context.partition);
  const early: Job = { ...base, wakeAtMs: base.wakeAtMs ?? context.nowMs + context.earlyWaitMs };
  return addToInbox(early, entry) ?? repeat(base);
}

function keepInInbox(job: Job, entry: InboxEntry, context: DecisionContext): Decision {
  if (job.status !== 'waiting') return addToInbox(job, entry) ?? repeat(job);
  // a full inbox still lets through what the job waits for
  const kept = addToInbox(job, entry, MAX_INBOX + 1) ?? repeat(job);
  if (kept.outcome !== 'applied') return kept;
  const decision = run(kept.job, context, {});
  return decision.outcome !== 'refused' && decision.job.inbox.length > MAX_INBOX ? inboxFull : decision;
}

function emptyJob(workflowId: string, partition: number): Job {
  return {
    workflowId,
    workflowType: '',
    version: 0,
    partition,
    revision: 0,
    status: 'early',
    createTime: '',
    contentHash: '',
    input: null,
    steps: [],
    inbox: [],
    seenOffsets: {},
    wakeAtMs: null,
    problem: null,
    events: [],
    resultHash: null,
    outcomeHashes: null,
    traceparent: null,
  };
}
