import type { Job } from '../../../../core/mod.ts';

/** A job as it lies on the topic, or what is left of one that was forgotten. */
export type CacheEntry =
  | { readonly workflowId: string; readonly job: Job; readonly body: string }
  | { readonly workflowId: string; readonly job: null };

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
