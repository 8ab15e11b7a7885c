import type { JobEvent } from '../messages/schemas.ts';
import { type Decision, type DecisionContext, refused } from './decision.ts';
import { Replay, type Standing } from './interpreter.ts';
import type { Arrival, Job, Problem } from './job.ts';
import { problemOf, textOf } from './problem.ts';
import { Progress } from './progress.ts';

/** An outcome for a step on record. */
interface Settlement {
  readonly index: number;
  readonly outcome: Arrival;
}

export interface RunOptions {
  /** What happened before the run, for the report. */
  readonly events?: readonly JobEvent[];
  /** Outcomes for steps that wait. */
  readonly settlements?: readonly Settlement[];
  /** Asks every open question again. */
  readonly askAgain?: boolean;
}

/**
 * Runs a job on: replays it, records the settlements, takes from the inbox what fits, and says what must
 * be done. A job that can't go on is parked with what is on record so far, and loses nothing: an answer that
 * could not be checked waits in its inbox, and a time that came is still past when somebody retries it.
 */
export function run(job: Job, context: DecisionContext, options: RunOptions): Decision {
  const { events = [], settlements = [], askAgain = false } = options;
  const definition = context.definitions.get(job.workflowType, job.version);
  const parkUnchecked = (problem: Problem): Decision =>
    park(withUnchecked(job, settlements, context.nowMs), problem, events);
  if (definition === undefined) {
    const message = `version ${job.version} of ${job.workflowType} is not registered here: deploy it, then retry`;
    return parkUnchecked(problemOf('version-missing', message));
  }
  try {
    const replay = new Replay(definition, job, context.nowMs);
    const { standing: atFirst } = replay;
    if (atFirst.kind === 'stuck') return parkUnchecked(atFirst.problem);
    const progress = new Progress(job, replay, context, events);
    for (const { index, outcome } of settlements) {
      const problem = progress.settle(index, outcome);
      if (problem !== null) return refused('answer-misfit', problem);
    }
    progress.takeInbox();
    const standing: Standing = replay.standing;
    return standing.kind === 'stuck'
      ? park(progress.kept(), standing.problem, progress.keptEvents())
      : progress.decision(standing, askAgain);
  } catch (error) {
    // a schema or a `where` of the definition threw: it must not stop the partition (invariant 8)
    return parkUnchecked(problemOf('definition-threw', textOf(error)));
  }
}

/** Puts answers that nothing could check yet into the inbox, from where a retry takes them. */
function withUnchecked(job: Job, settlements: readonly Settlement[], nowMs: number): Job {
  const { workflowType } = job;
  const entries = settlements.flatMap(({ index, outcome }) =>
    outcome.kind === 'answer' || outcome.kind === 'error'
      ? [{ kind: 'answer', workflowType, for: index, outcome, receivedAtMs: nowMs } as const]
      : [],
  );
  return entries.length === 0 ? job : { ...job, inbox: [...job.inbox, ...entries] };
}

function park(job: Job, problem: Problem, events: readonly JobEvent[]): Decision {
  const happened: readonly JobEvent[] = [...events, { event: 'parked', error: problem }];
  return {
    outcome: 'parked',
    job: { ...job, status: 'parked', problem, wakeAtMs: null },
    effects: happened.map((event) => ({ kind: 'emit', event })),
  };
}
