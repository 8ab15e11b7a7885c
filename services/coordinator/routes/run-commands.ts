import type { Elysia } from 'elysia';
import { access, principalOf } from '../../platform/auth/index.ts';
import { viewCaughtUp } from '../intake.ts';
import { AcceptedRunCommand, jsonReply, RunHistory } from '../replies/index.ts';
import { commandRun, RUN_VERBS, type RunVerb } from '../run-commands.ts';
import type { RunCommandRow } from '../view/run-queries.ts';
import type { RouteContext } from './context.ts';
import { after, limit } from './describe.ts';
import { logStart, pageLimit } from './paging.ts';
import { progressOf, runLinks } from './run-reply.ts';
import { findRun } from './runs.ts';

const MAX_PAGE = 1_000;

const SUMMARIES: Readonly<Record<RunVerb, string>> = {
  pause: 'Publish nothing more of a run until it is resumed; what is published ends',
  resume: 'Let a paused run go on',
  cancel:
    'End a run for good: its open jobs are cancelled, what was not published never is, bills that exist stay',
  retry: 'Let the parked jobs of a run go on, and ask for its failed workflows anew',
};

/** Routes of commands to runs, and of their history. */
export function addRunCommandRoutes(app: Elysia, context: RouteContext): void {
  for (const verb of RUN_VERBS) {
    app.post(`/runs/:runId/${verb}`, ({ params, request }) => command(params.runId, verb, request, context), {
      detail: {
        summary: SUMMARIES[verb],
        tags: ['runs'],
        responses: {
          202: jsonReply('The command is on record; a repeat changes nothing.', AcceptedRunCommand),
          409: { description: 'The run has ended or is cancelled.' },
        },
        ...access('run-starter'),
      },
    });
  }
  app.get('/runs/:runId/history', ({ params, query }) => history(params.runId, query, context), {
    detail: {
      summary: 'What was wanted of a run, by whom and when; the oldest first',
      tags: ['runs'],
      parameters: [limit, after],
      responses: { 200: jsonReply('One page of it.', RunHistory) },
      ...access('bill-reader', 'run-starter'),
    },
  });
}

async function command(
  runId: string,
  verb: RunVerb,
  request: Request,
  context: RouteContext,
): Promise<Response> {
  await viewCaughtUp(context.view);
  const found = await findRun(runId, context);
  const by = principalOf(request)?.subject || 'anonymous';
  const { run, repeated, failed, parked } = await commandRun(found, verb, by, context);
  if (!repeated) context.logger.info({ runId, command: verb, by }, 'a run has got a command');
  const retried = verb === 'retry' ? { retried: { failed, parked } } : {};
  const links = { ...runLinks(runId), history: `/runs/${runId}/history` };
  const headers = { location: `/runs/${runId}`, ...(repeated ? { 'idempotent-replayed': 'true' } : {}) };
  return Response.json({ ...progressOf(run), ...retried, links }, { status: 202, headers });
}

async function history(
  runId: string,
  query: Readonly<Record<string, string | undefined>>,
  context: RouteContext,
): Promise<Response> {
  const size = pageLimit(query.limit, MAX_PAGE, 100);
  const begin = logStart(query.after);
  await findRun(runId, context);
  const page = context.view.runs.history(runId, begin, size);
  const last = page.at(-1);
  const self = `/runs/${runId}/history`;
  const next =
    last !== undefined && page.length === size ? { next: `${self}?limit=${size}&after=${last.offset}` } : {};
  const links = { self, run: `/runs/${runId}`, ...next };
  return Response.json({ runId, history: page.map(eventOf), links });
}

function eventOf({ id, time, by, command, failed, parked }: RunCommandRow): unknown {
  const retried = command === 'retry' ? { retried: { failed, parked } } : {};
  return { time, command, by, id, ...retried };
}
