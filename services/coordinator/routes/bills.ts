import type { Elysia } from 'elysia';
import { billText, type RenderedBill, TEXT_RENDERER } from '../../../core/mod.ts';
import { access } from '../../platform/auth/index.ts';
import { HttpProblem } from '../../platform/http/index.ts';
import type { JobRow } from '../view/job-queries.ts';
import type { RouteContext } from './context.ts';
import { isBill } from './job-reply.ts';

/** The route of a bill: its text, or its data as JSON. */
export function addBillRoutes(app: Elysia, context: RouteContext): void {
  app.get('/bills/:workflowId', ({ params, request }) => getBill(params.workflowId, request, context), {
    detail: {
      summary: 'A bill as text, or as JSON by Accept',
      tags: ['bills'],
      ...access('bill-reader', 'run-starter'),
      responses: { 200: { description: 'The bill.', content: { 'text/plain': {}, 'application/json': {} } } },
    },
  });
}

async function getBill(
  workflowId: string,
  request: Request,
  { view, logger }: RouteContext,
): Promise<Response> {
  if (view.jobs.find(workflowId)?.status !== 'completed') await view.caughtUp(1_000); // it may just have been made
  const job = view.jobs.find(workflowId);
  if (job?.status !== 'completed') throw noBill(job, view.runs.runOf(workflowId) !== null);
  if (!isBill(job.result))
    throw missing('not-a-bill', `This job is a ${job.workflowType}: its result is no bill.`);
  const headers = { vary: 'accept', etag: `"${job.result.sha256}"` };
  if (prefersJson(request.headers.get('accept')))
    return Response.json(job.result, { headers: { vary: 'accept' } });
  const text = billText(job.result);
  if (text === null) {
    logger.error(
      { workflowId, renderer: job.result.renderer },
      'the text of a bill is not what its report says',
    );
    throw new HttpProblem({ status: 500, code: 'bill-differs', detail: differs(job.result) });
  }
  return new Response(text, { headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' } });
}

function differs({ renderer }: RenderedBill): string {
  return renderer === TEXT_RENDERER
    ? 'The text made of this bill is not the one whose hash was reported. Its data are there with "Accept: application/json".'
    : `The bill was made by ${renderer}, this coordinator has ${TEXT_RENDERER}. Its data are there with "Accept: application/json".`;
}

const missing = (code: string, detail: string): HttpProblem => new HttpProblem({ status: 404, code, detail });

/** Why there is no bill. */
function noBill(job: JobRow | null, requested: boolean): HttpProblem {
  const later = 'Ask again later, or follow the run with "wait".';
  if (job === null) {
    if (requested)
      return missing('bill-not-ready', `The bill is asked for, but no engine has begun it. ${later}`);
    return missing(
      'no-such-job',
      'No job of this workflow-id is known: use an id from GET /runs/{runId}, percent-encoded.',
    );
  }
  const reason = job.problem === null ? 'no reason is known' : `${job.problem.code} (${job.problem.message})`;
  switch (job.status) {
    case 'failed':
      return missing('job-failed', `There will be no bill, the job failed: ${reason}.`);
    case 'cancelled':
      return missing('job-cancelled', 'There will be no bill: the job was cancelled.');
    case 'parked':
      return missing(
        'bill-not-ready',
        `The job is parked: ${reason}. Mend it, then POST to /jobs/{workflowId}/retry.`,
      );
    case 'waiting':
    case 'completed':
      return missing('bill-not-ready', `The job still waits: GET /jobs/{workflowId} says for what. ${later}`);
    default:
      return job.status satisfies never;
  }
}

/** Whether an Accept header prefers JSON over text; `*` and a missing header mean text. */
function prefersJson(accept: string | null): boolean {
  const quality = (type: string): number => {
    const found = (accept ?? '')
      .split(',')
      .find((range) => range.split(';')[0]?.trim().toLowerCase() === type);
    if (found === undefined) return 0;
    const q = /;\s*q=([\d.]+)/i.exec(found)?.[1];
    return q === undefined ? 1 : Number(q);
  };
  return quality('application/json') > Math.max(quality('text/plain'), quality('text/*'));
}
