import type { DocumentDecoration, Elysia } from 'elysia';
import { access } from '../../platform/auth/index.ts';
import { documentFileName } from '../../platform/document-files.ts';
import { HttpProblem } from '../../platform/http/index.ts';
import { negotiated } from '../documents/accept.ts';
import { addArchiveRoute } from '../documents/archive-route.ts';
import { isKnown } from '../documents/etag.ts';
import { attachment } from '../documents/file-name.ts';
import { billIn } from '../documents/find-bill.ts';
import { FORMATS, type Format, formatOf } from '../documents/formats.ts';
import { etagOf, HTML_POLICY, makeDocument } from '../documents/make-document.ts';
import type { PdfWorkers } from '../documents/pdf-workers.ts';
import { jsonReply, RenderedBill } from '../replies/index.ts';
import type { RouteContext } from './context.ts';

const describeBill: DocumentDecoration = {
  summary: 'A bill as text, HTML, PDF or JSON',
  description:
    'In the format that Accept wants most, or that the path ends in (.txt, .html, .pdf, .json); text where nothing is ' +
    'wished. A workflow-id that itself ends so is taken as it is written. The text is byte for byte what was reported.',
  tags: ['bills'],
  parameters: [
    {
      name: 'download',
      in: 'query',
      description: 'Where it is given, a browser saves the bill as a file instead of showing it',
      allowEmptyValue: true,
      schema: { type: 'string' },
    },
  ],
  responses: {
    200: {
      description: 'The bill.',
      content: {
        ...Object.fromEntries(FORMATS.map(({ mediaType }) => [mediaType, {}])),
        ...jsonReply('', RenderedBill).content,
      },
    },
    304: { description: 'It is the one that If-None-Match names.' },
    406: { description: 'Accept takes none of the formats.' },
  },
};

/** The routes of a bill in its formats, and of all bills of a run. */
export function addBillRoutes(app: Elysia, context: RouteContext, pdfs: PdfWorkers): void {
  app.get(
    '/bills/:workflowId',
    ({ params, query, request }) =>
      getBill(params.workflowId, query.download !== undefined, request, context, pdfs),
    { detail: { ...describeBill, ...access('bill-reader', 'run-starter') } },
  );
  addArchiveRoute(app, context, pdfs);
}

async function getBill(
  path: string,
  isDownload: boolean,
  request: Request,
  context: RouteContext,
  pdfs: PdfWorkers,
): Promise<Response> {
  const { workflowId, format: named } = await whichBill(path, context);
  const { jobs, runs } = context.view;
  const rendered = billIn(jobs.find(workflowId), runs.runOf(workflowId) !== null);
  const format = named ?? accepted(request.headers.get('accept'));
  const etag = etagOf(rendered, format);
  const headers = new Headers({ vary: 'accept', etag });
  if (isKnown(request.headers.get('if-none-match'), etag))
    return new Response(null, { status: 304, headers });
  const document = await made(() => makeDocument(rendered, format, pdfs), workflowId, context);
  headers.set('content-type', format.contentType);
  if (format.name === 'html') {
    headers.set('content-security-policy', HTML_POLICY);
    headers.set('x-frame-options', 'SAMEORIGIN');
  }
  if (isDownload)
    headers.set(
      'content-disposition',
      attachment(documentFileName(workflowId, format.name), workflowId, format.name),
    );
  return new Response(document as string | Uint8Array<ArrayBuffer>, { headers });
}

/** Which workflow a path means: the one of that id, else the one of the id without its extension. */
async function whichBill(
  path: string,
  { view }: RouteContext,
): Promise<{ readonly workflowId: string; readonly format: Format | undefined }> {
  const dot = path.lastIndexOf('.');
  const format = dot < 1 ? undefined : formatOf(path.slice(dot + 1));
  const written = { workflowId: path, format: undefined };
  const readings = format === undefined ? [written] : [written, { workflowId: path.slice(0, dot), format }];
  const find = (): (typeof readings)[number] | undefined =>
    readings.find(
      ({ workflowId }) => view.jobs.find(workflowId) !== null || view.runs.runOf(workflowId) !== null,
    );
  const found = find();
  if (found !== undefined && view.jobs.find(found.workflowId)?.status === 'completed') return found;
  await view.caughtUp(1_000); // it may just have been made
  return find() ?? written;
}

/** The format that an Accept header wants most. Throws a 406 where it takes none. */
export function accepted(header: string | null): Format {
  const types = FORMATS.map(({ mediaType }) => mediaType);
  const type = negotiated(header, types);
  const format = FORMATS.find(({ mediaType }) => mediaType === type);
  if (format !== undefined) return format;
  const detail = `Bills are served as ${types.join(', ')}: name one of these in Accept, or end the path in .txt, .html, .pdf or .json.`;
  throw new HttpProblem({ status: 406, code: 'not-acceptable', detail, headers: { vary: 'accept' } });
}

/** What `make` gives. Where the bill is not what its report says, the log tells. */
async function made<T>(make: () => Promise<T>, workflowId: string, { logger }: RouteContext): Promise<T> {
  try {
    return await make();
  } catch (error) {
    if (error instanceof HttpProblem && error.status === 500)
      logger.error({ workflowId, code: error.code }, 'the text of a bill is not what its report says');
    throw error; // the client is told too
  }
}
