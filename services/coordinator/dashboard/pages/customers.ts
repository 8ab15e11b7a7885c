// Customers of the CRM, to choose from.
import { access } from '../../../platform/auth/index.ts';
import { CallFailed } from '../../../platform/calls/index.ts';
import { notice } from '../components/notice.ts';
import { toStart } from '../components/to-start.ts';
import { flag, foreign, type Html, html } from '../html.ts';
import type { Page, Visit } from '../page.ts';
import type { Customer } from '../replies.ts';

/** So many are looked through for a search, and so many of them shown. */
const LOOKED_AT_MAX = 10_000;
const SHOWN_MAX = 100;
const CRM_PAGE = 1_000;

export const customersPage: Page = {
  path: '/ui/customers',
  access: access('run-starter'),
  query: ['search'],
  lists: ['customers'],
  show: async (visit) => ({ title: 'Customers', main: await picker(visit) }),
};

async function picker(visit: Visit): Promise<Html> {
  const search = (visit.query.search ?? '').trim();
  const chosen = [...new Set(visit.url.searchParams.getAll('customers'))].filter((each) => each !== '');
  return html`<div class="title"><h1>Customers</h1></div>
<p class="soft">Those that the CRM has. Choose some, and start a run for them.</p>
<form class="card picker" method="get" action="/ui/customers">
<div class="field"><label for="search">Search by name or identifier</label>
<p class="search"><input type="search" id="search" name="search" value="${search}" autocomplete="off"><button>Search</button></p></div>
<div id="found">${await foundBy(visit, search, chosen)}</div>
<p class="actions"><button class="primary" formaction="/">Bill these …</button> <a href="/">Back</a></p>
</form>`;
}

async function foundBy(visit: Visit, search: string, chosen: readonly string[]): Promise<Html> {
  try {
    const { customers, isAll } = await find(visit, search);
    const others = customers.filter(({ customerIdentifier }) => !chosen.includes(customerIdentifier));
    const rest = others.length - SHOWN_MAX;
    return html`<fieldset class="choices"><legend>${search === '' ? 'Customers' : `Customers with “${search}”`}</legend>
${chosen.map((each) => choice({ customerIdentifier: each, name: '' }, true))}
${others.slice(0, SHOWN_MAX).map((each) => choice(each, false))}
${others.length + chosen.length === 0 ? html`<p class="soft">${search === '' ? 'The CRM has no customers yet.' : 'None. Try a part of the name.'}</p>` : null}
</fieldset>
${rest > 0 ? html`<p class="soft">And ${rest} more: search for a part of the name.</p>` : null}
${isAll ? null : html`<p class="soft">The CRM has more than ${LOOKED_AT_MAX} customers; the first of them were looked through.</p>`}`;
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error;
    return notice(
      'attention',
      html`<p><b>The CRM does not answer,</b> so its customers can’t be shown. Identifiers can still be typed in.</p>${toStart(['crm'], visit)}`,
    );
  }
}

function choice({ customerIdentifier, name }: Customer, isChosen: boolean): Html {
  return html`<label class="choice"><input type="checkbox" name="customers" value="${customerIdentifier}" ${flag('checked', isChosen)}>
<span class="id">${foreign(customerIdentifier)}</span> <span>${foreign(name)}</span></label>`;
}

interface Found {
  readonly customers: readonly Customer[];
  /** Whether all that the CRM has were looked at. */
  readonly isAll: boolean;
}

async function find({ calls }: Visit, search: string): Promise<Found> {
  const wanted = search.toLowerCase();
  const found: Customer[] = [];
  let after = '';
  for (let lookedAt = 0; lookedAt < LOOKED_AT_MAX; lookedAt += CRM_PAGE) {
    const path = `/customers?limit=${CRM_PAGE}&after=${encodeURIComponent(after)}`;
    const { body } = await calls.to('crm').call(path);
    const { customers, next } = body as {
      readonly customers: readonly Customer[];
      readonly next: string | null;
    };
    found.push(
      ...customers
        .filter((each) => `${each.customerIdentifier}\n${each.name}`.toLowerCase().includes(wanted))
        .map(({ customerIdentifier, name }) => ({ customerIdentifier, name })),
    );
    if (next === null) return { customers: found, isAll: true };
    after = next;
  }
  return { customers: found, isAll: false };
}
