import type { Json } from '../messages/json.ts';
import type { OutgoingRecord } from '../messages/record.ts';
import type { Consumer, Transport } from '../messages/transport.ts';
import type { Processor } from '../processing/processor.ts';
import type { WorkflowDecisions } from '../processing/workflow-processor.ts';
import type { AnyKeyedFold } from '../view/keyed-fold.ts';
import type { AnyWorkflow } from '../workflow/definition.ts';
import type { JobStore } from '../workflow/store.ts';
import type { CommitUnit } from '../workflow/unit-of-work.ts';
import type { FaultKind } from './faults.ts';

/** What to simulate. The same options give the same run, step by step. */
export interface SimulationOptions {
  /** A whole number from 0; the schedule, the workflows and the faults follow from it. */
  readonly seed: number;
  /** Which workflows run, and what is to come of them. Default: `labScenario`. */
  readonly scenario?: Scenario;
  /** Steps with faults, at least 200; as many more as it takes to come to rest follow without. Default: 200 to 240. */
  readonly steps?: number;
  /** Default 2. */
  readonly engines?: number;
  /** Default 1 or 2. */
  readonly answerers?: number;
  /** Default 3 or 4. */
  readonly partitions?: number;
  /** How many workflows are accepted. Default 3 to 6. */
  readonly workflows?: number;
  /**
   * `atomic`: jobs, records and offsets are one transaction; `in-order`: the job store is saved first, then comes what is
   * published, then the offsets. Default: by the seed.
   */
  readonly backing?: Backing;
  /** Weights of the kinds of fault: 0 is off, the default is 1. */
  readonly faults?: Partial<Record<FaultKind, number>>;
  /** Ordinals of injections that are not to be made; the others stay as they are. */
  readonly suppress?: ReadonlySet<number>;
  /** A fault built in, which the simulation must find. */
  readonly plant?: Plant;
  /** Whether to tell the story, line by line. Default false. */
  readonly tell?: boolean;
}

export type Backing = 'atomic' | 'in-order';

export interface SimulationResult {
  readonly seed: number;
  /** All steps, those without faults too. */
  readonly steps: number;
  readonly injections: readonly Injection[];
  /** What was broken first; null where all held. */
  readonly violation: null | Violation;
  /** Empty unless it was asked for. */
  readonly story: readonly string[];
  /** How often each fault was injected, by `kind@point`. */
  readonly coverage: Readonly<Record<string, number>>;
}

/** A fault that was injected. `ordinal` counts what could have been injected, from 0: see `SimulationOptions.suppress`. */
export interface Injection {
  readonly ordinal: number;
  readonly step: number;
  readonly kind: FaultKind;
  readonly point: string;
}

export interface Violation {
  /** A number of ARCHITECTURE.md's list; `progress`: something accepted did not end. */
  readonly invariant: number | 'progress';
  readonly message: string;
  readonly step: number;
}

/** A fair choice of numbers: integers below a bound. */
export type Choose = (below: number) => number;

/** What somebody answers: a value that fits the question, or an error. */
export type Reply =
  | { readonly answer: Json }
  | { readonly error: { readonly code: string; readonly message: string } };

/** How a step of a job ended, as the log shows it: by category of its question. `null`: its limit fired. */
export type Outcomes = ReadonlyMap<string, Reply | null>;

/** How a job must end, given what it was and what the log answered first. */
export type Expected =
  | { readonly status: 'completed'; readonly result: Json }
  | { readonly status: 'failed'; readonly code: string };

/** Workflows to simulate, and a model of them that knows nothing of how they run. */
export interface Scenario {
  readonly name: string;
  /** No job asks a category twice: whatever asks the same again under another step is then wrong. Default: it may. */
  readonly asksOnce?: true;
  /** How long what comes before its workflow waits for it, in milliseconds. Default: 10 minutes. */
  readonly earlyWaitMs?: number;
  /** Definitions by deployment: the first is what runs at the start, the last what runs at the end. */
  readonly deployments: readonly (readonly AnyWorkflow[])[];
  /** What is accepted as the nth workflow. */
  workflow(nth: number, choose: Choose): { readonly type: string; readonly payload: Json };
  /** What comes for the nth workflow on topics that definitions expect events on. */
  events?(
    nth: number,
    workflowId: string,
    choose: Choose,
  ): readonly { readonly topic: string; readonly value: Json }[];
  /** Folds that run beside the workflows, two processes each. */
  readonly folds?: readonly AnyKeyedFold[];
  /** What an answerer replies: a pure function of the question. Null where a fold answers it. */
  reply(category: string, payload: Json): Reply | null;
  /** Another reply to the same question, which fits it too; null likewise. */
  contradiction(category: string, payload: Json): Reply | null;
  /** How a job ends; null where the scenario does not say. */
  expected?(job: {
    readonly workflowId: string;
    readonly version: number;
    readonly payload: Json;
    readonly outcomes: Outcomes;
  }): Expected | null;
  /** What is wrong with all that there is at the end, together; null where nothing is. */
  atRest?(world: { readonly ended: readonly Ended[] }): string | null;
}

/** A job at its end, as it was told. */
export interface Ended {
  readonly workflowId: string;
  readonly version: number;
  readonly status: string;
  /** Of a completed one. */
  readonly result?: Json;
}

/** Replaces a part of what is simulated by one with a fault: each function gets the real part. For tests. */
export interface Plant {
  readonly name: string;
  readonly commit?: (real: CommitUnit, store: JobStore, backing: Backing) => CommitUnit;
  readonly store?: (real: JobStore) => JobStore;
  readonly transport?: (real: Transport) => Transport;
  readonly consumer?: (real: Consumer) => Consumer;
  readonly processor?: (real: Processor, role: string) => Processor;
  readonly decisions?: Partial<WorkflowDecisions>;
  readonly fold?: (real: AnyKeyedFold) => AnyKeyedFold;
  /** The engine takes its unit of work for atomic where it is not. */
  readonly tombstones?: true;
  /** The store saves whatever the revision is. */
  readonly noCompareAndSet?: true;
  /** The log takes offsets from whoever sends them. */
  readonly noFencing?: true;
  /** The view counts what it has counted already. */
  readonly countsRepeats?: true;
  /** Changes what is published. */
  readonly publish?: (records: readonly OutgoingRecord[], step: number) => readonly OutgoingRecord[];
}
