import type { Elysia } from 'elysia';
import { access } from '../../platform/auth/index.ts';
import { HttpProblem, StreamedBody, streamedBody } from '../../platform/http/index.ts';
import { allCustomers } from '../all-customers.ts';
import { assertNotForeign } from '../dashboard/same-origin.ts';
import { type Accepted, acceptAll, acceptRequest, checked } from '../intake.ts';
import { type Asked, parseFirstRequest, parseRunRequest } from '../request.ts';
import { CSV, FORM, readUpload } from '../run-upload.ts';
import type { RouteContext } from './context.ts';
import { describePost, describePostRuns } from './describe.ts';
import { acceptedReply, runLinks } from './run-reply.ts';

type Query = Readonly<Record<string, string | undefined>>;

/** The routes that start a run. */
export function addPostRoutes(app: Elysia, context: RouteContext): void {
  app.post(
    '/',
    async ({ body, request }) => start({ some: checked(parseFirstRequest(body)) }, request, context),
    { detail: { ...describePost, ...access('run-starter') } },
  );
  app.post(
    '/runs',
    async ({ body, query, request }) => start(await askedBy(body, query, request), request, context),
    { detail: { ...describePostRuns, ...streamedBody(CSV, FORM), ...access('run-starter') } },
  );
}

async function askedBy(body: unknown, query: Query, request: Request): Promise<Asked> {
  const texts = new Map(Object.entries(query).map(([name, text]) => [name, text ?? '']));
  if (!(body instanceof StreamedBody && body.type === CSV) && texts.size > 0) {
    const detail = `Options go into the query beside a CSV body only (Content-Type: ${CSV}): put them into the body.`;
    throw new HttpProblem({ status: 400, code: 'unexpected-query', detail });
  }
  if (!(body instanceof StreamedBody)) return checked(parseRunRequest(body));
  if (body.type === FORM) assertNotForeign(request);
  return await readUpload(body, texts);
}

async function start(asked: Asked, request: Request, context: RouteContext): Promise<Response> {
  const { run, duplicates, replayed } = await accept(asked, request.headers.get('idempotency-key'), context);
  context.metrics.runs.inc({ outcome: replayed ? 'replayed' : 'new' });
  if (!replayed) context.logger.info({ runId: run.runId, count: run.count }, 'accepted a bill run');
  const headers = {
    location: runLinks(run.runId).self ?? '',
    ...(replayed ? { 'idempotent-replayed': 'true' } : {}),
  };
  return Response.json(acceptedReply(run, duplicates, context.view.runs), { status: 202, headers });
}

async function accept(asked: Asked, key: string | null, context: RouteContext): Promise<Accepted> {
  if ('some' in asked) return await acceptRequest(asked.some, key, context);
  return await acceptAll(asked.all, () => allCustomers(context.calls), key, context);
}
