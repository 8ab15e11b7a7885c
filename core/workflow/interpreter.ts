import type { TSchema } from '@sinclair/typebox';
import { conforms } from '../messages/conforms.ts';
import { asPayload, canonicalJson, deepFreeze, type Json, MAX_PAYLOAD_LENGTH } from '../messages/json.ts';
import {
  AnswerError,
  type AnyWorkflow,
  contextFor,
  type Leaf,
  type Request,
  type Settled,
  TimeLimitError,
  WorkflowFailure,
} from './definition.ts';
import { type Arrival, isCommitted, type Job, type Problem, type Step, type StepOutcome } from './job.ts';
import { problemOf, textOf } from './problem.ts';

/** At most so many steps a job. */
export const MAX_STEPS = 1000;

/** At most so many requests: an endless loop of `all([])` asks for nothing, and must end too. */
const MAX_REQUESTS = 2 * MAX_STEPS;

/** Runs the generator up to its next request. */
type Turn = () => IteratorResult<Request, unknown>;

/** A step that the replay asked for: on record already, or new. */
export interface LiveStep {
  readonly index: number;
  readonly request: Leaf;
}

/** Where a replay stopped. */
export type Standing =
  | { readonly kind: 'waiting' }
  /** `text`: the result's. */
  | { readonly kind: 'completed'; readonly result: Json; readonly text: string }
  | { readonly kind: 'failed'; readonly problem: Problem }
  /** The definition and the record don't fit, or the definition threw: a person must look. */
  | { readonly kind: 'stuck'; readonly problem: Problem };

const stuck = (code: string, message: string): Standing => ({
  kind: 'stuck',
  problem: problemOf(code, message),
});

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
  /** Steps that this replay gave up, as their `allSettled` had enough. */
  readonly abandoned: number[] = [];
  /** The steps that the generator waits for now; some may have an outcome while others of an `all` have none. */
  live: readonly LiveStep[] = [];
  private generator: Generator<Request, unknown, unknown> | null = null;
  private current: Request | null = null;
  private next = 0;
  private requests = 0;
  /** Steps whose outcome is known to fit what the generator waits for. */
  private readonly fitting: Set<number> = new Set();
  private readonly definition: AnyWorkflow;
  private readonly nowMs: number;

  constructor(definition: AnyWorkflow, job: Job, nowMs: number) {
    this.definition = definition;
    this.steps = [...job.steps];
    this.nowMs = nowMs;
    const { workflowId, workflowType, version, createTime } = job;
    const facts = Object.freeze({ workflowId, workflowType, version, createTime });
    this.proceed(() => {
      // a generator function takes its parameters apart when it is called: that may throw already
      const generator = definition.run(contextFor(facts), deepFreeze(job.input));
      this.generator = generator;
      return generator.next();
    });
  }

  /** Records an outcome for a step and goes on. An answer fits `schemaOf` this step. */
  settle(index: number, outcome: Arrival): void {
    const step = this.steps[index];
    if (step === undefined || step.outcome !== null) {
      throw new Error(`step ${index} has no open question: settle each step once`);
    }
    this.steps[index] = { ...step, outcome };
    this.fitting.add(index);
    const turn = this.nextTurn();
    if (turn !== null) this.proceed(turn);
  }

  /** The schema that an answer to this step must fit, if the generator waits for it now. */
  schemaOf(index: number): TSchema | null {
    const request = this.live.find((step) => step.index === index)?.request;
    return request === undefined || request.kind === 'sleep' ? null : request.schema;
  }

  private proceed(first: Turn): void {
    for (let turn: Turn | null = first; turn !== null; turn = this.nextTurn()) this.take(turn);
  }

  /** What the generator goes on with; null where it waits or has ended. */
  private nextTurn(): Turn | null {
    const { generator, current: request } = this;
    if (this.standing.kind !== 'waiting' || request === null || generator === null) return null;
    if (request.kind === 'allSettled' && this.isOpen() && this.isEnough(request)) this.abandonRest();
    if (this.isOpen()) {
      if (this.next < this.steps.length) this.standing = this.diverged('waits');
      return null;
    }
    const misfit = this.live.find((step) => !this.fits(step));
    if (misfit !== undefined) {
      const message = `what is on record for step ${misfit.index} does not fit this version's schema`;
      this.standing = stuck('answer-misfit', message);
      return null;
    }
    const live = [...this.live];
    if (request.kind === 'allSettled') {
      const settled = live.map((step) => settledAs(step.request, this.steps[step.index]?.outcome ?? null));
      return () => generator.next(settled);
    }
    for (const { index, request } of live) {
      const failure = failureOf(request, this.steps[index]?.outcome ?? null);
      if (failure !== null) return () => generator.throw(failure);
    }
    return () => generator.next(this.valueOf(request, live));
  }

  /** Whether a step that the generator waits for has no outcome yet. */
  private isOpen(): boolean {
    return this.live.some(({ index }) => this.steps[index]?.outcome === null);
  }

  /**
   * Whether `until` holds for a value on record. What is abandoned then goes on record in the same revision, so a
   * later replay finds every step with an outcome, and no order of theirs matters to it.
   */
  private isEnough({ until }: Extract<Request, { kind: 'allSettled' }>): boolean {
    if (until === null) return false;
    return this.live.some((step) => {
      const outcome = this.steps[step.index]?.outcome ?? null;
      const settled = outcome !== null && this.fits(step) ? settledAs(step.request, outcome) : null;
      return settled?.status === 'fulfilled' && until(settled.value as never);
    });
  }

  /** Whether what is on record for a step fits: it did when it was recorded, but the definition may have been changed. */
  private fits({ index, request }: LiveStep): boolean {
    if (this.fitting.has(index)) return true;
    const isFitting = fits(request, this.steps[index]?.outcome ?? null);
    if (isFitting) this.fitting.add(index);
    return isFitting;
  }

  private abandonRest(): void {
    for (const { index } of this.live) {
      const step = this.steps[index];
      if (step === undefined || step.outcome !== null) continue;
      this.steps[index] = { ...step, outcome: { kind: 'abandoned' } };
      this.abandoned.push(index);
    }
  }

  private take(turn: Turn): void {
    try {
      const result = turn();
      if (result.done === true) this.standing = this.ended(completed(result.value));
      else this.enter(result.value);
    } catch (error) {
      this.standing = this.ended(standingOf(error));
    }
  }

  /** An end is one only where all that is on record was asked for again. */
  private ended(standing: Standing): Standing {
    if (standing.kind !== 'stuck' && this.next < this.steps.length) return this.diverged('ended');
    if (standing.kind !== 'failed' || !isCommitted(this)) return standing;
    const { code, message } = standing.problem;
    return stuck(
      'failed-irrevocably',
      `the workflow may only complete after what it asked, but: ${code}: ${message}`,
    );
  }

  private diverged(now: 'ended' | 'waits'): Standing {
    const message = `the definition now ${now} after ${this.next} steps, but ${this.steps.length} are on record`;
    return stuck('diverged', message);
  }

  private enter(request: Request): void {
    this.current = request;
    const live: LiveStep[] = [];
    const leaves = leavesOf(request);
    if (++this.requests > MAX_REQUESTS || this.next + leaves.length > MAX_STEPS) {
      this.standing = stuck(
        'too-many-steps',
        `a job may take at most ${MAX_STEPS} steps: split the workflow`,
      );
      return;
    }
    for (const leaf of leaves) {
      const index = this.next++;
      const problem = this.enterStep(index, leaf);
      if (problem !== null) {
        this.standing = problem;
        return;
      }
      live.push({ index, request: leaf });
    }
    this.live = live;
  }

  /** Compares a step with the record, or adds it; says why where it can't be. */
  private enterStep(index: number, leaf: Leaf): Standing | null {
    const name = leaf.kind === 'sleep' ? '' : leaf.name;
    if (leaf.kind === 'expect' && !this.definition.expects.includes(name)) {
      return stuck(
        'topic-not-declared',
        `step ${index} expects events on "${name}": list it in the definition's \`expects\``,
      );
    }
    const known = this.steps[index];
    if (known === undefined) {
      const payload = payloadOf(leaf);
      if (payload === undefined) {
        return stuck(
          'payload-too-large',
          `step ${index} asks "${name}" with more than ${MAX_PAYLOAD_LENGTH} characters, or nested too deep`,
        );
      }
      this.steps.push(newStep(leaf, name, payload, this.nowMs));
      this.added.push({ index, request: leaf });
      return null;
    }
    if (known.kind === leaf.kind && known.name === name && samePayload(known.payload, leaf)) return null;
    const now = `the definition now has ${leaf.kind} "${name}" or another payload`;
    return stuck('diverged', `step ${index} is on record as ${known.kind} "${known.name}", but ${now}`);
  }

  private valueOf(request: Request, live: LiveStep[]): unknown {
    if (request.kind === 'all') return request.requests.map((inner) => this.valueOf(inner, live));
    return valueIn(this.steps[live.shift()?.index ?? -1]?.outcome ?? null);
  }
}

function leavesOf(request: Request): readonly Leaf[] {
  switch (request.kind) {
    case 'all':
      return request.requests.flatMap(leavesOf);
    case 'allSettled':
      return request.requests;
    case 'ask':
    case 'expect':
    case 'sleep':
      return [request];
    default:
      request satisfies never;
      throw new TypeError('a workflow may yield only what ask, expect, sleep, all and allSettled give');
  }
}

const payloadOf = (leaf: Leaf): Json | undefined =>
  leaf.kind === 'ask' ? asPayload(leaf.payload)?.value : null;

/** Compares texts first: in a replay they nearly always are the same, and it is the dearest part of one. */
function samePayload(known: Json, leaf: Leaf): boolean {
  if (leaf.kind !== 'ask') return known === null;
  if (JSON.stringify(known) === JSON.stringify(leaf.payload)) return true;
  const payload = payloadOf(leaf);
  return payload !== undefined && canonicalJson(known) === canonicalJson(payload);
}

function newStep(leaf: Leaf, name: string, payload: Json, nowMs: number): Step {
  const waitMs = leaf.kind === 'sleep' ? leaf.ms : leaf.limitMs;
  const dueAtMs = waitMs === null ? null : nowMs + waitMs;
  const step: Step = {
    kind: leaf.kind,
    name,
    payload,
    askedAtMs: nowMs,
    dueAtMs,
    attempts: 1,
    outcome: null,
  };
  return leaf.kind === 'ask' && leaf.irrevocable ? { ...step, irrevocable: true } : step;
}

function fits(request: Leaf, outcome: StepOutcome | null): boolean {
  return outcome?.kind !== 'answer' || request.kind === 'sleep' || conforms(request.schema, outcome.value);
}

const valueIn = (outcome: StepOutcome | null): unknown =>
  outcome?.kind === 'answer' ? deepFreeze(outcome.value) : undefined;

function settledAs(request: Leaf, outcome: StepOutcome | null): Settled<unknown> {
  const reason = failureOf(request, outcome);
  if (reason !== null) return { status: 'rejected', reason };
  if (outcome === null || outcome.kind === 'abandoned') return { status: 'pending' };
  return { status: 'fulfilled', value: valueIn(outcome) };
}

function failureOf(request: Leaf, outcome: StepOutcome | null): AnswerError | TimeLimitError | null {
  if (outcome?.kind === 'error') return new AnswerError(outcome.error.code, outcome.error.message);
  if (outcome?.kind !== 'expired') return null;
  const what = request.kind === 'sleep' ? 'a sleep' : `${request.kind} "${request.name}"`;
  return new TimeLimitError(`no answer to ${what} within its time limit`);
}

function completed(value: unknown): Standing {
  try {
    const result = asPayload(value, true);
    if (result !== undefined) return { kind: 'completed', result: result.value, text: result.text };
    return stuck(
      'result-too-large',
      `the workflow's result has more than ${MAX_PAYLOAD_LENGTH} characters, or nests too deep`,
    );
  } catch (error) {
    // JSON can't say the result (a bigint, a cycle): the definition must change, so a person must look
    return stuck('result-not-json', `the workflow's result can't be written as JSON: ${textOf(error)}`);
  }
}

function standingOf(error: unknown): Standing {
  if (error instanceof AnswerError || error instanceof TimeLimitError || error instanceof WorkflowFailure) {
    return { kind: 'failed', problem: problemOf(error.code, error.message) };
  }
  return stuck('definition-threw', textOf(error));
}
