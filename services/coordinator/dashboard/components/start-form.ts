// The form that starts a run.
import { HttpProblem } from '../../../platform/http/index.ts';
import { flag, type Html, html } from '../html.ts';
import type { Form } from '../page.ts';
import { field } from '../page.ts';
import { notice } from './notice.ts';

const WHO = ['list', 'file', 'all'] as const;
type Who = (typeof WHO)[number];

/** What stands in the form's fields. A file has to be chosen again: browsers don't let a page fill that in. */
export interface StartValues {
  readonly who: Who;
  readonly customers: string;
  readonly label: string;
  /** `YYYY-MM`, or ''. */
  readonly billingPeriod: string;
  readonly billDate: string;
  /** Names the request, so that a form that is sent twice bills once. */
  readonly key: string;
}

export function emptyForm(customers: readonly string[] = []): StartValues {
  const key = crypto.randomUUID();
  return { who: 'list', customers: customers.join('\n'), label: '', billingPeriod: '', billDate: '', key };
}

export function startValues(form: Form): StartValues {
  return {
    who: WHO.find((each) => each === field(form, 'who')) ?? 'list',
    customers: field(form, 'customers'),
    label: field(form, 'label'),
    billingPeriod: field(form, 'billingPeriod'),
    billDate: field(form, 'billDate'),
    key: field(form, 'key'),
  };
}

/** What the form lacks, in words of its own: the REST interface speaks of JSON. Null where it can be sent. */
export function lackOf({ who, customers }: StartValues, file: unknown): HttpProblem | null {
  const lacks = (detail: string): HttpProblem =>
    new HttpProblem({ status: 400, code: 'no-identifiers', detail });
  if (who === 'list' && identifiersIn(customers).length === 0)
    return lacks('Nobody is named yet. Type at least one customer’s identifier, such as 2.');
  if (who === 'file' && !(file instanceof Blob && file.size > 0))
    return lacks(
      'No file is chosen yet, or it is empty. Choose a CSV file with a column customerIdentifier.',
    );
  return null;
}

const identifiersIn = (customers: string): readonly string[] =>
  customers.split(/[\n,;]+/).flatMap((each) => each.trim() || []);

/** What the form asks of `POST /runs`: its path and body. */
export function runRequest(
  values: StartValues,
  file: unknown,
): { readonly path: string; readonly body: unknown } {
  const { who, customers, label, billingPeriod, billDate } = values;
  const options = Object.entries({ label, billingPeriod, billDate }).filter(([, value]) => value !== '');
  const given = Object.fromEntries(options);
  switch (who) {
    case 'file':
      // without a file what is sent is empty, which is then said
      return {
        path: `/runs?${new URLSearchParams(given)}`,
        body: file instanceof Blob ? new Blob([file]) : new Blob([]),
      };
    case 'all':
      return { path: '/runs', body: { customers: 'all', ...given } };
    case 'list':
      return { path: '/runs', body: { customerIdentifiers: identifiersIn(customers), ...given } };
    default:
      return who satisfies never;
  }
}

export function startForm(values: StartValues, problem: HttpProblem | null): Html {
  const isDated = values.billDate !== '';
  return html`<form class="card start" method="post" action="/ui/runs" enctype="multipart/form-data" data-start-form>
<h2 id="start">Start a run</h2>
${problem === null ? null : html`<div id="complaint">${notice('attention', html`<p>${problem.detail}</p>`)}</div>`}
<input type="hidden" name="key" value="${values.key}">
<fieldset class="who">
<legend>Who is billed</legend>
${whoChoice('list', 'These customers', values)}
<div class="part of-list">
<label class="unseen" for="customers">Customers</label>
<textarea id="customers" name="customers" rows="4" spellcheck="false" autocapitalize="off" aria-describedby="customers-hint${problem === null ? null : ' complaint'}" placeholder="2, 4, 5">${values.customers}</textarea>
<p class="hint" id="customers-hint">Identifiers, one a line or with commas between. <a href="/ui/customers">Choose from the CRM’s list</a></p>
</div>
${whoChoice('file', 'Those in a file', values)}
<div class="part of-file">
<label class="unseen" for="file">CSV file</label>
<input type="file" id="file" name="file" accept=".csv,text/csv" aria-describedby="file-hint">
<p class="hint" id="file-hint">CSV with a column customerIdentifier.</p>
</div>
${whoChoice('all', 'All customers of the CRM', values)}
</fieldset>
<div class="field">
<label for="label">Label <span class="optional">optional</span></label>
<input id="label" name="label" value="${values.label}" maxlength="200" autocomplete="off">
</div>
<div class="field">
<label for="billing-period">Billing period <span class="optional">optional</span></label>
<p class="hint" id="period-hint">A month. Each customer is billed for it once, whichever run asks.</p>
<input type="month" id="billing-period" name="billingPeriod" value="${values.billingPeriod}" pattern="\\d{4}-\\d{2}" aria-describedby="period-hint">
</div>
<details class="field" ${flag('open', isDated)}>
<summary>Another bill date</summary>
<label for="bill-date">Bill date</label>
<p class="hint" id="date-hint">Without one, the day of the run. Not together with a billing period, whose last day it is.</p>
<input type="date" id="bill-date" name="billDate" value="${values.billDate}" aria-describedby="date-hint">
</details>
<p class="actions"><button class="primary">Start the run</button></p>
</form>`;
}

function whoChoice(who: Who, words: string, values: StartValues): Html {
  return html`<label><input type="radio" name="who" value="${who}" ${flag('checked', values.who === who)}>${words}</label>`;
}
