// What can be done with a run, and what was.
import { moment, several } from '../format.ts';
import { foreign, type Html, html } from '../html.ts';
import { runPath } from '../paths.ts';
import type { RunEvent, RunProgress } from '../replies.ts';

/** Buttons for what this run takes now; none for one that has ended as it should. */
export function runControls(run: RunProgress): Html | null {
  const troubled = run.failed + run.parked;
  const { state } = run;
  const buttons = [
    state === 'running' && button(run, 'pause', 'Pause'),
    state === 'paused' && button(run, 'resume', 'Resume', 'primary'),
    (state === 'running' || state === 'ended' || state === 'paused') &&
      troubled > 0 &&
      button(run, 'retry', `Retry ${several(troubled, 'bill')}`),
    (state === 'running' || state === 'paused') && cancel(run),
  ].filter((each) => each !== false);
  if (buttons.length === 0) return null;
  return html`<div class="controls">${buttons}</div>`;
}

function button({ runId }: RunProgress, verb: string, word: string, kind = ''): Html {
  return html`<form method="post" action="${runPath(runId)}/${verb}"><button class="${kind}">${word}</button></form>`;
}

/** It can't be undone: asked twice. */
function cancel(run: RunProgress): Html {
  const left = run.count - run.completed - run.failed - run.cancelled;
  return html`<details class="confirm" id="confirm"><summary>Cancel …</summary>
<p>${several(left, 'bill')} will not be made; those that exist stay. A cancelled run can’t be resumed.</p>
${button(run, 'cancel', 'Cancel this run', 'danger')}</details>`;
}

const DONE: Readonly<Record<string, string>> = {
  pause: 'Paused',
  resume: 'Resumed',
  cancel: 'Cancelled',
  retry: 'Retried',
};

/** Who did what, and when; the newest first. */
export function runHistory(history: readonly RunEvent[]): Html | null {
  if (history.length === 0) return null;
  return html`<section aria-labelledby="history-title"><h2 id="history-title">History</h2>
<ol class="history">${history
    .toReversed()
    .map(
      ({ command, by, time }) =>
        html`<li><b>${DONE[command] ?? command}</b> by ${foreign(by)} <span class="soft"><time datetime="${time}">${moment(time)}</time></span></li>`,
    )}</ol></section>`;
}
