import type { TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { canonicalJson, type Json, throughJson } from '../messages/json.ts';
import { AnswerError, type AnyWorkflow, contextFor, type Request, TimeLimitError, WorkflowFailure } from './definition.ts';
import type { Job, Problem, Step, StepOutcome } from './job.ts';

/** At most so many steps a job. */
export const MAX_STEPS = 1000;

type Leaf = Exclude<Request, { kind: 'all' }>;

/** A step that the replay asked for: on record already, or new. */
export interface LiveStep {
  readonly index: number;
  readonly request: Leaf;
}

/** Where a replay stopped. */
export type Standing =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'completed'; readonly result: Json }
  | { readonly kind: 'failed'; readonly problem: Problem }
  /** The definition and the record don't fit, or the definition threw: a person must look. */
  | { readonly kind: 'stuck'; readonly problem: Problem };

const stuck = (code: string, message: string): Standing => ({ kind: 'stuck', problem: { code, message } });
const textOf = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));

/**
 * Replays one job: runs its generator from the start, feeding it what is on record, until it waits for
 * something that is not. `settle` puts an outcome on record and goes on from there, so one event costs one
 * replay. Steps are numbered in the order in which the generator asks, from 0.
 */
export class Replay {
  readonly steps: Step[];
  standing: Standing = { kind: 'waiting' };
  /** Steps that this replay added to the record. */
  readonly added: LiveStep[] = [];
  /** The steps that the generator waits for now; some may have an outcome while others of an `all` have none. */
  live: readonly LiveStep[] = [];
  private readonly generator: Generator<Request, unknown, unknown>;
  private current: Request | null = null;
  private next = 0;
  private readonly nowMs: number;

  constructor(definition: AnyWorkflow, job: Job, nowMs: number) {
    this.steps = [...job.steps];
    this.nowMs = nowMs;
    const { workflowId, workflowType, version, createTime } = job;
    this.generator = definition.run(contextFor({ workflowId, workflowType, version, createTime }), job.input);
    this.advance(() => this.generator.next());
  }

  /** Records an outcome for a step and goes on. */
  settle(index: number, outcome: StepOutcome): void {
    const step = this.steps[index];
    if (step === undefined || step.outcome !== null) throw new Error(`step ${index} has no open question: settle each step once`);
    this.steps[index] = { ...step, outcome };
    this.resume();
  }

  /** The schema that an answer to this step must fit, if the generator waits for it now. */
  schemaOf(index: number): TSchema | null {
    const request = this.live.find((step) => step.index === index)?.request;
    return request === undefined || request.kind === 'sleep' ? null : request.schema;
  }

  private resume(): void {
    while (this.standing.kind === 'waiting' && this.current !== null) {
      if (this.live.some(({ index }) => this.steps[index]?.outcome === null)) return;
      const misfit = this.live.find(({ index, request }) => !fits(request, this.steps[index]?.outcome ?? null));
      if (misfit !== undefined) {
        this.standing = stuck('answer-misfit', `what is on record for step ${misfit.index} does not fit this version's schema`);
        return;
      }
      const [request, live] = [this.current, [...this.live]];
      const failure = live.map(({ index, request }) => failureOf(request, this.steps[index]?.outcome ?? null)).find((error) => error !== null);
      this.advance(() => (failure ? this.generator.throw(failure) : this.generator.next(this.valueOf(request, live))));
    }
  }

  private advance(step: () => IteratorResult<Request, unknown>): void {
    let result: IteratorResult<Request, unknown>;
    try {
      result = step();
      if (!result.done) this.enter(result.value);
    } catch (error) {
      this.standing = standingOf(error);
      return;
    }
    if (this.standing.kind !== 'waiting') return;
    if (!result.done) return this.resume();
    this.standing = this.next < this.steps.length
      ? stuck('diverged', `the definition ended after ${this.next} steps, but ${this.steps.length} are on record`)
      : completed(result.value);
  }

  private enter(request: Request): void {
    this.current = request;
    const live: LiveStep[] = [];
    for (const leaf of leavesOf(request)) {
      const index = this.next++;
      if (index >= MAX_STEPS) {
        this.standing = stuck('too-many-steps', `a job may take at most ${MAX_STEPS} steps: split the workflow`);
        return;
      }
      const known = this.steps[index];
      const payload = leaf.kind === 'ask' ? throughJson(leaf.payload) : null;
      const name = leaf.kind === 'sleep' ? '' : leaf.name;
      if (known === undefined) {
        this.steps.push(newStep(leaf, name, payload, this.nowMs));
        this.added.push({ index, request: leaf });
      } else if (known.kind !== leaf.kind || known.name !== name || canonicalJson(known.payload) !== canonicalJson(payload)) {
        this.standing = stuck('diverged', `step ${index} is on record as ${known.kind} "${known.name}", but the definition now has ${leaf.kind} "${name}" or another payload`);
        return;
      }
      live.push({ index, request: leaf });
    }
    this.live = live;
  }

  private valueOf(request: Request, live: LiveStep[]): unknown {
    if (request.kind === 'all') return request.requests.map((inner) => this.valueOf(inner, live));
    const outcome = this.steps[live.shift()?.index ?? -1]?.outcome;
    return outcome?.kind === 'answer' ? outcome.value : undefined;
  }
}

function leavesOf(request: Request): readonly Leaf[] {
  return request.kind === 'all' ? request.requests.flatMap(leavesOf) : [request];
}

function newStep(leaf: Leaf, name: string, payload: Json, nowMs: number): Step {
  const waitMs = leaf.kind === 'sleep' ? leaf.ms : leaf.limitMs;
  return { kind: leaf.kind, name, payload, askedAtMs: nowMs, dueAtMs: waitMs === null ? null : nowMs + waitMs, attempts: 1, outcome: null };
}

/** Whether a recorded value still fits: values recorded while a job was parked could not be checked then. */
function fits(request: Leaf, outcome: StepOutcome | null): boolean {
  return outcome?.kind !== 'answer' || request.kind === 'sleep' || Value.Check(request.schema, outcome.value);
}

function failureOf(request: Leaf, outcome: StepOutcome | null): Error | null {
  if (outcome?.kind === 'error') return new AnswerError(outcome.error.code, outcome.error.message);
  if (outcome?.kind !== 'expired') return null;
  const what = request.kind === 'sleep' ? 'a sleep' : `${request.kind} "${request.name}"`;
  return new TimeLimitError(`no answer to ${what} within its time limit`);
}

function completed(value: unknown): Standing {
  try {
    return { kind: 'completed', result: throughJson(value) };
  } catch (error) {
    // JSON can't say the result (a bigint, a cycle): the definition must change, so a person must look
    return stuck('result-not-json', `the workflow's result can't be written as JSON: ${textOf(error)}`);
  }
}

function standingOf(error: unknown): Standing {
  if (error instanceof AnswerError || error instanceof TimeLimitError || error instanceof WorkflowFailure) {
    return { kind: 'failed', problem: { code: error.code, message: error.message } };
  }
  return stuck('definition-threw', textOf(error));
}
