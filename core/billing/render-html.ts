// A bill as one page that needs nothing from elsewhere: no script, no font, no picture.
import type { Bill } from './bill.ts';
import {
  type BillDocument,
  billDocument,
  type DocumentLine,
  type DocumentParty,
  type DocumentTax,
  type RenderOptions,
} from './bill-document.ts';
import { NOTHING_BILLED } from './bill-wording.ts';
import { HTML_STYLE } from './html-style.ts';

/** Format and version of these bytes. It changes with any change of any bill's bytes. */
export const HTML_RENDERER = 'html/1';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * The bill as a page of HTML, in UTF-8. The same bill gives the same bytes on every runtime. Whatever came from
 * outside is made printable, escaped and isolated, so that it stays text and turns nothing that stands beside it.
 */
export function renderBillHtml(bill: Bill, options: RenderOptions = {}): string {
  const document = billDocument(bill, options);
  const { title, number, banner, from, to, facts, notes } = document;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="${HTML_RENDERER}">
<title>${escaped(`${title} ${number}`)}</title>
<style>${HTML_STYLE}</style>
</head>
<body>
${watermark(banner, title)}<main>
<header>
<h1>${escaped(title)}</h1>
<p class="number">${isolated(number)}</p>
</header>
${banner === null ? '' : `<p class="banner" role="note">${escaped(banner)}</p>\n`}<div class="parties">
${party(from)}
${party(to)}
</div>
<dl class="facts">
${facts.map(({ label, value }) => `<div><dt>${escaped(label)}</dt><dd>${isolated(value)}</dd></div>`).join('\n')}
</dl>
${charges(document)}
${sums(document)}
<footer class="notes">
${notes.map((note) => `<p>${isolated(note)}</p>`).join('\n')}
</footer>
</main>
</body>
</html>
`;
}

function watermark(banner: string | null, title: string): string {
  return banner === null
    ? ''
    : `<div class="watermark" aria-hidden="true"><span>${escaped(title)}</span></div>\n`;
}

function party({ heading, name, lines }: DocumentParty): string {
  const below = lines.map((line) => `<div dir="auto">${escaped(line)}</div>`).join('\n');
  return `<section>
<h2>${escaped(heading)}</h2>
<div class="name" dir="auto">${escaped(name)}</div>
${below}
</section>`;
}

function charges({ lines, currency }: BillDocument): string {
  if (lines.length === 0) return `<p class="nothing">${NOTHING_BILLED}</p>`;
  const header = ['Description', 'Quantity', 'Unit price', 'Tax %', `Net ${currency}`];
  return `<table class="charges" role="table">
<caption>What is billed</caption>
<thead role="rowgroup">
<tr role="row">${header.map((text) => `<th scope="col" role="columnheader">${escaped(text)}</th>`).join('')}</tr>
</thead>
<tbody role="rowgroup">
${lines.map(charge).join('\n')}
</tbody>
</table>`;
}

function charge({ description, quantity, unit, unitPrice, taxRate, net }: DocumentLine): string {
  const cells = [
    `${escaped(quantity)} <span class="unit">${isolated(unit)}</span>`,
    escaped(unitPrice),
    escaped(taxRate),
    escaped(net),
  ];
  const row = cells.map((cell) => `<td role="cell">${cell}</td>`).join('');
  return `<tr role="row"><th scope="row" role="rowheader">${isolated(description)}</th>${row}</tr>`;
}

function sums({ taxes, taxTotal, currency, due }: BillDocument): string {
  const total = `<dl class="due"><dt>${escaped(due.label)}</dt><dd>${escaped(due.value)}</dd></dl>`;
  if (taxes.length === 0) return `<div class="sums">\n${total}\n</div>`;
  return `<div class="sums">
<table class="taxes">
<caption>Tax by rate</caption>
<thead>
<tr><th scope="col">Tax rate</th><th scope="col">Net ${escaped(currency)}</th><th scope="col">Tax ${escaped(currency)}</th></tr>
</thead>
<tbody>
${taxes.map(taxRow).join('\n')}
</tbody>
<tfoot>
${taxRow(taxTotal)}
</tfoot>
</table>
${total}
</div>`;
}

function taxRow({ label, net, tax }: DocumentTax): string {
  return `<tr><th scope="row">${escaped(label)}</th><td>${escaped(net)}</td><td>${escaped(tax)}</td></tr>`;
}

/** Text in an element or in a quoted attribute. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

/** Text from outside within a line of ours: its direction is its own affair. */
function isolated(text: string): string {
  return `<bdi>${escaped(text)}</bdi>`;
}
