import { topics } from '../messages/topics.ts';
import { questionKey, type WorkflowFacts } from './facts.ts';
import type { QuestionStanding, WorkflowState } from './states.ts';
import { counting, NO_TALLY } from './tally.ts';
import { times } from './times.ts';

/** What must never be: with any of these the sums don't add up. */
export type FaultCode =
  | 'result-changed'
  | 'question-changed'
  | 'open-at-completion'
  | 'request-passed-over'
  | 'answer-passed-over'
  | 'bill-missing'
  | 'bill-differs'
  | 'bill-extra'
  | 'number-gap'
  | 'number-doubled';

export interface Fault {
  readonly code: FaultCode;
  /** A sentence that says what was found. */
  readonly detail: string;
}

/**
 * Up to where the group that serves a type had committed a topic in the workflow's partition before the log was read;
 * null where nobody knows. What lies before it must show on the log (invariant 5).
 */
export type Passed = (topic: string, workflowType: string) => number | null;

export const nobodyKnows: Passed = () => null;

interface Standing {
  readonly facts: WorkflowFacts;
  readonly state: WorkflowState;
  readonly questions: readonly QuestionStanding[];
  readonly workflowType: string | null;
  readonly passed: Passed;
}

/** What of a workflow must never be. */
export function faultsOf({ facts, state, questions, workflowType, passed }: Standing): readonly Fault[] {
  return [
    ...jobFaults(facts, state, questions),
    ...(workflowType === null ? [] : passedOver(facts, state, questions, workflowType, passed)),
  ];
}

function jobFaults(
  { job, questions: facts }: WorkflowFacts,
  state: WorkflowState,
  questions: readonly QuestionStanding[],
): readonly Fault[] {
  const faults: Fault[] = [];
  if (job !== null && job.changed > 0)
    faults.push({
      code: 'result-changed',
      detail: `after its end, ${times(job.changed, 'report')} said something else (invariant 4)`,
    });
  const changed = Object.values(facts).reduce((sum, question) => sum + question.changed, 0);
  if (changed > 0)
    faults.push({
      code: 'question-changed',
      detail: `${times(changed, 'question')} asked again with other content (invariant 2)`,
    });
  const open =
    state === 'completed' ? questions.filter((each) => each.state === 'expired' && isOpen(facts, each)) : [];
  for (const { qaIdentifier } of open)
    faults.push({ code: 'open-at-completion', detail: `it completed, but ${qaIdentifier} has no answer` });
  return faults;
}

/** Whether nothing says why the question got no answer. */
function isOpen(facts: WorkflowFacts['questions'], { qaIdentifier, step }: QuestionStanding): boolean {
  const type = decodeURIComponent(qaIdentifier.slice(0, qaIdentifier.indexOf('/')));
  return facts[questionKey(type, step)]?.outcome === null;
}

/** Records that a group went past and that nothing shows for: not applied, not refused (invariants 5 and 6). */
function passedOver(
  facts: WorkflowFacts,
  state: WorkflowState,
  questions: readonly QuestionStanding[],
  workflowType: string,
  passed: Passed,
): readonly Fault[] {
  const faults: Fault[] = [];
  const queue = passed(topics.workflowQueue, workflowType);
  if (state === 'requested' && queue !== null && counting(facts.requests).last < queue)
    faults.push({
      code: 'request-passed-over',
      detail:
        'the engines have gone past its request, and neither a report nor a dead letter says what came of it',
    });
  const answers = passed(topics.answers, workflowType);
  if (state !== 'waiting' || answers === null) return faults;
  for (const { qaIdentifier, step, state: standing, answers: records } of questions) {
    if (standing !== 'waiting' || records.pending === 0) continue;
    const { last } = counting(facts.questions[questionKey(workflowType, step)]?.answers ?? NO_TALLY);
    if (last < answers)
      faults.push({
        code: 'answer-passed-over',
        detail: `the engines have gone past the answer to ${qaIdentifier}, which still waits`,
      });
  }
  return faults;
}
