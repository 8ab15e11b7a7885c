// What the coordinator says of runs, as JSON.
import type { Problem } from '../../../core/mod.ts';
import {
  hasEnded,
  periodOf,
  type RunQueries,
  type RunRow,
  type RunWorkflow,
  stateOf,
  workflowTypeOf,
} from '../view/run-queries.ts';
import { movementOf } from './movement.ts';

/** Everything of a run is listed in pages of so many at most. */
export const MAX_PAGE = 10_000;
/** The reply to a POST of a longer run lists so many. */
const BEGINNING = 1_000;

/** The paths of a run. A client puts a workflow-id, percent-encoded, into the templates. */
export function runLinks(runId: string): Readonly<Record<string, string>> {
  const self = `/runs/${runId}`;
  return { self, wait: `${self}?wait=10s`, job: '/jobs/{workflowId}', bill: '/bills/{workflowId}' };
}

/** The body of a 202: with all workflows where a page holds them, else with the first thousand and where the others are. */
export function acceptedReply(run: RunRow, duplicates: readonly string[], runs: RunQueries): unknown {
  const { runId, count } = run;
  const listed = count <= MAX_PAGE ? count : BEGINNING;
  const workflows = runs.workflows(runId, 0, listed);
  const next = listed < count ? { next: `/runs/${runId}?after=${listed}&limit=${MAX_PAGE}` } : {};
  return {
    runId,
    ...nameOf(run),
    count,
    workflows: workflows.map(({ customerIdentifier, workflowId }) => ({ customerIdentifier, workflowId })),
    duplicates,
    links: { ...runLinks(runId), ...next },
  };
}

/** What a run is called, and the month that it bills, as far as they were given. */
function nameOf({ label, billingPeriod }: RunRow): Readonly<Record<string, string>> {
  return { ...(label === null ? {} : { label }), ...(billingPeriod === null ? {} : { billingPeriod }) };
}

/** How far a run is. `requested`: not yet seen by an engine. */
export function progressOf(run: RunRow): Readonly<Record<string, unknown>> {
  const { runId, createTime, billDate, count, waiting, completed, failed, parked, cancelled } = run;
  const requested = count - waiting - completed - failed - parked - cancelled;
  const date = billDate === null ? {} : { billDate };
  const period = periodOf(run);
  const orders = period === null ? {} : { workflowType: workflowTypeOf(run), period };
  return {
    runId,
    createTime,
    ...nameOf(run),
    ...date,
    ...orders,
    state: stateOf(run),
    count,
    requested,
    waiting,
    completed,
    failed,
    parked,
    cancelled,
    ended: hasEnded(run),
    ...movementOf(run, hasEnded(run), Date.now()),
  };
}

/** A run's progress and one page of its workflows. */
export function runReply(run: RunRow, runs: RunQueries, after: number, limit: number): unknown {
  const page = runs.workflows(run.runId, after, limit);
  const last = page.at(-1)?.seq ?? run.count;
  const self = runLinks(run.runId);
  const next = last < run.count ? { next: `/runs/${run.runId}?after=${last}&limit=${limit}` } : {};
  return {
    ...progressOf(run),
    workflows: page.map(workflowReply),
    links: { ...self, ...next },
  };
}

function workflowReply({ customerIdentifier, workflowId, status, problem }: RunWorkflow): unknown {
  const reason = problem === null ? {} : { problem: JSON.parse(problem) as Problem };
  return { customerIdentifier, workflowId, status: status ?? 'requested', ...reason };
}

/** A run as it is listed. */
export function runSummary(run: RunRow): Readonly<Record<string, unknown>> {
  return { ...progressOf(run), links: { self: `/runs/${run.runId}` } };
}

/** One page of the runs, the newest first. */
export function runsReply(page: readonly RunRow[], limit: number): unknown {
  const last = page.at(-1);
  const next =
    last !== undefined && page.length === limit ? { next: `/runs?after=${last.runId}&limit=${limit}` } : {};
  const runs = page.map(runSummary);
  return { runs, links: { self: '/runs', ...next } };
}
