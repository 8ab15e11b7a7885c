import type { JobEvent, JobReport } from '../messages/schemas.ts';
import type { AuditFact } from './read.ts';
import { counted, NO_TALLY, refusedOnce, type Tally, unfitEver } from './tally.ts';

/** What the log says of one question, each topic for itself. */
export interface QuestionFacts {
  /** As `questions-topic` has it. */
  readonly category: string | null;
  /** Records on `questions-topic`. */
  readonly asked: number;
  /** Hash of the first content that was asked. */
  readonly content: string | null;
  /** Records that asked it with other content. */
  readonly changed: number;
  /** The category under which a report says that it was asked; null where none does. */
  readonly told: string | null;
  /** What a report says came of it. */
  readonly outcome: 'answered' | 'expired' | 'abandoned' | null;
  /** The code of the error that it was answered with. */
  readonly error: string | null;
  readonly answers: Tally;
}

/** What the reports of one job say, the latest revision first. */
export interface AuditedJob {
  readonly workflowType: string;
  readonly version: number;
  readonly revision: number;
  readonly status: JobReport['status'];
  readonly time: string;
  /** Why it failed or is parked. */
  readonly problem: { readonly code: string; readonly message: string } | null;
  /** How it ended first, and where on `workflow-events` that report lies; null while it has not. */
  readonly end: { readonly hash: string; readonly offset: number } | null;
  /** SHA-256 of the bill that it completed with; null where that is no bill. */
  readonly bill: string | null;
  /** The number of that bill; null where it has none. */
  readonly number: string | null;
  readonly reports: number;
  /** Reports of a revision that was there before. */
  readonly repeats: number;
  /** Reports after its end that say something else. */
  readonly changed: number;
  /** Reports under its id from a workflow of another type. */
  readonly foreign: number;
}

/** All that the log says of one workflow-id. JSON-able, and small: contents are kept as hashes. */
export interface WorkflowFacts {
  /** The type that the first record on `workflow-queue` named. */
  readonly requestedType: string | null;
  readonly requests: Tally;
  readonly job: AuditedJob | null;
  /** By `workflow-type/step`; under `ANY_TYPE` what was refused of answers whose letters don't name a type. */
  readonly questions: Readonly<Record<string, QuestionFacts>>;
  /** Answers to further questions than are kept of one workflow-id, and records that ask such. */
  readonly beyond: { readonly answers: number; readonly asks: number };
  /** Dead letters about it, by `origin-topic reason`. */
  readonly letters: Readonly<Record<string, number>>;
}

/** So many questions of one workflow-id are kept: more than a job may have steps (1,000), less than anybody can send. */
export const MAX_QUESTIONS = 2_000;
const MAX_LETTER_KINDS = 32;

export const NO_FACTS: WorkflowFacts = {
  requestedType: null,
  requests: NO_TALLY,
  job: null,
  questions: {},
  beyond: { answers: 0, asks: 0 },
  letters: {},
};

const NO_QUESTION: QuestionFacts = {
  category: null,
  asked: 0,
  content: null,
  changed: 0,
  told: null,
  outcome: null,
  error: null,
  answers: NO_TALLY,
};

/** Stands for the type where a dead letter tells the step of an answer alone. */
export const ANY_TYPE = '*';

export const questionKey = (workflowType: string, step: number): string => `${workflowType}/${step}`;

/**
 * Takes one more record in. Records of one topic come in log order; between the topics of a partition any order gives
 * the same end state, up to the limits above.
 */
export function foldFact(facts: WorkflowFacts, fact: AuditFact): WorkflowFacts {
  switch (fact.kind) {
    case 'requested': {
      const requests = counted(facts.requests, fact.content, fact.offset);
      return { ...facts, requestedType: facts.requestedType ?? fact.workflowType, requests };
    }
    case 'asked':
      return foldAsk(facts, fact);
    case 'answered': {
      const key = questionKey(fact.workflowType, fact.step);
      if (!hasRoom(facts, key))
        return { ...facts, beyond: { ...facts.beyond, answers: facts.beyond.answers + 1 } };
      return changeQuestion(facts, key, (question) => ({
        ...question,
        answers: counted(question.answers, fact.content, fact.offset),
      }));
    }
    case 'reported':
      return foldReport(facts, fact);
    case 'refused':
      return foldLetter(facts, fact);
    default:
      return fact satisfies never;
  }
}

function foldAsk(facts: WorkflowFacts, fact: Extract<AuditFact, { kind: 'asked' }>): WorkflowFacts {
  const key = questionKey(fact.workflowType, fact.step);
  if (!hasRoom(facts, key)) return { ...facts, beyond: { ...facts.beyond, asks: facts.beyond.asks + 1 } };
  return changeQuestion(facts, key, (question) => ({
    ...question,
    category: question.category ?? fact.category,
    asked: question.asked + 1,
    content: question.content ?? fact.content,
    changed: question.changed + (question.content === null || question.content === fact.content ? 0 : 1),
  }));
}

function hasRoom({ questions }: WorkflowFacts, key: string): boolean {
  return Object.hasOwn(questions, key) || Object.keys(questions).length < MAX_QUESTIONS;
}

function changeQuestion(
  facts: WorkflowFacts,
  key: string,
  change: (question: QuestionFacts) => QuestionFacts,
): WorkflowFacts {
  if (!hasRoom(facts, key)) return facts;
  const question = change(facts.questions[key] ?? NO_QUESTION);
  return { ...facts, questions: { ...facts.questions, [key]: question } };
}

type Reported = Extract<AuditFact, { kind: 'reported' }>;

function foldReport(facts: WorkflowFacts, fact: Reported): WorkflowFacts {
  const { job } = facts;
  if (job === null) return withReport(facts, fact, null);
  if (job.workflowType !== fact.workflowType) return { ...facts, job: { ...job, foreign: job.foreign + 1 } };
  if (job.end === null && fact.revision > job.revision) return withReport(facts, fact, job);
  const again = job.end === null ? { ...job, repeats: job.repeats + 1 } : afterEnd(job, job.end.hash, fact);
  const noted = { ...facts, job: again };
  // a report that a crash had cut off may come after those that followed it: what it says of steps counts
  return fact.revision < job.revision ? withEvents(noted, fact) : noted;
}

function withEvents(facts: WorkflowFacts, { workflowType, events }: Reported): WorkflowFacts {
  return events.reduce<WorkflowFacts>((so, event) => foldEvent(so, workflowType, event), facts);
}

/** After its end a job only repeats itself (invariant 4). */
function afterEnd(job: AuditedJob, end: string, fact: Reported): AuditedJob {
  const isRepeat = fact.end === null ? fact.revision < job.revision : fact.end === end;
  return isRepeat ? { ...job, repeats: job.repeats + 1 } : { ...job, changed: job.changed + 1 };
}

function withReport(facts: WorkflowFacts, fact: Reported, before: AuditedJob | null): WorkflowFacts {
  const { workflowType, version, revision, status, time, end, bill, number, problem, offset } = fact;
  const job: AuditedJob = {
    workflowType,
    version,
    revision,
    status,
    time,
    problem: status === 'failed' || status === 'parked' ? (problem ?? before?.problem ?? null) : null,
    end: end === null ? null : { hash: end, offset },
    bill,
    number,
    reports: (before?.reports ?? 0) + 1,
    repeats: before?.repeats ?? 0,
    changed: 0,
    foreign: before?.foreign ?? 0,
  };
  return withEvents({ ...facts, job }, fact);
}

function foldEvent(facts: WorkflowFacts, workflowType: string, event: JobEvent): WorkflowFacts {
  switch (event.event) {
    case 'asked': {
      const { category, step } = event;
      return changeQuestion(facts, questionKey(workflowType, step), (question) => ({
        ...question,
        told: question.told ?? category,
      }));
    }
    case 'answered':
      return settle(facts, workflowType, event.step, 'answered', event.error?.code ?? null);
    case 'expired':
    case 'abandoned':
      return settle(facts, workflowType, event.step, event.event, null);
    case 'started':
    case 'expecting':
    case 'sleeping':
    case 'elapsed':
    case 'completed':
    case 'failed':
    case 'parked':
    case 'resumed':
    case 'cancelled':
      return facts;
    default:
      return event satisfies never;
  }
}

/** What came of a step. Events and sleeps have outcomes too: what nobody ever asked is made no question by one. */
function settle(
  facts: WorkflowFacts,
  workflowType: string,
  step: number,
  outcome: NonNullable<QuestionFacts['outcome']>,
  error: string | null,
): WorkflowFacts {
  return changeQuestion(facts, questionKey(workflowType, step), (question) =>
    question.outcome === null ? { ...question, outcome, error } : question,
  );
}

const CONTRADICTS = 'contradicts-first-answer';

/** Refusals that only say what the answers themselves do: they take nothing away. */
const CONSEQUENCES: readonly string[] = [
  'late-answer',
  'no-such-question',
  'never-asked',
  'workflow-id-conflict',
];

function foldLetter(
  facts: WorkflowFacts,
  { about, topic, reason, origin, content }: Extract<AuditFact, { kind: 'refused' }>,
): WorkflowFacts {
  const kind = `${topic} ${reason}`;
  const isKept = Object.hasOwn(facts.letters, kind) || Object.keys(facts.letters).length < MAX_LETTER_KINDS;
  const letters = isKept ? { ...facts.letters, [kind]: (facts.letters[kind] ?? 0) + 1 } : facts.letters;
  const noted = { ...facts, letters };
  if (about === null || content === null || CONSEQUENCES.includes(reason)) return noted;
  if (about.kind === 'request')
    return { ...noted, requests: refusedOnce(noted.requests, 'refused', content, origin) };
  const take = (answers: Tally): Tally =>
    reason === 'answer-misfit'
      ? unfitEver(answers, content)
      : refusedOnce(answers, reason === CONTRADICTS ? 'contradicted' : 'refused', content, origin);
  return changeQuestion(noted, questionKey(about.workflowType, about.step), (question) => ({
    ...question,
    answers: take(question.answers),
  }));
}
