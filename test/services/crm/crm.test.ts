import { afterEach, expect, test } from 'bun:test';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Customer, partitionFor, topics } from '../../../core/mod.ts';
import { sampleCustomers } from '../../../services/crm/samples.ts';
import { openBacking } from '../../../services/platform/backing.ts';
import { until } from '../../support/until.ts';
import { CrmBench, customer, PARTITIONS, post, send } from './support.ts';

const benches: CrmBench[] = [];

afterEach(async () => {
  for (const bench of benches.splice(0)) await bench.close();
});

async function newBench(): Promise<CrmBench> {
  const bench = await CrmBench.make();
  benches.push(bench);
  return bench;
}

test('begins with the sample customers, and lists them page by page', async () => {
  const crm = await (await newBench()).start();
  const seen: Customer[] = [];
  for (let after: string | null = ''; after !== null; ) {
    const { body } = await send(crm, 'GET', `/customers?limit=7&after=${encodeURIComponent(after)}`);
    expect(body.customers.length).toBeLessThanOrEqual(7);
    seen.push(...body.customers);
    after = body.next;
  }
  const byId = (one: Customer, other: Customer): number =>
    one.customerIdentifier < other.customerIdentifier ? -1 : 1;
  expect(seen).toEqual([...sampleCustomers].sort(byId));
  expect((await send(crm, 'GET', '/customers/6')).body.name).toBe('佐藤 美咲');
  expect((await send(crm, 'GET', '/')).status).toBe(200);
  expect((await send(crm, 'GET', '/health/ready')).status).toBe(200);
});

test('a customer is on the log in its home partition when acknowledged, and shows at once', async () => {
  const bench = await newBench();
  const crm = await bench.start();
  const created = await post(crm, { ...customer('ÄÖ/1'), unknownField: 1 });
  expect([created.status, created.headers.get('location')]).toEqual([201, '/customers/%C3%84%C3%96%2F1']);
  expect((await send(crm, 'GET', '/customers/%C3%84%C3%96%2F1')).body).toEqual(customer('ÄÖ/1'));
  const changed = customer('ÄÖ/1', { name: 'Neu' });
  expect((await post(crm, changed)).status).toBe(200);
  expect((await send(crm, 'GET', '/customers/%C3%84%C3%96%2F1')).body).toEqual(changed);
  const records = (await bench.all(topics.customers)).filter(({ key }) => key === 'ÄÖ/1');
  expect(records.map(({ value }) => JSON.parse(String(value)))).toEqual([customer('ÄÖ/1'), changed]);
  expect(new Set(records.map(({ partition }) => partition))).toEqual(
    new Set([partitionFor('ÄÖ/1', PARTITIONS)]),
  );
});

test('instances share the customers; a customer that another instance has just made is not unknown', async () => {
  const bench = await newBench();
  const [one, other] = [await bench.start(), await bench.start()];
  for (const n of [1, 2, 3, 4, 5]) {
    expect((await post(one, customer(`shared-${n}`))).status).toBe(201);
    expect((await send(other, 'GET', `/customers/shared-${n}`)).status).toBe(200);
  }
});

test('answers a question of its category in full, with the question’s key and partition, and no other', async () => {
  const bench = await newBench();
  await bench.start();
  await bench.ask('weather/w-1/0', { customerIdentifier: '2' }, 'weather');
  await bench.ask('bill-generation/w-1/0', { customerIdentifier: '2' });
  const [first] = await bench.answersTo('bill-generation/w-1/0');
  expect(first?.message).toEqual({
    qaIdentifier: 'bill-generation/w-1/0',
    questionCategory: 'customer',
    answer: sampleCustomers[1],
  });
  expect([first?.record.key, first?.record.partition]).toEqual(['w-1', partitionFor('w-1', PARTITIONS)]);
  expect(await bench.all(topics.answers)).toHaveLength(1);
});

test('an answer is written as ever, however the customer’s record was', async () => {
  const bench = await newBench();
  await bench.start();
  const { customerIdentifier: key, ...rest } = customer('spaced', { name: 'Ödön "Ö" 🧾' });
  const spaced = { ...rest, 7: -0, customerIdentifier: key };
  const value = JSON.stringify(spaced, null, 2).replace('"7": 0', '"7": 1e2');
  await bench.publish({ topic: topics.customers, partition: partitionFor(key, PARTITIONS), key, value });
  await bench.ask('bill-generation/w-1/0', { customerIdentifier: key });
  const [first] = await bench.answersTo('bill-generation/w-1/0');
  const answer: unknown = JSON.parse(value);
  expect(first?.record.value).toBe(
    JSON.stringify({ qaIdentifier: 'bill-generation/w-1/0', questionCategory: 'customer', answer }),
  );
});

test('an unknown customer is an error answer; one whose record is on the log by then is known', async () => {
  const bench = await newBench();
  await bench.start();
  await bench.ask('bill-generation/w-1/0', { customerIdentifier: 'nobody' });
  const [unknown] = await bench.answersTo('bill-generation/w-1/0');
  expect(unknown?.message.error).toEqual({
    code: 'customer-not-found',
    message: 'no customer "nobody" in the CRM',
  });
  // as another instance would: the record is on the log, this view has not seen it yet
  const late = customer('nobody');
  const partition = partitionFor('nobody', PARTITIONS);
  await bench.publish({ topic: topics.customers, partition, key: 'nobody', value: JSON.stringify(late) });
  await bench.ask('bill-generation/w-2/0', { customerIdentifier: 'nobody' });
  expect((await bench.answersTo('bill-generation/w-2/0'))[0]?.message.answer).toEqual(late);
});

for (const [what, payload] of [
  ['null', null],
  ['a number', 7],
  ['no identifier', {}],
  ['a number as identifier', { customerIdentifier: 2 }],
  ['an empty identifier', { customerIdentifier: '' }],
  ['an identifier with NUL', { customerIdentifier: 'a\u0000' }],
  ['an identifier of 10 kB', { customerIdentifier: 'x'.repeat(10_000) }],
  ['half a surrogate pair', { customerIdentifier: '\ud800' }],
] as const) {
  test(`answers a question with ${what} with the error bad-question`, async () => {
    const bench = await newBench();
    await bench.start();
    await bench.ask('bill-generation/w-1/0', payload);
    expect((await bench.answersTo('bill-generation/w-1/0'))[0]?.message.error?.code).toBe('bad-question');
  });
}

test('a restarted CRM answers what was asked meanwhile, with the customers as they were left', async () => {
  const bench = await newBench();
  const changed = customer('2', { name: 'Changed' });
  const crm = await bench.start();
  expect((await post(crm, changed)).status).toBe(200);
  await crm.stop();
  await bench.ask('bill-generation/w-1/0', { customerIdentifier: '2' });
  const again = await bench.start();
  expect((await send(again, 'GET', '/customers/2')).body).toEqual(changed);
  expect((await bench.answersTo('bill-generation/w-1/0'))[0]?.message.answer).toEqual(changed);
});

test('logs nothing personal at info', async () => {
  const bench = await newBench();
  const crm = await bench.start();
  await post(crm, customer('secret'));
  await post(crm, { ...customer('secret'), currency: 'x' });
  await bench.ask('bill-generation/w-1/0', { customerIdentifier: 'secret' });
  await bench.answersTo('bill-generation/w-1/0');
  expect(bench.logged.join('')).not.toMatch(/Geheimrat|Wien/);
});

test('a taken port is a clear error, and leaves nothing running and no view behind', async () => {
  const bench = await newBench();
  const crm = await bench.start();
  const crmPort = Number(new URL(crm.url ?? '').port);
  const message = `port ${crmPort} is taken: stop the other process or set CRM_PORT`;
  await expect(bench.start(bench.backing, { crmPort })).rejects.toThrow(message);
  await crm.stop();
  const again = await bench.start(bench.backing, { crmPort });
  expect(existsSync(join(bench.settings.dataDir, 'views', `crm-${crmPort}.db`))).toBe(true);
  expect(readdirSync(join(bench.settings.dataDir, 'views')).filter((name) => name.includes('pid'))).toEqual(
    [],
  );
  // the view of a CRM at the same port is in use as well: what is said is still the port
  await expect(bench.start(bench.backing, { crmPort })).rejects.toThrow(message);
  await until('the first one to be ready', async () => (await again.readiness()).ready);
});

test('with the log closed a write is a 503 that says when to try again, never an acknowledgement', async () => {
  const bench = await newBench();
  const another = await openBacking(bench.settings);
  const crm = await bench.start(another);
  await another.transport.close();
  const answer = await post(crm, customer('lost'));
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2']);
  await until('it to be not ready', async () => (await send(crm, 'GET', '/health/ready')).status === 503);
});
