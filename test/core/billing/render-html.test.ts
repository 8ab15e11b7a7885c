import fc from 'fast-check';
import type { Customer } from '../../../core/billing/customer.ts';
import { HTML_STYLE } from '../../../core/billing/html-style.ts';
import { issueBill } from '../../../core/billing/issue-bill.ts';
import { HTML_RENDERER, renderBillHtml } from '../../../core/billing/render-html.ts';
import { renderBill } from '../../../core/billing/render-text.ts';
import { sha256 } from '../../../core/messages/sha256.ts';
import { assert, test } from '../../harness.ts';
import * as customers from './customers.ts';
import { arabicDinar } from './golden-html/arabic-dinar.ts';
import { japaneseYen } from './golden-html/japanese-yen.ts';
import { latinEuro } from './golden-html/latin-euro.ts';
import { longAmounts } from './golden-html/long-amounts.ts';
import { manyScripts } from './golden-html/many-scripts.ts';
import { preview } from './golden-html/preview.ts';
import { zero } from './golden-html/zero.ts';

const { emptyCustomer } = customers;
const order = { workflowId: '71638', billDate: '2020-04-15' };
const entry = { description: 'Thing', quantity: '1', unitPrice: '1.00', taxRate: '19' };

const render = (customer: Customer, options = {}): string =>
  renderBillHtml(issueBill(customer, order), options);
/** The pages on record leave the style out: it is the same in all of them. */
const withoutStyle = (html: string): string => html.replace(HTML_STYLE, '');

const golden: [what: string, customer: Customer, html: string][] = [
  ['of zero', emptyCustomer, zero],
  ['in euro at two rates', customers.latinEuro, latinEuro],
  ['in yen, in Japanese', customers.japaneseYen, japaneseYen],
  ['in dinar, in Arabic', customers.arabicDinar, arabicDinar],
  ['in many scripts', customers.manyScripts, manyScripts],
  ['of long amounts', customers.longAmounts, longAmounts],
];

for (const [what, customer, html] of golden) {
  test(`a bill ${what} is a page byte for byte as on record`, () =>
    assert.equal(withoutStyle(render(customer)), html));
}

test('a preview is a page byte for byte as on record', () =>
  assert.equal(withoutStyle(render(customers.latinEuro, { preview: true })), preview));

test('the pages on record are of html/1, with the style that was looked at', () => {
  assert.equal(HTML_RENDERER, 'html/1');
  assert.equal(sha256(HTML_STYLE), 'da6cc36df7efbb3af50924cd688658a72065ed281bf1ea5ae351c4fb4b689937');
});

/** What is sent, and what must stand in the page for it. */
const hostile: [what: string, text: string, shown: string][] = [
  ['an element', '<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
  ['the end of our element', '</bdi></td></table>', '&lt;/bdi&gt;&lt;/td&gt;&lt;/table&gt;'],
  ['the end of the title', '</title><style>', '&lt;/title&gt;&lt;style&gt;'],
  ['a character reference', '&lt;b&gt; &#60;', '&amp;lt;b&amp;gt; &amp;#60;'],
  ['the ends of an attribute', "\" onclick='x'", '&quot; onclick=&#39;x&#39;'],
  ['a comment', '<!-- -->', '&lt;!-- --&gt;'],
  ['control characters', 'a\u0000b\u001b[2Jc\r\nd\u0085', 'a\ufffdb\ufffd[2Jc\ufffd\ufffdd\ufffd'],
  ['bidirectional overrides', 'a\u202eb\u2066c\u2069', 'a\ufffdb\ufffdc\ufffd'],
  ['line separators', 'a\u2028b\u2029c', 'a\ufffdb\ufffdc'],
  ['half a surrogate pair', 'a\ud83db', 'a\ufffdb'],
  ['what cannot be seen', 'a\u200b\u00ad\ufeffb', 'ab'],
];

for (const [what, text, shown] of hostile) {
  test(`${what} in a bill stays text, wherever it stands`, () => {
    const customer: Customer = {
      ...emptyCustomer,
      name: text,
      taxId: text,
      customerIdentifier: text,
      address: { lines: [text], postalCode: text, city: text, region: text, country: 'SI' },
      usage: [{ ...entry, description: text, unit: text.slice(0, 16) }],
    };
    const issuer = { ...issueBill(emptyCustomer, order).issuer, name: text, taxId: text, contact: [text] };
    const html = renderBillHtml(issueBill(customer, { workflowId: text, billDate: '2020-04-15', issuer }));
    // number (twice: title and heading) and quoted in the note, three of the issuer, seven of the customer's side
    assert.ok(html.split(shown).length - 1 >= 12, html);
    if (shown !== text) assert.ok(!withoutStyle(html).includes(text));
    assert.deepEqual(tagsOf(html), tagsOf(render({ ...customer, ...plain(customer) })));
  });
}

test('whatever a bill says, the page has the elements that it has of plain words', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 16 }),
      (text, unit) => {
        const customer = { ...emptyCustomer, name: text, usage: [{ ...entry, description: text, unit }] };
        const calm = { ...emptyCustomer, name: 'x', usage: [{ ...entry, description: 'x', unit: 'x' }] };
        assert.deepEqual(tagsOf(render(customer)), tagsOf(render(calm)));
      },
    ),
  );
});

test('a page loads nothing and runs nothing', () => {
  const html = render(customers.manyScripts, { preview: true });
  assert.ok(!/<(script|link|img|iframe|object|form|base)\b/i.test(html));
  assert.ok(!/\b(src|href|on\w+|style)=/i.test(html));
  assert.ok(!/url\(|@import|https?:/i.test(html));
});

test('a page says its language and title, and its tables say what is a header of what', () => {
  const html = render(customers.latinEuro);
  assert.ok(html.includes('<html lang="en">'));
  assert.ok(html.includes('<title>Bill B-71638</title>'));
  assert.equal((html.match(/<caption>/g) ?? []).length, 2);
  assert.equal((html.match(/scope="col"/g) ?? []).length, 8);
  assert.equal((html.match(/scope="row"/g) ?? []).length, 4 + 3);
});

test('a preview says that it is one in text and page, asks for no money, and has all that the bill has', () => {
  for (const customer of Object.values(customers)) {
    const bill = issueBill(customer, order);
    for (const face of [renderBill, renderBillHtml]) {
      const shown = face(bill, { preview: true }).replace(/\s+/g, ' ');
      assert.ok(shown.includes('this is not a bill'));
      assert.ok(!shown.includes('Please pay'));
      for (const { net } of bill.taxes) assert.ok(shown.replaceAll(',', '').includes(net));
      assert.equal(face(bill, { preview: false }), face(bill));
    }
  }
  assert.ok(renderBill(issueBill(emptyCustomer, order), { preview: true }).startsWith('PREVIEW '));
});

/** The tags of a page, in order, without what they enclose. */
function tagsOf(html: string): readonly string[] {
  return withoutStyle(html).match(/<[^>]*>/g) ?? [];
}

function plain({ address }: Customer): Partial<Customer> {
  const lines = address.lines.map(() => 'x');
  return {
    name: 'x',
    taxId: 'x',
    customerIdentifier: 'x',
    address: { lines, postalCode: 'x', city: 'x', region: 'x', country: 'SI' },
    usage: [{ ...entry, unit: 'x' }],
  };
}
