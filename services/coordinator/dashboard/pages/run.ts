// A run: how far it is, its bills, and what can be done with it.
import { access } from '../../../platform/auth/index.ts';
import { notice } from '../components/notice.ts';
import { paceOf } from '../components/pace.ts';
import { progressBar } from '../components/progress-bar.ts';
import { runControls, runHistory } from '../components/run-controls.ts';
import { missingServices, standings } from '../components/services.ts';
import {
  MEANINGS,
  runState,
  shape,
  state,
  WORKFLOW_STATES,
  type WorkflowState,
} from '../components/states.ts';
import { count, lasting, moment, month, several } from '../format.ts';
import { foreign, type Html, html } from '../html.ts';
import { type Action, asComplaint, type Page, type Shown, seeOther, type Visit } from '../page.ts';
import { billPath, billsOfRunPath, jobPath, runPath } from '../paths.ts';
import { type HistoryReply, nameOf, type RunEvent, type RunReply, type RunWorkflow } from '../replies.ts';

const PAGE = 50;
const EVERY_MS = 3_000;
const VERBS = ['pause', 'resume', 'cancel', 'retry'] as const;

export const runPage: Page = {
  path: '/ui/runs/:runId',
  access: access('bill-reader', 'run-starter'),
  query: ['after'],
  show: (visit) => shown(visit, null),
};

export const runCommands: readonly Action[] = VERBS.map((verb) => ({
  path: `/ui/runs/:runId/${verb}`,
  access: access('run-starter'),
  act: async (visit) => {
    const { runId = '' } = visit.params;
    try {
      await visit.api.post(`${restPath(runId)}/${verb}`);
      return seeOther(runPath(runId));
    } catch (error) {
      const { detail, status } = asComplaint(error);
      return { ...(await shown(visit, detail)), status };
    }
  },
}));

const restPath = (runId: string): string => `/runs/${encodeURIComponent(runId)}`;

async function shown(visit: Visit, complaint: string | null): Promise<Shown> {
  const { runId = '' } = visit.params;
  const after = visit.query.after === undefined ? '' : `&after=${encodeURIComponent(visit.query.after)}`;
  const path = restPath(runId);
  const run = await visit.api.get<RunReply>(`${path}?limit=${PAGE}${after}`);
  const history = await historyOf(visit, run);
  const title = nameOf(run, moment);
  const open = run.requested + run.waiting;
  const missing = run.ended ? null : missingServices(standings(visit), open, visit);
  const here = complaint === null ? {} : { path: runPath(runId) };
  const goesOn = !run.ended || run.state === 'cancelling';
  return {
    title,
    ...(goesOn ? { live: { events: `${path}/events`, everyMs: EVERY_MS, ...here } } : {}),
    main: html`<p class="crumb"><a href="/">Runs</a></p>
<div class="title" id="run-title" data-live><h1>${foreign(title)}</h1>${runState(run)}</div>
<p class="facts soft" id="facts" data-live>${facts(run)}</p>
${complaint === null ? null : notice('attention', html`<p>${complaint}</p>`)}
<div id="missing" data-live>${missing}</div>
<section class="card standing" aria-label="Progress"><div id="standing" data-live>${standing(run, title, missing === null ? paceOf(run, visit.now()) : null)}</div>
<div id="controls" data-live>${run.state === undefined ? null : runControls(run)}</div></section>
<section aria-labelledby="workflows-title">
<h2 id="workflows-title">Bills</h2>
<div id="workflows" data-live>${workflows(run, visit.query.after)}</div>
</section>
<div id="history" data-live>${runHistory(history)}</div>`,
  };
}

async function historyOf({ api }: Visit, { runId }: RunReply): Promise<readonly RunEvent[]> {
  return (await api.get<HistoryReply>(`${restPath(runId)}/history`)).history;
}

function facts(run: RunReply): Html {
  const { runId, createTime, label, billDate, billingPeriod, endedAt } = run;
  return html`${label === undefined ? null : html`<span>Asked for <time datetime="${createTime}">${moment(createTime)}</time></span>`}
${billingPeriod === undefined ? null : html`<span>For ${month(billingPeriod)}</span>`}
${billDate === undefined ? null : html`<span>Bill date ${billDate}</span>`}
${endedAt === undefined ? null : html`<span>Took ${lasting(Date.parse(endedAt) - Date.parse(createTime))}</span>`}
<span>Run <code>${runId}</code></span>`;
}

function standing(run: RunReply, title: string, pace: Html | null): Html {
  const finished = run.completed + run.failed + run.cancelled;
  const tenth = Math.floor((finished / Math.max(1, run.count)) * 10) * 10;
  return html`<p class="figure"><b>${count(run.completed)}</b> of ${several(run.count, 'bill')}</p>
${pace}
<p class="unseen" role="status">${run.ended ? 'The run has ended.' : `${tenth} % done`}</p>
${progressBar(run, title)}
<ul class="legend">${WORKFLOW_STATES.map((name) => legendItem(run, name))}</ul>`;
}

function legendItem(run: RunReply, name: WorkflowState): Html {
  const number = run[name];
  return html`<li class="${number === 0 ? 'none' : 'some'}" title="${MEANINGS[name]}">${shape(name)}<b>${count(number)}</b> ${name}</li>`;
}

function workflows(run: RunReply, after: string | undefined): Html {
  const next =
    run.links.next === undefined ? null : new URL(run.links.next, 'http://x').searchParams.get('after');
  const first = after === undefined ? null : html`<a href="${runPath(run.runId)}">First</a>`;
  return html`<div class="scroll"><table>
<thead><tr><th scope="col">Customer</th><th scope="col">State</th><th scope="col">Bill</th></tr></thead>
<tbody>${run.workflows.map(workflowRow)}</tbody>
</table></div>
${first === null && next === null ? null : html`<nav class="pager" aria-label="Pages of bills">${first}${next === null ? null : html`<a href="${runPath(run.runId)}?after=${next}">Next</a>`}</nav>`}
${run.completed === 0 ? null : downloads(run)}`;
}

function downloads({ runId, ended }: RunReply): Html {
  const path = `${restPath(runId)}/bills.zip`;
  const formats = ['pdf', 'html', 'txt', 'json'].map(
    (format) => html` <a href="${path}?format=${format}" download>${format.toUpperCase()}</a>`,
  );
  return html`<p class="downloads"><span>${ended ? 'All bills' : 'The bills so far'} as one archive:</span>${formats}</p>
<p><a href="${billsOfRunPath(runId)}">Their numbers and totals</a></p>`;
}

function workflowRow({ customerIdentifier, workflowId, status, problem }: RunWorkflow): Html {
  const known = WORKFLOW_STATES.find((each) => each === status) ?? 'requested';
  const bill =
    known === 'completed'
      ? html`<a href="${billPath(workflowId, 'html')}" aria-label="Bill of ${customerIdentifier}">Bill</a> <a href="${billPath(workflowId, 'pdf')}" aria-label="Bill of ${customerIdentifier} as PDF">PDF</a>`
      : html`<span class="soft">${problem === undefined ? '–' : foreign(problem.message ?? problem.code ?? '')}</span>`;
  return html`<tr><th scope="row"><a href="${jobPath(workflowId)}">${foreign(customerIdentifier)}</a></th><td>${state(known, status)}</td><td>${bill}</td></tr>`;
}
