import type { CommitUnit, JobStore } from '../../../../core/mod.ts';

const refuse = (): Promise<never> =>
  Promise.reject(new TypeError('Jobs on Kafka are kept by group: ask the backing for its `forGroup`.'));

const jobStore: JobStore = {
  load: refuse,
  due: refuse,
  nextDueMs: refuse,
  save: refuse,
  countOpen: refuse,
  countEarly: refuse,
  id: refuse,
  close: () => Promise.resolve(),
};
const commit: CommitUnit = refuse;

/** What stands in the place of jobs where no group was named. */
export const noJobs: { readonly jobStore: JobStore; readonly commit: CommitUnit } = { jobStore, commit };
