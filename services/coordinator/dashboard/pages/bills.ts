// Bills: the latest, or those of a search; and one bill, in each of its forms.
import { TEXT_RENDERER, billText as textOf } from '../../../../core/mod.ts';
import { access } from '../../../platform/auth/index.ts';
import { HttpProblem } from '../../../platform/http/index.ts';
import { billFacts, billLinks, billText } from '../components/bill-card.ts';
import { stackingTable } from '../components/stacking-table.ts';
import { ago, moment, money } from '../format.ts';
import { foreign, type Html, html } from '../html.ts';
import { type Page, seeOther, type Visit } from '../page.ts';
import { billPagePath, billPath, jobPath, runPath } from '../paths.ts';
import { type BillReply, type BillsReply, type JobReply, nameOf, type RunReply } from '../replies.ts';

const PAGE = 25;
const SEARCHES = ['customer', 'number', 'id'] as const;
type Search = (typeof SEARCHES)[number];

const LABELS: Readonly<Record<Search, string>> = {
  customer: 'Customer identifier',
  number: 'Bill number',
  id: 'Job id',
};

export const billsPage: Page = {
  path: '/ui/bills',
  access: access('bill-reader', 'run-starter'),
  query: ['by', 'search', 'run', 'after'],
  show: async (visit) => {
    const { query, api, now } = visit;
    const search = (query.search ?? '').trim();
    const by = SEARCHES.find((each) => each === query.by) ?? 'customer';
    const isId = search !== '' && by === 'id';
    if (isId && (await hasBill(visit, search))) return seeOther(billPagePath(search));
    const after = query.after === undefined ? '' : `&after=${encodeURIComponent(query.after)}`;
    const wanted = wantedOf(by, search, query.run);
    const { bills, links } = isId
      ? { bills: [], links: {} as BillsReply['links'] }
      : await api.get<BillsReply>(`/bills?limit=${PAGE}${wanted}${after}`);
    const [only] = bills;
    if (only !== undefined && search !== '' && by === 'number')
      return seeOther(billPagePath(only.workflowId));
    const run = query.run === undefined || search !== '' ? null : await runOf(visit, query.run);
    return {
      title: 'Bills',
      main: html`<div class="title"><h1>Bills</h1></div>
${searchForm(by, search)}
<h2>${heading(by, search, run)}</h2>
${
  bills.length === 0
    ? empty(by, search, run !== null, links.next !== undefined)
    : stackingTable(
        'Bills',
        COLUMNS,
        bills.map((bill) => billCells(bill, now())),
      )
}
${pager(visit, links.next)}
${run === null || run.completed === 0 ? null : archive(run)}`,
    };
  },
};

function wantedOf(by: Search, search: string, run: string | undefined): string {
  if (search !== '') return `&${by}=${encodeURIComponent(search)}`;
  return run === undefined ? '' : `&run=${encodeURIComponent(run)}`;
}

async function hasBill({ api }: Visit, workflowId: string): Promise<boolean> {
  try {
    await api.get(`/bills/${encodeURIComponent(workflowId)}`);
    return true;
  } catch (error) {
    if (error instanceof HttpProblem && error.status === 404) return false;
    throw error;
  }
}

async function runOf({ api }: Visit, runId: string): Promise<RunReply> {
  return await api.get<RunReply>(`/runs/${encodeURIComponent(runId)}?limit=1`);
}

function searchForm(by: Search, search: string): Html {
  const options = SEARCHES.map(
    (each) => html`<option value="${each}"${each === by ? html` selected` : null}>${LABELS[each]}</option>`,
  );
  return html`<form class="find bills-find" method="get" action="/ui/bills" role="search">
<p><label for="by">Search by</label><select id="by" name="by">${options}</select></p>
<p><label for="search">Exactly</label><input type="search" id="search" name="search" value="${search}" autocomplete="off" spellcheck="false"></p>
<p><button>Search</button>${search === '' ? null : html` <a href="/ui/bills">All bills</a>`}</p></form>`;
}

function heading(by: Search, search: string, run: RunReply | null): Html {
  if (search !== '') return html`${LABELS[by]} ${foreign(search)}`;
  if (run !== null)
    return html`Of the run <a href="${runPath(run.runId)}">${foreign(nameOf(run, moment))}</a>`;
  return html`Newest first`;
}

function empty(by: Search, search: string, isOfRun: boolean, hasMore: boolean): Html {
  if (hasMore) return html`<p>None among those that were looked at so far. <b>Next</b> looks further.</p>`;
  if (search === '')
    return html`<p class="lead">${isOfRun ? 'The run has no bills here.' : 'There are no bills yet.'}</p>${isOfRun ? null : html`<p><a href="/">Start a run</a>, and its bills are here.</p>`}`;
  return html`<p class="lead">Nothing found.</p><p class="soft">${HINTS[by]}</p>`;
}

const HINTS: Readonly<Record<Search, string>> = {
  customer: 'Bills are found by customers that runs named. The identifier has to be exact.',
  number: 'The number has to be exact, as it stands on the bill.',
  id: 'No job of this id has a bill: its page under Jobs may say why.',
};

const COLUMNS = [
  { name: 'Number' },
  { name: 'Customer' },
  { name: 'Date', isFixed: true },
  { name: 'Total', isNumber: true, isFixed: true },
  { name: 'Made', isFixed: true },
  { name: 'Open as', isFixed: true },
];

function billCells(bill: BillsReply['bills'][number], nowMs: number): readonly Html[] {
  const { workflowId, billNumber, customerIdentifier, customerName, billDate, currency, total, completedAt } =
    bill;
  return [
    html`<a href="${billPagePath(workflowId)}">${foreign(billNumber)}</a>`,
    html`${foreign(customerName)} <span class="soft">${foreign(customerIdentifier)}</span>`,
    html`${billDate}`,
    html`${money(total, currency)}`,
    html`<time datetime="${completedAt}" title="${moment(completedAt)}">${ago(completedAt, nowMs)}</time>`,
    html`<a href="${billPath(workflowId, 'html')}" aria-label="Bill ${billNumber} as HTML">HTML</a><a href="${billPath(workflowId, 'pdf')}" aria-label="Bill ${billNumber} as PDF">PDF</a>`,
  ];
}

function pager({ url, query }: Visit, next: string | undefined): Html | null {
  if (query.after === undefined && next === undefined) return null;
  const first = new URL(url);
  first.searchParams.delete('after');
  const further = new URL(first);
  if (next !== undefined)
    further.searchParams.set('after', new URL(next, url).searchParams.get('after') ?? '');
  return html`<nav class="pager" aria-label="Pages of bills">${query.after === undefined ? null : html`<a href="${first.pathname + first.search}">First</a>`}${next === undefined ? null : html`<a href="${further.pathname + further.search}">Next</a>`}</nav>`;
}

function archive({ runId, ended }: RunReply): Html {
  const path = `/runs/${encodeURIComponent(runId)}/bills.zip`;
  return html`<p class="downloads"><span>${ended ? 'All bills' : 'The bills so far'} of the run as one archive:</span> <a href="${path}?format=pdf" download>PDF</a> <a href="${path}?format=txt" download>text</a> <a href="${path}?format=json" download>JSON</a></p>`;
}

export const billPage: Page = {
  path: '/ui/bills/:workflowId',
  access: access('bill-reader', 'run-starter'),
  query: ['as'],
  show: async ({ api, params, query }) => {
    const { workflowId = '' } = params;
    const path = encodeURIComponent(workflowId);
    const bill = await api.get<BillReply>(`/bills/${path}`);
    const job = await api.get<JobReply>(`/jobs/${path}`);
    const { billNumber } = bill.bill;
    const text = textOf(bill);
    // of another renderer the text can't be made here, but the page can
    const isDocument = text !== null || bill.renderer !== TEXT_RENDERER;
    const isText = query.as === 'text';
    return {
      title: `Bill ${billNumber}`,
      main: html`<p class="crumb"><a href="/ui/bills">Bills</a></p>
<div class="title"><h1>Bill ${foreign(billNumber)}</h1></div>
<div class="columns bill">
<section aria-labelledby="document-title"><h2 class="unseen" id="document-title">The document</h2>
<nav class="tabs" aria-label="Forms of the bill"><ul>
<li><a href="${billPagePath(workflowId)}"${isText ? null : html` aria-current="page"`}>As a page</a></li>
<li><a href="${billPagePath(workflowId)}?as=text"${isText ? html` aria-current="page"` : null}>As text</a></li></ul></nav>
${isText || !isDocument ? billText(text, 'Its data don’t make the text that was reported, with this coordinator’s renderer: only the JSON is shown.') : frame(workflowId, billNumber)}</section>
<section aria-labelledby="about-title"><h2 id="about-title">About it</h2>
${billFacts(bill)}
${billLinks(workflowId)}
<p><a href="${jobPath(workflowId)}">How it was made</a></p>
${job.run === undefined ? null : html`<p><a href="${runPath(job.run.runId)}">Its run</a></p>`}
<p class="soft small">SHA-256 of its text: <code class="long">${bill.sha256}</code></p></section>
</div>`,
    };
  },
};

/** No script and no form in it: the bill is only looked at. Of our origin, so that its frame can be made as high as it is. */
function frame(workflowId: string, billNumber: string): Html {
  return html`<iframe class="sheet" sandbox="allow-same-origin" src="${billPath(workflowId, 'html')}" title="Bill ${billNumber}"></iframe>
<noscript><p class="soft small">What is longer than its frame scrolls there; <a href="${billPath(workflowId, 'html')}">open it alone</a> to see it whole.</p></noscript>`;
}
