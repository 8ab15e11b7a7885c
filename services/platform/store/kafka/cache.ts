import { isOpen, type Job, type JobStatus } from '../../../../core/mod.ts';

/** What a copy finds a job by. */
export interface LookupFacts {
  readonly revision: number;
  readonly status: JobStatus;
  readonly isOpen: boolean;
  readonly wakeAtMs: number | null;
}

/** A job as it lies on the topic. Its text is read only where the job is asked for. */
export class JobEntry {
  readonly workflowId: string;
  readonly body: string;
  readonly facts: LookupFacts;
  #job: Job | null;

  private constructor(workflowId: string, body: string, facts: LookupFacts, job: Job | null) {
    this.workflowId = workflowId;
    this.body = body;
    this.facts = facts;
    this.#job = job;
  }

  static of(job: Job, body: string = JSON.stringify(job)): JobEntry {
    const { workflowId, revision, status, wakeAtMs } = job;
    return new JobEntry(workflowId, body, { revision, status, isOpen: isOpen(job), wakeAtMs }, job);
  }

  static unread(workflowId: string, body: string, facts: LookupFacts): JobEntry {
    return new JobEntry(workflowId, body, facts, null);
  }

  get revision(): number {
    return this.facts.revision;
  }

  get job(): Job {
    this.#job ??= JSON.parse(this.body) as Job;
    return this.#job;
  }
}

/** What is left of a job that was forgotten. */
interface Removal {
  readonly workflowId: string;
  readonly body: null;
}

export type CacheEntry = JobEntry | Removal;

export const isJob = (entry: CacheEntry): entry is JobEntry => entry.body !== null;

/**
 * A copy of partitions of a group's jobs topic, each up to a position. It can be lost at any time: the topic has it all.
 * Calls are synchronous and all or nothing. They throw `TransportError` ('unavailable') where the disk fails, and
 * `DamagedCacheError` where the copy can't be used any more.
 */
export interface JobCache {
  /** The next offset to read into the copy of this partition; null where there is none to go on with. */
  position(partition: number): number | null;
  /** Applies entries in their order; from then on the copy stands at `next`. */
  apply(partition: number, entries: readonly CacheEntry[], next: number): void;
  /** The same while the partition is taken over: what is kept on a disk may come there later. */
  restore(partition: number, entries: readonly CacheEntry[], next: number): void;
  /** Forgets the partition's copy. */
  clear(partition: number): void;
  load(workflowIds: readonly string[]): ReadonlyMap<string, Job>;
  /** The revision of a job, 0 where there is none; with the partition that it is of. */
  revision(workflowId: string): { readonly revision: number; readonly partition: number } | null;
  due(partitions: readonly number[], nowMs: number, limit: number): readonly Job[];
  nextDueMs(partitions: readonly number[]): number | null;
  countOpen(partition: number): number;
  countEarly(partition: number): number;
  close(): void;
  /** Closes it and throws it away. */
  destroy(): void;
}

/** The copy is damaged: it must be made anew. */
export class DamagedCacheError extends Error {
  override readonly name = 'DamagedCacheError';
}
