// The form that starts a run.
import type { HttpProblem } from '../../../platform/http/index.ts';
import { type Html, html } from '../html.ts';
import { notice } from './notice.ts';

/** What stands in the form's fields. */
export interface StartValues {
  readonly customers: string;
  readonly billDate: string;
  /** Names the request, so that a form that is sent twice bills once. */
  readonly key: string;
}

export function emptyForm(customers: readonly string[] = []): StartValues {
  return { customers: customers.join('\n'), billDate: '', key: crypto.randomUUID() };
}

export function startForm(values: StartValues, problem: HttpProblem | null): Html {
  return html`<form class="card start" method="post" action="/ui/runs" enctype="multipart/form-data" data-start-form>
<h2 id="start">Start a run</h2>
${problem === null ? null : html`<div id="complaint">${notice('attention', html`<p>${problem.detail}</p>`)}</div>`}
<input type="hidden" name="key" value="${values.key}">
<div class="field">
<label for="customers">Customers</label>
<p class="hint" id="customers-hint">Identifiers, one a line or with commas between. The sample customers are 1 to 8.</p>
<textarea id="customers" name="customers" rows="4" spellcheck="false" autocapitalize="off" aria-describedby="customers-hint${problem === null ? null : ' complaint'}" placeholder="2, 4, 5" required>${values.customers}</textarea>
<p><a href="/ui/customers" data-picker>Choose from the CRM’s list</a></p>
</div>
<div class="field">
<label for="bill-date">Bill date <span class="optional">optional: today</span></label>
<input type="date" id="bill-date" name="billDate" value="${values.billDate}">
</div>
<p class="actions"><button class="primary">Start the run</button></p>
</form>`;
}
