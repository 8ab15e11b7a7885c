// GET /bills: the latest, those of a customer or a run, and the one of a number.
import { afterEach, expect, test } from 'bun:test';
import {
  type Bill,
  issueBill,
  type MemoryLog,
  type OutgoingRecord,
  renderBill,
  sha256,
  TEXT_RENDERER,
} from '../../../core/mod.ts';
import { sampleCustomers } from '../../../services/crm/samples.ts';
import { cleanUp, eventually, newLog, type Running, report, start, started } from './support.ts';

afterEach(cleanUp);

function completed(workflowId: string, number?: string): OutgoingRecord {
  const [customer] = sampleCustomers;
  if (customer === undefined) throw new Error('there are no sample customers');
  const issued = issueBill(customer, { workflowId, billDate: '2026-11-21' });
  const bill: Bill = number === undefined ? issued : { ...issued, billNumber: number };
  const result = { bill, renderer: TEXT_RENDERER, sha256: sha256(renderBill(bill)) };
  return report(workflowId, 1, 'completed', [started, { event: 'completed', result }]);
}

/** Whose bills are on the page, and those of all pages after it. */
async function idsAt({ json }: Running, path: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let next: string | undefined = path; next !== undefined; ) {
    const page = await json(next);
    ids.push(...page.bills.map((bill: { readonly workflowId: string }) => bill.workflowId));
    next = page.links.next;
  }
  return ids;
}

const run = (
  coordinator: Running,
  runId: string,
  customerIdentifiers: readonly string[],
): Promise<Response> => coordinator.post({ runId, customerIdentifiers });

async function withBills(): Promise<{ readonly log: MemoryLog; readonly coordinator: Running }> {
  const log = await newLog();
  const coordinator = await start(log);
  for (const runId of ['first', 'second', 'third']) await run(coordinator, runId, ['a', 'b', 'c']);
  // one after the other, so that the view takes them in this order
  for (const record of [
    completed('first_a'),
    report('first_b', 1, 'failed', [{ event: 'failed', error: { code: 'x', message: 'y' } }]),
    completed('second_b'),
    completed('second_c', 'DE123-2026-000042'),
    completed('nobodys'),
    completed('third_a'),
  ]) {
    await log.publish([record]);
    await eventually('the view to have it', async () => {
      const { status } = await coordinator.json(`/jobs/${record.key}`);
      return status === 'completed' || status === 'failed';
    });
  }
  return { log, coordinator };
}

test('the latest bills come first, page by page, also those that no run asked for', async () => {
  const { coordinator } = await withBills();
  const latest = ['third_a', 'nobodys', 'second_c', 'second_b', 'first_a'];
  for (const limit of [1, 2, 5, 50])
    expect(await idsAt(coordinator, `/bills?limit=${limit}`)).toEqual(latest);
  const [bill] = (await coordinator.json('/bills')).bills;
  expect(bill).toMatchObject({
    workflowId: 'third_a',
    billNumber: 'B-third_a',
    customerIdentifier: '1',
    billDate: '2026-11-21',
    links: { self: '/bills/third_a', job: '/jobs/third_a', run: '/runs/third' },
  });
  expect((await coordinator.json('/bills?limit=2')).bills[1].links).toEqual({
    self: '/bills/nobodys',
    job: '/jobs/nobodys',
  });
});

test('of a customer come the bills of all runs, the newest run first', async () => {
  const { coordinator } = await withBills();
  const times = (await coordinator.json('/runs')).runs.map(
    (each: { readonly createTime: string; readonly runId: string }) => each.runId,
  );
  const wanted = times.filter((runId: string) => runId !== 'second').map((runId: string) => `${runId}_a`);
  for (const limit of [1, 50])
    expect(await idsAt(coordinator, `/bills?customer=a&limit=${limit}`)).toEqual(wanted);
  expect(await idsAt(coordinator, '/bills?customer=nobody')).toEqual([]);
});

test('a bill of a billing period is found by its customer once, whichever runs ask for it', async () => {
  const log = await newLog();
  const coordinator = await start(log);
  for (const runId of ['one', 'two'])
    await fetch(`${coordinator.url}/runs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ runId, customerIdentifiers: ['a'], billingPeriod: '2026-10' }),
    });
  await log.publish([completed('2026-10.a')]);
  await eventually('the bill to be there', async () => (await idsAt(coordinator, '/bills')).length === 1);
  expect(await idsAt(coordinator, '/bills?customer=a')).toEqual(['2026-10.a']);
});

test('a bill of a workflow that failed first and was asked for anew is found by its customer', async () => {
  const log = await newLog();
  const coordinator = await start(log);
  await run(coordinator, 'r', ['a', 'b']);
  await log.publish([
    report('r_a', 1, 'failed', [started, { event: 'failed', error: { code: 'x', message: 'y' } }]),
  ]);
  await eventually('the failure to be seen', async () => (await coordinator.json('/runs/r')).failed === 1);
  const retried = await fetch(`${coordinator.url}/runs/r/retry`, { method: 'POST' });
  expect(retried.status).toBe(202);
  await log.publish([completed('r+2_a')]);
  await eventually('the bill to be there', async () => (await idsAt(coordinator, '/bills')).length === 1);
  expect(await idsAt(coordinator, '/bills?customer=a')).toEqual(['r+2_a']);
});

test('of a run come its bills in the order of the request', async () => {
  const { coordinator } = await withBills();
  for (const limit of [1, 50])
    expect(await idsAt(coordinator, `/bills?run=second&limit=${limit}`)).toEqual(['second_b', 'second_c']);
  expect((await coordinator.get('/bills?run=none')).status).toBe(404);
});

test('a bill is found by its number, whether that says the job or is of a series', async () => {
  const { coordinator } = await withBills();
  expect(await idsAt(coordinator, '/bills?number=B-first_a')).toEqual(['first_a']);
  expect(await idsAt(coordinator, '/bills?number=DE123-2026-000042')).toEqual(['second_c']);
  // the number is another one now
  expect(await idsAt(coordinator, '/bills?number=B-second_c')).toEqual([]);
  expect(await idsAt(coordinator, '/bills?number=DE123-2026-00004')).toEqual([]);
});

test('what is wrong with a search is said', async () => {
  const coordinator = await start(await newLog());
  for (const [query, code] of [
    ['customer=a&run=r', 'invalid-search'],
    ['limit=0', 'invalid-page'],
    ['after=x', 'invalid-page'],
    ['customer=a&after=x', 'invalid-page'],
  ] as const) {
    const response = await coordinator.get(`/bills?${query}`);
    expect({ query, status: response.status, ...((await response.json()) as object) }).toMatchObject({
      query,
      status: 400,
      code,
    });
  }
});
