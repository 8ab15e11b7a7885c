import type { Json } from '../messages/json.ts';
import type { Job, JobStatus, Problem } from '../workflow/job.ts';
import { isoTime } from '../workflow/time.ts';
import { TestbedError } from './testbed-error.ts';
import type { World } from './testbed-world.ts';

/** One thing that a job waits for. */
export interface TestWait {
  readonly kind: 'ask' | 'expect' | 'sleep';
  /** The question's category, the event's topic, or '' for a sleep. */
  readonly name: string;
  /** The question's payload; null for the others. */
  readonly payload: Json;
  /** Which of the job's steps it is, from 0. */
  readonly step: number;
  /** How often it was asked. */
  readonly attempts: number;
  /** When its time limit fires or its sleep ends, ISO 8601; null where there is none. */
  readonly until: string | null;
}

/** A job as it stands now: what is read of it is always of this moment. */
export interface TestJob<R = unknown> {
  readonly id: string;
  /** `queued`: the engine has not taken it yet; `settle` first. */
  readonly status: JobStatus | 'queued';
  readonly type: string;
  /** The definition's version that it began under; 0 while it is queued. */
  readonly version: number;
  /** What it ended with. Throws `TestbedError` ('not-completed'), which says where it stands instead. */
  readonly result: R;
  /** Why it failed or is parked; else null. */
  readonly problem: Problem | null;
  /** What it waits for now, in the order in which it began to. */
  readonly waitsFor: readonly TestWait[];
}

export class LiveJob<R> implements TestJob<R> {
  readonly id: string;
  readonly #world: World;
  readonly #type: string;

  constructor(world: World, id: string, type: string) {
    this.#world = world;
    this.id = id;
    this.#type = type;
  }

  get #job(): Job | undefined {
    return this.#world.store.jobs.get(this.id);
  }

  get status(): JobStatus | 'queued' {
    return this.#job?.status ?? 'queued';
  }

  get type(): string {
    return this.#job?.workflowType || this.#type;
  }

  get version(): number {
    return this.#job?.version ?? 0;
  }

  get problem(): Problem | null {
    return this.#job?.problem ?? null;
  }

  get waitsFor(): readonly TestWait[] {
    const job = this.#job;
    return job?.status === 'waiting' || job?.status === 'parked' ? waitsOf(job) : [];
  }

  get result(): R {
    const result = this.#world.resultOf(this.id);
    if (result !== undefined) return result as R;
    throw new TestbedError('not-completed', `${this.id} has no result: ${standing(this)}`);
  }
}

export function waitsOf(job: Job): readonly TestWait[] {
  return job.steps.flatMap(({ kind, name, payload, attempts, dueAtMs, outcome }, step) =>
    outcome === null
      ? [{ kind, name, payload, step, attempts, until: dueAtMs === null ? null : isoTime(dueAtMs) }]
      : [],
  );
}

function standing({ status, problem, waitsFor }: TestJob): string {
  if (status === 'queued') return 'the engine has not taken it yet; settle() first';
  if (problem !== null) return `it is ${status}: ${problem.code}, ${problem.message}`;
  if (waitsFor.length === 0) return `it is ${status}`;
  return `it waits for ${waitsFor.map(waitText).join(' and ')}`;
}

function waitText({ kind, name, until }: TestWait): string {
  const limit = until === null ? '' : ` until ${until}`;
  if (kind === 'sleep') return `its sleep${limit}; time.advance() brings it`;
  if (kind === 'ask') return `an answer to "${name}"${limit}; answer() gives one`;
  return `an event on "${name}"${limit}; event() sends one`;
}
