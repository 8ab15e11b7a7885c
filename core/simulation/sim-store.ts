import { TransportError } from '../messages/transport.ts';
import { isOpen, type Job } from '../workflow/job.ts';
import type { JobChange, JobStore } from '../workflow/store.ts';
import type { Process } from './kernel.ts';

/** What is told of the store, as it happens. `after` is null where the job was removed. */
export interface StoreWatcher {
  saved(before: Job | undefined, after: Job | null, by: Process): void;
}

/** The jobs. They outlive every process. */
export class SimStore {
  readonly jobs: Map<string, Job> = new Map();
  /** It fails before this step. */
  downUntil = 0;
  readonly #watcher: StoreWatcher;
  /** Whether it saves whatever the revision is: a planted fault. */
  readonly #savesAll: boolean;

  constructor(watcher: StoreWatcher, savesAll: boolean) {
    this.#watcher = watcher;
    this.#savesAll = savesAll;
  }

  assertUp(step: number): void {
    if (step < this.downUntil) throw new TransportError('unavailable', 'the job store is away');
  }

  conflicts(changes: readonly JobChange[]): string[] {
    if (this.#savesAll) return [];
    return changes.flatMap(({ job: { workflowId, revision } }) =>
      (this.jobs.get(workflowId)?.revision ?? 0) === revision - 1 ? [] : [workflowId],
    );
  }

  save(changes: readonly JobChange[], allOrNone: boolean, by: Process): string[] {
    const conflicts = this.conflicts(changes);
    if (allOrNone && conflicts.length > 0) return conflicts;
    for (const { job, forget } of changes) {
      if (conflicts.includes(job.workflowId)) continue;
      const before = this.jobs.get(job.workflowId);
      if (forget === true) this.jobs.delete(job.workflowId);
      else this.jobs.set(job.workflowId, job);
      this.#watcher.saved(before, forget === true ? null : job, by);
    }
    return conflicts;
  }

  /** All of them, or throws where another has changed one. */
  saveAll(changes: readonly JobChange[], by: Process): void {
    const conflicts = this.save(changes, true, by);
    if (conflicts.length > 0)
      throw new TransportError('fenced', `Another owner has changed the jobs ${conflicts.join(', ')}.`);
  }

  load(workflowIds: readonly string[]): Map<string, Job> {
    const found = new Map<string, Job>();
    for (const id of workflowIds) {
      const job = this.jobs.get(id);
      if (job !== undefined) found.set(id, job);
    }
    return found;
  }

  due(partitions: readonly number[], nowMs: number, limit: number): Job[] {
    return this.#timed(partitions)
      .filter(({ wakeAtMs }) => wakeAtMs <= nowMs)
      .slice(0, limit)
      .map(({ job }) => job);
  }

  nextDueMs(partitions: readonly number[] | null): number | null {
    return this.#timed(partitions)[0]?.wakeAtMs ?? null;
  }

  count(partition: number, is: (job: Job) => boolean): number {
    let count = 0;
    for (const job of this.jobs.values()) if (job.partition === partition && is(job)) count++;
    return count;
  }

  #timed(partitions: readonly number[] | null): { readonly job: Job; readonly wakeAtMs: number }[] {
    const timed: { job: Job; wakeAtMs: number }[] = [];
    for (const job of this.jobs.values()) {
      const { wakeAtMs } = job;
      if (wakeAtMs !== null && (partitions?.includes(job.partition) ?? true)) timed.push({ job, wakeAtMs });
    }
    return timed.sort((one, other) => one.wakeAtMs - other.wakeAtMs);
  }
}

/** The store as one process has it: every call waits for its turn. */
export class ProcessStore implements JobStore {
  readonly #store: SimStore;
  readonly #process: Process;
  readonly #step: () => number;
  /** Whether what is saved now follows a commit. */
  isSettling = false;
  /** Called when another had changed a job. */
  onConflict: () => void = () => {};

  constructor(store: SimStore, process: Process, step: () => number) {
    this.#store = store;
    this.#process = process;
    this.#step = step;
  }

  load(workflowIds: readonly string[]): Promise<Map<string, Job>> {
    return this.#read((store) => store.load(workflowIds));
  }

  due(partitions: readonly number[], nowMs: number, limit: number): Promise<readonly Job[]> {
    return this.#read((store) => store.due(partitions, nowMs, limit));
  }

  nextDueMs(partitions: readonly number[]): Promise<number | null> {
    return this.#read((store) => store.nextDueMs(partitions));
  }

  save(
    changes: readonly JobChange[],
    options: { readonly allOrNone?: boolean } = {},
  ): Promise<readonly string[]> {
    return this.#process.call(this.isSettling ? 'settle-save' : 'save', () => {
      this.#store.assertUp(this.#step());
      const conflicts = this.#store.save(changes, options.allOrNone === true, this.#process);
      if (conflicts.length > 0) this.onConflict();
      return conflicts;
    });
  }

  countOpen(partition: number): Promise<number> {
    return this.#read((store) => store.count(partition, isOpen));
  }

  countEarly(partition: number): Promise<number> {
    return this.#read((store) => store.count(partition, ({ status }) => status === 'early'));
  }

  async id(): Promise<null> {
    return null;
  }

  async close(): Promise<void> {}

  #read<T>(read: (store: SimStore) => T): Promise<T> {
    this.isSettling = false;
    return this.#process.call('load', () => {
      this.#store.assertUp(this.#step());
      return read(this.#store);
    });
  }
}
