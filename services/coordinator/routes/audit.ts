import type { DocumentDecoration, Elysia } from 'elysia';
import type { AuditTotals } from '../../../core/mod.ts';
import { access } from '../../platform/auth/index.ts';
import { unavailable } from '../../platform/http/index.ts';
import { jsonReply, RunAudit as RunAuditReply } from '../replies/index.ts';
import { auditRun, type RunAudit, type RunException } from '../run-audit.ts';
import type { RunRow } from '../view/run-queries.ts';
import { hasEnded } from '../view/run-queries.ts';
import type { RouteContext } from './context.ts';
import { after, limit } from './describe.ts';
import { pageLimit, pageStart } from './paging.ts';
import { findRun } from './runs.ts';

/** How long a request waits for the ledger, in milliseconds. */
const LEDGER_TIMEOUT_MS = 10_000;
const MAX_EXCEPTIONS = 1_000;
/** Each goes through a whole run: so many at once. */
const MAX_AUDITS = 4;

const describeAudit: DocumentDecoration = {
  summary: 'Asked = answered = billed, with the exceptions',
  description:
    'Made from the log alone: what was asked, what was answered, and what came of each workflow. Works while the run ' +
    'goes on: what is still to come is an exception that says so. The first audit after a start reads the log, and ' +
    'may answer 503 until it is through.',
  tags: ['runs'],
  parameters: [limit, after],
  responses: { 200: jsonReply('The audit, with one page of its exceptions.', RunAuditReply) },
};

/** The route of a run's audit. */
export function addAuditRoute(app: Elysia, context: RouteContext): void {
  let underWay = 0;
  app.get(
    '/runs/:runId/audit',
    async ({ params, query }) => {
      const page = { after: pageStart(query.after), limit: pageLimit(query.limit, MAX_EXCEPTIONS, 100) };
      const run = await findRun(params.runId, context);
      if (underWay >= MAX_AUDITS)
        throw unavailable(
          'too-many-audits',
          `${MAX_AUDITS} audits are under way: ask again in a few seconds.`,
        );
      underWay++;
      try {
        await ledgerCaughtUp(context);
        return Response.json(
          auditReply(run, await auditRun(run, context.view.runs, context.ledger, page), page),
        );
      } finally {
        underWay--;
      }
    },
    { detail: { ...describeAudit, ...access('bill-reader', 'run-starter', 'operator') } },
  );
}

async function ledgerCaughtUp({ ledger }: RouteContext): Promise<void> {
  if (await ledger.caughtUp(LEDGER_TIMEOUT_MS)) return;
  const detail =
    'The audit has not read the log to its end yet; it goes on by itself. Send the same request again in a few seconds.';
  throw unavailable('audit-behind', detail);
}

interface Page {
  readonly after: number;
  readonly limit: number;
}

function auditReply(run: RunRow, { totals, exceptions, hasMore }: RunAudit, { limit: size }: Page): unknown {
  const { runId, count } = run;
  const { asked, answered, billed, workflows, questions, answers } = totals;
  const self = `/runs/${runId}/audit`;
  const last = exceptions.at(-1)?.seq;
  const next = hasMore && last !== undefined ? { next: `${self}?after=${last}&limit=${size}` } : {};
  return {
    runId,
    count,
    ended: hasEnded(run),
    asked,
    answered,
    billed,
    balanced: asked === answered && billed === count,
    addsUp: totals.faults === 0,
    faults: totals.faults,
    progress: progressOf(totals, count),
    refused: workflows.refused,
    questions,
    answers,
    exceptionCount: totals.exceptions,
    exceptions: exceptions.map(exceptionReply),
    links: { self, run: `/runs/${runId}`, ...next },
  };
}

/** As `GET /runs/{runId}` counts them. */
function progressOf({ workflows }: AuditTotals, count: number): unknown {
  const { waiting, parked, completed, failed, cancelled } = workflows;
  const requested = count - waiting - parked - completed - failed - cancelled;
  return { requested, waiting, parked, completed, failed, cancelled };
}

function exceptionReply({ seq: _seq, workflowType: _type, ...exception }: RunException): unknown {
  return { ...exception, links: { job: `/jobs/${encodeURIComponent(exception.workflowId ?? '')}` } };
}
