// The states of questions as docs/audit.md defines them, read off the whole log at once: slow, and simple.
import type { Json } from '../../../core/messages/json.ts';

/** What is on the log of one workflow of type `w`, each topic in its order. */
export interface Written {
  /** Steps on questions-topic. */
  readonly asked: readonly number[];
  readonly answers: readonly { readonly step: number; readonly value: Json }[];
  readonly reports: readonly Reported[];
  readonly letters: readonly Letter[];
}

export interface Reported {
  readonly revision: number;
  readonly status: 'waiting' | 'parked' | 'completed' | 'failed' | 'cancelled';
  readonly asked: readonly number[];
  readonly answered: readonly number[];
  readonly expired: readonly number[];
  readonly abandoned: readonly number[];
}

export interface Letter {
  readonly step: number;
  readonly value: Json;
  readonly reason: string;
  /** Offset of the answer that was refused; null: taken in earlier, so that the letter names no type. */
  readonly origin: number | null;
}

export interface NaiveQuestion {
  readonly step: number;
  readonly state: string;
  readonly applied: number;
  readonly repeats: number;
  readonly contradictions: number;
  readonly late: number;
  readonly orphaned: number;
  readonly pending: number;
  readonly unfit: number;
  readonly refused: number;
}

interface Counted {
  readonly values: readonly Json[];
  readonly unfit: number;
  readonly refused: number;
}

const CONTRADICTS = 'contradicts-first-answer';
const NO_CONSEQUENCE = ['no-such-job', 'inbox-full', 'processing-failed'];

/** The questions of a workflow, by step. */
export function naiveStates(written: Written): readonly NaiveQuestion[] {
  const reports = told(written.reports);
  const said = (what: 'asked' | 'answered' | 'expired' | 'abandoned', step: number): boolean =>
    speaking(written.reports).some((report) => report[what].includes(step));
  const status = reports.at(-1)?.status ?? null;
  const steps = [0, 1, 2, 3].filter(
    (step) =>
      written.asked.includes(step) ||
      said('asked', step) ||
      written.answers.some((answer) => answer.step === step),
  );
  return steps.map((step) => {
    const isAsked = written.asked.includes(step) || said('asked', step);
    const answers = counted(written, step, reports.length > 0);
    const outcome = isAsked
      ? (firstOutcome(written.reports, step) ?? byEnd(status, answers.values.length))
      : 'orphaned';
    return { step, ...standing(outcome, answers) };
  });
}

/** What the end of the workflow makes of a question of which no report tells the outcome. */
function byEnd(status: Reported['status'] | null, answers: number): string {
  if (status === 'completed' && answers > 0) return 'answered';
  return status === null || status === 'waiting' || status === 'parked' ? 'open' : 'closed';
}

function standing(outcome: string, { values, unfit, refused }: Counted): Omit<NaiveQuestion, 'step'> {
  const same = values.filter((value) => value === values[0]).length;
  const contradictions = values.length - same;
  const none = {
    applied: 0,
    repeats: 0,
    contradictions: 0,
    late: 0,
    orphaned: 0,
    pending: 0,
    unfit,
    refused,
  };
  if (outcome === 'orphaned') return { ...none, state: outcome, orphaned: values.length };
  if (outcome === 'open') return { ...none, state: 'waiting', pending: values.length };
  if (outcome !== 'answered')
    return { ...none, state: values.length > 0 ? 'late' : 'expired', late: values.length };
  const state = contradictions > 0 ? 'contradicted' : same > 1 ? 'repeated' : 'answered';
  return { ...none, state, applied: Math.min(1, same), repeats: Math.max(0, same - 1), contradictions };
}

/** The reports that count: each revision's first, in rising order, and none after the end. */
function told(reports: readonly Reported[]): readonly Reported[] {
  const counting: Reported[] = [];
  for (const report of reports) {
    const last = counting.at(-1);
    if (last !== undefined && (report.revision <= last.revision || hasEnded(last))) continue;
    counting.push(report);
  }
  return counting;
}

/** The reports of which the steps count: those, and earlier revisions that come later. */
function speaking(reports: readonly Reported[]): readonly Reported[] {
  const counting = told(reports);
  return reports.filter((report, at) => {
    const before = told(reports.slice(0, at)).at(-1);
    return counting.includes(report) || (before !== undefined && report.revision < before.revision);
  });
}

const hasEnded = ({ status }: Reported): boolean => status !== 'waiting' && status !== 'parked';

function firstOutcome(reports: readonly Reported[], step: number): string | null {
  for (const report of speaking(reports))
    for (const what of ['answered', 'expired', 'abandoned'] as const)
      if (report[what].includes(step)) return what;
  return null;
}

/** The answers to a step that count, in their order, once what was refused is taken away. */
function counted({ answers, letters, reports }: Written, step: number, isBegun: boolean): Counted {
  const given = answers.filter((answer) => answer.step === step).map(({ value }) => value);
  const about = letters.filter(
    (letter, at) =>
      letter.step === step &&
      (letter.origin === null
        ? isBegun
        : letters.findIndex((each) => each.step === step && each.origin === letter.origin) === at),
  );
  const valuesOf = (isWanted: (letter: Letter) => boolean): Json[] =>
    about.filter(isWanted).map(({ value }) => value);
  const misfits = valuesOf(({ reason }) => reason === 'answer-misfit');
  const placed = valuesOf(({ reason, origin }) => origin !== null && NO_CONSEQUENCE.includes(reason));
  const contradicted = valuesOf(({ reason, origin }) => origin !== null && reason === CONTRADICTS);
  const givenUp = valuesOf(({ reason, origin }) => origin === null && NO_CONSEQUENCE.includes(reason));

  const isAnswered = firstOutcome(reports, step) === 'answered';
  const fit = given.filter((value) => !misfits.includes(value));
  const open = without(without(fit, placed), isAnswered ? [] : contradicted);
  const rest = [...new Set(givenUp)].reduce<Json[]>((left, value) => {
    const same = left.filter((each) => each === value).length;
    const kept = isAnswered ? contradicted.filter((each) => each === value).length : 0;
    return without(left, Array(Math.max(0, same - kept)).fill(value));
  }, open);
  const values = isAnswered && rest.length === 0 ? without(open, givenUp) : rest;
  return { values, unfit: given.length - fit.length, refused: fit.length - values.length };
}

/** Without the first of each value that is taken away. */
function without(values: readonly Json[], taken: readonly Json[]): Json[] {
  const left = [...values];
  for (const value of taken) if (left.includes(value)) left.splice(left.indexOf(value), 1);
  return left;
}
