import { TransportError } from '../messages/transport.ts';
import { isOpen, type Job } from './job.ts';
import type { JobChange, JobStore } from './store.ts';

/** The in-memory reference of the JobStore port. Jobs are kept as JSON text, as a real store would. */
export class MemoryJobStore implements JobStore {
  readonly #bodies: Map<string, string> = new Map();
  #closed = false;

  async load(workflowIds: readonly string[]): Promise<Map<string, Job>> {
    this.#assertOpen();
    const jobs = new Map<string, Job>();
    for (const workflowId of workflowIds) {
      const job = this.#find(workflowId);
      if (job !== null) jobs.set(workflowId, job);
    }
    return jobs;
  }

  async due(partitions: readonly number[], nowMs: number, limit: number): Promise<readonly Job[]> {
    const due = this.#timed(partitions).filter(({ wakeAtMs }) => wakeAtMs <= nowMs);
    return due.slice(0, limit).map(({ job }) => job);
  }

  async nextDueMs(partitions: readonly number[]): Promise<number | null> {
    return this.#timed(partitions)[0]?.wakeAtMs ?? null;
  }

  async save(
    changes: readonly JobChange[],
    options: { readonly allOrNone?: boolean } = {},
  ): Promise<readonly string[]> {
    this.#assertOpen();
    const conflicts = changes.filter((change) => !this.#fits(change)).map(({ job }) => job.workflowId);
    if (options.allOrNone === true && conflicts.length > 0) return conflicts;
    for (const { job, forget } of changes.filter((change) => this.#fits(change))) {
      if (forget === true) this.#bodies.delete(job.workflowId);
      else this.#bodies.set(job.workflowId, JSON.stringify(job));
    }
    return conflicts;
  }

  #fits({ job }: JobChange): boolean {
    return (this.#find(job.workflowId)?.revision ?? 0) === job.revision - 1;
  }

  async countOpen(partition: number): Promise<number> {
    return this.#all().filter((job) => job.partition === partition && isOpen(job)).length;
  }

  async countEarly(partition: number): Promise<number> {
    return this.#all().filter((job) => job.partition === partition && job.status === 'early').length;
  }

  async id(): Promise<null> {
    return null;
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #find(workflowId: string): Job | null {
    const body = this.#bodies.get(workflowId);
    return body === undefined ? null : (JSON.parse(body) as Job);
  }

  #all(): Job[] {
    this.#assertOpen();
    return [...this.#bodies.values()].map((body) => JSON.parse(body) as Job);
  }

  /** The jobs of these partitions that have a time to wake, the longest due first. */
  #timed(partitions: readonly number[]): { readonly job: Job; readonly wakeAtMs: number }[] {
    return this.#all()
      .filter((job) => partitions.includes(job.partition))
      .flatMap((job) => (job.wakeAtMs === null ? [] : [{ job, wakeAtMs: job.wakeAtMs }]))
      .sort((one, other) => one.wakeAtMs - other.wakeAtMs);
  }

  #assertOpen(): void {
    if (this.#closed) throw new TransportError('closed', 'The job store is closed.');
  }
}
