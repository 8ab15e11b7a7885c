import type { Elysia } from 'elysia';
import { parseTraceparent } from '../../../core/mod.ts';
import { access } from '../../platform/auth/index.ts';
import type { Missing } from '../../platform/operations/index.ts';
import type { RecentSpan } from '../../platform/telemetry/index.ts';
import { JobTrace, jsonReply } from '../replies/index.ts';
import { reportedSpans } from '../reported-spans.ts';
import { waterfall } from '../waterfall.ts';
import type { RouteContext } from './context.ts';
import { noSuchJob } from './jobs.ts';

/** The route of a job's trace: what came of it, when and where, without a collector. */
export function addTraceRoute(app: Elysia, context: RouteContext): void {
  app.get('/jobs/:workflowId/trace', ({ params }) => getTrace(params.workflowId, context), {
    detail: {
      summary: 'What of a job happened when and where: its trace as a waterfall',
      description:
        "Made of the job's reports, which are durable, and of the spans that live processes still have in their recent windows.",
      tags: ['jobs'],
      responses: { 200: jsonReply('The trace.', JobTrace) },
      ...access('bill-reader', 'run-starter'),
    },
  });
}

async function getTrace(workflowId: string, { view, recentSpans }: RouteContext): Promise<unknown> {
  if (view.jobs.find(workflowId) === null) await view.caughtUp(1_000); // it may have been reported just now
  const job = view.jobs.find(workflowId);
  if (job === null && view.runs.runOf(workflowId) === null) throw noSuchJob();
  const trace = parseTraceparent(job?.traceparent);
  const reported = job === null ? [] : reportedSpans(job, view.jobs.story(workflowId));
  const told: { readonly items: readonly RecentSpan[]; readonly missing: readonly Missing[] } =
    trace?.sampled === true ? await recentSpans(trace.traceId) : { items: [], missing: [] };
  const path = encodeURIComponent(workflowId);
  return {
    workflowId,
    status: job?.status ?? 'requested',
    traceId: trace?.traceId ?? null,
    sampled: trace?.sampled ?? false,
    spans: waterfall(reported, told.items),
    missing: told.missing,
    links: { self: `/jobs/${path}/trace`, job: `/jobs/${path}` },
  };
}
