import { isFinished, type Job } from '../../../../core/mod.ts';
import { type CacheEntry, isJob, type JobCache } from './cache.ts';

/** So many jobs wait at most: one whose answers come soon has ended before it is ever written to the copy behind. */
const MAX_WAITING = 6_000;
/** After so many changes of a partition its position is written: no more are read again where the process was killed. */
const MAX_CHANGES = 5_000;
/** So many more are kept at hand at most, with what was asked for and is nowhere: what was asked last is answered next. */
const MAX_RECENT = 4_000;

/** The partition of a job that was asked for and is nowhere. */
const NONE = -1;

/** What is at hand of a job; null for one of which it is known that there is none. */
interface AtHand {
  readonly partition: number;
  readonly found: { readonly revision: number; readonly job: Job } | null;
}

const NOWHERE: AtHand = { partition: NONE, found: null };

/** What the copy behind lacks of a partition. */
interface Waiting {
  /** Where the copy will stand. */
  next: number;
  /** Since the copy behind was written to. */
  changes: number;
  /** The last entry of each job on the way there; but for those that began and ended on it. */
  readonly entries: Map<string, CacheEntry>;
  /** The jobs among them that the copy behind is known not to have. */
  readonly begun: Set<string>;
}

/**
 * Keeps the latest changes in memory before they go to the copy behind it, many at a time. A crash loses those together
 * with the positions that they brought about: the topic has them. Where the copy behind refuses them they stay, and are
 * tried again with the next call.
 */
export class BufferedJobCache implements JobCache {
  readonly #behind: JobCache;
  /** By partition. */
  readonly #waiting: Map<number, Waiting> = new Map();
  #waitingCount = 0;
  readonly #recent: Map<string, AtHand> = new Map();

  constructor(behind: JobCache) {
    this.#behind = behind;
  }

  position(partition: number): number | null {
    return this.#waiting.get(partition)?.next ?? this.#behind.position(partition);
  }

  apply(partition: number, entries: readonly CacheEntry[], next: number): void {
    const waiting = this.#waitingOf(partition);
    waiting.next = next;
    waiting.changes += entries.length;
    this.#waitingCount -= waiting.entries.size;
    for (const entry of entries) this.#put(waiting, partition, entry);
    this.#waitingCount += waiting.entries.size;
    if (waiting.changes >= MAX_CHANGES) this.#flushOne(partition);
    while (this.#waitingCount >= MAX_WAITING) this.#flushLargest();
    this.#trim();
  }

  /** Straight to the copy behind: who takes over reads far more than is kept here. */
  restore(partition: number, entries: readonly CacheEntry[], next: number): void {
    this.#flushOne(partition);
    this.#behind.restore(partition, entries, next);
    for (const { workflowId } of entries) this.#recent.delete(workflowId);
  }

  clear(partition: number): void {
    this.#waitingCount -= this.#waiting.get(partition)?.entries.size ?? 0;
    this.#waiting.delete(partition);
    for (const [id, known] of this.#recent)
      if (known.partition === partition || known.partition === NONE) this.#recent.delete(id);
    this.#behind.clear(partition);
  }

  load(workflowIds: readonly string[]): ReadonlyMap<string, Job> {
    const missing = workflowIds.filter((id) => !this.#recent.has(id));
    const jobs = new Map<string, Job>();
    for (const id of workflowIds) {
      const found = this.#recent.get(id)?.found;
      if (found !== null && found !== undefined) jobs.set(id, found.job);
    }
    if (missing.length === 0) return jobs;
    for (const job of this.#behind.load(missing).values()) jobs.set(job.workflowId, job);
    for (const id of missing) {
      const job = jobs.get(id);
      this.#remember(id, job === undefined ? NOWHERE : atHand(job));
    }
    this.#trim();
    return jobs;
  }

  revision(workflowId: string): { readonly revision: number; readonly partition: number } | null {
    const known = this.#recent.get(workflowId);
    if (known === undefined) return this.#behind.revision(workflowId);
    return known.found === null ? null : { revision: known.found.revision, partition: known.partition };
  }

  due(partitions: readonly number[], nowMs: number, limit: number): readonly Job[] {
    this.#flush();
    return this.#behind.due(partitions, nowMs, limit);
  }

  nextDueMs(partitions: readonly number[]): number | null {
    this.#flush();
    return this.#behind.nextDueMs(partitions);
  }

  countOpen(partition: number): number {
    this.#flush();
    return this.#behind.countOpen(partition);
  }

  countEarly(partition: number): number {
    this.#flush();
    return this.#behind.countEarly(partition);
  }

  close(): void {
    try {
      this.#flush();
    } catch {
      // a full disk, say: what the copy then lacks is read from the topic again
    }
    this.#behind.close();
  }

  destroy(): void {
    this.#behind.destroy();
  }

  #waitingOf(partition: number): Waiting {
    const known = this.#waiting.get(partition);
    if (known !== undefined) return known;
    const waiting: Waiting = { next: 0, changes: 0, entries: new Map(), begun: new Set() };
    this.#waiting.set(partition, waiting);
    return waiting;
  }

  #put({ entries, begun }: Waiting, partition: number, entry: CacheEntry): void {
    const { workflowId } = entry;
    const found = isJob(entry) ? entry : null;
    if (!entries.has(workflowId) && this.#recent.get(workflowId)?.found === null) begun.add(workflowId);
    if (found === null && begun.delete(workflowId)) {
      // it has begun and ended since: there is nothing to write, and it is hardly asked for again
      entries.delete(workflowId);
      this.#recent.delete(workflowId);
      return;
    }
    entries.set(workflowId, entry);
    this.#remember(workflowId, { partition, found });
  }

  #flush(): void {
    for (const partition of [...this.#waiting.keys()]) this.#flushOne(partition);
  }

  /** One at a time holds up the others' work for milliseconds only. */
  #flushLargest(): void {
    const [largest] = [...this.#waiting].reduce((one, other) =>
      other[1].entries.size > one[1].entries.size ? other : one,
    );
    this.#flushOne(largest);
  }

  #flushOne(partition: number): void {
    const waiting = this.#waiting.get(partition);
    if (waiting === undefined) return;
    const { next, entries } = waiting;
    this.#behind.apply(partition, [...entries.values()], next);
    this.#waiting.delete(partition);
    this.#waitingCount -= entries.size;
    // what has ended is hardly asked for again
    for (const entry of entries.values())
      if (!isJob(entry) || isFinished(entry.facts)) this.#recent.delete(entry.workflowId);
  }

  #remember(workflowId: string, known: AtHand): void {
    // behind all others, as the first are forgotten first
    this.#recent.delete(workflowId);
    this.#recent.set(workflowId, known);
  }

  /** What waits to be written stays at hand, as the copy behind does not know it yet. */
  #trim(): void {
    if (this.#recent.size - this.#waitingCount <= MAX_RECENT) return;
    const kept = this.#waitingCount + MAX_RECENT / 2;
    for (const [id, { partition }] of this.#recent) {
      if (this.#recent.size <= kept) break;
      if (this.#waiting.get(partition)?.entries.has(id) !== true) this.#recent.delete(id);
    }
  }
}

const atHand = (job: Job): AtHand => ({
  partition: job.partition,
  found: { revision: job.revision, job },
});
