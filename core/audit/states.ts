import { qaIdentifierOf } from '../messages/correlation.ts';
import { topics } from '../messages/topics.ts';
import { ANY_TYPE, NO_FACTS, type QuestionFacts, questionKey, type WorkflowFacts } from './facts.ts';
import { type Fault, faultsOf, nobodyKnows, type Passed } from './faults.ts';
import { type Counting, counting, NO_TALLY, type Tally } from './tally.ts';
import { times } from './times.ts';

/**
 * The state of a question, exactly one each. In the order in which they are tried:
 * - `orphaned`: there are answers, but neither `questions-topic` nor a report says that it was asked;
 * - `contradicted`: answered, and another answer came after the first, which stands;
 * - `repeated`: answered, and the same answer came again;
 * - `answered`: a report says that it got its answer, and none came beside it;
 * - `late`: it was closed without an answer (see `expired`), and one came all the same;
 * - `expired`: closed without an answer: its limit fired, the workflow went on without it, or ended;
 * - `waiting`: asked, and nothing came of it yet.
 */
export const QUESTION_STATES = [
  'waiting',
  'answered',
  'late',
  'repeated',
  'contradicted',
  'orphaned',
  'expired',
] as const;
export type QuestionState = (typeof QUESTION_STATES)[number];

/** Where the records on `answers-topic` to one question ended; they add up to all that were seen. */
export interface AnswerRecords {
  /** The answer that stands: 1 or 0. */
  readonly applied: number;
  readonly repeats: number;
  readonly contradictions: number;
  readonly late: number;
  readonly orphaned: number;
  /** On the log, but no report says yet what came of it. */
  readonly pending: number;
  /** They did not fit what was asked. */
  readonly unfit: number;
  /** Refused before they counted, for another reason. */
  readonly refused: number;
}

export interface QuestionStanding {
  readonly qaIdentifier: string;
  readonly step: number;
  readonly category: string | null;
  readonly state: QuestionState;
  /** A sentence, for people. */
  readonly reason: string;
  /** The code of the error that it was answered with. */
  readonly error: string | null;
  readonly isAsked: boolean;
  /** Records on `questions-topic`. */
  readonly timesAsked: number;
  readonly answers: AnswerRecords;
}

/**
 * - `unknown`: only answers or dead letters name it;
 * - `requested`: on `workflow-queue`, and no engine has reported it;
 * - `refused`: on `workflow-queue`, and in the dead letters instead of begun;
 * - the others: as its last report says.
 */
export const WORKFLOW_STATES = [
  'unknown',
  'requested',
  'refused',
  'waiting',
  'parked',
  'completed',
  'failed',
  'cancelled',
] as const;
export type WorkflowState = (typeof WORKFLOW_STATES)[number];

/** How a workflow stands, with its questions in the order of their steps. */
export interface WorkflowStanding {
  readonly workflowId: string;
  readonly workflowType: string | null;
  readonly state: WorkflowState;
  /** Why there is no bill of it, where there is none; null for a completed workflow. */
  readonly reason: string | null;
  readonly questions: readonly QuestionStanding[];
  readonly faults: readonly Fault[];
  /** SHA-256 of its bill, where it completed with one. */
  readonly bill: string | null;
}

/** What the log's facts of a workflow come to. */
export function standingOf(
  workflowId: string,
  facts: WorkflowFacts = NO_FACTS,
  passed: Passed = nobodyKnows,
): WorkflowStanding {
  const workflowType = facts.job?.workflowType ?? facts.requestedType;
  const state = stateOf(facts);
  const questions = Object.entries(facts.questions)
    .flatMap(([key, question]) => standingOfQuestion(workflowId, key, question, facts))
    .sort((one, other) => one.step - other.step || (one.qaIdentifier < other.qaIdentifier ? -1 : 1));
  const faults = faultsOf({ facts, state, questions, workflowType, passed });
  const bill = state === 'completed' ? (facts.job?.bill ?? null) : null;
  return { workflowId, workflowType, state, reason: reasonOf(facts, state), questions, faults, bill };
}

function stateOf({ job, requests }: WorkflowFacts): WorkflowState {
  if (job !== null) return job.status;
  if (seen(requests) === 0) return 'unknown';
  return counting(requests).first === 0 ? 'refused' : 'requested';
}

const seen = ({ contents, further }: Tally): number =>
  contents.reduce((sum, { count }) => sum + count, further);

function reasonOf(facts: WorkflowFacts, state: WorkflowState): string | null {
  switch (state) {
    case 'unknown':
      return 'no workflow of this id was asked for';
    case 'requested':
      return 'no engine has begun it';
    case 'refused':
      return `in the dead letters instead of begun: ${lettersOf(facts, topics.workflowQueue).join(', ')}`;
    case 'waiting':
      return 'it waits';
    case 'parked':
    case 'failed':
      return facts.job?.problem == null
        ? 'no reason is known'
        : `${facts.job.problem.code}: ${facts.job.problem.message}`;
    case 'cancelled':
      return 'somebody cancelled it';
    case 'completed':
      return null;
    default:
      return state satisfies never;
  }
}

const lettersOf = ({ letters }: WorkflowFacts, topic: string): readonly string[] =>
  Object.keys(letters).flatMap((kind) =>
    kind.startsWith(`${topic} `) ? [kind.slice(topic.length + 1)] : [],
  );

const NO_ANSWERS: AnswerRecords = {
  applied: 0,
  repeats: 0,
  contradictions: 0,
  late: 0,
  orphaned: 0,
  pending: 0,
  unfit: 0,
  refused: 0,
};

/** None for a step that is no question: an event, or what a letter alone names. */
function standingOfQuestion(
  workflowId: string,
  key: string,
  question: QuestionFacts,
  facts: WorkflowFacts,
): readonly QuestionStanding[] {
  const at = key.lastIndexOf('/');
  const [workflowType, step] = [key.slice(0, at), Number(key.slice(at + 1))];
  const isAsked = question.asked > 0 || question.told !== null;
  if (!isAsked && seen(question.answers) === 0) return [];
  const ofAnyType =
    workflowType === facts.job?.workflowType ? facts.questions[questionKey(ANY_TYPE, step)] : undefined;
  const isAnswered = question.outcome === 'answered';
  const count = counting(withGivenUp(question.answers, ofAnyType?.answers ?? NO_TALLY, isAnswered));
  const { state, reason } = questionState(question, isAsked, count, facts);
  return [
    {
      qaIdentifier: qaIdentifierOf({ workflowType, workflowId, step }),
      step,
      category: question.category ?? question.told,
      state,
      reason,
      error: question.error,
      isAsked,
      timesAsked: question.asked,
      answers: answerRecords(state, count),
    },
  ];
}

/**
 * With what a job gave up, of which the letters name no type. One of them stands for all that said the same by then, and
 * nothing tells how many those were: none counts but those that contradicted a later answer, unless a report says that
 * the question was answered and nothing else could be its answer. While it waits, nothing that was refused counts.
 */
function withGivenUp(answers: Tally, untyped: Tally, isAnswered: boolean): Tally {
  const fit = { ...answers, unfit: [...answers.unfit, ...untyped.unfit] };
  const open = isAnswered ? fit : joined(fit, fit.contradicted);
  if (untyped.refused.length === 0) return open;
  const countIn = (list: Tally['refused'], hash: string): number =>
    list.find((each) => each.hash === hash)?.count ?? 0;
  const whole = untyped.refused.map(({ hash }) => {
    const left = countIn(fit.contents, hash) - countIn(open.refused, hash);
    const contradicted = isAnswered ? countIn(fit.contradicted, hash) : 0;
    return { hash, count: Math.max(0, left - contradicted) };
  });
  const all = joined(open, whole);
  return isAnswered && counting(all).first === 0 ? joined(open, untyped.refused) : all;
}

function joined(answers: Tally, more: Tally['refused']): Tally {
  const known = answers.refused.filter(({ hash }) => !more.some((each) => each.hash === hash));
  const both = more.map(({ hash, count }) => {
    const before = answers.refused.find((each) => each.hash === hash)?.count ?? 0;
    return { hash, count: count + before };
  });
  return { ...answers, refused: [...known, ...both] };
}

function questionState(
  { outcome }: QuestionFacts,
  isAsked: boolean,
  { first, others }: Counting,
  { job }: WorkflowFacts,
): { readonly state: QuestionState; readonly reason: string } {
  const came = first + others;
  if (!isAsked) return { state: 'orphaned', reason: 'nothing on the log says that this was asked' };
  // a report that was too long for a record has lost the outcomes of its steps
  const isAnswered = outcome === 'answered' || (outcome === null && job?.status === 'completed' && came > 0);
  if (isAnswered) {
    if (others > 0)
      return {
        state: 'contradicted',
        reason: `${times(others, 'other answer')} came after the first, which stands`,
      };
    return first > 1
      ? { state: 'repeated', reason: `the same answer came ${times(first - 1, 'time')} more` }
      : { state: 'answered', reason: 'answered' };
  }
  const closed = closedBecause(outcome, job?.status ?? null);
  if (closed !== null) {
    return came > 0
      ? { state: 'late', reason: `${closed}; then ${times(came, 'answer')} came` }
      : { state: 'expired', reason: closed };
  }
  if (came === 0) return { state: 'waiting', reason: 'no answer has come' };
  const parked = job?.status === 'parked';
  return {
    state: 'waiting',
    reason: parked
      ? 'its workflow is parked, with the answer in its inbox'
      : 'the answer is on the log, not yet taken',
  };
}

/** Why a question will get no answer any more; null while it may. */
function closedBecause(outcome: QuestionFacts['outcome'], status: string | null): string | null {
  if (outcome === 'expired') return 'its time limit fired';
  if (outcome === 'abandoned') return 'the workflow went on without it';
  if (status === 'cancelled' || status === 'failed' || status === 'completed')
    return `the workflow ended without it (${status})`;
  return null;
}

function answerRecords(state: QuestionState, { first, others, unfit, refused }: Counting): AnswerRecords {
  const rest = { ...NO_ANSWERS, unfit, refused };
  switch (state) {
    case 'answered':
    case 'repeated':
    case 'contradicted':
      return {
        ...rest,
        applied: Math.min(1, first),
        repeats: Math.max(0, first - 1),
        contradictions: others,
      };
    case 'late':
    case 'expired':
      return { ...rest, late: first + others };
    case 'orphaned':
      return { ...rest, orphaned: first + others };
    case 'waiting':
      return { ...rest, pending: first + others };
    default:
      return state satisfies never;
  }
}

/** Whether a question has its answer. */
export function hasAnswer({ state }: QuestionStanding): boolean {
  return state === 'answered' || state === 'repeated' || state === 'contradicted';
}

/** Whether somebody may want to look at a workflow: it has no bill or result, or one of its questions went otherwise. */
export function isException({ state, questions, faults }: WorkflowStanding): boolean {
  return state !== 'completed' || faults.length > 0 || questions.some((each) => each.state !== 'answered');
}
