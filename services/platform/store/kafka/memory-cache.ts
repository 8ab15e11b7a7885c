import { isOpen, type Job } from '../../../../core/mod.ts';
import type { CacheEntry, JobCache } from './cache.ts';

interface Kept {
  readonly body: string;
  readonly partition: number;
  readonly revision: number;
  readonly wakeAtMs: number | null;
  readonly isOpen: boolean;
  readonly isEarly: boolean;
}

/**
 * The copy in memory, for runtimes without bun:sqlite: about the size of the jobs' JSON, all of them at once (a million
 * finished jobs take some 500 MB), and read from the topic anew at each start.
 */
export class MemoryJobCache implements JobCache {
  readonly #jobs: Map<string, Kept> = new Map();
  readonly #positions: Map<number, number> = new Map();

  position(partition: number): number | null {
    return this.#positions.get(partition) ?? null;
  }

  apply(partition: number, entries: readonly CacheEntry[], next: number): void {
    for (const entry of entries) {
      if (entry.job === null) {
        this.#jobs.delete(entry.workflowId);
        continue;
      }
      const { revision, wakeAtMs, status } = entry.job;
      const { body } = entry;
      const kept = {
        body,
        partition,
        revision,
        wakeAtMs,
        isOpen: isOpen(entry.job),
        isEarly: status === 'early',
      };
      this.#jobs.set(entry.workflowId, kept);
    }
    this.#positions.set(partition, next);
  }

  clear(partition: number): void {
    for (const [id, job] of this.#jobs) if (job.partition === partition) this.#jobs.delete(id);
    this.#positions.delete(partition);
  }

  load(workflowIds: readonly string[]): ReadonlyMap<string, Job> {
    const jobs = new Map<string, Job>();
    for (const id of workflowIds) {
      const kept = this.#jobs.get(id);
      if (kept !== undefined) jobs.set(id, JSON.parse(kept.body) as Job);
    }
    return jobs;
  }

  revision(workflowId: string): { readonly revision: number; readonly partition: number } | null {
    return this.#jobs.get(workflowId) ?? null;
  }

  due(partitions: readonly number[], nowMs: number, limit: number): readonly Job[] {
    const due = this.#timed(partitions).filter(({ wakeAtMs }) => wakeAtMs <= nowMs);
    due.sort((one, other) => one.wakeAtMs - other.wakeAtMs);
    return due.slice(0, limit).map(({ body }) => JSON.parse(body) as Job);
  }

  nextDueMs(partitions: readonly number[]): number | null {
    return this.#timed(partitions).reduce<number | null>(
      (least, { wakeAtMs }) => (least === null ? wakeAtMs : Math.min(least, wakeAtMs)),
      null,
    );
  }

  countOpen(partition: number): number {
    return this.#count((job) => job.partition === partition && job.isOpen);
  }

  countEarly(partition: number): number {
    return this.#count((job) => job.partition === partition && job.isEarly);
  }

  close(): void {
    this.#jobs.clear();
    this.#positions.clear();
  }

  destroy(): void {
    this.close();
  }

  #count(is: (job: Kept) => boolean): number {
    let count = 0;
    for (const job of this.#jobs.values()) if (is(job)) count++;
    return count;
  }

  #timed(partitions: readonly number[]): { readonly body: string; readonly wakeAtMs: number }[] {
    const wanted = new Set(partitions);
    const timed: { body: string; wakeAtMs: number }[] = [];
    for (const { body, partition, wakeAtMs } of this.#jobs.values())
      if (wakeAtMs !== null && wanted.has(partition)) timed.push({ body, wakeAtMs });
    return timed;
  }
}
