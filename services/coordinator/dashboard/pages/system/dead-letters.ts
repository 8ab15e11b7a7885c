// What was refused: by reason and topic, and what can be put back.
import { access } from '../../../../platform/auth/index.ts';
import { LETTERS_COUNTED, type LetterReason } from '../../../system/index.ts';
import { notice } from '../../components/notice.ts';
import { subnav } from '../../components/subnav.ts';
import { ago, count, moment, several } from '../../format.ts';
import { foreign, type Html, html } from '../../html.ts';
import { type Action, asComplaint, field, type Page, type Shown, seeOther, type Visit } from '../../page.ts';
import type { LettersReply, ListedLetter } from '../../replies.ts';

const PATH = '/ui/system/dead-letters';
const PAGE = 50;
/** One form puts back at most so many. */
const REPLAYS_MAX = 1_000;

export const letterPath = (partition: number, offset: number): string => `${PATH}/${partition}/${offset}`;

interface Filter {
  readonly reason: string;
  readonly topic: string;
  readonly replayed: boolean;
}

export const deadLettersPage: Page = {
  path: PATH,
  access: access('dead-letter-admin', 'operator'),
  query: ['reason', 'topic', 'replayed', 'after', 'done', 'refused'],
  show: (visit) => shown(visit, filterOf(visit.query), null),
};

export const replayLetters: Action = {
  path: `${PATH}/replay`,
  access: access('dead-letter-admin'),
  act: async (visit, form) => {
    const filter = { reason: field(form, 'reason'), topic: field(form, 'topic'), replayed: false };
    try {
      const { replayed, refused } = await visit.api.post<{
        readonly replayed: readonly unknown[];
        readonly refused: readonly unknown[];
      }>('/dead-letters/replay', {
        ...(filter.reason === '' ? {} : { reason: filter.reason }),
        ...(filter.topic === '' ? {} : { topic: filter.topic }),
        limit: REPLAYS_MAX,
      });
      const outcome = { done: String(replayed.length), refused: String(refused.length) };
      return seeOther(listPath(filter, outcome));
    } catch (error) {
      const { detail, status } = asComplaint(error);
      return { ...(await shown(visit, filter, detail)), status };
    }
  },
};

function filterOf({ reason = '', topic = '', replayed }: Visit['query']): Filter {
  return { reason, topic, replayed: replayed === 'show' };
}

/** The page with this filter. */
function listPath({ reason, topic, replayed }: Filter, more: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams({
    ...(reason === '' ? {} : { reason }),
    ...(topic === '' ? {} : { topic }),
    ...(replayed ? { replayed: 'show' } : {}),
    ...more,
  });
  return query.size === 0 ? PATH : `${PATH}?${query}`;
}

async function shown(visit: Visit, filter: Filter, complaint: string | null): Promise<Shown> {
  const { after } = visit.query;
  const asked = new URLSearchParams({
    limit: String(PAGE),
    ...(filter.replayed ? { replayed: 'show' } : {}),
    ...(filter.reason === '' ? {} : { reason: filter.reason }),
    ...(filter.topic === '' ? {} : { topic: filter.topic }),
    ...(after === undefined ? {} : { after }),
  });
  const { deadLetters, links } = await visit.api.get<LettersReply>(`/dead-letters?${asked}`);
  const reasons = visit.system.letterReasons();
  const next = links.next === undefined ? null : new URL(links.next, visit.url).searchParams.get('after');
  const isFiltered = filter.reason !== '' || filter.topic !== '';
  return {
    title: 'Dead letters',
    isSystem: true,
    main: html`${subnav(PATH)}
<h1>Dead letters</h1>
<p class="soft">Records that could not be processed, as they came. Mend the reason, then put them back: with their ids, so that doing it twice is harmless.</p>
${complaint === null ? outcome(visit.query) : notice('attention', html`<p>${foreign(complaint)}</p>`)}
${reasons.length === 0 ? html`<p class="lead">None is waiting.</p>` : reasonTable(reasons, filter, visit.now())}
<section aria-labelledby="letters-title"><h2 id="letters-title">${isFiltered ? headingOf(filter) : 'All of them'}</h2>
<p class="filter-line">${isFiltered ? html`<a href="${listPath({ ...filter, reason: '', topic: '' })}">All of them</a>` : null} ${filter.replayed ? html`<a href="${listPath({ ...filter, replayed: false })}">Leave out those that were put back</a>` : html`<a href="${listPath({ ...filter, replayed: true })}">Also those that were put back</a>`}</p>
${isFiltered ? replayForm(filter, reasons) : null}
${deadLetters.length === 0 ? html`<p class="soft">There is none here.</p>` : letterTable(deadLetters)}
${pager(filter, after, next)}</section>`,
  };
}

function headingOf({ reason, topic }: Filter): Html {
  return html`${reason === '' ? null : html`<code>${foreign(reason)}</code>`}${topic === '' ? null : html` from <code>${foreign(topic)}</code>`}`;
}

function outcome({ done, refused }: Visit['query']): Html | null {
  const [put, kept] = [wholeOf(done), wholeOf(refused)];
  if (put === null) return null;
  return html`${notice('good', html`<p><b>${several(put, 'letter was', 'letters were')} put back.</b> What comes of them shows where they belong; what is refused again comes back here.</p>`)}
${kept === null || kept === 0 ? null : notice('attention', html`<p>${several(kept, 'letter', 'letters')} could not be put back: look at one to see why.</p>`)}`;
}

const wholeOf = (text: string | undefined): number | null =>
  /^\d{1,4}$/.test(text ?? '') ? Number(text) : null;

function reasonTable(reasons: readonly LetterReason[], filter: Filter, nowMs: number): Html {
  const total = reasons.reduce((sum, each) => sum + each.count, 0);
  return html`<section aria-labelledby="reasons-title"><h2 id="reasons-title">By reason</h2>
<div class="scroll"><table><caption class="unseen">Dead letters by reason and topic</caption>
<thead><tr><th scope="col">Reason</th><th scope="col">From topic</th><th scope="col" class="number">Letters</th><th scope="col">Latest</th></tr></thead>
<tbody>${reasons.map(({ reason, topic, count: number, latestMs }) => {
    const latest = new Date(latestMs).toISOString();
    const isChosen = filter.reason === reason && filter.topic === topic;
    return html`<tr><th scope="row"><a href="${listPath({ reason, topic, replayed: false })}"${isChosen ? html` aria-current="true"` : null}>${foreign(reason)}</a></th><td>${topic === '' ? html`<span class="soft">not said</span>` : html`<code>${foreign(topic)}</code>`}</td><td class="number">${count(number)}</td><td><time datetime="${latest}" title="${moment(latest)}">${ago(latest, nowMs)}</time></td></tr>`;
  })}</tbody></table></div>${total < LETTERS_COUNTED ? null : html`<p class="soft">There are more than ${count(LETTERS_COUNTED)}; so many were counted.</p>`}</section>`;
}

/** It is a lot at once: asked twice. */
function replayForm(filter: Filter, reasons: readonly LetterReason[]): Html | null {
  const fitting = reasons.filter(
    ({ reason, topic }) =>
      (filter.reason === '' || filter.reason === reason) && (filter.topic === '' || filter.topic === topic),
  );
  const all = fitting.reduce((sum, each) => sum + each.count, 0);
  if (all === 0) return null;
  const now = Math.min(all, REPLAYS_MAX);
  const word =
    now < all ? `Put back the first ${count(now)} of ${count(all)}` : `Put back ${several(all, 'letter')}`;
  return html`<details class="confirm" id="confirm-replay"><summary>${word} …</summary>
<p>They go to the topics that they came from, and are processed again.</p>
<form method="post" action="${PATH}/replay"><input type="hidden" name="reason" value="${filter.reason}"><input type="hidden" name="topic" value="${filter.topic}"><button class="primary">${word}</button></form></details>`;
}

function letterTable(letters: readonly ListedLetter[]): Html {
  return html`<div class="scroll"><table class="stacked"><caption class="unseen">Dead letters</caption>
<thead><tr><th scope="col">Letter</th><th scope="col">When</th><th scope="col">Why</th><th scope="col">From</th><th scope="col">Key</th></tr></thead>
<tbody>${letters.map(letterRow)}</tbody></table></div>`;
}

function letterRow({ partition, offset, time, reason, detail, origin, key, replayedAt }: ListedLetter): Html {
  return html`<tr><th scope="row"><a href="${letterPath(partition, offset)}" aria-label="Letter ${partition}/${offset}">${partition}/${offset}</a></th>
<td data-label="When"><time datetime="${time}">${moment(time)}</time></td>
<td data-label="Why"><b>${foreign(reason)}</b> <span class="soft why">${foreign(detail.length > 200 ? `${detail.slice(0, 200)}…` : detail)}</span>${replayedAt === null ? null : html` <span class="soft">Put back ${moment(replayedAt)}.</span>`}</td>
<td data-label="From">${origin.topic === '' ? html`<span class="soft">not said</span>` : html`<code>${foreign(origin.topic)}</code>${origin.partition === null ? null : html` <span class="soft">${origin.partition}/${origin.offset}</span>`}`}</td>
<td data-label="Key">${key === null ? html`<span class="soft">none</span>` : html`<code class="key">${foreign(key.length > 80 ? `${key.slice(0, 80)}…` : key)}</code>`}</td></tr>`;
}

function pager(filter: Filter, after: string | undefined, next: string | null): Html | null {
  if (after === undefined && next === null) return null;
  return html`<nav class="pager" aria-label="Pages of letters">${after === undefined ? null : html`<a href="${listPath(filter)}">First</a>`}${next === null ? null : html`<a href="${listPath(filter, { after: next })}">Next</a>`}</nav>`;
}
