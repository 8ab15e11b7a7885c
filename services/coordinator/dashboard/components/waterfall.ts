// A trace as bars on a common line of time, and as a table for who reads rather than looks.
import { clock, lasting } from '../format.ts';
import { foreign, type Html, html } from '../html.ts';
import type { TraceReply, TraceSpan } from '../replies.ts';

/** At most so many spans are shown. */
const SPANS_MAX = 300;
/** The units of a row's drawing, whatever its width on the screen. */
const WIDTH = 1_000;
const MIN_WIDTH = 4;
/** Names are set in by so many levels at most. */
const DEPTH_MAX = 8;

export function waterfall({ spans, missing, sampled, traceId }: TraceReply, nowMs: number): Html {
  if (spans.length === 0) return html`<p class="soft">Nothing of it has begun yet.</p>`;
  const shown = spans.slice(0, SPANS_MAX);
  const startMs = Date.parse(spans[0]?.start ?? '');
  const ends = shown.map(
    ({ offsetMs, durationMs }) => offsetMs + (durationMs ?? Math.max(0, nowMs - startMs - offsetMs)),
  );
  const from = Math.min(0, ...shown.map(({ offsetMs }) => offsetMs));
  const wholeMs = Math.max(1, Math.max(...ends) - from);
  const failures = new Set<string>();
  return html`<div class="scroll"><table class="waterfall" role="table">
<caption class="unseen">What happened when: each row under what caused it</caption>
<thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">What</th><th scope="col" role="columnheader">Where</th><th scope="col" role="columnheader" class="number">From</th><th scope="col" role="columnheader" class="number">Took</th><th scope="col" role="columnheader" class="drawing"><span class="axis" aria-hidden="true"><span>0</span><span>${lasting(wholeMs)}</span></span><span class="unseen">Drawing</span></th></tr></thead>
<tbody role="rowgroup">${shown.map((span, at) => spanRow(span, { from, wholeMs, endMs: ends[at] ?? 0 }, failures))}</tbody>
</table></div>
${spans.length > SPANS_MAX ? html`<p class="soft">And ${spans.length - SPANS_MAX} more: the REST interface has them all.</p>` : null}
<p class="soft small">${source(sampled)}${traceId === null ? null : html` Trace <code>${traceId}</code>.`}</p>
${missing.length === 0 ? null : html`<p class="soft small">Not all could be asked: ${missing.map(({ url, reason }, at) => html`${at === 0 ? '' : '; '}<code>${url}</code> ${reason}`)}.</p>`}`;
}

function source(isSampled: boolean): string {
  return isSampled
    ? 'Made of the job’s reports, which are durable, and of what live processes still remember.'
    : 'Made of the job’s reports alone: its trace was not sampled (TRACE_RATIO says how many are; of a long run it is about 100).';
}

interface Scale {
  readonly from: number;
  readonly wholeMs: number;
  readonly endMs: number;
}

function spanRow(span: TraceSpan, { from, wholeMs, endMs }: Scale, told: Set<string>): Html {
  const { name, service, start, offsetMs, durationMs, status, failure, depth } = span;
  // what failed below made that fail which is above: it is said once
  const isNews = failure !== null && !told.has(failure);
  if (failure !== null) told.add(failure);
  const x = Math.round(((offsetMs - from) / wholeMs) * WIDTH);
  const width = Math.max(MIN_WIDTH, Math.round(((endMs - offsetMs) / wholeMs) * WIDTH));
  const left = Math.min(x, WIDTH - MIN_WIDTH);
  return html`<tr role="row" class="span-${status}"><th scope="row" role="rowheader"><span class="depth-${Math.min(depth, DEPTH_MAX)}">${foreign(name)}</span>${isNews ? html`<span class="failure small">${foreign(failure)}</span>` : null}</th>
<td role="cell">${service ?? html`<span class="soft">on record</span>`}</td>
<td role="cell" class="number"><time datetime="${start}" title="${clock(start)}">${lasting(Math.max(0, offsetMs))}</time></td>
<td role="cell" class="number">${durationMs === null ? 'lasts' : lasting(durationMs)}</td>
<td role="cell" class="drawing" aria-hidden="true"><svg viewBox="0 0 ${WIDTH} 10" preserveAspectRatio="none" aria-hidden="true"><rect x="${left}" width="${Math.min(width, WIDTH - left)}" height="10"></rect></svg></td></tr>`;
}
