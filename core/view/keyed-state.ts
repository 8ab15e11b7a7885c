import type { Json } from '../messages/json.ts';
import type { Job } from '../workflow/job.ts';

// Keyed state lives in the job store, as a job that nothing is asked of: it has a partition, a revision to compare
// and set, and a value. So every job store keeps it, restores it and hands it over as it does with jobs.

/** Begins the ids of states. No workflow-id has it: identifiers have no control characters. */
const STATE_PREFIX = '\u0001';

/** Where a fold's state of this key lies in the job store. */
export const stateId = (fold: string, key: string): string => `${STATE_PREFIX}${fold}/${key}`;

/** A state as the job store keeps it. */
export function stateJob(fold: string, key: string, partition: number, revision: number, state: Json): Job {
  return {
    workflowId: stateId(fold, key),
    workflowType: fold,
    version: 1,
    partition,
    revision,
    status: 'waiting',
    createTime: '',
    contentHash: '',
    input: state,
    steps: [],
    inbox: [],
    seenOffsets: {},
    wakeAtMs: null,
    problem: null,
    events: [],
    resultHash: null,
    outcomeHashes: null,
    traceparent: null,
  };
}
