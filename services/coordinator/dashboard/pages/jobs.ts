// Jobs that somebody may want to look at, and a way to any other.
import { access } from '../../../platform/auth/index.ts';
import { HttpProblem } from '../../../platform/http/index.ts';
import { notice } from '../components/notice.ts';
import { stackingTable } from '../components/stacking-table.ts';
import { MEANINGS, shape } from '../components/states.ts';
import { ago, moment } from '../format.ts';
import { foreign, type Html, html } from '../html.ts';
import { type Page, seeOther } from '../page.ts';
import { jobPath, runPath } from '../paths.ts';
import type { JobsReply } from '../replies.ts';

const PAGE = 50;
const LISTS = ['parked', 'failed', 'cancelled'] as const;
type List = (typeof LISTS)[number];

export const jobsPage: Page = {
  path: '/ui/jobs',
  access: access('bill-reader', 'run-starter'),
  query: ['status', 'after', 'id'],
  show: async ({ api, query, now }) => {
    const id = (query.id ?? '').trim();
    const status = LISTS.find((each) => each === query.status) ?? 'parked';
    if (id !== '' && (await isJob(id))) return seeOther(jobPath(id));
    const after = query.after === undefined ? '' : `&after=${encodeURIComponent(query.after)}`;
    const { jobs, links } = await api.get<JobsReply>(`/jobs?status=${status}&limit=${PAGE}${after}`);
    return {
      title: 'Jobs',
      ...(id === '' ? {} : { status: 404 }),
      main: html`<div class="title"><h1>Jobs</h1>${searchForm(id)}</div>
${id === '' ? null : notice('attention', html`<p>No job has the id <code>${foreign(id)}</code>. Its run lists the ids of its jobs.</p>`)}
<nav class="tabs" aria-label="Lists of jobs"><ul>${LISTS.map((each) => tab(each, status))}</ul></nav>
<p class="soft">${MEANINGS[status]}.</p>
${jobs.length === 0 ? empty(status, query.after !== undefined) : jobTable(jobs, status, now())}
${pager(status, query.after !== undefined, links.next)}`,
    };
    async function isJob(workflowId: string): Promise<boolean> {
      try {
        await api.get(`/jobs/${encodeURIComponent(workflowId)}`);
        return true;
      } catch (error) {
        if (error instanceof HttpProblem && error.status === 404) return false;
        throw error;
      }
    }
  },
};

function searchForm(id: string): Html {
  return html`<form class="find" method="get" action="/ui/jobs" role="search"><label for="id">Job id</label>
<p class="search"><input type="search" id="id" name="id" value="${id}" autocomplete="off" spellcheck="false" required><button>Open</button></p></form>`;
}

function tab(each: List, current: List): Html {
  const here = each === current ? html` aria-current="page"` : null;
  return html`<li><a href="/ui/jobs?status=${each}"${here}>${shape(each)}${each}</a></li>`;
}

function empty(status: List, isLater: boolean): Html {
  if (isLater) return html`<p>No more.</p>`;
  return html`<p class="lead">No job is ${status}.</p>
<p class="soft">${status === 'parked' ? 'A job is parked where the engine can’t run its code, such as a version that is not deployed.' : 'What waits or is done, its run lists.'}</p>`;
}

const COLUMNS = [{ name: 'Job' }, { name: 'Reason' }, { name: 'Since', isFixed: true }, { name: 'Run' }];

function jobTable(jobs: JobsReply['jobs'], status: List, nowMs: number): Html {
  return stackingTable(
    `Jobs that are ${status}`,
    COLUMNS,
    jobs.map((job) => jobCells(job, nowMs)),
  );
}

function jobCells(job: JobsReply['jobs'][number], nowMs: number): readonly Html[] {
  const { workflowId, workflowType, problem, since, links } = job;
  const none = html`<span class="soft">–</span>`;
  const runId = links.run?.slice('/runs/'.length);
  return [
    html`<a href="${jobPath(workflowId)}">${foreign(workflowId)}</a><span class="soft small block">${workflowType}</span>`,
    problem === null ? none : html`${foreign(problem.message)} <code class="soft">${problem.code}</code>`,
    html`<time datetime="${since}" title="${moment(since)}">${ago(since, nowMs)}</time>`,
    runId === undefined
      ? none
      : html`<a href="${runPath(runId)}" aria-label="Run ${runId} of ${workflowId}">Run</a>`,
  ];
}

function pager(status: List, isLater: boolean, next: string | undefined): Html | null {
  if (!isLater && next === undefined) return null;
  const after = next === undefined ? null : new URL(next, 'http://x').searchParams.get('after');
  const path = `/ui/jobs?status=${status}`;
  return html`<nav class="pager" aria-label="Pages of jobs">${isLater ? html`<a href="${path}">First</a>` : null}${after === null ? null : html`<a href="${path}&amp;after=${encodeURIComponent(after)}">Next</a>`}</nav>`;
}
