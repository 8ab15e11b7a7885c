// The first page: start a run, and see how the others stand.
import { access } from '../../../platform/auth/index.ts';
import type { HttpProblem } from '../../../platform/http/index.ts';
import { command } from '../components/notice.ts';
import { runList } from '../components/run-list.ts';
import { missingServices, serviceStrip, standings } from '../components/services.ts';
import {
  emptyForm,
  lackOf,
  runRequest,
  type StartValues,
  startForm,
  startValues,
} from '../components/start-form.ts';
import { type Html, html } from '../html.ts';
import { type Action, asComplaint, type Page, type Shown, seeOther, type Visit } from '../page.ts';
import { runPath } from '../paths.ts';
import type { RunProgress, RunsReply } from '../replies.ts';

const PAGE = 20;
/** Services come and go without an event: so often the page looks, in milliseconds. */
const EVERY_MS = 2_000;

export const startPage: Page = {
  path: '/',
  access: access('bill-reader', 'run-starter'),
  query: ['after', 'search'],
  lists: ['customers'],
  show: (visit) => shown(visit, emptyForm(visit.url.searchParams.getAll('customers')), null),
};

export const startRun: Action = {
  path: '/ui/runs',
  access: access('run-starter'),
  act: async (visit, form) => {
    const values = startValues(form);
    const { path, body } = runRequest(values, form.get('file'));
    const lacks = lackOf(values, form.get('file'));
    if (lacks !== null) return await shown(visit, values, lacks);
    try {
      const { runId } = await visit.api.post<{ readonly runId: string }>(path, body, {
        'idempotency-key': values.key,
      });
      return seeOther(runPath(runId));
    } catch (error) {
      const problem = asComplaint(error);
      // the key names another run by now: what is in the form is a new one
      const key = problem.code === 'run-conflict' ? crypto.randomUUID() : values.key;
      return await shown(visit, { ...values, key }, problem);
    }
  },
};

async function shown(visit: Visit, values: StartValues, problem: HttpProblem | null): Promise<Shown> {
  const after = visit.query.after;
  const more = after === undefined ? '' : `&after=${encodeURIComponent(after)}`;
  const { runs, links } = await visit.api.get<RunsReply>(`/runs?limit=${PAGE}${more}`);
  const standing = standings(visit);
  const older = links.next === undefined ? null : new URL(links.next, visit.url).searchParams.get('after');
  const isEmpty = runs.length === 0 && after === undefined;
  return {
    title: 'Runs',
    ...(problem === null ? {} : { status: problem.status }),
    live: { events: '/events', everyMs: EVERY_MS, ...(problem === null ? {} : { path: '/' }) },
    main: html`<div class="title"><h1>Bill runs</h1>
<div id="services" data-live>${serviceStrip(standing)}</div></div>
<div id="missing" data-live>${missingServices(standing, openBills(runs), visit)}</div>
<div class="columns">
<section aria-labelledby="runs-title">
<h2 id="runs-title">${isEmpty ? 'Begin here' : after === undefined ? 'Newest first' : 'Older runs'}</h2>
<div id="runs" data-live>${isEmpty ? newcomer(visit) : runList(runs, visit.now())}
${pager(after, older)}</div>
</section>
${startForm(values, problem)}
</div>`,
  };
}

function openBills(runs: readonly RunProgress[]): number {
  return runs.reduce((sum, { requested, waiting }) => sum + requested + waiting, 0);
}

function pager(after: string | undefined, older: string | null): Html | null {
  if (after === undefined && older === null) return null;
  return html`<nav class="pager" aria-label="Pages of runs">
${after === undefined ? null : html`<a href="/">Newest</a>`}
${older === null ? null : html`<a href="/?after=${encodeURIComponent(older)}">Older</a>`}
</nav>`;
}

/** An empty house says what to do first. */
function newcomer({ url }: Visit): Html {
  return html`<div class="newcomer">
<p class="lead">Nothing has been billed here yet.</p>
<p>Name some customers in <a href="#start">the form</a> and start the run: 2, 4 and 5 are there as samples. Each gets a
bill, which this page follows. What has been accepted survives any restart.</p>
<p>Or from a terminal:</p>
${command(`curl -X POST ${url.origin} \\
  -H 'Content-Type: application/json' \\
  -d '{"customerIdentifiers":["2","4","5"]}'`)}
<p class="soft">All that is shown here is also a REST interface: <a href="/docs">the API</a> can be tried in the browser.</p>
</div>`;
}
