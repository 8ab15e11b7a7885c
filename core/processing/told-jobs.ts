import { isFinished, type Job } from '../workflow/job.ts';
import type { Decided } from '../workflow/unit-of-work.ts';

/** At most so many jobs are remembered; past it all are forgotten, and their reports published once more (invariant 7). */
const MAX_REMEMBERED = 200_000;

/** The jobs whose latest report this process has published itself: of all others it can't know. */
export class ToldJobs {
  /** By partition and workflow-id, the revision up to which all is told. */
  readonly #revisions: Map<number, Map<string, number>> = new Map();
  #count = 0;

  has({ partition, workflowId, revision }: Job): boolean {
    return this.#revisions.get(partition)?.get(workflowId) === revision;
  }

  /** These are durable: saved, published and committed. */
  note(decided: readonly Decided[]): void {
    for (const { change, byTime } of decided) {
      if (change === null) continue;
      const { job } = change;
      const { partition, workflowId } = job;
      const ofPartition = this.#revisions.get(partition) ?? new Map<string, number>();
      this.#revisions.set(partition, ofPartition);
      if (ofPartition.delete(workflowId)) this.#count--;
      if (change.forget === true || isFinished(job)) continue;
      if (this.#count >= MAX_REMEMBERED) this.#clear();
      // what time brought is saved once more when it is told (see `commitInOrder`)
      ofPartition.set(workflowId, job.revision + (byTime === true ? 1 : 0));
      this.#count++;
    }
  }

  /** Others may work on these from now on. */
  forget(partition: number): void {
    this.#count -= this.#revisions.get(partition)?.size ?? 0;
    this.#revisions.delete(partition);
  }

  #clear(): void {
    for (const each of this.#revisions.values()) each.clear();
    this.#count = 0;
  }
}
