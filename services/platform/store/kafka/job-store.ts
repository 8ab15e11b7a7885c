import { type Job, type JobChange, type JobStore, TransportError } from '../../../../core/mod.ts';
import type { JobCache } from './cache.ts';

/** What the store stands on: the copy of the partitions that are ours now, and who writes. */
export interface KafkaJobs {
  /** Runs on the copy. Throws `TransportError`: 'closed', or 'unavailable' where there is none now. */
  read<T>(read: (cache: JobCache) => T): T;
  /** Whether this member has the partition, and its copy is up to date. */
  owns(partition: number): boolean;
  /** Makes the changes durable, each partition's as one. */
  changeJobs(changes: readonly JobChange[]): Promise<void>;
  id(): Promise<string>;
  close(): Promise<void>;
}

/**
 * The jobs of a group, kept in its compacted topic. A member sees those of the partitions that it has. A unit of work
 * saves through its transaction; `save` is a unit of its own, and all or none within each partition.
 */
export class KafkaJobStore implements JobStore {
  readonly #jobs: KafkaJobs;
  /** Saves wait for each other: each compares with what the one before has set. */
  #saving: Promise<unknown> = Promise.resolve();

  constructor(jobs: KafkaJobs) {
    this.#jobs = jobs;
  }

  async load(workflowIds: readonly string[]): Promise<Map<string, Job>> {
    const found = this.#jobs.read((cache) => cache.load([...new Set(workflowIds)]));
    return new Map([...found].filter(([, job]) => this.#jobs.owns(job.partition)));
  }

  async due(partitions: readonly number[], nowMs: number, limit: number): Promise<readonly Job[]> {
    return this.#jobs.read((cache) => cache.due(this.#owned(partitions), nowMs, limit));
  }

  async nextDueMs(partitions: readonly number[]): Promise<number | null> {
    return this.#jobs.read((cache) => cache.nextDueMs(this.#owned(partitions)));
  }

  save(
    changes: readonly JobChange[],
    { allOrNone = false }: { readonly allOrNone?: boolean } = {},
  ): Promise<readonly string[]> {
    const saved = this.#saving.then(async () => {
      const lost = this.#jobs.read((cache) => conflictsOf(cache, changes));
      const standing = changes.filter(({ job }) => !lost.has(job.workflowId));
      if (standing.length > 0 && !(allOrNone && lost.size > 0)) await this.#jobs.changeJobs(standing);
      return [...lost];
    });
    this.#saving = saved.catch(() => {
      // told to who asked for it
    });
    return saved;
  }

  async countOpen(partition: number): Promise<number> {
    return this.#jobs.read((cache) => (this.#jobs.owns(partition) ? cache.countOpen(partition) : 0));
  }

  async countEarly(partition: number): Promise<number> {
    return this.#jobs.read((cache) => (this.#jobs.owns(partition) ? cache.countEarly(partition) : 0));
  }

  id(): Promise<string> {
    return this.#jobs.id();
  }

  close(): Promise<void> {
    return this.#jobs.close();
  }

  #owned(partitions: readonly number[]): readonly number[] {
    return partitions.filter((each) => this.#jobs.owns(each));
  }
}

/** The workflow-ids of changes that don't follow upon what is stored. */
function conflictsOf(cache: JobCache, changes: readonly JobChange[]): Set<string> {
  const conflicts = changes.filter(
    ({ job }) => (cache.revision(job.workflowId)?.revision ?? 0) !== job.revision - 1,
  );
  return new Set(conflicts.map(({ job }) => job.workflowId));
}

/**
 * Throws 'fenced' where a unit's changes don't follow upon what is stored: it was decided on something else. Throws an
 * Error for a state that lies in another partition, whose owner may be another.
 */
export function assertFollows(cache: JobCache, changes: readonly JobChange[], partition: number): void {
  for (const { job } of changes) {
    const stored = cache.revision(job.workflowId);
    if (stored !== null && stored.partition !== partition) {
      throw new Error(
        `"${job.workflowId}" is kept in partition ${stored.partition}, and partition ${partition} would change it. ` +
          'With JOB_STORE=kafka all records of one key must lie in one partition: re-key them, or take another job store.',
      );
    }
    if ((stored?.revision ?? 0) !== job.revision - 1)
      throw new TransportError('fenced', `Another owner has changed the job ${job.workflowId}.`);
  }
}
