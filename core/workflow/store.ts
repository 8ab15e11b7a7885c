import type { Job } from './job.ts';

/** A job as it shall be, on condition that the store still has the revision before (none at all for 1). */
export interface JobChange {
  readonly job: Job;
  /** Remove it from the store instead: an early job whose workflow never came. The same condition holds. */
  readonly forget?: true;
}

/**
 * The port that keeps jobs through restarts. Contract: test/contracts/job-store.ts.
 * Compare-and-set: a change of revision r is saved only if the stored revision is r - 1 (0: not stored).
 */
export interface JobStore {
  /** The stored jobs among these workflow-ids, by workflow-id. */
  load(workflowIds: readonly string[]): Promise<Map<string, Job>>;
  /** Jobs of these partitions whose `wakeAtMs` is at most `nowMs`, the longest due first, at most `limit`. */
  due(partitions: readonly number[], nowMs: number, limit: number): Promise<readonly Job[]>;
  /** When the next job of these partitions is due, or null. */
  nextDueMs(partitions: readonly number[]): Promise<number | null>;
  /**
   * Saves what it can; returns the workflow-ids whose stored revision was another. Each id at most once a call.
   * With `allOrNone` nothing at all is saved where it returns any.
   */
  save(changes: readonly JobChange[], options?: { readonly allOrNone?: boolean }): Promise<readonly string[]>;
  /** How many jobs of the partition are open (see `isOpen`). */
  countOpen(partition: number): Promise<number>;
  /** How many jobs of the partition are `early`. */
  countEarly(partition: number): Promise<number>;
  /**
   * Tells this store from another that would not have its jobs. Null where that can't be told, or nothing is kept
   * beyond the log anyway.
   */
  id(): Promise<string | null>;
  close(): Promise<void>;
}
