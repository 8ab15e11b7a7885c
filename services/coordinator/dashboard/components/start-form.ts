// The form that starts a run.
import type { HttpProblem } from '../../../platform/http/index.ts';
import { flag, type Html, html } from '../html.ts';
import type { Form } from '../page.ts';
import { field } from '../page.ts';
import { notice } from './notice.ts';

/** What stands in the form's fields; a file's name is not kept, as browsers don't let us. */
export interface StartValues {
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
  return { customers: customers.join('\n'), label: '', billingPeriod: '', billDate: '', key };
}

export function startValues(form: Form): StartValues {
  return {
    customers: field(form, 'customers'),
    label: field(form, 'label'),
    billingPeriod: field(form, 'billingPeriod'),
    billDate: field(form, 'billDate'),
    key: field(form, 'key'),
  };
}

/** What `POST /runs` takes of the form. */
export function runRequest({ customers, label, billingPeriod, billDate }: StartValues): unknown {
  const customerIdentifiers = customers.split(/[\n,;]+/).flatMap((each) => each.trim() || []);
  const options = { label, billingPeriod, billDate };
  const given = Object.entries(options).filter(([, value]) => value !== '');
  return { customerIdentifiers, ...Object.fromEntries(given) };
}

export function startForm(values: StartValues, problem: HttpProblem | null): Html {
  const isDated = values.billDate !== '';
  return html`<form class="card start" method="post" action="/ui/runs" enctype="multipart/form-data" data-start-form>
<h2 id="start">Start a run</h2>
${problem === null ? null : html`<div id="complaint">${notice('attention', html`<p>${problem.detail}</p>`)}</div>`}
<input type="hidden" name="key" value="${values.key}">
<div class="field">
<label for="customers">Customers</label>
<p class="hint" id="customers-hint">Identifiers, one a line or with commas between.</p>
<textarea id="customers" name="customers" rows="4" spellcheck="false" autocapitalize="off" aria-describedby="customers-hint${problem === null ? null : ' complaint'}" placeholder="2, 4, 5" required>${values.customers}</textarea>
<p><a href="/ui/customers">Choose from the CRM’s list</a></p>
</div>
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
