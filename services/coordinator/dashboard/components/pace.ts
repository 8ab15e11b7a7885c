// How a run moves, in a sentence.
import { count, duration, rate } from '../format.ts';
import { type Html, html } from '../html.ts';
import type { RunProgress } from '../replies.ts';
import { shape } from './states.ts';

/** So long nothing may be reported before that is worth a word, in milliseconds. */
const STILL_MS = 10_000;

/** Null where the state of the run says all there is to say. Not to be shown beside what says that a service is missing. */
export function paceOf(run: RunProgress, nowMs: number): Html | null {
  if (run.ended && run.completed === run.count)
    return html`<p class="pace done">${shape('ended')}Every bill is there.</p>`;
  const told = run.ended ? 'All that could be done is done.' : movement(run, nowMs);
  return told === null ? null : html`<p class="pace">${told}</p>`;
}

function movement(run: RunProgress, nowMs: number): string | null {
  const left = run.secondsLeft === undefined ? '' : `, about ${duration(run.secondsLeft)} left`;
  if (run.rate) return `${rate(run.rate)} bills a second${left}`;
  if (run.state !== 'running') return null;
  const stillMs = nowMs - Date.parse(run.updatedAt);
  if (stillMs >= STILL_MS) return `Nothing has moved for ${duration(stillMs / 1_000)}.`;
  const begun = run.count - run.requested;
  if (begun === 0) return 'It has just begun.';
  return begun === run.waiting
    ? `${count(begun)} begun; the first bill is not there yet.`
    : 'More bills are on their way.';
}
