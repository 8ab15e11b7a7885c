import type { Elysia } from 'elysia';
import { RUN_ID_PATTERN } from '../../../core/mod.ts';
import { access } from '../../platform/auth/index.ts';
import { HttpProblem } from '../../platform/http/index.ts';
import { hasEnded, type RunRow } from '../view/run-queries.ts';
import type { RouteContext } from './context.ts';
import { describeRun, describeRuns } from './describe.ts';
import { pageLimit, pageStart } from './paging.ts';
import { MAX_PAGE, runReply, runsReply } from './run-reply.ts';
import { laterJson, waitMsOf } from './waits.ts';

/** Routes of bill runs: follow one, list them. */
export function addRunRoutes(app: Elysia, context: RouteContext): void {
  const reader = access('bill-reader', 'run-starter');
  app.get('/runs', ({ query }) => Response.json(listRuns(query, context)), {
    detail: { ...describeRuns, ...reader },
  });
  app.get(
    '/runs/:runId',
    ({ params, query, request }) => getRun(params.runId, query, context, request.signal),
    {
      detail: { ...describeRun, ...reader },
    },
  );
}

type Query = Readonly<Record<string, string | undefined>>;

async function getRun(
  runId: string,
  query: Query,
  context: RouteContext,
  signal: AbortSignal,
): Promise<Response> {
  const { view, waits } = context;
  const after = pageStart(query.after);
  const limit = pageLimit(query.limit, MAX_PAGE);
  const waitMs = query.wait === undefined ? 0 : waitMsOf(query.wait);
  const find = (): RunRow => view.runs.find(runId) ?? throwNoRun(runId);
  await findRun(runId, context);
  const reply = (): unknown => runReply(find(), view.runs, after, limit);
  if (waitMs === 0 || hasEnded(find())) return Response.json(reply());
  const ended = (): true | null => (hasEnded(find()) ? true : null);
  const waited = waits.begin(() => view.waitFor(ended, waitMs, signal));
  return laterJson(() => waited.then(reply));
}

/** The run of this id, or a 404. */
export async function findRun(runId: string, { view }: RouteContext): Promise<RunRow> {
  if (view.runs.find(runId) === null) await view.caughtUp(1_000); // it may have been accepted elsewhere just now
  return view.runs.find(runId) ?? throwNoRun(runId);
}

function listRuns(query: Query, { view }: RouteContext): unknown {
  const limit = pageLimit(query.limit, 1_000, 100);
  const cursor = query.after;
  const after = cursor === undefined ? null : view.runs.find(cursor);
  if (cursor !== undefined && after === null) {
    const detail = '"after" takes the runId of the last run of the page before.';
    throw new HttpProblem({ status: 400, code: 'invalid-page', detail });
  }
  return runsReply(view.runs.list(after, limit), limit);
}

function throwNoRun(runId: string): never {
  const known = new RegExp(RUN_ID_PATTERN).test(runId);
  const why = known ? 'There is no run of this id' : 'This is not the form of a run-id';
  const detail = `${why}: use the runId from the reply to the POST, or GET /runs for what there is.`;
  throw new HttpProblem({ status: 404, code: 'no-such-run', detail });
}
