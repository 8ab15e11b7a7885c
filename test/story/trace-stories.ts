import { expect } from 'bun:test';
import { until } from '../support/until.ts';
import { expectWaitsAroundAnswers, expectWhole, pathTo } from './trace-checks.ts';
import { callersTrace, countsOf, json, type TraceLab } from './trace-lab.ts';

interface Waterfall {
  readonly status: string;
  readonly traceId: string | null;
  readonly spans: readonly {
    readonly name: string;
    readonly service: string | null;
    readonly depth: number;
    readonly status: string;
    readonly durationMs: number | null;
  }[];
}

const CUSTOMERS = ['2', '4', '5'];
const post = (body: unknown, traceparent: string): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', traceparent },
  body: JSON.stringify(body),
});

/** Engine and CRM die by kill -9 while every job waits for its answer; the trace of the run is whole all the same. */
export async function billStory(lab: TraceLab): Promise<void> {
  const { traceId, spanId, traceparent } = callersTrace();
  const coordinator = lab.url('COORDINATOR_PORT');
  for (const service of ['coordinator', 'engine', 'crm']) await lab.start(service);
  await lab.freeze('crm'); // it takes no question any more, and nobody else does
  await json(coordinator, post({ customerIdentifiers: CUSTOMERS, runId: 'traced' }, traceparent));
  const run = (): Promise<{ waiting: number; completed: number }> => json(`${coordinator}/runs/traced`);
  await until('every job to wait', async () => (await run()).waiting === CUSTOMERS.length);
  await lab.kill('crm');
  await lab.kill('engine');
  const waiting = await json<Waterfall>(`${coordinator}/jobs/traced_2/trace`);
  expect(waiting.spans.find(({ name }) => name === 'ask customer')?.status).toBe('open');
  await lab.start('crm');
  await lab.start('engine');
  const count = CUSTOMERS.length;
  const spans = await lab.trace(traceId, {
    'write bill': count,
    'answer customer': count,
    'bill-generation': count,
  });
  expect(countsOf(spans)).toEqual({
    'coordinator: POST /': 1,
    'coordinator: publish run': 1,
    'crm: answer customer': count,
    'engine: ask bill-number': count,
    'engine: ask customer': count,
    'engine: bill-generation': count,
    'engine: bill-number-questions questions-topic': count,
    'engine: bill-numbers bill-number-requests': count,
    'engine: write bill': count,
  });
  expectWhole(spans, spanId);
  expectWaitsAroundAnswers(spans);
  const job = ['coordinator: POST /', 'coordinator: publish run', 'engine: bill-generation'];
  for (const span of spans) {
    if (span.name === 'write bill') expect(pathTo(spans, span)).toEqual([...job, 'engine: write bill']);
    if (span.name === 'answer customer')
      expect(pathTo(spans, span)).toEqual([...job, 'engine: ask customer', 'crm: answer customer']);
  }
  expect(spans.filter(({ isFailed }) => isFailed)).toEqual([]);
  await expectJobTrace(lab, traceId);
  await expectLines(lab, traceId);
}

/** The coordinator tells the trace of a job without a collector, also when every process that traced it is gone. */
async function expectJobTrace(lab: TraceLab, traceId: string): Promise<void> {
  const url = `${lab.url('COORDINATOR_PORT')}/jobs/traced_4/trace`;
  const told = await json<Waterfall>(url);
  expect(told.traceId).toBe(traceId);
  expect(told.spans.map(({ service, name, depth }) => `${depth} ${service}: ${name}`)).toEqual([
    '0 coordinator: POST /',
    '1 coordinator: publish run',
    '2 engine: bill-generation',
    '3 engine: ask customer',
    '4 crm: answer customer',
    '3 engine: ask bill-number',
    '4 engine: bill-number-questions questions-topic',
    '5 engine: bill-numbers bill-number-requests',
    '3 engine: write bill',
  ]);
  for (const service of ['coordinator', 'engine', 'crm']) await lab.kill(service);
  await lab.start('coordinator');
  const later = await json<Waterfall>(url);
  const summary = later.spans.map(({ name, depth, status, durationMs }) => ({
    name,
    depth,
    status,
    hasLasted: durationMs !== null,
  }));
  expect(summary).toEqual([
    { name: 'bill-generation', depth: 0, status: 'ok', hasLasted: true },
    { name: 'ask customer', depth: 1, status: 'ok', hasLasted: true },
    { name: 'ask bill-number', depth: 1, status: 'ok', hasLasted: true },
  ]);
  const unknown = await fetch(`${lab.url('COORDINATOR_PORT')}/jobs/nobody/trace`);
  expect(unknown.status).toBe(404);
  expect(((await unknown.json()) as { code: string }).code).toBe('no-such-job');
}

/** What was logged of the run came by OTLP too, with the trace that it is of. */
async function expectLines(lab: TraceLab, traceId: string): Promise<void> {
  await until('the line of the run', () =>
    lab.receiver
      .lines()
      .some(
        (line) => line.body === 'accepted a bill run' && line.traceId === traceId && line.severity === 'info',
      ),
  );
}

/** From POST /v1/orders over three validations to the mail: one trace, through folds, workflows and waits. */
export async function orderStory(lab: TraceLab): Promise<void> {
  const { traceId, spanId, traceparent } = callersTrace();
  await lab.start('inventory-service', 'fraud-service', 'order-details-service', 'validation-aggregator');
  await lab.start('orders-service');
  await lab.start('email-service', 'crm');
  const payment = { id: 'p-1', orderId: 'o-1', ccy: 'EUR', amount: '75.00' };
  await lab.publish('payments', 'o-1', payment);
  await lab.dealtWith('order-emails', 'payments'); // else the mail could be of the payment's trace, which has none
  const order = { id: 'o-1', customerId: '2', product: 'JUMPERS', quantity: 1, price: '75.00' };
  await json(`${lab.url('ORDERS_PORT')}/v1/orders`, post(order, traceparent));
  const validated = await json<{ state: string }>(
    `${lab.url('ORDERS_PORT')}/v1/orders/o-1/validated?timeout=60000`,
  );
  expect(validated.state).toBe('VALIDATED');
  const spans = await lab.trace(traceId, {
    'write mail': 1,
    'order-validation': 1,
    'orders workflow-events': 1,
  });
  expectWhole(spans, spanId);
  expectWaitsAroundAnswers(spans);
  expect(countsOf(spans)).toMatchObject({
    'orders-service: POST /v1/orders': 1,
    'orders-service: orders order-requests': 1,
    'validation-aggregator: order-validation': 1,
    'validation-aggregator: expect order-validations': 3,
    'email-service: order-email': 1,
    'email-service: ask customer': 1,
    'crm: answer customer': 1,
    'email-service: write mail': 1,
  });
  const byService = new Set(spans.map(({ service }) => service));
  for (const service of ['inventory-service', 'fraud-service', 'order-details-service'])
    expect(byService, 'each validator takes part').toContain(service);
  const mail = spans.find(({ name }) => name === 'write mail');
  expect(pathTo(spans, mail)[0]).toBe('orders-service: POST /v1/orders');
  expect(spans.filter(({ isFailed }) => isFailed)).toEqual([]);
}
