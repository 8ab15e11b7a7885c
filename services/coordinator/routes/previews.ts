import { Value } from '@sinclair/typebox/value';
import type { DocumentDecoration, Elysia } from 'elysia';
import { BillPreview } from '../../../core/mod.ts';
import { access } from '../../platform/auth/index.ts';
import { HttpProblem } from '../../platform/http/index.ts';
import { FORMATS, type Format, formatOf } from '../documents/formats.ts';
import { HTML_POLICY, makePreview } from '../documents/make-document.ts';
import type { PdfWorkers } from '../documents/pdf-workers.ts';
import { checked } from '../intake.ts';
import {
  countIn,
  MAX_PREVIEWS,
  newPreviewId,
  parsePreviewRequest,
  partsOf,
  prefixOf,
  previewRecords,
  previewWorkflowId,
} from '../previews.ts';
import { AcceptedPreview, jsonReply, Preview, PreviewedBill, type Reply } from '../replies/index.ts';
import type { NamedJob } from '../view/job-queries.ts';
import { accepted } from './bills.ts';
import type { RouteContext } from './context.ts';
import { PreviewRequest, wait } from './describe.ts';
import { laterJson, waitMsOf } from './waits.ts';

/** How long a preview that is not there waits for what is on the log, in milliseconds. */
const CATCH_UP_MS = 1_000;

const describePost: DocumentDecoration = {
  summary: 'See some bills as they would be',
  description:
    'Asks the CRM as a run does, and makes of its answers what a bill would be, marked as a preview. Nothing is billed: no ' +
    'number, no file, no run. Follow it with links.wait.',
  tags: ['previews'],
  requestBody: {
    required: true,
    content: {
      'application/json': {
        schema: PreviewRequest,
        example: { customerIdentifiers: ['2', '4'] },
      },
    },
  },
  responses: { 202: jsonReply('They are asked for.', AcceptedPreview) },
};

const describeGet: DocumentDecoration = {
  summary: 'How previews stand',
  description: 'With "wait" the answer comes when all have ended, or after that time.',
  tags: ['previews'],
  parameters: [wait],
  responses: { 200: jsonReply('How they stand.', Preview) },
};

const describeDocument: DocumentDecoration = {
  summary: 'A preview as text, HTML, PDF or JSON',
  description:
    'The customer’s place in the request, from 1, with .txt, .html, .pdf or .json; without, as Accept wants it.',
  tags: ['previews'],
  responses: {
    200: {
      description: 'The preview.',
      content: {
        ...Object.fromEntries(FORMATS.map(({ mediaType }) => [mediaType, {}])),
        ...jsonReply('', PreviewedBill).content,
      },
    },
  },
};

/** The routes of previews. */
export function addPreviewRoutes(app: Elysia, context: RouteContext, pdfs: PdfWorkers): void {
  const reader = access('bill-reader', 'run-starter');
  app.post('/previews', ({ body }) => post(body, context), {
    detail: { ...describePost, ...access('run-starter') },
  });
  app.get(
    '/previews/:previewId',
    ({ params, query, request }) => get(params.previewId, query.wait, context, request.signal),
    { detail: { ...describeGet, ...reader } },
  );
  app.get(
    '/previews/:previewId/:document',
    ({ params, request }) => document(params.previewId, params.document, request, context, pdfs),
    { detail: { ...describeDocument, ...reader } },
  );
}

async function post(body: unknown, context: RouteContext): Promise<Response> {
  const request = checked(parsePreviewRequest(body));
  const nowMs = Date.now();
  const random = crypto.getRandomValues(new Uint8Array(10));
  const previewId = newPreviewId(nowMs, random, request.customers.size);
  const { transport, partitions, telemetry } = context;
  await transport.publish(
    previewRecords(previewId, request, { nowMs, partitions, traceparent: telemetry.active() }),
  );
  const reply: Reply<typeof AcceptedPreview> = {
    previewId,
    count: request.customers.size,
    links: linksOf(previewId),
    previews: request.customers.identifiers().map((customerIdentifier, index) => ({
      customerIdentifier,
      workflowId: previewWorkflowId(previewId, index + 1, customerIdentifier),
      links: documentsOf(previewId, index + 1),
    })),
    duplicates: request.customers.duplicates(),
  };
  return Response.json(reply, { status: 202, headers: { location: linksOf(previewId).self } });
}

async function get(
  previewId: string,
  waitText: string | undefined,
  { view, waits }: RouteContext,
  signal: AbortSignal,
): Promise<Response> {
  const count = countIn(previewId) ?? throwNoPreview();
  const waitMs = waitText === undefined ? 0 : waitMsOf(waitText);
  const reply = (): Reply<typeof Preview> => {
    return replyOf(previewId, count, view.jobs.beginningWith(prefixOf(previewId), MAX_PREVIEWS));
  };
  if (waitMs === 0) await view.caughtUp(CATCH_UP_MS);
  if (waitMs === 0 || reply().ended) return Response.json(reply());
  const ended = (): true | null => (reply().ended ? true : null);
  const waited = waits.begin(() => view.waitFor(ended, waitMs, signal));
  return laterJson(() => waited.then(reply));
}

function replyOf(previewId: string, count: number, jobs: readonly NamedJob[]): Reply<typeof Preview> {
  const previews = jobs.map(({ workflowId, status, problem }) => {
    const { seq, customerIdentifier } = partsOf(workflowId);
    const reason = problem === null ? {} : { problem };
    return { customerIdentifier, workflowId, status, ...reason, links: documentsOf(previewId, seq) };
  });
  const open = jobs.filter(({ status }) => status === 'waiting' || status === 'parked').length;
  const requested = Math.max(0, count - jobs.length);
  const ended = requested === 0 && open === 0;
  return { previewId, count, requested, ended, previews, links: linksOf(previewId) };
}

async function document(
  previewId: string,
  name: string,
  request: Request,
  context: RouteContext,
  pdfs: PdfWorkers,
): Promise<Response> {
  const count = countIn(previewId) ?? throwNoPreview();
  const [, place = '', extension] = /^([1-9]\d{0,2})(?:\.([a-z]+))?$/.exec(name) ?? [];
  const named = extension === undefined ? accepted(request.headers.get('accept')) : formatOf(extension);
  if (place === '' || Number(place) > count || named === undefined) throwNoPreview();
  const preview = await previewAt(previewId, Number(place), context);
  const made = await makePreview(preview, named, pdfs);
  return new Response(made as string | Uint8Array<ArrayBuffer>, { headers: headersOf(named) });
}

function headersOf(format: Format): Headers {
  const headers = new Headers({ 'content-type': format.contentType, vary: 'accept' });
  if (format.name === 'html') headers.set('content-security-policy', HTML_POLICY);
  return headers;
}

/** The preview at a place. Throws a 404 that says why it is not there. */
async function previewAt(previewId: string, seq: number, { view }: RouteContext): Promise<BillPreview> {
  const find = (): NamedJob | undefined =>
    view.jobs
      .beginningWith(prefixOf(previewId), MAX_PREVIEWS)
      .find(({ workflowId }) => partsOf(workflowId).seq === seq);
  let job = find();
  if (job?.status !== 'completed') {
    await view.caughtUp(CATCH_UP_MS);
    job = find();
  }
  const result = job?.status === 'completed' ? view.jobs.find(job.workflowId)?.result : undefined;
  if (Value.Check(BillPreview, result)) return result;
  const why =
    job?.status === 'failed'
      ? `it failed: ${job.problem?.code ?? 'no reason is known'} (${job.problem?.message ?? ''})`
      : `it is not made yet (${job?.status ?? 'requested'}): ask again later, or follow the preview with "wait"`;
  throw new HttpProblem({
    status: 404,
    code: job?.status === 'failed' ? 'job-failed' : 'preview-not-ready',
    detail: `There is no preview here, ${why}.`,
  });
}

function linksOf(previewId: string): { readonly self: string; readonly wait: string } {
  const self = `/previews/${previewId}`;
  return { self, wait: `${self}?wait=10s` };
}

function documentsOf(
  previewId: string,
  seq: number,
): Readonly<Record<'txt' | 'html' | 'pdf' | 'json', string>> {
  const path = `/previews/${previewId}/${seq}`;
  return { txt: `${path}.txt`, html: `${path}.html`, pdf: `${path}.pdf`, json: `${path}.json` };
}

function throwNoPreview(): never {
  const detail = 'There is no preview of this id: use the links from the reply to POST /previews.';
  throw new HttpProblem({ status: 404, code: 'no-such-preview', detail });
}
