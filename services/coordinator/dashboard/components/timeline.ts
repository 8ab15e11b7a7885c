// The story of a job, from the request to the file, across services.
import { clock, lasting, moment } from '../format.ts';
import { foreign, type Html, html } from '../html.ts';
import type { JobReply, RunProgress, StoryEvent, TraceReply } from '../replies.ts';
import { questionOf } from './job-waits.ts';
import { type Shape, shape } from './states.ts';

/** At most so many entries are shown. */
const ENTRIES_MAX = 500;

interface Entry {
  readonly time: string;
  readonly what: Html;
  /** Which service did it. */
  readonly who: string;
  readonly shape?: Shape;
  /** How long that which ended here took, in milliseconds. */
  readonly tookMs?: number | undefined;
  readonly more?: Html;
}

/** What happened, in order. `run` is the run that asked for the job, if one did. */
export function timeline(job: JobReply, run: RunProgress | null, trace: TraceReply): Html {
  const all = [...asked(job, run), ...storyOf(job), ...spansOf(trace)].sort(
    (one, other) => Date.parse(one.time) - Date.parse(other.time),
  );
  if (all.length === 0) return html`<p class="soft">Nothing has been reported of it yet.</p>`;
  const entries = all.slice(0, ENTRIES_MAX);
  const first = all[0]?.time ?? '';
  return html`<p class="soft">Times are UTC; it was asked for <time datetime="${first}">${moment(first)}</time>.</p>
<ol class="timeline">${entries.map((entry, at) => html`${gap(entries[at - 1], entry)}${entryItem(entry)}`)}</ol>
${all.length > ENTRIES_MAX ? html`<p class="soft">And ${all.length - ENTRIES_MAX} more: see the messages.</p>` : null}`;
}

function entryItem({ time, what, who, shape: drawn, tookMs, more }: Entry): Html {
  return html`<li${drawn === undefined ? null : html` class="is-${drawn}"`}><span class="dot">${drawn === undefined ? null : shape(drawn)}</span>
<div><p>${what}${tookMs === undefined ? null : html` <span class="soft">after ${lasting(tookMs)}</span>`}</p>
<p class="soft small"><time datetime="${time}">${clock(time)}</time> · ${who}</p>${more}</div></li>`;
}

/** Where much time lies between two entries it is said, so that nobody has to subtract. */
function gap(before: Entry | undefined, { time }: Entry): Html | null {
  const ms = before === undefined ? 0 : Date.parse(time) - Date.parse(before.time);
  return ms < 1_000 ? null : html`<li class="gap soft small">${lasting(ms)} later</li>`;
}

function asked({ story }: JobReply, run: RunProgress | null): readonly Entry[] {
  const started = story.find((event) => event.event === 'started');
  const entries: Entry[] = [];
  if (run !== null)
    entries.push({
      time: run.createTime,
      what: html`<b>Asked for</b> by the run`,
      who: 'coordinator',
      shape: 'requested',
    });
  if (started !== undefined && started.createTime !== run?.createTime)
    entries.push({
      time: started.createTime,
      what: html`<b>Asked for</b>`,
      who: 'whoever wrote it on workflow-queue',
    });
  return entries;
}

function storyOf({ story, result }: JobReply): readonly Entry[] {
  const began = new Map<number, string>();
  return story.map((event): Entry => {
    const { time } = event;
    const startedAt = 'step' in event ? began.get(event.step) : undefined;
    if ('step' in event && startedAt === undefined) began.set(event.step, time);
    const tookMs =
      startedAt === undefined || event.event === 'asked'
        ? undefined
        : Date.parse(time) - Date.parse(startedAt);
    return {
      time,
      who: `engine, revision ${event.revision}`,
      tookMs,
      ...entryOf(event, billNumberIn(result)),
    };
  });
}

function entryOf(event: StoryEvent, billNumber: string | null): Pick<Entry, 'what'> & Partial<Entry> {
  switch (event.event) {
    case 'started':
      return { what: html`<b>Begun</b>` };
    case 'asked':
      return {
        what: html`<b>Asked</b> ${questionOf(event.category)}`,
        more: html`<details class="small"><summary>The question</summary><pre>${JSON.stringify(event.payload, null, 2)}</pre></details>`,
      };
    case 'expecting':
      return { what: html`<b>Expects</b> a record on <code>${event.topic}</code>` };
    case 'sleeping':
      return { what: html`<b>Sleeps</b> until ${moment(event.until)}` };
    case 'answered':
      return event.error === undefined
        ? { what: html`<b>Answer taken</b>` }
        : { what: html`<b>An error was the answer</b>: ${foreign(event.error.message)}`, shape: 'failed' };
    case 'expired':
      return { what: html`<b>Its time limit fired</b>`, shape: 'parked' };
    case 'elapsed':
      return { what: html`<b>Slept</b> long enough` };
    case 'abandoned':
      return { what: html`<b>Waits no longer</b> for step ${event.step}` };
    case 'completed':
      return {
        what:
          billNumber === null
            ? html`<b>Completed</b>`
            : html`<b>Completed</b> with the bill ${foreign(billNumber)}`,
        shape: 'completed',
      };
    case 'failed':
      return { what: html`<b>Failed</b>: ${foreign(event.error.message)}`, shape: 'failed' };
    case 'parked':
      return { what: html`<b>Parked</b>: ${foreign(event.error.message)}`, shape: 'parked' };
    case 'resumed':
      return { what: html`<b>Retried</b>`, shape: 'running' };
    case 'cancelled':
      return { what: html`<b>Cancelled</b>`, shape: 'cancelled' };
    default:
      return event satisfies never;
  }
}

/** What the reports don't say: of answers being made and of files only spans tell, while a live process still has them. */
function spansOf({ spans }: TraceReply): readonly Entry[] {
  return spans.flatMap((span) => {
    const { name, start, durationMs, failure, service } = span;
    if (durationMs === null || failure !== null || service === null) return [];
    const time = new Date(Date.parse(start) + durationMs).toISOString();
    if (name === 'write bill')
      return [
        { time, what: html`<b>Its file is on disk</b>`, who: `bill writer, ${service}`, tookMs: durationMs },
      ];
    if (name.startsWith('answer '))
      return [{ time, what: html`<b>Answer made</b>`, who: service, tookMs: durationMs }];
    return [];
  });
}

function billNumberIn(result: unknown): string | null {
  const number = (result as { readonly billNumber?: unknown } | null | undefined)?.billNumber;
  return typeof number === 'string' ? number : null;
}
