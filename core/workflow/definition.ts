import { type Static, type TSchema, Type } from '@sinclair/typebox';
import type { Json } from '../messages/json.ts';
import { MAX_CATEGORY_LENGTH } from '../messages/schemas.ts';
import { topics } from '../messages/topics.ts';
import { type Duration, durationMs } from './duration.ts';
import type { Problem } from './job.ts';

/** What a workflow waits for, as the interpreter sees it. */
export type Request =
  | {
      readonly kind: 'ask';
      readonly name: string;
      readonly payload: unknown;
      readonly schema: TSchema;
      readonly limitMs: number | null;
      readonly retries: number;
      readonly irrevocable: boolean;
    }
  | {
      readonly kind: 'expect';
      readonly name: string;
      readonly schema: TSchema;
      readonly where: (value: never) => boolean;
      readonly limitMs: number | null;
    }
  | { readonly kind: 'sleep'; readonly ms: number }
  | { readonly kind: 'all'; readonly requests: readonly Request[] }
  | {
      readonly kind: 'allSettled';
      readonly requests: readonly Leaf[];
      readonly until: ((value: never) => boolean) | null;
    };

/** What is one step of the record: everything but the combinators. */
export type Leaf = Extract<Request, { readonly kind: 'ask' | 'expect' | 'sleep' }>;

/** Something to wait for: `yield*` it, or give several to `all`. */
export interface Pending<T> {
  readonly request: Request;
  [Symbol.iterator](): Generator<Request, T, unknown>;
}

/** What `yield*` gives for it. */
export type ValueOf<P> = P extends Pending<infer V> ? V : never;

export interface LimitOptions {
  /** Fires when no answer is on the log after so long. Without it the question waits for ever. */
  readonly timeLimit?: Duration;
}

/** The same question is asked again at most so often. */
export const MAX_RETRIES = 1000;

export interface AskOptions extends LimitOptions {
  /** How often the same question is asked again when its limit fires, before `TimeLimitError` is thrown. 0 to `MAX_RETRIES`. */
  readonly retries?: number;
  /**
   * What the answerer does for this question can't be undone, as giving a number: from when it is asked, the job can't be
   * cancelled, and once it is answered (with no error) the job can only complete: where it would fail, it is parked
   * instead. So it stands alone, in no `all` or `allSettled`, and has no limit: else RangeError. Default false.
   */
  readonly irrevocable?: boolean;
}

export interface ExpectOptions<T> extends LimitOptions {
  /** Takes only events for which it is true; must be pure. */
  readonly where?: (value: T) => boolean;
}

/** How one of several ended, in the terms of `Promise.allSettled`. `pending`: the others ended without it. */
export type Settled<T> =
  | { readonly status: 'fulfilled'; readonly value: T }
  | { readonly status: 'rejected'; readonly reason: AnswerError | TimeLimitError }
  | { readonly status: 'pending' };

export interface SettledOptions<T> {
  /**
   * Ends the waiting as soon as it is true for one fulfilled value; the steps that have no outcome by then are
   * abandoned. Must be pure.
   */
  readonly until?: (value: T) => boolean;
}

/** What the job knows of itself: pinned when it began, the same in every replay. */
export interface JobFacts {
  readonly workflowId: string;
  readonly workflowType: string;
  readonly version: number;
  /** From the workflow's record, ISO 8601. */
  readonly createTime: string;
}

/** What a workflow can do. All of it is data for the core; nothing happens in the generator itself. */
export interface WorkflowContext {
  /** Asks on `questions-topic`; gives the answer, or throws `AnswerError` or `TimeLimitError`. */
  ask<S extends TSchema>(
    category: string,
    payload: unknown,
    answer: S,
    options?: AskOptions,
  ): Pending<Static<S>>;
  /** Waits for an event with the job's key on a topic that the definition lists in `expects`. */
  expect<S extends TSchema>(topic: string, event: S, options?: ExpectOptions<Static<S>>): Pending<Static<S>>;
  /** A durable timer. */
  sleep(duration: Duration): Pending<void>;
  /** Waits for several at once; gives their values in order. Throws the first failure, in that order, once all have ended. */
  all<T extends readonly Pending<unknown>[]>(
    pending: readonly [...T],
  ): Pending<{ -readonly [K in keyof T]: T[K] extends Pending<infer V> ? V : never }>;
  /**
   * Waits for several at once and gives how each ended, in order; no failure of theirs is thrown. With `until` it may
   * end before all have: what comes for the others later changes nothing, and their limits don't fire. Holds what
   * `ask`, `expect` and `sleep` give, and stands alone, in no `all`: else RangeError.
   */
  allSettled<T extends readonly Pending<unknown>[]>(
    pending: readonly [...T],
    options?: SettledOptions<ValueOf<T[number]>>,
  ): Pending<{ -readonly [K in keyof T]: Settled<ValueOf<T[K]>> }>;
  readonly job: JobFacts;
}

/** A workflow's definition: what to ask and what to make of the answers. */
export interface Workflow<I extends TSchema = TSchema, R = unknown> {
  readonly type: string;
  /** From 1. A job ends under the version that it began under. */
  readonly version: number;
  readonly input: I;
  /** Topics whose events `run` may `expect`. */
  readonly expects: readonly string[];
  /**
   * What becomes of events that no `expect` has taken when the workflow ends, or that come later. Default
   * 'dead-letter'. 'ignore' is for sources that repeat themselves, where what is over is over.
   */
  readonly unclaimedEvents?: 'dead-letter' | 'ignore';
  run(context: WorkflowContext, input: Static<I>): Generator<Request, R, unknown>;
}

/** Any definition, whatever its input and result. */
// biome-ignore lint/suspicious/noExplicitAny: a list of definitions holds inputs of every type, which only `any` unifies
export type AnyWorkflow = Workflow<any, unknown>;

/** Defines a workflow. Throws RangeError for a type, version or topic that can't travel on the wire. */
export function workflow<I extends TSchema, R>(
  definition: Omit<Workflow<I, R>, 'expects'> & { readonly expects?: readonly string[] },
): Workflow<I, R> {
  if (!/^[A-Za-z0-9._-]{1,128}$/.test(definition.type)) {
    throw new RangeError(`workflow type "${definition.type}": use 1 to 128 of A-Z a-z 0-9 . _ -`);
  }
  if (!Number.isSafeInteger(definition.version) || definition.version < 1) {
    throw new RangeError(
      `workflow ${definition.type}: version must be an integer from 1, not ${definition.version}`,
    );
  }
  const expects = definition.expects ?? [];
  for (const topic of expects) {
    if (OUR_TOPICS.includes(topic) || !/^[A-Za-z0-9._-]{1,249}$/.test(topic)) {
      throw new RangeError(
        `workflow ${definition.type}: no events can be expected on "${topic}": name another topic`,
      );
    }
  }
  return { ...definition, expects };
}

/** Topics whose records mean something else than an event. */
const OUR_TOPICS: readonly string[] = [
  topics.workflowQueue,
  topics.workflowCommands,
  topics.questions,
  topics.answers,
  topics.workflowEvents,
  topics.deadLetters,
];

/** An answer that carries an error. Uncaught, it fails the job with this code. */
export class AnswerError extends Error implements Problem {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'AnswerError';
    this.code = code;
  }
}

/** A question's or event's time limit fired. Uncaught, it fails the job with code `time-limit`. */
export class TimeLimitError extends Error implements Problem {
  readonly code: string = 'time-limit';
  constructor(message: string) {
    super(message);
    this.name = 'TimeLimitError';
  }
}

/** Thrown by a workflow that has reason to fail: ends the job as failed, with this code. Other errors park it. */
export class WorkflowFailure extends Error implements Problem {
  readonly code: string;
  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'WorkflowFailure';
    this.code = code;
  }
}

function pending<T>(request: Request): Pending<T> {
  return {
    request,
    *[Symbol.iterator](): Generator<Request, T, unknown> {
      return (yield request) as T;
    },
  };
}

const limitOf = (options: LimitOptions | undefined): number | null =>
  options?.timeLimit === undefined ? null : durationMs(options.timeLimit);

function categoryOf(category: string): string {
  if (category.length >= 1 && category.length <= MAX_CATEGORY_LENGTH) return category;
  throw new RangeError(
    `a question's category has 1 to ${MAX_CATEGORY_LENGTH} characters, not ${category.length}`,
  );
}

function retriesOf(options: AskOptions | undefined): number {
  const retries = options?.retries ?? 0;
  if (Number.isInteger(retries) && retries >= 0 && retries <= MAX_RETRIES) return retries;
  throw new RangeError(`retries is an integer from 0 to ${MAX_RETRIES}, not ${retries}`);
}

function irrevocableOf(options: AskOptions | undefined): boolean {
  if (options?.irrevocable !== true) return false;
  if (options.timeLimit === undefined && options.retries === undefined) return true;
  throw new RangeError(
    'an irrevocable question has no timeLimit and no retries: what is asked is waited for',
  );
}

function standsWith(request: Request): void {
  if (request.kind === 'ask' && request.irrevocable)
    throw new RangeError(
      'an irrevocable question stands alone: yield* it by itself, after all that may fail',
    );
}

function joinable(request: Request): Request {
  standsWith(request);
  if (request.kind !== 'allSettled') return request;
  throw new RangeError('all holds no allSettled: yield* it by itself, before or after the all');
}

function leafOf(request: Request): Leaf {
  standsWith(request);
  if (request.kind !== 'all' && request.kind !== 'allSettled') return request;
  throw new RangeError(
    `allSettled holds asks, expects and sleeps, not ${request.kind}: name each in one list`,
  );
}

/** The context of one replay. It holds no state: the requests that it makes say everything. */
export function contextFor(job: JobFacts): WorkflowContext {
  return {
    job,
    ask: (category, payload, schema, options) =>
      pending({
        kind: 'ask',
        name: categoryOf(category),
        payload,
        schema,
        limitMs: limitOf(options),
        retries: retriesOf(options),
        irrevocable: irrevocableOf(options),
      }),
    expect: (topic, schema, options) =>
      pending({
        kind: 'expect',
        name: topic,
        schema,
        where: (options?.where ?? (() => true)) as (value: never) => boolean,
        limitMs: limitOf(options),
      }),
    sleep: (duration) => pending({ kind: 'sleep', ms: durationMs(duration) }),
    all: (several) => pending({ kind: 'all', requests: several.map(({ request }) => joinable(request)) }),
    allSettled: (several, options) =>
      pending({
        kind: 'allSettled',
        requests: several.map(({ request }) => leafOf(request)),
        until: (options?.until ?? null) as ((value: never) => boolean) | null,
      }),
  };
}

/** The schema of a workflow without input. */
export const NoInput: ReturnType<typeof Type.Unknown> = Type.Unknown();

/** The input of a workflow as the interpreter takes it. */
export type WorkflowInput = Json;
