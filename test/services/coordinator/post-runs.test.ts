import { afterEach, expect, test } from 'bun:test';
import { topics } from '../../../core/mod.ts';
import {
  type Body,
  cleanUp,
  eventually,
  newLog,
  queued,
  type Running,
  recordsOn,
  report,
  start,
  started,
} from './support.ts';

afterEach(cleanUp);

function postRuns(
  { url }: Running,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(`${url}/runs`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });
}

test('starts a run with a label, which replies and lists show', async () => {
  const log = await newLog();
  const coordinator = await start(log);
  const label = 'Nachlauf Süd, 2. Versuch 😀';
  const response = await postRuns(coordinator, { customerIdentifiers: ['1', '3'], label });
  const reply = (await response.json()) as Body;
  expect(response.status).toBe(202);
  expect(response.headers.get('location')).toBe(`/runs/${reply.runId}`);
  expect([reply.label, reply.count]).toEqual([label, 2]);
  expect((await coordinator.json(`/runs/${reply.runId}`)).label).toBe(label);
  expect((await coordinator.json('/runs')).runs[0].label).toBe(label);
  const [run] = (await recordsOn(log, topics.billingRuns)).filter(({ key }) => key === reply.runId);
  expect(JSON.parse(String(run?.value)).label).toBe(label);
});

test('the label is part of what a repeat must share', async () => {
  const coordinator = await start(await newLog());
  const body = { customerIdentifiers: ['1'], label: 'one' };
  const headers = { 'idempotency-key': 'k1' };
  const first = await postRuns(coordinator, body, headers);
  const again = await postRuns(coordinator, body, headers);
  expect([first.status, again.status]).toEqual([202, 202]);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expect(await again.json()).toEqual(await first.json());
  const other = await postRuns(coordinator, { ...body, label: 'another' }, headers);
  expect([other.status, ((await other.json()) as Body).code]).toEqual([409, 'run-conflict']);
});

test('bills a customer once for a billing period: a second run shows what the first one made', async () => {
  const log = await newLog();
  const coordinator = await start(log);
  const november = { customerIdentifiers: ['1', '2'], billingPeriod: '2026-11' };
  const first = (await (await postRuns(coordinator, november)).json()) as Body;
  expect([first.billingPeriod, first.workflows.map((one: Body) => one.workflowId)]).toEqual([
    '2026-11',
    ['2026-11.1', '2026-11.2'],
  ]);
  await eventually('both are queued', async () => (await queued(log)).length === 2);
  const [message] = await recordsOn(log, topics.workflowQueue);
  expect(JSON.parse(String(message?.value)).payload.billDate).toBe('2026-11-30');
  const result = { total: '1.00' };
  await log.publish([
    report('2026-11.1', 1, 'completed', [started, { event: 'completed', result }]),
    report('2026-11.2', 1, 'waiting', [started]),
  ]);
  const again = { ...november, customerIdentifiers: ['3', '1', '2'], label: 'the rest' };
  const second = (await (await postRuns(coordinator, again)).json()) as Body;
  expect(second.runId).not.toBe(first.runId);
  await eventually('the one that is new is queued', async () => (await queued(log)).length === 3);
  const shown = await coordinator.json(`/runs/${second.runId}`);
  expect(shown).toMatchObject({ billingPeriod: '2026-11', requested: 1, waiting: 1, completed: 1 });
  expect(shown.workflows.map((one: Body) => [one.workflowId, one.status])).toEqual([
    ['2026-11.3', 'requested'],
    ['2026-11.1', 'completed'],
    ['2026-11.2', 'waiting'],
  ]);
  expect((await queued(log)).toSorted()).toEqual(['2026-11.1', '2026-11.2', '2026-11.3']);
});

test('a billing period of order-billing gives its days, and ids of its own', async () => {
  const log = await newLog();
  const coordinator = await start(log);
  const orders = { customerIdentifiers: ['1'], billingPeriod: '2026-11', workflowType: 'order-billing' };
  const reply = (await (await postRuns(coordinator, orders)).json()) as Body;
  expect(reply.workflows[0].workflowId).toBe('orders-2026-11.1');
  await eventually('it is queued', async () => (await queued(log)).length === 1);
  const [message] = await recordsOn(log, topics.workflowQueue);
  expect(JSON.parse(String(message?.value)).payload).toEqual({
    customerIdentifier: '1',
    period: { from: '2026-11-01', to: '2026-12-01' },
    billDate: '2026-11-30',
  });
});

const month = { customerIdentifiers: ['1'], billingPeriod: '2026-11' };
const bad: readonly [string, unknown, string][] = [
  ['a bare array', ['1'], 'invalid-body'],
  ['the misspelt name of older clients', { ['customerIdentif' + 'ers']: ['1'] }, 'unknown-field'],
  ['no customers', { label: 'x' }, 'missing-identifiers'],
  ['customers that are not all', { customers: 'some' }, 'invalid-customers'],
  ['all customers and some', { customers: 'all', customerIdentifiers: ['1'] }, 'invalid-customers'],
  ['a mistyped field', { customerIdentifiers: ['1'], lable: 'x' }, 'unknown-field'],
  ['an empty label', { customerIdentifiers: ['1'], label: '' }, 'invalid-label'],
  ['a label of 201 characters', { customerIdentifiers: ['1'], label: 'x'.repeat(201) }, 'invalid-label'],
  ['a label of two lines', { customerIdentifiers: ['1'], label: 'a\nb' }, 'invalid-label'],
  ['a label that is a number', { customerIdentifiers: ['1'], label: 7 }, 'invalid-label'],
  ['a billing period that is no month', { ...month, billingPeriod: '2026-13' }, 'invalid-billing-period'],
  ['a bill date beside a billing period', { ...month, billDate: '2026-11-30' }, 'unexpected-dates'],
  [
    'a period beside a billing period',
    { ...month, workflowType: 'order-billing', period: { from: '2026-11-01', to: '2026-12-01' } },
    'unexpected-dates',
  ],
];
for (const [name, body, code] of bad) {
  test(`refuses ${name}: ${code}, and nothing is written`, async () => {
    const log = await newLog();
    const response = await postRuns(await start(log), body);
    expect([response.status, ((await response.json()) as Body).code]).toEqual([400, code]);
    expect(await recordsOn(log, topics.billingRuns)).toEqual([]);
  });
}
