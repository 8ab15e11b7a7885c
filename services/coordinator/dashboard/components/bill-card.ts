// A bill: its figures, its text as it was reported, and where its other forms are.
import { money } from '../format.ts';
import { foreign, type Html, html } from '../html.ts';
import { billPath } from '../paths.ts';
import type { BillReply } from '../replies.ts';

/** Links to each form of a bill, to look at and to keep. */
export function billLinks(workflowId: string): Html {
  const forms = (['html', 'pdf', 'txt', 'json'] as const).map(
    (format) => html` <a href="${billPath(workflowId, format)}">${NAMES[format]}</a>`,
  );
  return html`<p class="forms"><span class="soft">Open as</span>${forms} <a href="${billPath(workflowId, 'pdf')}?download=" download>Download PDF</a></p>`;
}

/** Links to each form of a preview. */
export function previewLinks(previewId: string, seq: number): Html {
  const forms = (['html', 'pdf', 'txt', 'json'] as const).map(
    (format) =>
      html` <a href="/previews/${encodeURIComponent(previewId)}/${seq}.${format}">${NAMES[format]}</a>`,
  );
  return html`<p class="forms"><span class="soft">Open the preview as</span>${forms}</p>`;
}

const NAMES = { html: 'HTML', pdf: 'PDF', txt: 'text', json: 'JSON' } as const;

export function billFacts({ bill }: BillReply): Html {
  const { billNumber, customer, billDate, dueDate, currency, total } = bill;
  return html`<dl class="facts-list">
<div><dt>Number</dt><dd>${foreign(billNumber)}</dd></div>
<div><dt>Customer</dt><dd>${foreign(customer.name)} <span class="soft">${foreign(customer.customerIdentifier)}</span></dd></div>
<div><dt>Total</dt><dd><b>${money(total, currency)}</b></dd></div>
<div><dt>Date</dt><dd>${billDate}</dd></div>
<div><dt>Due</dt><dd>${dueDate}</dd></div>
</dl>`;
}

/** The text, byte for byte. Null: it can't be made here, and the reason is `problem`. */
export function billText(text: string | null, problem: string | null): Html {
  if (text === null) return html`<p class="soft">${problem ?? 'Its text can’t be shown.'}</p>`;
  return html`<pre class="paper" tabindex="0" role="region" aria-label="The bill as text">${text}</pre>`;
}
