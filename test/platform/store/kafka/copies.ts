import type { Job } from '../../../../core/mod.ts';
import { type CacheEntry, type JobCache, JobEntry } from '../../../../services/platform/store/kafka/cache.ts';
import { MemoryJobCache } from '../../../../services/platform/store/kafka/memory-cache.ts';

export function jobOf(workflowId: string, partition: number, revision: number): Job {
  return {
    workflowId,
    workflowType: 'test',
    version: 1,
    partition,
    revision,
    status: 'waiting',
    createTime: '2026-11-22T00:00:00.000Z',
    contentHash: '',
    input: null,
    steps: [],
    inbox: [],
    seenOffsets: {},
    wakeAtMs: revision * 1_000,
    problem: null,
    events: [],
    resultHash: null,
    outcomeHashes: null,
    traceparent: null,
  };
}

export const put = (workflowId: string, partition: number, revision: number): CacheEntry =>
  JobEntry.of(jobOf(workflowId, partition, revision));
export const removed = (workflowId: string): CacheEntry => ({ workflowId, body: null });

/** The copy behind, which can refuse, and what it was given. */
export class Behind extends MemoryJobCache {
  refuses = false;
  applied = 0;
  refused = 0;

  override apply(...[partition, entries, next]: Parameters<JobCache['apply']>): void {
    if (this.refuses) {
      this.refused++;
      throw new Error('the disk is full');
    }
    this.applied += entries.length;
    super.apply(partition, entries, next);
  }
}
