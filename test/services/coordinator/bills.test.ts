import { afterEach, expect, test } from 'bun:test';
import { type Bill, issueBill, type JobEvent, renderBill, sha256, TEXT_RENDERER } from '../../../core/mod.ts';
import { sampleCustomers } from '../../../services/crm/samples.ts';
import {
  asked,
  type Body,
  cleanUp,
  eventually,
  newLog,
  type Running,
  report,
  start,
  started,
} from './support.ts';

afterEach(cleanUp);

function billOf(workflowId: string): Bill {
  const [customer] = sampleCustomers;
  if (customer === undefined) throw new Error('there are no sample customers');
  return issueBill(customer, { workflowId, billDate: '2026-11-21' });
}

const completed = (result: unknown): JobEvent => ({ event: 'completed', result });

async function withJobs(): Promise<Running> {
  const log = await newLog();
  const coordinator = await start(log);
  await coordinator.post({
    customerIdentifiers: ['1', '2', '3', '4', '5', '6', '7', '8', 'a/b'],
    runId: 'r',
  });
  const [good, slashed] = [billOf('r_1'), billOf('r_a/b')];
  await log.publish([
    report('r_1', 1, 'completed', [
      completed({ bill: good, renderer: TEXT_RENDERER, sha256: sha256(renderBill(good)) }),
    ]),
    report('r_a/b', 1, 'completed', [
      completed({ bill: slashed, renderer: TEXT_RENDERER, sha256: sha256(renderBill(slashed)) }),
    ]),
    report('r_2', 1, 'waiting', [started, asked]),
    report('r_3', 1, 'failed', [
      { event: 'failed', error: { code: 'customer-not-found', message: 'nobody' } },
    ]),
    report('r_4', 1, 'parked', [
      { event: 'parked', error: { code: 'version-missing', message: 'deploy it' } },
    ]),
    report('r_5', 1, 'cancelled', [{ event: 'cancelled' }]),
    report('r_6', 1, 'completed', [
      completed({ bill: good, renderer: TEXT_RENDERER, sha256: '0'.repeat(64) }),
    ]),
    report('r_7', 1, 'completed', [completed({ bill: good, renderer: 'text/99', sha256: '0'.repeat(64) })]),
    report('order-1', 1, 'completed', [completed({ fine: true })], 'order-validation'),
  ]);
  await eventually(
    'all are seen',
    async () =>
      (await coordinator.json('/runs/r')).requested === 1 &&
      (await coordinator.get('/jobs/order-1')).status === 200,
  );
  return coordinator;
}

test('gives a bill as text, or as JSON by Accept', async () => {
  const coordinator = await withJobs();
  for (const accept of [undefined, '*/*', 'text/plain', 'application/json;q=0.5,text/plain;q=0.9']) {
    const response = await coordinator.get('/bills/r_1', accept === undefined ? {} : { accept });
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await response.text()).toBe(renderBill(billOf('r_1')));
  }
  for (const accept of ['application/json', 'text/plain;q=0.1, application/json']) {
    const response = await coordinator.get('/bills/r_1', { accept });
    expect(response.headers.get('content-type')).toContain('application/json');
    const reply: Body = await response.json();
    expect(reply.bill).toEqual(billOf('r_1'));
  }
  expect(await (await coordinator.get('/bills/r_a%2Fb')).text()).toBe(renderBill(billOf('r_a/b')));
  expect((await coordinator.json('/jobs/r_1')).links.bill).toBe('/bills/r_1');
  expect((await coordinator.json('/jobs/r_1')).result.billNumber).toBe('B-r_1');
});

test('says why there is no bill', async () => {
  const coordinator = await withJobs();
  const cases: [string, number, string, string][] = [
    ['nope', 404, 'no-such-job', 'No job'],
    ['r_8', 404, 'bill-not-ready', 'no engine has begun it'],
    ['r_2', 404, 'bill-not-ready', 'still waits'],
    ['r_3', 404, 'job-failed', 'customer-not-found (nobody)'],
    ['r_4', 404, 'bill-not-ready', 'version-missing (deploy it)'],
    ['r_5', 404, 'job-cancelled', 'cancelled'],
    ['order-1', 404, 'not-a-bill', 'order-validation'],
    ['r_6', 500, 'bill-differs', 'hash'],
    ['r_7', 500, 'bill-differs', 'text/99'],
  ];
  for (const [workflowId, status, code, words] of cases) {
    const response = await coordinator.get(`/bills/${workflowId}`);
    const problem = (await response.json()) as Body;
    expect({ workflowId, status: response.status, code: problem.code }).toEqual({ workflowId, status, code });
    expect(problem.detail).toContain(words);
  }
  expect((await coordinator.get('/bills/r_7', { accept: 'application/json' })).status).toBe(200);
});
