// GET /runs/{runId}/bills.zip
import type { DocumentDecoration, Elysia } from 'elysia';
import { access } from '../../platform/auth/index.ts';
import { HttpProblem, unavailable } from '../../platform/http/index.ts';
import type { RouteContext } from '../routes/context.ts';
import { findRun } from '../routes/runs.ts';
import { archiveEntries } from './archive.ts';
import { FORMATS, formatOf } from './formats.ts';
import type { PdfWorkers } from './pdf-workers.ts';
import { zipped } from './zip.ts';

/** So many archives are made at once. */
const ARCHIVES_MAX = 4;
/** Bytes are handed on once there are so many, so that a small bill isn't a packet of its own. */
const CHUNK_BYTES = 64 * 1024;

const names = FORMATS.map(({ name }) => name);

const describeArchive: DocumentDecoration = {
  summary: 'All bills of a run, as one ZIP archive',
  description:
    'The bills that there are, in the order of the request, made while they are sent. Ask again when the run has ended for ' +
    'the others: manifest.json, the last file, says what is missing and why.',
  tags: ['bills'],
  parameters: [
    {
      name: 'format',
      in: 'query',
      description: 'What the bills are in the archive',
      schema: { type: 'string', enum: names, default: 'pdf' },
    },
  ],
  responses: { 200: { description: 'The archive.', content: { 'application/zip': {} } } },
};

/** The route of a run's archive. */
export function addArchiveRoute(app: Elysia, context: RouteContext, pdfs: PdfWorkers): void {
  const open = { count: 0 };
  app.get(
    '/runs/:runId/bills.zip',
    ({ params, query, request }) =>
      getArchive(params.runId, query.format, request.signal, { context, pdfs, open }),
    { detail: { ...describeArchive, ...access('bill-reader', 'run-starter') } },
  );
}

interface Archives {
  readonly context: RouteContext;
  readonly pdfs: PdfWorkers;
  readonly open: { count: number };
}

async function getArchive(
  runId: string,
  wanted: string | undefined,
  signal: AbortSignal,
  { context, pdfs, open }: Archives,
): Promise<Response> {
  const format = formatOf(wanted ?? 'pdf');
  if (format === undefined) {
    const detail = `"format" takes one of ${names.join(', ')}.`;
    throw new HttpProblem({ status: 400, code: 'invalid-format', detail });
  }
  const run = await findRun(runId, context);
  await context.view.caughtUp(1_000); // what has just ended belongs in it
  if (open.count >= ARCHIVES_MAX) {
    const detail = `${ARCHIVES_MAX} archives are being made already: ask again when one is done.`;
    throw unavailable('too-many-archives', detail);
  }
  open.count++;
  let isGone = false;
  const stopped = (): boolean => isGone || signal.aborted;
  const body = stream(zipped(archiveEntries(run, format, context, pdfs, stopped)), () => {
    if (isGone) return;
    isGone = true;
    open.count--;
  });
  const headers = {
    'content-type': 'application/zip',
    'content-disposition': `attachment; filename="${runId}-${format.name}.zip"`,
  };
  return new Response(body, { headers });
}

/** A stream that takes from `source` only what its reader asks for. `onEnd` is called when it ends, however that is. */
function stream(source: AsyncGenerator<Uint8Array>, onEnd: () => void): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { chunk, done } = await chunkOf(source);
          if (chunk.byteLength > 0) controller.enqueue(chunk);
          if (!done) return;
          controller.close();
          onEnd();
        } catch (error) {
          onEnd();
          controller.error(error); // the connection breaks: half an archive must not look whole
        }
      },
      async cancel() {
        onEnd();
        await source.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

async function chunkOf(
  source: AsyncGenerator<Uint8Array>,
): Promise<{ readonly chunk: Uint8Array; readonly done: boolean }> {
  const parts: Uint8Array[] = [];
  let length = 0;
  while (length < CHUNK_BYTES) {
    const { value, done } = await source.next();
    if (done === true) return { chunk: Buffer.concat(parts), done: true };
    parts.push(value);
    length += value.byteLength;
  }
  return { chunk: Buffer.concat(parts), done: false };
}
