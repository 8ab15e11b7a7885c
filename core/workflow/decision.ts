import type { Json } from '../messages/json.ts';
import type { JobEvent } from '../messages/schemas.ts';
import type { Definitions } from './definitions.ts';
import type { Arrival, Discard, Job } from './job.ts';

/** What happens to a job from outside. */
export type JobInput =
  | {
      readonly kind: 'start';
      readonly workflowType: string;
      readonly createTime: string;
      readonly payload: Json;
      readonly traceparent: string | null;
      /** Whether it is to end at once as cancelled; default false. */
      readonly cancelled?: boolean;
    }
  | {
      readonly kind: 'answer';
      readonly workflowType: string;
      readonly step: number;
      readonly outcome: Arrival;
    }
  | { readonly kind: 'event'; readonly topic: string; readonly value: Json; readonly offset: number }
  | {
      readonly kind: 'command';
      readonly workflowType: string;
      readonly command: 'retry' | 'cancel';
      /** Of a cancel: whether a job that has ended, or can only complete, makes it a repeat; default false, then it is refused. */
      readonly unlessEnded?: boolean;
    }
  | { readonly kind: 'due' };

/** What the core wants done, as data. */
export type Effect =
  | { readonly kind: 'ask'; readonly step: number; readonly category: string; readonly payload: Json }
  /** `resultText`: that of a `completed` event's result, as JSON. */
  | { readonly kind: 'emit'; readonly event: JobEvent; readonly resultText?: string }
  /** Something taken in earlier turned out to belong nowhere. */
  | ({ readonly kind: 'discard' } & Discard);

/** What became of one input. `refused` goes to the dead letters with its reason. */
export type Decision =
  | { readonly outcome: 'applied' | 'parked'; readonly job: Job; readonly effects: readonly Effect[] }
  | { readonly outcome: 'forgotten'; readonly job: Job; readonly effects: readonly Effect[] }
  | { readonly outcome: 'repeat'; readonly job: Job; readonly effects: readonly Effect[] }
  | { readonly outcome: 'refused'; readonly reason: string; readonly detail: string };

/** What a decision needs besides job and input. */
export interface DecisionContext {
  readonly definitions: Definitions;
  /** Milliseconds since 1970 UTC, recorded where it matters, never read again in a replay. */
  readonly nowMs: number;
  /** The partition of this job in every topic. */
  readonly partition: number;
  /** How long an answer waits for a workflow that is not known yet, in milliseconds. */
  readonly earlyWaitMs: number;
  /** `tombstone`: a finished job keeps only its hashes. For units of work that are atomic, where nothing is published again. */
  readonly finished: 'keep' | 'tombstone';
}

/** At most so many answers and events wait in a job's inbox. */
export const MAX_INBOX = 1000;

export const refused = (reason: string, detail: string): Decision => ({ outcome: 'refused', reason, detail });
