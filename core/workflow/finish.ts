import type { DecisionContext } from './decision.ts';
import type { Job } from './job.ts';
import { tombstoneHashOf } from './outcome.ts';

/** A job at its end: nothing waits any more, and where the unit of work is atomic only a tombstone stays. */
export function finish(job: Job, context: DecisionContext): Job {
  const finished: Job = { ...job, inbox: [], wakeAtMs: null };
  return context.finished === 'keep' ? finished : tombstoneOf(finished);
}

/**
 * What a finished job leaves: enough to know a repeat from a conflict (invariants 1 and 3), and nothing else.
 * An open step leaves ''. `seenOffsets` stays: where offsets were lost, events are read again.
 */
function tombstoneOf(job: Job): Job {
  return { ...job, input: null, steps: [], outcomeHashes: job.steps.map(tombstoneHashOf) };
}
