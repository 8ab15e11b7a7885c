// A job: what happened to it across services, what it waits for, its bill, its trace, and its messages.
import { billPreview, billText as textOf } from '../../../../core/mod.ts';
import { access } from '../../../platform/auth/index.ts';
import { HttpProblem } from '../../../platform/http/index.ts';
import { partsOf } from '../../previews.ts';
import { billFacts, billLinks, billText, previewLinks } from '../components/bill-card.ts';
import { jobWaits } from '../components/job-waits.ts';
import { notice } from '../components/notice.ts';
import { state, WORKFLOW_STATES } from '../components/states.ts';
import { timeline } from '../components/timeline.ts';
import { waterfall } from '../components/waterfall.ts';
import { moment } from '../format.ts';
import { foreign, type Html, html } from '../html.ts';
import { type Action, asComplaint, type Page, type Shown, seeOther, type Visit } from '../page.ts';
import { billPagePath, jobPath, messagesPath, runPath } from '../paths.ts';
import { type BillReply, type JobReply, nameOf, type RunReply, type TraceReply } from '../replies.ts';

const EVERY_MS = 2_000;
const VERBS = ['retry', 'cancel'] as const;

export const jobPage: Page = {
  path: '/ui/jobs/:workflowId',
  access: access('bill-reader', 'run-starter'),
  show: (visit) => shown(visit, null),
};

export const jobCommands: readonly Action[] = VERBS.map((verb) => ({
  path: `/ui/jobs/:workflowId/${verb}`,
  access: access('run-starter'),
  act: async (visit) => {
    const { workflowId = '' } = visit.params;
    try {
      await visit.api.post(`${restPath(workflowId)}/${verb}`);
      return seeOther(jobPath(workflowId));
    } catch (error) {
      const { detail, status } = asComplaint(error);
      return { ...(await shown(visit, detail)), status };
    }
  },
}));

const restPath = (workflowId: string): string => `/jobs/${encodeURIComponent(workflowId)}`;

async function shown(visit: Visit, complaint: string | null): Promise<Shown> {
  const { workflowId = '' } = visit.params;
  const { api } = visit;
  const job = await api.get<JobReply>(restPath(workflowId));
  const [trace, run, bill] = await Promise.all([
    api.get<TraceReply>(`${restPath(workflowId)}/trace`),
    job.run === undefined ? null : api.get<RunReply>(`/runs/${encodeURIComponent(job.run.runId)}?limit=1`),
    job.links.bill === undefined ? null : billAt(visit, job.links.bill),
  ]);
  const hasEnded = ['completed', 'failed', 'cancelled'].includes(job.status);
  const title = titleOf(job);
  return {
    title,
    // while a complaint is shown the page is a form's answer, which can't be asked for again
    ...(hasEnded || complaint !== null ? {} : { live: { everyMs: EVERY_MS } }),
    main: html`<p class="crumb">${crumb(run)}</p>
<div class="title" id="job-title" data-live><h1>${foreign(title)}</h1>${jobState(job.status)}</div>
<p class="facts soft" id="job-facts" data-live>${facts(job)}</p>
${complaint === null ? null : notice('attention', html`<p>${complaint}</p>`)}
<div id="waits" data-live>${previewNotice(job)}${problemOf(job)}${jobWaits(job, run, visit)}</div>
<div id="job-controls" data-live>${controls(job)}</div>
<div class="columns story" id="story" data-live>
<section aria-labelledby="timeline-title"><h2 id="timeline-title">What happened</h2>
${timeline(job, run, trace)}</section>
${bill === null ? null : billSection(workflowId, bill)}
</div>
<section aria-labelledby="trace-title"><h2 id="trace-title">How long it took</h2>
<div id="trace" data-live>${waterfall(trace, visit.now())}</div></section>
<section aria-labelledby="messages-title"><h2 id="messages-title">Messages</h2>
<div data-fragment="${messagesPath(workflowId)}" data-fragment-follows="job-facts"><p>All that was said about it on the topics, as it was. <a href="${messagesPath(workflowId)}">Show the messages</a></p></div></section>`,
  };
}

/** The bill, or why it can't be shown: that must not keep the story from being read. */
async function billAt({ api }: Visit, path: string): Promise<BillReply | HttpProblem> {
  try {
    return await api.get<BillReply>(path);
  } catch (error) {
    if (error instanceof HttpProblem) return error; // said in the bill's place
    throw error;
  }
}

function titleOf({ workflowId, workflowType, run }: JobReply): string {
  if (workflowType === billPreview.type)
    return `Preview for customer ${partsOf(workflowId).customerIdentifier}`;
  return run === undefined ? workflowId : `Bill of customer ${run.customerIdentifier}`;
}

/** A preview looks like a bill, and is none. */
function previewNotice({ workflowId, workflowType, status }: JobReply): Html | null {
  if (workflowType !== billPreview.type) return null;
  const { previewId, seq } = partsOf(workflowId);
  const documents = status === 'completed' ? previewLinks(previewId, seq) : null;
  return notice(
    'plain',
    html`<p><b>This is a preview.</b> Nothing is billed by it: it has no number, no file and no run.</p>${documents}`,
  );
}

function jobState(status: JobReply['status']): Html {
  return state(WORKFLOW_STATES.find((each) => each === status) ?? 'requested', status);
}

function crumb(run: RunReply | null): Html {
  if (run === null) return html`<a href="/ui/jobs">Jobs</a>`;
  return html`<a href="/">Runs</a> › <a href="${runPath(run.runId)}">${foreign(nameOf(run, moment))}</a>`;
}

function facts({ workflowId, workflowType, version, revision, updatedAt, partition }: JobReply): Html {
  return html`<span>Job <code>${foreign(workflowId)}</code></span>
${workflowType === undefined ? null : html`<span>${workflowType}${version === undefined ? null : html`, version ${version}`}</span>`}
<span>Partition ${partition}</span>
${revision === undefined ? null : html`<span>Revision ${revision}</span>`}
${updatedAt === undefined ? null : html`<span>Last reported <time datetime="${updatedAt}">${moment(updatedAt)}</time></span>`}`;
}

function problemOf({ problem, status }: JobReply): Html | null {
  if (problem === undefined) return null;
  const what = PROBLEMS[status] ?? 'It had a problem';
  return notice(
    'attention',
    html`<p><b>${what}:</b> ${foreign(problem.message)} <code>${problem.code}</code></p>`,
  );
}

const PROBLEMS: Readonly<Record<string, string>> = {
  parked: 'It can’t go on until somebody mends this and retries it',
  failed: 'There is no bill',
};

function controls({ workflowId, status }: JobReply): Html | null {
  const isParked = status === 'parked';
  if (!isParked && status !== 'waiting') return null;
  const path = jobPath(workflowId);
  return html`<div class="controls job-controls">
${isParked ? html`<form method="post" action="${path}/retry"><button class="primary">Retry</button></form>` : null}
<details class="confirm" id="confirm"><summary>Cancel …</summary>
<p>No bill will be made of it. A cancelled job can’t go on again.</p>
<form method="post" action="${path}/cancel"><button class="danger">Cancel this job</button></form></details></div>`;
}

function billSection(workflowId: string, bill: BillReply | HttpProblem): Html {
  const heading = html`<h2 id="bill-title"><a href="${billPagePath(workflowId)}">The bill</a></h2>`;
  if (bill instanceof HttpProblem)
    return html`<section aria-labelledby="bill-title">${heading}${notice('attention', html`<p>${bill.detail}</p>`)}</section>`;
  const text = textOf(bill);
  return html`<section aria-labelledby="bill-title">${heading}
${billFacts(bill)}
${billText(text, 'Its text is not made by this coordinator’s renderer, or its data don’t make the text that was reported.')}
${billLinks(workflowId)}</section>`;
}
