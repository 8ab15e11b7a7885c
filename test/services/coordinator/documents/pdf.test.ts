import { expect, test } from 'bun:test';
import { join } from 'node:path';
import fc from 'fast-check';
import { billDocument } from '../../../../core/billing/bill-document.ts';
import type { Customer } from '../../../../core/billing/customer.ts';
import { issueBill } from '../../../../core/billing/issue-bill.ts';
import { renderPdf } from '../../../../services/coordinator/documents/pdf/render-pdf.ts';
import * as customers from '../../../core/billing/customers.ts';
import { pdfPages } from './reading.ts';

const order = { workflowId: '71638', billDate: '2020-04-15' };
const { emptyCustomer } = customers;
const entry = { description: 'Thing', quantity: '1', unit: 'h', unitPrice: '1.00', taxRate: '19' };
const billOf = (customer: Customer) => issueBill(customer, order);

async function hashesOf(argument: string): Promise<string> {
  const program = join(import.meta.dirname, 'fixtures/pdf-program.ts');
  const process_ = Bun.spawn([process.execPath, program, argument], { stdout: 'pipe', stderr: 'inherit' });
  const hashes: Record<string, string> = JSON.parse(await new Response(process_.stdout).text());
  return JSON.stringify(Object.entries(hashes).toSorted());
}

test('the same bill makes the same bytes in every process, whatever was made before', async () => {
  const [once, again] = await Promise.all([hashesOf('in order'), hashesOf('reversed')]);
  expect(JSON.parse(once)).toHaveLength(Object.keys(customers).length);
  expect(again).toBe(once);
});

test('what a bill says can be read out of its PDF, in the order of the page', async () => {
  for (const customer of [emptyCustomer, customers.latinEuro, customers.longAmounts]) {
    const document = billDocument(billOf(customer));
    const [page = ''] = await pdfPages(await renderPdf(billOf(customer)));
    let at = 0;
    const { title, number, from, to, taxTotal, due, notes } = document;
    const inOrder = [
      title,
      number,
      from.name,
      ...document.lines.map(({ net }) => net),
      ...(document.taxes.length === 0 ? [] : [taxTotal.tax]),
      due.label,
      due.value,
    ];
    for (const text of inOrder) {
      const found = page.indexOf(text, at);
      expect({ text, found: found >= at }).toEqual({ text, found: true });
      at = found;
    }
    expect(page).toContain(to.name);
    for (const note of notes) expect(page.replaceAll(' ', '')).toContain(note.replaceAll(' ', ''));
    expect(page).toContain('Page 1 of 1');
  }
});

test('scripts that no font has together are drawn, with what is written from right to left', async () => {
  const [page = ''] = await pdfPages(await renderPdf(billOf(customers.manyScripts)));
  for (const word of ['Олена', 'Παπαδοπούλου', '한빛로', 'जयपुर', 'חשמל', '🇵🇹']) expect(page).toContain(word);
  const [japanese = ''] = await pdfPages(await renderPdf(billOf(customers.japaneseYen)));
  for (const word of ['佐藤', '横浜市中区', '電気']) expect(japanese).toContain(word);
  const [arabic = ''] = await pdfPages(await renderPdf(billOf(customers.arabicDinar)));
  for (const word of ['النخيل', 'دقيقة', '26.764']) expect(arabic).toContain(word);
});

test('what no font has is shown as missing, and the rest of the bill is there', async () => {
  const unheard = '\u{13000}\u{10330}\u{e0fff}';
  const [page = ''] = await pdfPages(
    await renderPdf(billOf({ ...customers.latinEuro, name: `A${unheard}B` })),
  );
  expect(page).toContain('A\ufffd\ufffd\ufffdB');
  expect(page).toContain('2,273.01');
});

test('a long bill has its header and number of pages on each page', async () => {
  const usage = Array.from({ length: 120 }, (_, at) => ({ ...entry, description: `Thing ${at}.` }));
  const pages = await pdfPages(await renderPdf(billOf({ ...emptyCustomer, usage })));
  expect(pages.length).toBeGreaterThan(3);
  for (const [at, page] of pages.entries()) expect(page).toContain(`Page ${at + 1} of ${pages.length}`);
  for (const page of pages.slice(0, -1))
    expect(page).toContain('Description Quantity Unit price Tax % Net EUR');
  const all = pages.join(' ');
  for (const { description } of usage) expect(all.split(description)).toHaveLength(2);
});

test('a preview says so on each page', async () => {
  const usage = Array.from({ length: 60 }, () => entry);
  const pages = await pdfPages(await renderPdf(billOf({ ...emptyCustomer, usage }), { preview: true }));
  expect(pages[0]).toContain('this is not a bill');
  for (const page of pages) expect(page).toContain('PREVIEW');
  expect(pages.join(' ')).not.toContain('Please pay');
});

test('its dates are those of the bill', async () => {
  const text = Buffer.from(await renderPdf(billOf(emptyCustomer))).toString('latin1');
  expect(text.match(/D:\d{14}/g)).toEqual(['D:20200415000000']);
});

test('whatever a customer is called or billed, there is a PDF with its total', async () => {
  const anything = (maxLength: number) => fc.string({ unit: 'binary', minLength: 1, maxLength });
  await fc.assert(
    fc.asyncProperty(anything(60), anything(100), anything(16), async (name, description, unit) => {
      const customer = {
        ...emptyCustomer,
        name,
        usage: [{ ...entry, description, unit, quantity: '1234.5' }],
      };
      const pages = await pdfPages(await renderPdf(billOf(customer)));
      expect(pages.join(' ')).toContain('1,469.06');
    }),
    { numRuns: 25 },
  );
});
