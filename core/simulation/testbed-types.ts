import type { Json } from '../messages/json.ts';
import type { AnyKeyedFold } from '../view/keyed-fold.ts';
import type { AnyWorkflow } from '../workflow/definition.ts';
import type { Duration } from '../workflow/duration.ts';
import type { TestAnswers } from './testbed-answers.ts';

export interface TestbedOptions {
  readonly workflows?: readonly AnyWorkflow[];
  /** Who answers, by category. A question of another category waits: see `questions` and `answer`. */
  readonly answers?: TestAnswers;
  readonly folds?: readonly AnyKeyedFold[];
  /** When virtual time begins, ISO 8601 with a zone. Default 2026-01-01T00:00:00Z. */
  readonly startAt?: string;
  /** Partitions of each topic; 1 to 1,000, default 4. */
  readonly partitions?: number;
  /** How long an answer or event waits for a workflow that is not known yet. Default '10m'. */
  readonly earlyWait?: Duration;
  /** After so many turns without coming to rest, `settle` throws. Default 100,000. */
  readonly rounds?: number;
}

/** A question that waits for its answer. */
export interface OpenQuestion {
  readonly workflowId: string;
  readonly workflowType: string;
  readonly category: string;
  readonly payload: Json;
  /** Which of the job's steps it is, from 0. */
  readonly step: number;
  /** How often it was asked. */
  readonly attempts: number;
  /** When its time limit fires, ISO 8601; null where there is none. */
  readonly until: string | null;
}

/** Which question an answer is for, where the job waits for several. */
export interface QuestionChoice {
  readonly category?: string;
  readonly step?: number;
}

/** A record that was refused. */
export interface TestLetter {
  /** Why, in stable words: see ARCHITECTURE.md. */
  readonly reason: string;
  /** The same as a sentence. */
  readonly detail: string;
  /** The topic that it came from. */
  readonly topic: string;
  readonly key: string;
  /** Its value as text. */
  readonly value: string;
}

/** The virtual clock. It stands still but for these calls. */
export interface TestTime {
  /** ISO 8601. */
  readonly now: string;
  /** Milliseconds since 1970 UTC. */
  readonly nowMs: number;
  /** Lets time pass. What falls due on the way happens at its own time, in order, with all that it causes. */
  advance(duration: Duration): Promise<void>;
  /** The same, up to a time: ISO 8601 with a zone. Throws `TestbedError` ('time-backwards') where that is past. */
  advanceTo(time: string): Promise<void>;
}
