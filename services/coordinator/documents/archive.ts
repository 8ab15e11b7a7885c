// All bills of a run as one archive, made while it is sent.
import type { RenderedBill } from '../../../core/mod.ts';
import { documentFileName } from '../../platform/document-files.ts';
import { HttpProblem } from '../../platform/http/index.ts';
import type { RouteContext } from '../routes/context.ts';
import type { RunRow, RunWorkflow } from '../view/run-queries.ts';
import { billIn } from './find-bill.ts';
import type { Format } from './formats.ts';
import { makeDocument } from './make-document.ts';
import type { PdfWorkers } from './pdf-workers.ts';
import type { ZipEntry } from './zip.ts';

/** At most so many workflows are read from the view at once. */
const PAGE = 200;
/** After so many files others get a turn. */
const TURN = 32;
/** At most so many are listed in the manifest, of each kind; the counts tell of all. */
const LISTED_MAX = 10_000;

/** A bill that is not in the archive, and why. */
interface Absent {
  readonly workflowId: string;
  readonly customerIdentifier: string;
  readonly status: string;
  /** As of the problem that GET /bills/{workflowId} would answer with. */
  readonly code: string;
  readonly reason: string;
}

/** A file that is not called by its workflow-id, as that is not safe as a name. */
interface Renamed {
  readonly file: string;
  readonly workflowId: string;
}

/** Things counted, of which the first are listed. */
class Listed<T> {
  count = 0;
  readonly items: T[] = [];

  add(item: T): void {
    this.count++;
    if (this.items.length < LISTED_MAX) this.items.push(item);
  }
}

/**
 * The files of a run's archive in the order of its request: the bills that are there when their turn comes, and
 * `manifest.json`, which says what is missing and why. Ends early where `stopped` says so.
 */
export async function* archiveEntries(
  run: RunRow,
  format: Format,
  { view, logger }: Pick<RouteContext, 'view' | 'logger'>,
  pdfs: PdfWorkers,
  stopped: () => boolean,
): AsyncGenerator<ZipEntry> {
  const absent = new Listed<Absent>();
  const renamed = new Listed<Renamed>();
  let included = 0;
  for (const workflow of workflowsOf(run, view)) {
    if (stopped()) return;
    if (workflow.seq % TURN === 0) await Bun.sleep(0);
    const { workflowId } = workflow;
    try {
      const rendered = billIn(view.jobs.find(workflowId), true);
      const file = documentFileName(workflowId, format.name);
      yield entry(file, rendered.bill.billDate, await bytesOf(rendered, format, pdfs), format.isText);
      included++;
      if (file !== `${workflowId}.${format.name}`) renamed.add({ file, workflowId });
    } catch (error) {
      // one bill that can't be had doesn't keep the others back: the manifest says why
      const problem = problemOf(error);
      if (problem.status >= 500)
        logger.error({ workflowId, err: error }, 'a bill could not be put into the archive of its run');
      absent.add(absentOf(workflow, problem));
    }
  }
  const manifest = {
    runId: run.runId,
    createTime: run.createTime,
    format: format.name,
    ...(format.renderer === null ? {} : { renderer: format.renderer }),
    count: run.count,
    included,
    missing: { count: absent.count, listed: absent.items },
    renamed: { count: renamed.count, listed: renamed.items },
  };
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  yield entry('manifest.json', run.billDate ?? run.createTime.slice(0, 10), bytes(text), true);
}

function* workflowsOf({ runId }: RunRow, { runs }: RouteContext['view']): Generator<RunWorkflow> {
  let after = 0;
  while (true) {
    const page = runs.workflows(runId, after, PAGE);
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.seq;
  }
}

async function bytesOf(rendered: RenderedBill, format: Format, pdfs: PdfWorkers): Promise<Uint8Array> {
  const made = await makeDocument(rendered, format, pdfs, true);
  return typeof made === 'string' ? bytes(made) : made;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const entry = (name: string, date: string, content: Uint8Array, compress: boolean): ZipEntry => ({
  name,
  date,
  bytes: content,
  compress,
});

function problemOf(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  const detail = 'The document could not be made; the log of the coordinator says why.';
  return new HttpProblem({ status: 500, code: 'document-failed', detail, cause: error });
}

function absentOf({ workflowId, customerIdentifier, status }: RunWorkflow, problem: HttpProblem): Absent {
  const { code, detail: reason } = problem;
  return { workflowId, customerIdentifier, status: status ?? 'requested', code, reason };
}
