import type { WorkflowFacts } from './facts.ts';
import {
  type AnswerRecords,
  hasAnswer,
  isException,
  QUESTION_STATES,
  type QuestionState,
  WORKFLOW_STATES,
  type WorkflowStanding,
  type WorkflowState,
} from './states.ts';
import { counting } from './tally.ts';

type Counts<K extends string> = { [Key in K]: number };

/** What the standings of many workflows come to. */
export interface AuditTotals {
  /** Workflows, by state. */
  readonly workflows: Counts<WorkflowState>;
  /** Questions, by state. */
  readonly questions: Counts<QuestionState>;
  /** Questions that were asked, each once: those of all states but `orphaned`. */
  asked: number;
  /** Of those, the ones that have their answer. */
  answered: number;
  /** Workflows that completed with a bill. */
  billed: number;
  /** Workflows of which somebody may want to know more. */
  exceptions: number;
  faults: number;
  /** Where the records of `answers-topic` ended. */
  readonly answers: Counts<keyof AnswerRecords>;
  /** Where the records of `workflow-queue` ended. */
  readonly requests: Counts<'applied' | 'repeats' | 'conflicts' | 'pending' | 'refused'>;
  /** Records of `questions-topic`: each question's first, those that asked it again, and what is more than is kept. */
  readonly asks: Counts<'applied' | 'repeats' | 'beyond'>;
  /** Records of `workflow-events`. */
  readonly reports: Counts<'applied' | 'repeats' | 'changed' | 'foreign'>;
}

const zeros = <K extends string>(names: readonly K[]): Counts<K> =>
  Object.fromEntries(names.map((name) => [name, 0])) as Counts<K>;

/** Totals of nothing, to add to. */
export function noTotals(): AuditTotals {
  return {
    workflows: zeros(WORKFLOW_STATES),
    questions: zeros(QUESTION_STATES),
    asked: 0,
    answered: 0,
    billed: 0,
    exceptions: 0,
    faults: 0,
    answers: zeros([
      'applied',
      'repeats',
      'contradictions',
      'late',
      'orphaned',
      'pending',
      'unfit',
      'refused',
    ]),
    requests: zeros(['applied', 'repeats', 'conflicts', 'pending', 'refused']),
    asks: zeros(['applied', 'repeats', 'beyond']),
    reports: zeros(['applied', 'repeats', 'changed', 'foreign']),
  };
}

/** Adds one workflow. */
export function addStanding(
  totals: AuditTotals,
  standing: WorkflowStanding,
  facts: WorkflowFacts | undefined,
): void {
  totals.workflows[standing.state]++;
  totals.faults += standing.faults.length;
  if (standing.bill !== null) totals.billed++;
  if (isException(standing)) totals.exceptions++;
  for (const question of standing.questions) {
    totals.questions[question.state]++;
    if (question.isAsked) totals.asked++;
    if (hasAnswer(question)) totals.answered++;
    for (const [end, count] of Object.entries(question.answers))
      totals.answers[end as keyof AnswerRecords] += count;
    totals.asks.applied += Math.min(1, question.timesAsked);
    totals.asks.repeats += Math.max(0, question.timesAsked - 1);
  }
  if (facts !== undefined) addRecords(totals, facts);
}

function addRecords(totals: AuditTotals, { requests, job, beyond }: WorkflowFacts): void {
  const { first, others, refused } = counting(requests);
  const isBegun = job !== null;
  totals.answers.orphaned += beyond.answers;
  totals.asks.beyond += beyond.asks;
  totals.requests.refused += refused;
  totals.requests.conflicts += others;
  totals.requests.applied += isBegun ? Math.min(1, first) : 0;
  totals.requests.repeats += isBegun ? Math.max(0, first - 1) : 0;
  totals.requests.pending += isBegun ? 0 : first;
  if (job === null) return;
  totals.reports.applied += job.reports;
  totals.reports.repeats += job.repeats;
  totals.reports.changed += job.changed;
  totals.reports.foreign += job.foreign;
}
