import { canonicalJson, deepFreeze, type Json } from '../messages/json.ts';
import { misfit } from '../messages/decode.ts';
import { sha256 } from '../messages/sha256.ts';
import { Value } from '@sinclair/typebox/value';
import { type Decision, type DecisionContext, type Effect, type JobInput, MAX_INBOX, refused } from './decision.ts';
import { isFinished, type InboxEntry, type Job, type Step, type StepOutcome } from './job.ts';
import { pendingAsks, run } from './run.ts';

/** SHA-256 of what makes a workflow this workflow: type and canonical payload, never create-time (invariant 1). */
export function contentHashOf(workflowType: string, payload: Json): string {
  return sha256(`${workflowType}\n${canonicalJson(payload)}`);
}

/** SHA-256 of a step's outcome, by which a finished job tells a repeat from a contradiction. */
export function outcomeHashOf(outcome: StepOutcome): string {
  return sha256(canonicalJson(outcome as unknown as Json));
}

/**
 * The decider: what one input makes of a job. Pure. The returned job carries the same revision as the
 * stored one; whoever saves it counts it up (once a unit of work, see `decideBatch`).
 */
export function decide(workflowId: string, job: Job | undefined, input: JobInput, context: DecisionContext): Decision {
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

function decideStart(workflowId: string, job: Job | undefined, input: Extract<JobInput, { kind: 'start' }>, context: DecisionContext): Decision {
  const contentHash = contentHashOf(input.workflowType, input.payload);
  if (job !== undefined && job.status !== 'early') {
    if (job.contentHash === contentHash) return repeat(job);
    return refused('workflow-id-conflict', 'a workflow with this id but other content exists: the first one stands; use a new id');
  }
  const definition = context.definitions.latest(input.workflowType);
  if (definition === undefined) return refused('no-definition', `no definition of workflow type ${input.workflowType}`);
  if (!Value.Check(definition.input, input.payload)) return refused('invalid-input', misfit(definition.input, input.payload));
  const begun: Job = {
    ...(job ?? emptyJob(workflowId, context.partition)),
    workflowType: input.workflowType,
    version: definition.version,
    status: 'waiting',
    createTime: input.createTime,
    contentHash,
    input: deepFreeze(input.payload),
    traceparent: input.traceparent,
  };
  return run(begun, context, [{ event: 'started', createTime: input.createTime }]);
}

function decideAnswer(workflowId: string, job: Job | undefined, input: Extract<JobInput, { kind: 'answer' }>, context: DecisionContext): Decision {
  if (job === undefined || job.status === 'early') return keepEarly(workflowId, job, 'answer', input.step, input.outcome, context);
  if (job.workflowType !== input.workflowType) return refused('no-such-job', 'the workflow with this id is of another type');
  if (job.outcomeHashes !== null) return decideLate(job, job.outcomeHashes[input.step], input.outcome);
  const step = job.steps[input.step];
  if (step === undefined) return isFinished(job) ? refused('no-such-question', 'the finished workflow never asked this') : keepInInbox(job, 'answer', input.step, input.outcome, context);
  if (step.kind !== 'ask') return refused('no-such-question', `step ${input.step} is not a question`);
  if (step.outcome !== null) return decideLate(job, outcomeHashOf(step.outcome), input.outcome, step.outcome);
  if (isFinished(job)) return refused('late-answer', 'the workflow ended without this answer');
  return run(job, context, [], [{ index: input.step, outcome: input.outcome }]);
}

/** An answer to a step that has its outcome: a repeat, a late answer, or a contradiction (invariant 3). */
function decideLate(job: Job, firstHash: string | undefined, outcome: StepOutcome, first?: StepOutcome): Decision {
  if (firstHash === undefined) return refused('no-such-question', 'the finished workflow never asked this');
  if (firstHash === outcomeHashOf(outcome)) return repeat(job);
  if (first?.kind === 'expired' || firstHash === outcomeHashOf({ kind: 'expired' })) return refused('late-answer', "the question's time limit had fired");
  return refused('contradicts-first-answer', 'another answer to this question came first and stands');
}

function decideEvent(workflowId: string, job: Job | undefined, input: Extract<JobInput, { kind: 'event' }>, context: DecisionContext): Decision {
  const outcome: StepOutcome = { kind: 'answer', value: deepFreeze(input.value) };
  if (job !== undefined && input.offset < (job.seenOffsets[input.topic] ?? 0)) return repeat(job);
  if (job !== undefined && isFinished(job)) return refused('late-event', 'the workflow had ended when this event came');
  const base = job ?? emptyJob(workflowId, context.partition);
  const seen: Job = { ...base, seenOffsets: { ...base.seenOffsets, [input.topic]: input.offset + 1 } };
  if (seen.status === 'early') return keepEarly(workflowId, seen, 'event', input.topic, outcome, context);
  return keepInInbox(seen, 'event', input.topic, outcome, context);
}

function decideCommand(job: Job | undefined, input: Extract<JobInput, { kind: 'command' }>, context: DecisionContext): Decision {
  if (job === undefined || job.status === 'early' || job.workflowType !== input.workflowType) return refused('no-such-job', 'no workflow of this type and id');
  if (input.command === 'cancel') {
    if (job.status === 'cancelled') return repeat(job);
    if (isFinished(job)) return refused('already-finished', `the workflow has ended: ${job.status}`);
    return { outcome: 'applied', job: { ...job, status: 'cancelled', wakeAtMs: null }, effects: [{ kind: 'emit', event: { event: 'cancelled' } }] };
  }
  if (job.status !== 'parked') return repeat(job);
  return run({ ...job, status: 'waiting', problem: null }, context, [{ event: 'resumed' }], [], true);
}

function decideDue(job: Job, context: DecisionContext): Decision {
  if (job.status === 'early') {
    const effects: readonly Effect[] = job.inbox.map((entry) => discard(entry, 'no-such-job'));
    return { outcome: 'forgotten', job, effects };
  }
  if (job.status !== 'waiting') return repeat(job);
  const due = job.steps.flatMap((step, index) => (step.outcome === null && step.dueAtMs !== null && step.dueAtMs <= context.nowMs ? [{ index, step }] : []));
  if (due.length === 0) return repeat(job);
  return run(job, context, [], due.map(({ index, step }) => ({ index, outcome: step.kind === 'sleep' ? { kind: 'elapsed' } : { kind: 'expired' } })));
}

/** Nothing new: what the latest revision caused is published again, in case a crash cut it off (invariant 5). */
function repeat(job: Job): Decision {
  const events: readonly Effect[] = job.events.map((event) => ({ kind: 'emit', event }));
  return { outcome: 'repeat', job, effects: job.status === 'waiting' ? [...pendingAsks(job), ...events] : events };
}

function keepEarly(workflowId: string, job: Job | undefined, kind: InboxEntry['kind'], target: number | string, outcome: StepOutcome, context: DecisionContext): Decision {
  const base = job ?? emptyJob(workflowId, context.partition);
  const early: Job = { ...base, wakeAtMs: base.wakeAtMs ?? context.nowMs + context.earlyWaitMs };
  return addToInbox(early, kind, target, outcome, context) ?? repeat(base);
}

function keepInInbox(job: Job, kind: InboxEntry['kind'], target: number | string, outcome: StepOutcome, context: DecisionContext): Decision {
  const kept = addToInbox(job, kind, target, outcome, context);
  if (kept === null) return repeat(job);
  return kept.outcome === 'applied' && job.status === 'waiting' ? run(kept.job, context, []) : kept;
}

/** Null for an answer that the inbox has already. */
function addToInbox(job: Job, kind: InboxEntry['kind'], target: number | string, outcome: StepOutcome, context: DecisionContext): Decision | null {
  const first = kind === 'answer' ? job.inbox.find((entry) => entry.for === target) : undefined;
  if (first !== undefined) {
    return outcomeHashOf(first.outcome) === outcomeHashOf(outcome) ? null : refused('contradicts-first-answer', 'another answer to this question came first and stands');
  }
  if (job.inbox.length >= MAX_INBOX) return refused('inbox-full', `${MAX_INBOX} answers and events wait for this workflow already`);
  const entry: InboxEntry = { kind, for: target, outcome, receivedAtMs: context.nowMs };
  return { outcome: 'applied', job: { ...job, inbox: [...job.inbox, entry] }, effects: [] };
}

/** The effect that sends an inbox entry to the dead letters. */
export function discard(entry: InboxEntry, reason: string): Effect {
  const { outcome } = entry;
  const value: Json = outcome.kind === 'answer' ? { answer: outcome.value } : outcome.kind === 'error' ? { error: { ...outcome.error } } : null;
  return { kind: 'discard', topic: typeof entry.for === 'string' ? entry.for : 'answers-topic', value: { for: entry.for, ...(value as { [key: string]: Json }) }, reason };
}

function emptyJob(workflowId: string, partition: number): Job {
  return {
    workflowId, workflowType: '', version: 0, partition, revision: 0, status: 'early', createTime: '', contentHash: '', input: null,
    steps: [], inbox: [], seenOffsets: {}, wakeAtMs: null, problem: null, events: [], resultHash: null, outcomeHashes: null, traceparent: null,
  };
}

export type { Step };
