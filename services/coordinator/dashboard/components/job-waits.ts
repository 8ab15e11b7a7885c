// What a job waits for, since when, and who should answer.
import type { Instance } from '../../../platform/discovery/index.ts';
import { ago, moment, several } from '../format.ts';
import { foreign, type Html, html } from '../html.ts';
import type { DashboardOptions } from '../page.ts';
import type { JobReply, JobWait, RunProgress } from '../replies.ts';
import { command, notice } from './notice.ts';

interface Answerer {
  /** As discovery and `bun run services` know it. */
  readonly service: string;
  readonly name: string;
  /** What is asked of it. */
  readonly question: string;
}

/** Who answers which category, of the services that come with this. Others may answer any. */
const ANSWERERS: Readonly<Record<string, Answerer>> = {
  customer: { service: 'crm', name: 'CRM', question: 'who the customer is' },
  charges: {
    service: 'orders-service',
    name: 'orders service',
    question: 'what the customer has to pay for',
  },
  'bill-number': { service: 'engine', name: 'engine', question: 'which number the bill gets' },
  webhook: {
    service: 'notification-service',
    name: 'notification service',
    question: 'to reach the webhook’s receiver',
  },
};
const ENGINE: Answerer = { service: 'engine', name: 'engine', question: '' };

/** Whom a question goes to, as far as we know. */
function answererOf(category: string): Answerer | null {
  return Object.hasOwn(ANSWERERS, category) ? (ANSWERERS[category] ?? null) : null;
}

/** What a question asks, in a few words. */
export function questionOf(category: string): Html {
  const known = answererOf(category);
  return known === null ? html`the question ${foreign(category)}` : html`the ${known.name} ${known.question}`;
}

type Seen = Pick<DashboardOptions, 'discovery' | 'now'>;

/** Null for a job that waits for nothing. */
export function jobWaits(job: JobReply, run: RunProgress | null, seen: Seen): Html | null {
  if (job.waitsFor.length === 0) return null;
  const first = job.waitsFor[0];
  if (first?.kind === 'engine' && run?.state === 'paused')
    return notice(
      'plain',
      html`<p><b>Its run is paused.</b> This bill is asked for once the run is resumed.</p>`,
    );
  return notice(
    job.waitsFor.some((each) => isMissing(each, seen)) ? 'attention' : 'plain',
    html`<ul class="waits">${job.waitsFor.map((each) => html`<li>${wait(each, seen)}</li>`)}</ul>`,
  );
}

function wait(each: JobWait, seen: Seen): Html {
  switch (each.kind) {
    case 'engine':
      return html`<b>Waits for an engine to begin it.</b> ${standing(ENGINE, seen)}`;
    case 'answer': {
      const known = answererOf(each.category);
      if (known === null)
        return html`<b>Waits for an answer</b> to ${questionOf(each.category)}${since(each.since, seen)}. Whoever answers this category is no service of ours.`;
      const what = known.question.startsWith('to ') ? known.question : `to say ${known.question}`;
      return html`<b>Waits for the ${known.name}</b> ${what}${since(each.since, seen)}. ${standing(known, seen)}`;
    }
    case 'event':
      return html`<b>Waits for a record</b> on the topic <code>${each.topic}</code>${since(each.since, seen)}.`;
    case 'time':
      return html`<b>Sleeps</b> until <time datetime="${each.until}">${moment(each.until)}</time>${since(each.since, seen)}.`;
    default:
      return each satisfies never;
  }
}

function since(time: string, { now }: Seen): Html {
  return html`, since <time datetime="${time}">${moment(time)}</time> (${ago(time, now())})`;
}

function standing(answerer: Answerer, seen: Seen): Html | null {
  const alive = aliveOf(answerer, seen);
  if (alive === null) return null;
  const { name, service } = answerer;
  if (alive.length === 0)
    return html`<b>No ${name} is running.</b> Nothing is lost; it goes on once there is one. Start one with ${command(`bun run services ${service}`)}`;
  const ready = alive.filter(({ health }) => health === 'ready').length;
  if (ready === 0)
    return html`Of the ${name} ${several(alive.length, 'instance is', 'instances are')} running, none ready yet.`;
  return html`Of the ${name} ${several(ready, 'instance is', 'instances are')} ready to answer.`;
}

/** Null while nobody knows who is alive. */
function aliveOf({ service }: Answerer, { discovery }: Seen): readonly Instance[] | null {
  const all = discovery.all();
  if (all.length === 0 && discovery.readiness() !== 'running') return null;
  return all.filter((instance) => instance.service === service);
}

function isMissing(each: JobWait, seen: Seen): boolean {
  const answerer =
    each.kind === 'engine' ? ENGINE : each.kind === 'answer' ? answererOf(each.category) : null;
  return answerer !== null && aliveOf(answerer, seen)?.length === 0;
}
