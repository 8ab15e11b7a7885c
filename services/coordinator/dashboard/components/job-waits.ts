// What a job waits for, since when, and who should answer.
import type { Instance } from '../../../platform/discovery/index.ts';
import { ago, moment, several } from '../format.ts';
import { foreign, type Html, html } from '../html.ts';
import type { DashboardOptions } from '../page.ts';
import type { JobReply, JobWait, RunProgress } from '../replies.ts';
import { notice } from './notice.ts';
import { toStart } from './to-start.ts';

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
/** A service that a job needs. */
type Needed = Pick<Answerer, 'service' | 'name'>;

const ENGINE: Needed = { service: 'engine', name: 'engine' };
const NOTIFICATIONS: Needed = { service: 'notification-service', name: 'notification service' };

/** Who runs which type of workflow, of the services that come with this. */
const HOSTS: Readonly<Record<string, Needed>> = {
  'bill-generation': ENGINE,
  'bill-preview': ENGINE,
  'order-billing': ENGINE,
  'order-validation': { service: 'validation-aggregator', name: 'validation aggregator' },
  'order-email': { service: 'email-service', name: 'email service' },
  'order-notification-mail': NOTIFICATIONS,
  'order-notification-webhook': NOTIFICATIONS,
};

/** Whom a question goes to, as far as we know. */
function answererOf(category: string): Answerer | null {
  return Object.hasOwn(ANSWERERS, category) ? (ANSWERERS[category] ?? null) : null;
}

/** What a question asks, in a few words. */
export function questionOf(category: string): Html {
  const known = answererOf(category);
  return known === null ? html`the question ${foreign(category)}` : html`the ${known.name} ${known.question}`;
}

type Seen = Pick<DashboardOptions, 'discovery' | 'now' | 'starting'>;

/** Null for a job that waits for nothing. */
export function jobWaits(job: JobReply, run: RunProgress | null, seen: Seen): Html | null {
  if (job.waitsFor.length === 0) return null;
  const first = job.waitsFor[0];
  if (first?.kind === 'engine' && run?.state === 'paused')
    return notice(
      'plain',
      html`<p><b>Its run is paused.</b> This bill is asked for once the run is resumed.</p>`,
    );
  const host = hostOf(job);
  const missing = missingFor(job, host, seen);
  const isHeld = host !== null && missing.includes(host);
  return notice(
    missing.length > 0 ? 'attention' : 'plain',
    html`${missing.length === 0 ? null : whatIsMissing(missing, isHeld && first?.kind !== 'engine', seen)}
<ul class="waits">${job.waitsFor.map((each) => html`<li>${wait(each, isHeld, seen)}</li>`)}</ul>`,
  );
}

/** Who runs the job; null where it is a host of somebody's own. */
function hostOf({ workflowType = '' }: JobReply): Needed | null {
  return Object.hasOwn(HOSTS, workflowType) ? (HOSTS[workflowType] ?? null) : null;
}

/** The services that it needs to go on and of which none is alive, each once; none while nobody knows who is. */
function missingFor(job: JobReply, host: Needed | null, seen: Seen): readonly Needed[] {
  const needed = job.waitsFor.map((each) => (each.kind === 'answer' ? answererOf(each.category) : null));
  const missing = new Map<string, Needed>();
  for (const each of [host, ...needed])
    if (each !== null && aliveOf(each, seen)?.length === 0 && !missing.has(each.service))
      missing.set(each.service, each);
  return [...missing.values()];
}

/** `hasBegun`: what came for the job meanwhile waits with it. */
function whatIsMissing(missing: readonly Needed[], hasBegun: boolean, seen: Seen): Html {
  const names = missing.map(({ name }) => `no ${name}`).join(' and ');
  const one = missing.length === 1 ? 'one' : 'both';
  const lost = hasBegun
    ? 'Nothing is lost: what was answered meanwhile stands under Messages, and is taken once there is one.'
    : `Nothing is lost; it goes on once there ${missing.length === 1 ? 'is one' : 'are'}.`;
  return html`<p><b>${names.replace('no', 'No')} is running.</b> ${lost} Start ${one} with</p>
${toStart(
  missing.map(({ service }) => service),
  seen,
)}`;
}

/** `isHeld`: nobody is there to take what comes, so that it may have come already. */
function wait(each: JobWait, isHeld: boolean, seen: Seen): Html {
  switch (each.kind) {
    case 'engine':
      return html`<b>Waits for an engine to begin it.</b> ${standing(ENGINE, seen)}`;
    case 'answer': {
      const known = answererOf(each.category);
      if (known === null)
        return html`<b>${isHeld ? 'Has asked for an answer' : 'Waits for an answer'}</b> to ${questionOf(each.category)}${since(each.since, seen)}. Whoever answers this category is no service of ours.`;
      if (isHeld)
        return html`<b>Has asked the ${known.name}</b> ${known.question}, on ${when(each.since, seen)}.`;
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

function since(time: string, seen: Seen): Html {
  return html`, since ${when(time, seen)}`;
}

function when(time: string, { now }: Seen): Html {
  return html`<time datetime="${time}">${moment(time)}</time> (${ago(time, now())})`;
}

/** How many could answer; nothing where none is alive, which is said above. */
function standing(needed: Needed, seen: Seen): string | null {
  const alive = aliveOf(needed, seen);
  if (alive === null || alive.length === 0) return null;
  const { name } = needed;
  const ready = alive.filter(({ health }) => health === 'ready').length;
  if (ready === 0)
    return `Of the ${name} ${several(alive.length, 'instance is', 'instances are')} running, none ready yet.`;
  return `Of the ${name} ${several(ready, 'instance is', 'instances are')} ready.`;
}

/** Null while nobody knows who is alive. */
function aliveOf({ service }: Needed, { discovery }: Seen): readonly Instance[] | null {
  const all = discovery.all();
  if (all.length === 0 && discovery.readiness() !== 'running') return null;
  return all.filter((instance) => instance.service === service);
}
