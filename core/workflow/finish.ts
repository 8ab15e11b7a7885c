import type { DecisionContext } from './decision.ts';
import type { Job } from './job.ts';
import { tombstoneHashOf } from './outcome.ts';

/**
 * A job at its end: nothing waits any more. Where the unit of work is atomic only a tombstone stays: enough to know a
 * repeat from a conflict (invariants 1 and 3), and nothing else. An open step leaves ''. `seenOffsets` stays: where offsets
 * were lost, events are read again.
 */
export function finish(job: Job, { finished }: DecisionContext): Job {
  if (finished === 'keep') return { ...job, inbox: [], wakeAtMs: null };
  const outcomeHashes = job.steps.map(tombstoneHashOf);
  return { ...job, inbox: [], wakeAtMs: null, input: null, steps: [], outcomeHashes };
}
