import type { OutgoingRecord } from '../messages/record.ts';
import type { JobEvent } from '../messages/schemas.ts';
import { type Ask, pendingAsks } from './asks.ts';
import { decide } from './decide.ts';
import type { DecisionContext, Effect, JobInput } from './decision.ts';
import { deadLetter, type Taken } from './intake.ts';
import { type Discard, isFinished, type Job, UNPUBLISHED_WAKE_MS } from './job.ts';
import { endedSpans } from './job-spans.ts';
import { addTo, type Ledger, type Outcome } from './ledger.ts';
import { discardRecords, latestReports, questionRecord, report, reportsAgain } from './report.ts';
import type { Decided } from './unit-of-work.ts';

/** The context of a batch: that of its decisions, less what each job brings. */
export type BatchContext = Omit<DecisionContext, 'partition'> & {
  /** At most so many early jobs a partition; beyond it, an answer to nobody goes to the dead letters at once. */
  readonly maxEarlyJobs: number;
  /** Whether spans of its jobs are told; else their trace is only passed on. Default false. */
  readonly isTraced?: boolean;
  /**
   * Whether it is known that all that the stored job has reported is on the log. Where it is not, as in the first
   * decision after a takeover, it is published again with what is new: the crash that cut it off need not be mended by
   * the next record, which may be another's (invariant 5). Default: the reports of a record that comes again only.
   */
  readonly isTold?: (stored: Job) => boolean;
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
  /** The stored revision may not have been published, as its record came again: it is published now. */
  repeated: boolean;
  /** How many records of the batch are for it and not yet decided. */
  recordsLeft: number;
  /** Its place among the jobs of the batch, from 0. */
  readonly place: number;
  readonly asks: Map<number, Ask>;
  readonly events: JobEvent[];
  /** The text of the result among the events, where there is one. */
  resultText: string | null;
  readonly discards: Discard[];
  readonly others: OutgoingRecord[];
}

/**
 * Decides a batch in log order: for each record what becomes of its job, what to publish, and where it
 * ended (invariant 6: every record counts once in the ledger). A job's decisions in one batch are one
 * revision, with one report.
 */
export function decideBatch(taken: readonly Taken[], stored: Stored, context: BatchContext): BatchDecision {
  const ledger: Ledger = {};
  const drafts = draftsOf(taken, stored);
  const ofNoJob: Decided[] = [];
  const ofJobs: Decided[] = [];
  const early = new Map(stored.earlyJobs);
  for (const item of taken) {
    if (item.kind === 'ended') {
      addTo(ledger, item.topic, item.outcome, item.reason);
      const { partition, records } = item;
      if (records.length > 0) ofNoJob.push({ change: null, records, partition });
      continue;
    }
    const draft = drafts.get(item.workflowId) as Draft;
    const { outcome, reason } = applyRecord(draft, item, early, context);
    addTo(ledger, item.record.topic, outcome, reason);
    if (--draft.recordsLeft > 0) continue;
    // what a job has made becomes text at once: nothing else of it waits in memory for the end of the batch
    ofJobs[draft.place] = closeDraft(draft, context);
    drafts.delete(item.workflowId);
  }
  return { decided: [...ofNoJob, ...ofJobs].filter(isSomething), ledger };
}

/** Decides what time has brought: limits that fire, sleeps that end, early answers given up. */
export function decideDueJobs(jobs: readonly Job[], context: BatchContext): readonly Decided[] {
  const decided = jobs.map((job): Decided => {
    const draft = newDraft(job.workflowId, job.partition, job, 0);
    apply(draft, { kind: 'due' }, context, () => null);
    return { ...closeDraft(draft, context), byTime: true };
  });
  return decided.filter(isSomething);
}

const isSomething = ({ change, records }: Decided): boolean => change !== null || records.length > 0;

/** The jobs of a batch, in the order of their first records. */
function draftsOf(taken: readonly Taken[], stored: Stored): Map<string, Draft> {
  const drafts = new Map<string, Draft>();
  for (const item of taken) {
    if (item.kind === 'ended') continue;
    const { workflowId, record } = item;
    let draft = drafts.get(workflowId);
    if (draft === undefined) {
      draft = newDraft(workflowId, record.partition, stored.jobs.get(workflowId), drafts.size);
      drafts.set(workflowId, draft);
    }
    draft.recordsLeft++;
  }
  return drafts;
}

function newDraft(workflowId: string, partition: number, stored: Job | undefined, place: number): Draft {
  return {
    workflowId,
    partition,
    stored,
    job: stored,
    changed: false,
    forgotten: false,
    repeated: stored?.wakeAtMs === UNPUBLISHED_WAKE_MS,
    recordsLeft: 0,
    place,
    asks: new Map(),
    events: [],
    resultText: null,
    discards: [],
    others: [],
  };
}

/** Decides one record, and counts the jobs that become early by it: there is a bound on them (invariant 7). */
function applyRecord(
  draft: Draft,
  { input, record }: Extract<Taken, { kind: 'job' }>,
  early: Map<number, number>,
  context: BatchContext,
): Ending {
  const isNew = draft.job === undefined && (input.kind === 'answer' || input.kind === 'event');
  const earlyJobs = early.get(record.partition) ?? 0;
  if (isNew && earlyJobs >= context.maxEarlyJobs) {
    const detail = 'no workflow of this id is known, and too many answers wait already';
    draft.others.push(deadLetter(record, 'no-such-job', detail));
    return { outcome: 'deadLettered', reason: 'no-such-job' };
  }
  const ending = apply(draft, input, context, (reason, detail) => deadLetter(record, reason, detail));
  if (isNew && draft.job?.status === 'early') early.set(record.partition, earlyJobs + 1);
  return ending;
}

/** Where a record ended. */
interface Ending {
  readonly outcome: Outcome;
  readonly reason: string | null;
}

function apply(
  draft: Draft,
  input: JobInput,
  context: BatchContext,
  refuse: (reason: string, detail: string) => OutgoingRecord | null,
): Ending {
  const decision = decide(draft.workflowId, draft.job, input, { ...context, partition: draft.partition });
  switch (decision.outcome) {
    case 'refused': {
      const letter = refuse(decision.reason, decision.detail);
      if (letter !== null) draft.others.push(letter);
      return { outcome: 'deadLettered', reason: decision.reason };
    }
    case 'repeat':
      if (decision.effects.length > 0) draft.repeated = true;
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
    switch (effect.kind) {
      case 'ask':
        draft.asks.set(effect.step, effect);
        break;
      case 'emit':
        draft.events.push(effect.event);
        draft.resultText = effect.resultText ?? null;
        break;
      case 'discard': {
        const { kind: _, ...discard } = effect;
        draft.discards.push(discard);
        break;
      }
      default:
        effect satisfies never;
    }
  }
}

function closeDraft(draft: Draft, context: BatchContext): Decided {
  const { job, stored, others, discards } = draft;
  const { nowMs, isTraced = false } = context;
  if (job === undefined) return { change: null, records: others, partition: draft.partition };
  const known = stored === undefined ? [] : latestReports(stored);
  const isInDoubt = known.length > 0 && stored !== undefined && context.isTold?.(stored) === false;
  // the stored revision may have been saved without being published: its own report, then what is new (invariant 5)
  const isAgain = draft.repeated || (draft.changed && isInDoubt);
  const again = isAgain && stored !== undefined ? reportsAgain(stored, known, nowMs, isTraced) : [];
  const questions = questionsOf(draft, job, isTraced);
  if (!draft.changed)
    return { change: null, records: [...questions, ...again, ...others], partition: draft.partition };
  const revision = (stored?.revision ?? 0) + 1;
  const told = { revision, status: job.status, events: draft.events, resultText: draft.resultText };
  const { events, records: reports } = report(job, told, nowMs, isTraced);
  const untold = isInDoubt || (context.isTold === undefined && events.length === 0) ? known : [];
  const revised = revisedJob(job, revision, { events, discards, untold });
  const change = draft.forgotten ? ({ job: revised, forget: true } as const) : { job: revised };
  const spans = isTraced ? endedSpans(stored, revised, draft.events, nowMs) : [];
  const records = [...questions, ...again, ...reports, ...discardRecords(revised, discards), ...others];
  return spans.length === 0 ? { change, records } : { change, records, spans };
}

/** The job of a new revision, with what it keeps to tell it again. A tombstone keeps nothing: its unit is one transaction. */
function revisedJob(
  job: Job,
  revision: number,
  { events, discards, untold }: Required<Pick<Job, 'events' | 'discards' | 'untold'>>,
): Job {
  const isTombstone = job.outcomeHashes !== null;
  const revised: Job = { ...withoutToTell(job), revision, events: isTombstone ? [] : events };
  if (isTombstone || discards.length + untold.length === 0) return revised;
  return {
    ...revised,
    ...(discards.length > 0 ? { discards } : {}),
    ...(untold.length > 0 ? { untold } : {}),
  };
}

function withoutToTell(job: Job): Job {
  if (job.untold === undefined && job.discards === undefined) return job;
  const { untold: _, discards: __, ...bare } = job;
  return bare;
}

/** What is still to be answered of all that was asked: a question answered in the same batch needs no asking. */
function questionsOf(draft: Draft, job: Job, isTraced: boolean): readonly OutgoingRecord[] {
  if (isFinished(job)) return [];
  const isOpen = ({ step }: Ask): boolean => job.steps[step]?.outcome === null;
  const asks =
    draft.repeated && job.status === 'waiting' ? pendingAsks(job) : [...draft.asks.values()].filter(isOpen);
  return asks.map((ask) => questionRecord(job, ask, isTraced));
}
