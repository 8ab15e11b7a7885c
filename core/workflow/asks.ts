import type { Effect } from './decision.ts';
import type { Job, Step } from './job.ts';

/** An effect that asks a question. */
export type Ask = Extract<Effect, { kind: 'ask' }>;

/** The question of a step. */
export function askOf(step: Step, index: number): Ask {
  return { kind: 'ask', step: index, category: step.name, payload: step.payload };
}

/** The questions that a job waits for now: asked again, they are the same (invariant 2). */
export function pendingAsks(job: Job): readonly Ask[] {
  return job.steps.flatMap((step, index) =>
    step.kind === 'ask' && step.outcome === null ? [askOf(step, index)] : [],
  );
}
