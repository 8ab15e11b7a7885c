// The circuit breakers of all processes: who calls whom, and who is not asked at the moment.
import { access } from '../../../../platform/auth/index.ts';
import type { Instance } from '../../../../platform/discovery/index.ts';
import type { ToldBreaker } from '../../../../platform/operations/index.ts';
import { missingProcesses } from '../../components/missing.ts';
import { type Shape, state } from '../../components/states.ts';
import { subnav } from '../../components/subnav.ts';
import { count } from '../../format.ts';
import { foreign, type Html, html } from '../../html.ts';
import type { Page, Visit } from '../../page.ts';

const PATH = '/ui/system/breakers';
const EVERY_MS = 2_000;

export const breakersPage: Page = {
  path: PATH,
  access: access('operator'),
  show: async (visit) => ({
    title: 'Circuit breakers',
    isSystem: true,
    live: { everyMs: EVERY_MS },
    main: await shown(visit),
  }),
};

const STATES: Readonly<Record<ToldBreaker['state'], readonly [Shape, string]>> = {
  closed: ['alive', 'closed: calls go through'],
  'half-open': ['starting', 'half-open: one call tries'],
  open: ['failed', 'open: calls fail at once'],
};

async function shown({ system }: Visit): Promise<Html> {
  const told = await system.breakers();
  const instances = system.instances() ?? [];
  return html`${subnav(PATH)}
<h1>Circuit breakers</h1>
<p class="soft">Each process has one for each service that it calls over HTTP. Failures in a row (five, where nothing else is set) open it; after a few seconds, or once there is an instance that has not been tried, one call tries again.</p>
<div id="missing" data-live>${missingProcesses(told)}</div>
<div id="breakers" data-live>${
    told.items.length === 0
      ? html`<p>No process has called another yet: there are breakers from the first call on.</p>`
      : html`<div class="scroll"><table><caption class="unseen">Circuit breakers</caption>
<thead><tr><th scope="col">Calls of</th><th scope="col">State</th><th scope="col" class="number">Under way</th><th scope="col">By</th></tr></thead>
<tbody>${ordered(told.items).map((each) => row(each, instances))}</tbody></table></div>`
  }</div>`;
}

/** Those that are not closed first. */
function ordered(breakers: readonly ToldBreaker[]): readonly ToldBreaker[] {
  const rank = ({ state: said }: ToldBreaker): number => (said === 'open' ? 0 : said === 'half-open' ? 1 : 2);
  return [...breakers].sort(
    (one, other) => rank(one) - rank(other) || (one.service < other.service ? -1 : 1),
  );
}

function row({ service, state: said, inFlight, process }: ToldBreaker, instances: readonly Instance[]): Html {
  const [shape, word] = STATES[said];
  const callers = instances.filter(({ operationsUrl }) => operationsUrl === process);
  const names = [...new Set(callers.map((each) => each.service))].filter((name) => !name.startsWith('view:'));
  return html`<tr><th scope="row">${foreign(service)}</th><td>${state(shape, word)}</td><td class="number">${count(inFlight)}</td>
<td>${new URL(process).host}${names.length === 0 ? null : html` <small class="soft">${names.join(', ')}</small>`}</td></tr>`;
}
