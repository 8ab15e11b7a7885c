import { ago, count, duration, moment, month, rate, several } from '../format.ts';
import { foreign, type Html, html } from '../html.ts';
import { runPath } from '../paths.ts';
import { nameOf, type RunProgress } from '../replies.ts';
import { progressBar } from './progress-bar.ts';
import { runState } from './states.ts';

/** Runs, each with its bar; all of it leads to the run's page. */
export function runList(runs: readonly RunProgress[], nowMs: number): Html {
  return html`<ol class="runs">${runs.map((run) => runItem(run, nowMs))}</ol>`;
}

function runItem(run: RunProgress, nowMs: number): Html {
  const name = nameOf(run, moment);
  const period = run.billingPeriod === undefined ? null : html` · ${month(run.billingPeriod)}`;
  return html`<li id="run-${run.runId}">
<div class="run-head"><h3><a href="${runPath(run.runId)}">${foreign(name)}</a></h3>${runState(run)}</div>
${progressBar(run, name)}
<p class="run-foot"><span>${finishedOf(run)}</span><span class="soft"><time datetime="${run.createTime}" title="${moment(run.createTime)}">${ago(run.createTime, nowMs)}</time>${period}</span></p>
</li>`;
}

/** In a few words: how many bills there are, and what is the matter with the others. */
function finishedOf(run: RunProgress): Html {
  const { completed, failed, parked, cancelled } = run;
  const all =
    completed === run.count
      ? several(completed, 'bill')
      : `${count(completed)} of ${several(run.count, 'bill')}`;
  const rest = [
    failed > 0 && `${count(failed)} failed`,
    parked > 0 && `${count(parked)} parked`,
    cancelled > 0 && `${count(cancelled)} cancelled`,
    !run.ended && run.rate && `${rate(run.rate)}/s`,
    !run.ended && run.secondsLeft !== undefined && `${duration(run.secondsLeft)} left`,
  ].filter((each) => typeof each === 'string');
  return html`<b>${all}</b>${rest.map((each) => ` · ${each}`)}`;
}
