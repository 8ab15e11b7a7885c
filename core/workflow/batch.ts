import { type OutgoingRecord } from '../messages/record.ts';
import { qaIdentifierOf } from '../messages/correlation.ts';
import type { JobEvent, JobReport } from '../messages/schemas.ts';
import { topics } from '../messages/topics.ts';
import { decide } from './decide.ts';
import type { DecisionContext, Effect, JobInput } from './decision.ts';
import type { Job } from './job.ts';
import { isoTime } from './time.ts';
import { deadLetter, type Taken } from './intake.ts';
import { addTo, type Ledger, type Outcome } from './ledger.ts';
import type { Decided } from './unit-of-work.ts';

/** The context of a batch: that of its decisions, less what each job brings. */
export type BatchContext = Omit<DecisionContext, 'partition'> & {
  /** At most so many early jobs a partition; beyond it, an answer to nobody goes to the dead letters at once. */
  readonly maxEarlyJobs: number;
};

/** What the batch knows from the store. */
export interface Stored {
  readonly jobs: ReadonlyMap<string, Job>;
  /** How many early jobs each partition has. */
  readonly earlyJobs: ReadonlyMap<number, number>;
}

export interface BatchDecision {
  readonly decided: readonly Decided[];
  readonly ledger: Ledger;
}

/** One job's part in a batch: its state as it becomes, and all that it caused. */
interface Draft {
  readonly workflowId: string;
  readonly partition: number;
  readonly stored: Job | undefined;
  job: Job | undefined;
  changed: boolean;
  forgotten: boolean;
  readonly asks: Map<number, Extract<Effect, { kind: 'ask' }>>;
  readonly events: JobEvent[];
  repeated: readonly Effect[];
  readonly others: OutgoingRecord[];
}

/**
 * Decides a batch in log order: for each record what becomes of its job, what to publish, and where it
 * ended (invariant 6: every record counts once in the ledger). A job's decisions in one batch are one
 * revision, with one report.
 */
export function decideBatch(taken: readonly Taken[], stored: Stored, context: BatchContext): BatchDecision {
  const ledger: Ledger = {};
  const drafts = new Map<string, Draft>();
  const decided: Decided[] = [];
  const early = new Map(stored.earlyJobs);
  for (const item of taken) {
    if (item.kind === 'ended') {
      addTo(ledger, item.topic, item.outcome, item.reason);
      if (item.records.length > 0) decided.push({ change: null, records: item.records });
      continue;
    }
    const { record } = item;
    const draft = draftOf(drafts, item.workflowId, record.partition, stored);
    const isNew = draft.job === undefined && (item.input.kind === 'answer' || item.input.kind === 'event');
    if (isNew && (early.get(record.partition) ?? 0) >= context.maxEarlyJobs) {
      draft.others.push(deadLetter(record, 'no-such-job', 'no workflow of this id is known, and too many answers wait already'));
      addTo(ledger, record.topic, 'deadLettered', 'no-such-job');
      continue;
    }
    const outcome = apply(draft, item.input, context, (reason, detail) => deadLetter(record, reason, detail));
    if (isNew && draft.job?.status === 'early') early.set(record.partition, (early.get(record.partition) ?? 0) + 1);
    addTo(ledger, record.topic, outcome.outcome, outcome.reason);
  }
  for (const draft of drafts.values()) decided.push(closeDraft(draft, context.nowMs));
  return { decided: decided.filter(({ change, records }) => change !== null || records.length > 0), ledger };
}

/** Decides what time has brought: limits that fire, sleeps that end, early answers given up. */
export function decideDueJobs(jobs: readonly Job[], context: BatchContext): readonly Decided[] {
  return jobs.map((job) => {
    const draft = newDraft(job.workflowId, job.partition, job);
    apply(draft, { kind: 'due' }, context, () => null);
    return closeDraft(draft, context.nowMs);
  });
}

function draftOf(drafts: Map<string, Draft>, workflowId: string, partition: number, stored: Stored): Draft {
  const known = drafts.get(workflowId);
  if (known !== undefined) return known;
  const draft = newDraft(workflowId, partition, stored.jobs.get(workflowId));
  drafts.set(workflowId, draft);
  return draft;
}

function newDraft(workflowId: string, partition: number, stored: Job | undefined): Draft {
  return { workflowId, partition, stored, job: stored, changed: false, forgotten: false, asks: new Map(), events: [], repeated: [], others: [] };
}

function apply(
  draft: Draft,
  input: JobInput,
  context: BatchContext,
  refuse: (reason: string, detail: string) => OutgoingRecord | null,
): { outcome: Outcome; reason: string | null } {
  const decision = decide(draft.workflowId, draft.job, input, { ...context, partition: draft.partition });
  switch (decision.outcome) {
    case 'refused': {
      const letter = refuse(decision.reason, decision.detail);
      if (letter !== null) draft.others.push(letter);
      return { outcome: 'deadLettered', reason: decision.reason };
    }
    case 'repeat':
      if (!draft.changed) draft.repeated = decision.effects;
      return { outcome: 'repeat', reason: null };
    case 'forgotten':
    case 'applied':
    case 'parked':
      draft.job = decision.job;
      draft.changed = true;
      draft.forgotten = decision.outcome === 'forgotten';
      collect(draft, decision.effects);
      return { outcome: decision.outcome === 'parked' ? 'parked' : 'applied', reason: null };
    default:
      return decision satisfies never;
  }
}

function collect(draft: Draft, effects: readonly Effect[]): void {
  for (const effect of effects) {
    if (effect.kind === 'ask') draft.asks.set(effect.step, effect);
    else if (effect.kind === 'emit') draft.events.push(effect.event);
    else {
      const { workflowId: key, partition } = draft;
      const headers = { 'requite-reason': effect.reason, 'requite-origin-topic': effect.topic };
      draft.others.push({ topic: topics.deadLetters, partition, key, value: JSON.stringify(effect.value), headers });
    }
  }
}

function closeDraft(draft: Draft, nowMs: number): Decided {
  const { job, stored } = draft;
  if (job === undefined || !draft.changed) {
    // a repeat whose revision is already saved publishes that revision's effects again
    collect(draft, draft.repeated);
    return { change: null, records: [...recordsOf(draft, job, nowMs), ...draft.others] };
  }
  const finished = job.status === 'completed' || job.status === 'failed' || job.status === 'cancelled';
  const revised: Job = { ...job, revision: (stored?.revision ?? 0) + 1, events: finished && job.outcomeHashes !== null ? [] : [...draft.events] };
  const change = draft.forgotten ? ({ job: revised, forget: true } as const) : { job: revised };
  return { change, records: [...recordsOf(draft, revised, nowMs), ...draft.others] };
}

function recordsOf(draft: Draft, job: Job | undefined, nowMs: number): OutgoingRecord[] {
  if (job === undefined) return [];
  const { workflowId, workflowType, partition } = job;
  const headers = job.traceparent === null ? {} : { headers: { traceparent: job.traceparent } };
  const records: OutgoingRecord[] = [...draft.asks.values()].map(({ step, category, payload }) => ({
    topic: topics.questions, partition, key: workflowId, ...headers,
    value: JSON.stringify({ qaIdentifier: qaIdentifierOf({ workflowType, workflowId, step }), questionCategory: category, payload }),
  }));
  if (draft.events.length === 0 || job.status === 'early') return records;
  const report: JobReport = {
    'workflow-type': workflowType, 'workflow-id': workflowId, version: job.version, revision: job.revision,
    time: isoTime(nowMs), status: job.status, events: draft.events,
  };
  records.push({ topic: topics.workflowEvents, partition, key: workflowId, value: JSON.stringify(report), ...headers });
  return records;
}
