import type { Json } from '../messages/json.ts';
import type { Job } from '../workflow/job.ts';
import type { Outcomes, Reply, Scenario } from './options.ts';

/** Takes what is found broken; only the first counts. */
export type Accuse = (invariant: number | 'progress', message: string) => void;

/** A report, as `workflow-events` carries it; read without the core's own schemas. */
export interface Told {
  readonly 'workflow-type': string;
  readonly 'workflow-id': string;
  readonly version: number;
  readonly revision: number;
  readonly status: string;
  readonly events: readonly ToldEvent[];
}

interface ToldEvent {
  readonly event: string;
  readonly step?: number;
  readonly topic?: string;
  readonly category?: string;
  readonly payload?: Json;
  readonly result?: Json;
  readonly error?: { readonly code: string };
}

/** What the log says of one workflow-id. */
export interface Dossier {
  readonly workflowId: string;
  /** The first workflow record of this id in its home partition: what the job is. */
  content: { readonly type: string; readonly payload: Json; readonly text: string } | null;
  version: number | null;
  /** What was told, by revision. */
  readonly told: Map<number, string>;
  startedAt: number | null;
  /** The revision in which it ended, and how. */
  end: { readonly revision: number; readonly status: string; readonly result?: Json } | null;
  latest: { revision: number; status: string };
  readonly questions: Map<
    number,
    { readonly category: string; readonly payload: Json; readonly text: string }
  >;
  /** The first fitting answer to each step, in log order. */
  readonly answers: Map<number, { readonly reply: Reply; readonly step: number }>;
  readonly expired: Set<number>;
  /** When each step was last said to be due, and since which step of the simulation. */
  readonly due: Map<number, { readonly atMs: number; readonly since: number }>;
  /** Topics of events that it waited for, and those that any came on at home. */
  readonly expects: Set<string>;
  readonly events: Set<string>;
  /** The topics whose events or answers to it are among the dead letters. */
  readonly letters: Set<string>;
  /** Revisions that were saved and are to be told. */
  readonly owed: Set<number>;
}

export function newDossier(workflowId: string): Dossier {
  return {
    workflowId,
    content: null,
    version: null,
    told: new Map(),
    startedAt: null,
    end: null,
    latest: { revision: 0, status: '' },
    questions: new Map(),
    answers: new Map(),
    expired: new Set(),
    due: new Map(),
    expects: new Set(),
    events: new Set(),
    letters: new Set(),
    owed: new Set(),
  };
}

const ENDS: readonly string[] = ['completed', 'failed', 'cancelled'];
export const hasEnded = (status: string): boolean => ENDS.includes(status);

/** Checks one report against what is known of its job. */
export function checkReport(dossier: Dossier, report: Told, scenario: Scenario, accuse: Accuse): void {
  const { workflowId } = dossier;
  const { revision, version, status, events } = report;
  const text = JSON.stringify([report['workflow-type'], version, status, events]);
  const before = dossier.told.get(revision);
  if (before !== undefined) {
    if (before !== text)
      accuse(5, `${workflowId}: revision ${revision} was told as ${before} and then as ${text}`);
    return;
  }
  dossier.told.set(revision, text);
  if (dossier.version !== null && dossier.version !== version)
    accuse(1, `${workflowId} runs under version ${version}, and began under ${dossier.version}`);
  dossier.version = version;
  if (dossier.end !== null && revision > dossier.end.revision)
    accuse(
      4,
      `${workflowId} was ${dossier.end.status} in revision ${dossier.end.revision} and is ${status} in ${revision}`,
    );
  if (revision > dossier.latest.revision) dossier.latest = { revision, status };
  for (const event of events) checkEvent(dossier, report, event, scenario, accuse);
}

function checkEvent(
  dossier: Dossier,
  report: Told,
  event: ToldEvent,
  scenario: Scenario,
  accuse: Accuse,
): void {
  const { workflowId } = dossier;
  const { revision } = report;
  switch (event.event) {
    case 'started':
      if (dossier.startedAt !== null)
        accuse(1, `${workflowId} was started in revision ${dossier.startedAt} and again in ${revision}`);
      dossier.startedAt = revision;
      return;
    case 'expecting':
      if (event.topic !== undefined) dossier.expects.add(event.topic);
      return;
    case 'completed':
    case 'failed':
    case 'cancelled': {
      if (dossier.end !== null)
        accuse(4, `${workflowId} ended in revision ${dossier.end.revision} and again in ${revision}`);
      dossier.end = {
        revision,
        status: event.event,
        ...(event.result === undefined ? {} : { result: event.result }),
      };
      const said = event.event === 'completed' ? { result: event.result } : { code: event.error?.code };
      if (event.event !== 'cancelled') checkEnd(dossier, { status: event.event, ...said }, scenario, accuse);
    }
  }
}

/** Whether it ended as the model says, by the answers that the log has first. */
function checkEnd(
  dossier: Dossier,
  ended: { readonly status: string; readonly result?: unknown; readonly code?: unknown },
  scenario: Scenario,
  accuse: Accuse,
): void {
  const { workflowId, content, version } = dossier;
  if (content === null) {
    accuse(1, `${workflowId} ended and no record of it lies in its home partition`);
    return;
  }
  const expected = scenario.expected?.({
    workflowId,
    version: version ?? 0,
    payload: content.payload,
    outcomes: outcomesOf(dossier),
  });
  if (expected === undefined || expected === null) return;
  const [is, must] = [canonical(ended), canonical(expected)];
  if (is !== must)
    accuse(3, `${workflowId} ended as ${is}; by its content and the first answers it is ${must}`);
}

function outcomesOf({ questions, answers, expired }: Dossier): Outcomes {
  const outcomes = new Map<string, Reply | null>();
  for (const [step, { category }] of questions) {
    const answer = answers.get(step);
    if (expired.has(step)) outcomes.set(category, null);
    else if (answer !== undefined) outcomes.set(category, answer.reply);
  }
  return outcomes;
}

/** Checks a job that is saved over another, or for the first time; `after` is null where it is removed. */
export function checkSaved(before: Job | undefined, after: Job | null, accuse: Accuse): void {
  if (before === undefined) return;
  const { workflowId } = before;
  if (hasEnded(before.status)) {
    const stands = after !== null && after.status === before.status && after.resultHash === before.resultHash;
    if (!stands) accuse(4, `${workflowId} was ${before.status} and became ${after?.status ?? 'nothing'}`);
  }
  if (before.status === 'early' || after === null) return;
  if (after.contentHash !== before.contentHash || after.workflowType !== before.workflowType)
    accuse(1, `${workflowId} became another job`);
  if (after.version !== before.version)
    accuse(1, `${workflowId} came from version ${before.version} to ${after.version}`);
  if (after.outcomeHashes !== null) return;
  for (const [index, { outcome }] of before.steps.entries()) {
    const now = after.steps[index]?.outcome;
    if (outcome === null || now === outcome) continue;
    if (canonical(now) !== canonical(outcome))
      accuse(
        3,
        `${workflowId}: the outcome of step ${index} was ${canonical(outcome)} and is ${canonical(now)}`,
      );
  }
}

/** JSON with sorted keys: the oracle's own. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([one], [other]) => (one < other ? -1 : 1)))
      : each,
  );
}
