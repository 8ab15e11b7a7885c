// A run: how far it is, its bills, and what can be done with it.
import { access } from '../../../platform/auth/index.ts';
import { progressBar } from '../components/progress-bar.ts';
import { missingServices, standings } from '../components/services.ts';
import { MEANINGS, shape, state, WORKFLOW_STATES, type WorkflowState } from '../components/states.ts';
import { count, duration, moment, month, rate, several } from '../format.ts';
import { foreign, type Html, html } from '../html.ts';
import type { Page } from '../page.ts';
import { billPath, jobPath, runPath } from '../paths.ts';
import { nameOf, type RunReply, type RunWorkflow, stateOf } from '../replies.ts';

const PAGE = 50;
const EVERY_MS = 5_000;

export const runPage: Page = {
  path: '/ui/runs/:runId',
  access: access('bill-reader', 'run-starter'),
  query: ['after'],
  show: async (visit) => {
    const { runId = '' } = visit.params;
    const after = visit.query.after === undefined ? '' : `&after=${encodeURIComponent(visit.query.after)}`;
    const path = `/runs/${encodeURIComponent(runId)}`;
    const run = await visit.api.get<RunReply>(`${path}?limit=${PAGE}${after}`);
    const title = nameOf(run, moment);
    const open = run.requested + run.waiting;
    return {
      title,
      ...(run.ended ? {} : { live: { events: `${path}/events`, everyMs: EVERY_MS } }),
      main: html`<p class="crumb"><a href="/">Runs</a></p>
<div class="title" id="run-title" data-live><h1>${foreign(title)}</h1>${state(stateOf(run))}</div>
<p class="facts soft">${facts(run)}</p>
<div id="missing" data-live>${open === 0 ? null : missingServices(standings(visit), open)}</div>
<section class="card standing" id="standing" data-live aria-label="Progress">${standing(run, title)}</section>
<section aria-labelledby="workflows-title">
<h2 id="workflows-title">Bills</h2>
<div id="workflows" data-live>${workflows(run)}</div>
</section>`,
    };
  },
};

function facts(run: RunReply): Html {
  const { runId, createTime, billDate, billingPeriod } = run;
  return html`<span>Asked for <time datetime="${createTime}">${moment(createTime)}</time></span>
${billingPeriod === undefined ? null : html`<span>For ${month(billingPeriod)}</span>`}
${billDate === undefined ? null : html`<span>Bill date ${billDate}</span>`}
<span>Run <code>${runId}</code></span>`;
}

function standing(run: RunReply, title: string): Html {
  return html`<p class="figure"><b>${count(run.completed)}</b> of ${several(run.count, 'bill')}</p>
<p class="pace" aria-live="polite">${pace(run)}</p>
${progressBar(run, title)}
<ul class="legend">${WORKFLOW_STATES.map((name) => legendItem(run, name))}</ul>`;
}

function pace(run: RunReply): string {
  if (run.ended)
    return run.completed === run.count ? 'Every bill is there.' : 'All that could be done is done.';
  const left = run.secondsLeft === undefined ? '' : `, ${duration(run.secondsLeft)} left`;
  return run.rate ? `${rate(run.rate)} bills a second${left}` : 'Waiting';
}

function legendItem(run: RunReply, name: WorkflowState): Html {
  const number = run[name];
  return html`<li class="${number === 0 ? 'none' : 'some'}" title="${MEANINGS[name]}">${shape(name)}<b>${count(number)}</b> ${name}</li>`;
}

function workflows(run: RunReply): Html {
  const next =
    run.links.next === undefined ? null : new URL(run.links.next, 'http://x').searchParams.get('after');
  return html`<div class="scroll"><table>
<thead><tr><th scope="col">Customer</th><th scope="col">State</th><th scope="col">Bill</th></tr></thead>
<tbody>${run.workflows.map(workflowRow)}</tbody>
</table></div>
${next === null ? null : html`<nav class="pager" aria-label="Pages of bills"><a href="${runPath(run.runId)}">First</a> <a href="${runPath(run.runId)}?after=${next}">Next</a></nav>`}
${run.completed === 0 ? null : html`<p><a href="/runs/${encodeURIComponent(run.runId)}/bills.zip">All bills as one archive</a></p>`}`;
}

function workflowRow({ customerIdentifier, workflowId, status, problem }: RunWorkflow): Html {
  const known = WORKFLOW_STATES.find((each) => each === status) ?? 'requested';
  const bill =
    known === 'completed'
      ? html`<a href="${billPath(workflowId, 'html')}">Bill</a> <a href="${billPath(workflowId, 'pdf')}">PDF</a>`
      : html`<span class="soft">${problem === undefined ? '–' : foreign(problem.message ?? problem.code ?? '')}</span>`;
  return html`<tr><th scope="row"><a href="${jobPath(workflowId)}">${foreign(customerIdentifier)}</a></th><td>${state(known, status)}</td><td>${bill}</td></tr>`;
}
