import { count } from '../format.ts';
import { type Html, html } from '../html.ts';
import type { RunProgress } from '../replies.ts';
import { WORKFLOW_STATES } from './states.ts';

/** The units of the bar's drawing, whatever its width on the screen. */
const WIDTH = 1_000;

/** How much of a run is where, as one bar; `label` says of what. */
export function progressBar(run: RunProgress, label: string): Html {
  const finished = run.completed + run.failed + run.cancelled;
  let x = 0;
  const parts = WORKFLOW_STATES.filter((name) => name !== 'requested').map((name) => {
    const width = Math.round((run[name] / Math.max(1, run.count)) * WIDTH * 100) / 100;
    const part = html`<rect class="is-${name}" x="${x}" width="${width}" height="10"></rect>`;
    x += width;
    return part;
  });
  const said = `${count(finished)} of ${count(run.count)}`;
  return html`<div class="bar" role="progressbar" aria-label="${label}" aria-valuemin="0" aria-valuemax="${run.count}" aria-valuenow="${finished}" aria-valuetext="${said}"><svg viewBox="0 0 ${WIDTH} 10" preserveAspectRatio="none" aria-hidden="true">${parts}</svg></div>`;
}
