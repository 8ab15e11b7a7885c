import type { OutgoingRecord } from '../messages/record.ts';
import type { JobEvent } from '../messages/schemas.ts';
import { type Ask, pendingAsks } from './asks.ts';
import { decide } from './decide.ts';
import type { DecisionContext, Effect, JobInput } from './decision.ts';
import { deadLetter, type Taken } from './intake.ts';
import { type Discard, isFinished, type Job, UNPUBLISHED_WAKE_MS } from './job.ts';
import { endedSpans } from './job-spans.ts';
import { addTo, type Ledger, type Outcome } from './ledger.ts';
import {
  discardRecords,
  latestReports,
  questionRecord,
  reportable,
  reportRecords,
  reportsAgain,
} from './report.ts';
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
  readonly asks: Map<number, Ask>;
  readonly events: JobEvent[];
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
  const drafts = new Map<string, Draft>();
  const decided: Decided[] = [];
  const early = new Map(stored.earlyJobs);
  for (const item of taken) {
    if (item.kind === 'ended') {
      addTo(ledger, item.topic, item.outcome, item.reason);
      const { partition, records } = item;
      if (records.length > 0) decided.push({ change: null, records, partition });
      continue;
    }
    const { record } = item;
    const draft = draftOf(drafts, item.workflowId, record.partition, stored);
    const isNew = draft.job === undefined && (item.input.kind === 'answer' || item.input.kind === 'event');
    if (isNew && (early.get(record.partition) ?? 0) >= context.maxEarlyJobs) {
      draft.others.push(
        deadLetter(
          record,
          'no-such-job',
          'no workflow of this id is known, and too many answers wait already',
        ),
      );
      addTo(ledger, record.topic, 'deadLettered', 'no-such-job');
      continue;
    }
    const outcome = apply(draft, item.input, context, (reason, detail) => deadLetter(record, reason, detail));
    if (isNew && draft.job?.status === 'early') {
      early.set(record.partition, (early.get(record.partition) ?? 0) + 1);
    }
    addTo(ledger, record.topic, outcome.outcome, outcome.reason);
  }
  for (const draft of drafts.values()) decided.push(closeDraft(draft, context));
  return { decided: decided.filter(isSomething), ledger };
}

/** Decides what time has brought: limits that fire, sleeps that end, early answers given up. */
export function decideDueJobs(jobs: readonly Job[], context: BatchContext): readonly Decided[] {
  const decided = jobs.map((job): Decided => {
    const draft = newDraft(job.workflowId, job.partition, job);
    apply(draft, { kind: 'due' }, context, () => null);
    return { ...closeDraft(draft, context), byTime: true };
  });
  return decided.filter(isSomething);
}

const isSomething = ({ change, records }: Decided): boolean => change !== null || records.length > 0;

function draftOf(drafts: Map<string, Draft>, workflowId: string, partition: number, stored: Stored): Draft {
  const known = drafts.get(workflowId);
  if (known !== undefined) return known;
  const draft = newDraft(workflowId, partition, stored.jobs.get(workflowId));
  drafts.set(workflowId, draft);
  return draft;
}

function newDraft(workflowId: string, partition: number, stored: Job | undefined): Draft {
  return {
    workflowId,
    partition,
    stored,
    job: stored,
    changed: false,
    forgotten: false,
    repeated: stored?.wakeAtMs === UNPUBLISHED_WAKE_MS,
    asks: new Map(),
    events: [],
    discards: [],
    others: [],
  };
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
  const events = reportable(draft.events);
  const { untold: _, discards: __, ...bare } = job;
  const revision = (stored?.revision ?? 0) + 1;
  const untold = isInDoubt || (context.isTold === undefined && events.length === 0) ? known : [];
  const revised: Job = { ...bare, revision, ...toTell(job, { events, discards, untold }) };
  const change = draft.forgotten ? ({ job: revised, forget: true } as const) : { job: revised };
  const reports = reportRecords(revised, events, nowMs, isTraced);
  const spans = isTraced ? endedSpans(stored, revised, draft.events, nowMs) : [];
  const records = [...questions, ...again, ...reports, ...discardRecords(revised, discards), ...others];
  return spans.length === 0 ? { change, records } : { change, records, spans };
}

/** What a job keeps, to tell it again. A tombstone keeps nothing: its unit is one transaction. */
function toTell(
  { outcomeHashes }: Job,
  { events, discards, untold }: Required<Pick<Job, 'events' | 'discards' | 'untold'>>,
): Pick<Job, 'events' | 'discards' | 'untold'> {
  if (outcomeHashes !== null) return { events: [] };
  return { events, ...(discards.length > 0 ? { discards } : {}), ...(untold.length > 0 ? { untold } : {}) };
}

/** What is still to be answered of all that was asked: a question answered in the same batch needs no asking. */
function questionsOf(draft: Draft, job: Job, isTraced: boolean): readonly OutgoingRecord[] {
  if (isFinished(job)) return [];
  const isOpen = ({ step }: Ask): boolean => job.steps[step]?.outcome === null;
  const asks =
    draft.repeated && job.status === 'waiting' ? pendingAsks(job) : [...draft.asks.values()].filter(isOpen);
  return asks.map((ask) => questionRecord(job, ask, isTraced));
}
