import type { Job } from '../../../../core/mod.ts';
import { type CacheEntry, isJob, type JobCache, type LookupFacts } from './cache.ts';

interface Kept {
  readonly body: string;
  readonly partition: number;
  readonly facts: LookupFacts;
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
      const { workflowId } = entry;
      if (!isJob(entry)) this.#jobs.delete(workflowId);
      else this.#jobs.set(workflowId, { body: entry.body, partition, facts: entry.facts });
    }
    this.#positions.set(partition, next);
  }

  restore(partition: number, entries: readonly CacheEntry[], next: number): void {
    this.apply(partition, entries, next);
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
    const kept = this.#jobs.get(workflowId);
    return kept === undefined ? null : { revision: kept.facts.revision, partition: kept.partition };
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
    return this.#count((job) => job.partition === partition && job.facts.isOpen);
  }

  countEarly(partition: number): number {
    return this.#count((job) => job.partition === partition && job.facts.status === 'early');
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
    for (const { body, partition, facts } of this.#jobs.values()) {
      const { wakeAtMs } = facts;
      if (wakeAtMs !== null && wanted.has(partition)) timed.push({ body, wakeAtMs });
    }
    return timed;
  }
}
