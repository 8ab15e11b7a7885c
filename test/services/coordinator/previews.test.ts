// Previews, with an engine and a CRM that run: what is shown is what would be billed, and nothing is.
import { Database } from 'bun:sqlite';
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { readdir } from 'node:fs/promises';
import { Value } from '@sinclair/typebox/value';
import {
  type Bill,
  BillPreview,
  PREVIEW_NUMBER,
  renderBill,
  renderBillHtml,
  topics,
} from '../../../core/mod.ts';
import { ENGINE_TYPES } from '../../../services/engine/billing-workflows.ts';
import { type AuditReport, auditLog } from '../../../services/platform/audit/audit-log.ts';
import { openLogAdmin } from '../../../services/platform/topics/open.ts';
import { HardeningLab } from '../../hardening/lab.ts';
import { until } from '../../support/until.ts';
import { pdfPages } from './documents/reading.ts';
import type { Body } from './support.ts';

let lab: HardeningLab;
let url: string;
beforeAll(async () => {
  lab = await HardeningLab.start(['coordinator', 'engine', 'crm']);
  url = lab.url('coordinator');
});
afterAll(() => lab.close());

const post = (path: string, body: unknown): Promise<Response> =>
  fetch(url + path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
const json = async (path: string): Promise<Body> => (await fetch(url + path)).json();
const text = async (path: string): Promise<string> => (await fetch(url + path)).text();

test('a preview is what the bill will be, but for mark, number and workflow-id, and nothing is billed by it', async () => {
  const month = { customerIdentifiers: ['2', '4'], billingPeriod: '2026-11' };
  const response = await post('/previews', month);
  const asked = (await response.json()) as Body;
  expect(response.status).toBe(202);
  expect(response.headers.get('location')).toBe(asked.links.self);
  const shown = await json(`${asked.links.self}?wait=60s`);
  expect(shown).toMatchObject({ previewId: asked.previewId, count: 2, requested: 0, ended: true });
  expect(shown.previews).toEqual(asked.previews.map((each: Body) => ({ ...each, status: 'completed' })));

  expect(await readdir(lab.settings.billsDir)).toEqual([]);
  expect((await json('/runs')).runs).toEqual([]);
  const [first, second] = asked.previews;
  const refused = await fetch(`${url}/bills/${encodeURIComponent(first.workflowId)}`);
  expect([refused.status, ((await refused.json()) as Body).code]).toEqual([404, 'not-a-bill']);
  expect((await json(`/jobs/${encodeURIComponent(first.workflowId)}`)).links.bill).toBeUndefined();

  const questions = await lab.all(topics.questions);
  const categories = questions.map(({ value }) => JSON.parse(String(value)).questionCategory);
  expect(categories).toEqual(['customer', 'customer']);

  const run = (await (await post('/runs', month)).json()) as Body;
  expect(await json(`/runs/${run.runId}?wait=60s`)).toMatchObject({ count: 2, completed: 2, ended: true });
  await until('both files', async () => (await readdir(lab.settings.billsDir)).length === 2);
  const numbers: string[] = [];
  for (const [at, { links, workflowId }] of [first, second].entries()) {
    const bill = (await json(`/bills/${run.workflows[at].workflowId}.json`)).bill as Bill;
    const previewed = await json(links.json);
    expect(Value.Check(BillPreview, previewed)).toBe(true);
    const marked = { ...bill, billNumber: PREVIEW_NUMBER, workflowId };
    expect(previewed.preview.bill).toEqual(marked);
    numbers.push(bill.billNumber);
    expect(await text(links.txt)).toBe(renderBill(marked, { preview: true }));
    expect(await text(links.html)).toBe(renderBillHtml(marked, { preview: true }));
    for (const path of [links.txt, links.html]) expect(await text(path)).toContain('this is not a bill');
    expect(await text(links.txt)).toContain(bill.total.replace(/\B(?=(\d{3})+\.)/g, ','));
  }
  // the first of their series: none was used up before
  expect(numbers.toSorted().map((number) => number.slice(-7))).toEqual(['-000001', '-000002']);
  const pdf = await fetch(url + first.links.pdf);
  expect(pdf.headers.get('content-type')).toBe('application/pdf');
  expect((await pdfPages(new Uint8Array(await pdf.arrayBuffer()))).join(' ')).toContain('this is not a bill');
});

test('the audit knows previews, and counts no bill for them', async () => {
  await until('the bill writer to have committed', async () => (await report()).bills?.unwritten === 0);
  const { totals, addsUp, bills, exceptions } = await report();
  expect(exceptions).toEqual([]);
  expect(totals).toMatchObject({ faults: 0, billed: 2 });
  expect(addsUp).toBe(true);
  expect(bills).toMatchObject({ files: 2, matching: 2, missing: 0, extra: 0 });
});

async function report(): Promise<AuditReport> {
  const admin = await openLogAdmin(lab.settings);
  try {
    return await auditLog({
      transport: lab.backing.transport,
      admin,
      db: new Database(':memory:'),
      groups: Object.fromEntries(ENGINE_TYPES.map((type) => [type, 'engine'])),
      billsDir: lab.settings.billsDir,
      exceptions: 10,
    });
  } finally {
    await admin.close();
  }
}

test('a customer whom there is not has no preview, and its place says why', async () => {
  const asked = (await (await post('/previews', { customerIdentifiers: ['nobody', '2'] })).json()) as Body;
  const shown = await json(`${asked.links.self}?wait=60s`);
  expect(shown.previews.map((each: Body) => [each.customerIdentifier, each.status])).toEqual([
    ['nobody', 'failed'],
    ['2', 'completed'],
  ]);
  expect(shown.previews[0].problem.code).toBe('customer-not-found');
  const missing = await fetch(url + asked.previews[0].links.txt);
  expect([missing.status, ((await missing.json()) as Body).code]).toEqual([404, 'job-failed']);
  const none = await fetch(`${url}${asked.links.self}/3.txt`);
  expect([none.status, ((await none.json()) as Body).code]).toEqual([404, 'no-such-preview']);
});

test('Accept chooses the format where the path does not', async () => {
  const asked = (await (await post('/previews', { customerIdentifiers: ['5'] })).json()) as Body;
  await json(`${asked.links.self}?wait=60s`);
  const path = `${url}${asked.links.self}/1`;
  const typeFor = async (accept: string): Promise<string | null> =>
    (await fetch(path, { headers: { accept } })).headers.get('content-type');
  expect(await typeFor('text/html')).toStartWith('text/html');
  expect(await typeFor('application/json')).toStartWith('application/json');
  expect((await fetch(path, { headers: { accept: 'image/png' } })).status).toBe(406);
});

test('an id that was mistyped is no preview', async () => {
  const asked = (await (await post('/previews', { customerIdentifiers: ['2'] })).json()) as Body;
  const other = asked.previewId.replace('-1-', '-2-');
  for (const id of [other, 'x', `${asked.previewId}0`]) {
    const response = await fetch(`${url}/previews/${id}`);
    expect([response.status, ((await response.json()) as Body).code]).toEqual([404, 'no-such-preview']);
  }
});

const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `c${index}`);
const bad: readonly [string, unknown, string][] = [
  ['a list alone', ['1'], 'invalid-body'],
  ['no customers', {}, 'missing-identifiers'],
  ['an empty list', { customerIdentifiers: [] }, 'no-identifiers'],
  ['101 customers', { customerIdentifiers: ids(101) }, 'too-many-identifiers'],
  ['an empty identifier', { customerIdentifiers: [''] }, 'invalid-identifier'],
  ['a label', { customerIdentifiers: ['1'], label: 'x' }, 'unknown-field'],
  ['a date that there is not', { customerIdentifiers: ['1'], billDate: '2026-02-30' }, 'invalid-bill-date'],
  [
    'a month that there is not',
    { customerIdentifiers: ['1'], billingPeriod: '2026-00' },
    'invalid-billing-period',
  ],
];
for (const [name, body, code] of bad) {
  test(`refuses ${name}: ${code}, and nothing is asked for`, async () => {
    const before = await lab.backing.transport.endOffsets(topics.workflowQueue);
    const response = await post('/previews', body);
    expect([response.status, ((await response.json()) as Body).code]).toEqual([400, code]);
    expect(await lab.backing.transport.endOffsets(topics.workflowQueue)).toEqual(before);
  });
}
