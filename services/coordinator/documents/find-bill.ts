// Where a bill is, or why there is none.
import { billText, type RenderedBill, TEXT_RENDERER } from '../../../core/mod.ts';
import { HttpProblem } from '../../platform/http/index.ts';
import { isBill } from '../routes/job-reply.ts';
import type { JobRow } from '../view/job-queries.ts';

/** The bill that a job completed with. Throws a 404 that says why there is none; `requested`: whether a run names it. */
export function billIn(job: JobRow | null, requested: boolean): RenderedBill {
  if (job?.status !== 'completed') throw noBill(job, requested);
  if (isBill(job.result)) return job.result;
  throw missing('not-a-bill', `This job is a ${job.workflowType}: its result is no bill.`);
}

/** The bill's text as it was reported, byte for byte. Throws a 500 where this coordinator can't make it. */
export function recordedText(rendered: RenderedBill): string {
  const text = billText(rendered);
  if (text !== null) return text;
  throw differs(rendered);
}

/** Throws a 500 where the bill's data don't make the text whose hash was reported, although the renderer is ours. */
export function assertRecorded(rendered: RenderedBill): void {
  if (rendered.renderer === TEXT_RENDERER && billText(rendered) === null) throw differs(rendered);
}

function differs({ renderer }: RenderedBill): HttpProblem {
  const detail =
    renderer === TEXT_RENDERER
      ? 'The text made of this bill is not the one whose hash was reported. Its data are there with "Accept: application/json".'
      : `The bill was made by ${renderer}, this coordinator has ${TEXT_RENDERER}. Its data are there with "Accept: application/json".`;
  return new HttpProblem({ status: 500, code: 'bill-differs', detail });
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
