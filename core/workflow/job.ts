import type { Json } from '../messages/json.ts';
import type { JobEvent } from '../messages/schemas.ts';

/**
 * - `early`: nothing but answers or events so far; its workflow is not yet known (invariant 3)
 * - `waiting`: for answers, events or time
 * - `parked`: can't go on until somebody mends the reason and retries it
 * - `completed`, `failed`, `cancelled`: finished; never changes again (invariant 4)
 */
export type JobStatus = 'early' | 'waiting' | 'parked' | 'completed' | 'failed' | 'cancelled';

/** Why a job failed, an answer was an error, or a job is parked. `code` is stable, `message` is for people. */
export interface Problem {
  readonly code: string;
  readonly message: string;
}

/** What comes for a step. The first in log order stands (invariant 3). */
export type Arrival =
  | { readonly kind: 'answer'; readonly value: Json }
  | { readonly kind: 'error'; readonly error: Problem }
  | { readonly kind: 'expired' }
  | { readonly kind: 'elapsed' };

/** How a step ended. `abandoned`: its `allSettled` ended without it, and nothing that comes for it counts. */
export type StepOutcome = Arrival | { readonly kind: 'abandoned' };

/** One thing that the workflow waited for, in the order in which it asked. Times are ms since 1970 UTC. */
export interface Step {
  readonly kind: 'ask' | 'expect' | 'sleep';
  /** The question's category, the event's topic, or '' for a sleep. */
  readonly name: string;
  /** The question's payload; null for the others. */
  readonly payload: Json;
  readonly askedAtMs: number;
  /** When its limit fires or its sleep ends; null where there is none. */
  readonly dueAtMs: number | null;
  /** How often the question was asked because of its limit; 1 at first. */
  readonly attempts: number;
  /** The question can't be taken back: see `AskOptions.irrevocable`. Kept here, so that an engine without the definition knows. */
  readonly irrevocable?: true;
  readonly outcome: StepOutcome | null;
}

/** An answer or event that came before anything waited for it. */
export interface InboxEntry {
  readonly kind: 'answer' | 'event';
  /** The type that the answer names: under an id not yet known, a workflow of another type may come. '' for an event. */
  readonly workflowType: string;
  /** The step index for an answer, the topic for an event. */
  readonly for: number | string;
  readonly outcome: Arrival;
  readonly receivedAtMs: number;
}

/** What was taken in and turned out to belong nowhere: it goes to the dead letters. */
export interface Discard {
  /** The topic that it came from. */
  readonly topic: string;
  readonly value: Json;
  readonly reason: string;
}

/** What a revision reported, and what it gave up. */
export interface UntoldReport {
  readonly discards?: readonly Discard[];
  readonly revision: number;
  readonly status: JobStatus;
  readonly events: readonly JobEvent[];
}

/** One running or finished workflow, keyed by its workflow-id. JSON-able as it stands. */
export interface Job {
  readonly workflowId: string;
  readonly workflowType: string;
  /** The definition's version that it began under and ends under. */
  readonly version: number;
  /** Its home partition, in every topic. */
  readonly partition: number;
  /** Counts its changes from 1; the compare-and-set of `JobStore.save`. */
  readonly revision: number;
  readonly status: JobStatus;
  readonly createTime: string;
  /** SHA-256 of type and canonical payload (invariant 1). */
  readonly contentHash: string;
  readonly input: Json;
  readonly steps: readonly Step[];
  readonly inbox: readonly InboxEntry[];
  /** For topics named by `expect`: the next offset not yet seen, so that a redelivery is a repeat. */
  readonly seenOffsets: Readonly<Record<string, number>>;
  /** When `JobStore.due` must return it; null for never. */
  readonly wakeAtMs: number | null;
  /** Why it failed or is parked. */
  readonly problem: Problem | null;
  /** What its latest revision reported: published again when its record comes again (invariant 5). */
  readonly events: readonly JobEvent[];
  /** What its latest revision gave up: published again likewise. */
  readonly discards?: readonly Discard[];
  /** Reports of earlier revisions that may not have been published, the oldest first: published again with the next. */
  readonly untold?: readonly UntoldReport[];
  /** SHA-256 of the result's text, once completed. */
  readonly resultHash: string | null;
  /** Hashes of the steps' outcomes, kept when a finished job forgets the rest. */
  readonly outcomeHashes: readonly string[] | null;
  /** W3C trace context of the workflow's record. */
  readonly traceparent: string | null;
}

/** The `wakeAtMs` of a job that was saved before its records were published (see `commitInOrder`): always due. */
export const UNPUBLISHED_WAKE_MS = 0;

/** Whether it has asked what can't be taken back, and was not refused: then it can't be cancelled, nor fail. */
export function isCommitted({ steps }: Pick<Job, 'steps'>): boolean {
  return steps.some(({ irrevocable, outcome }) => irrevocable === true && outcome?.kind !== 'error');
}

export function isFinished({ status }: Pick<Job, 'status'>): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}

/** Whether it counts against the bound on open jobs: it waits for an answer or event, not for time or people. */
export function isOpen(job: Job): boolean {
  return job.status === 'waiting' && job.steps.some((step) => step.outcome === null && step.kind !== 'sleep');
}
