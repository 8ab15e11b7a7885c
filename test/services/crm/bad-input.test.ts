import { afterAll, beforeAll, expect, test } from 'bun:test';
import { topics } from '../../../core/mod.ts';
import type { Service } from '../../../services/platform/service.ts';
import { CrmBench, customer, post, send } from './support.ts';

let bench: CrmBench;
let crm: Service;

beforeAll(async () => {
  bench = await CrmBench.make();
  crm = await bench.start();
});

afterAll(() => bench.close());

const valid = customer('bad-input');
const subscription = { description: 'x', quantity: '1', unitPrice: '1', taxRate: '1' };
const without = (name: string): unknown => ({ ...valid, [name]: undefined });

const bodies: readonly [what: string, body: unknown, status: number, path: string | null][] = [
  ['malformed JSON', '{"customerIdentifier":"1",', 400, null],
  ['nothing but white space', '   ', 400, null],
  ['null', null, 422, ''],
  ['an array', [valid], 422, ''],
  ['text', '"1"', 422, ''],
  ['no identifier', without('customerIdentifier'), 422, '/customerIdentifier'],
  ['an empty identifier', customer(''), 422, '/customerIdentifier'],
  ['a number as identifier', { ...valid, customerIdentifier: 1 }, 422, '/customerIdentifier'],
  ['an identifier with NUL', customer('a\u0000b'), 422, '/customerIdentifier'],
  ['an identifier with a line break', customer('a\nb'), 422, '/customerIdentifier'],
  ['an identifier with half a surrogate pair', customer('a\ud800'), 422, '/customerIdentifier'],
  ['an identifier of 10 kB', customer('x'.repeat(10_000)), 422, '/customerIdentifier'],
  ['no name', without('name'), 422, '/name'],
  ['an address that is text', { ...valid, address: 'Wien' }, 422, '/address'],
  ['an address without lines', { ...valid, address: { ...valid.address, lines: [] } }, 422, '/address/lines'],
  [
    'a country in full',
    { ...valid, address: { ...valid.address, country: 'Austria' } },
    422,
    '/address/country',
  ],
  ['a currency in lower case', { ...valid, currency: 'eur' }, 422, '/currency'],
  ['no subscriptions', without('subscriptions'), 422, '/subscriptions'],
  [
    '501 subscriptions',
    { ...valid, subscriptions: new Array(501).fill(subscription) },
    422,
    '/subscriptions',
  ],
  [
    'a price that is a number',
    { ...valid, subscriptions: [{ ...subscription, unitPrice: 1.5 }] },
    422,
    '/subscriptions/0/unitPrice',
  ],
  [
    'a price with an exponent',
    { ...valid, subscriptions: [{ ...subscription, unitPrice: '1e5' }] },
    422,
    '/subscriptions/0/unitPrice',
  ],
  [
    'a negative quantity',
    { ...valid, subscriptions: [{ ...subscription, quantity: '-1' }] },
    422,
    '/subscriptions/0/quantity',
  ],
  ['usage without a unit', { ...valid, usage: [subscription] }, 422, '/usage/0/unit'],
  [
    'a customer that no answer has room for',
    {
      ...valid,
      usage: new Array(500).fill({ ...subscription, unit: 'h', description: '\u0001'.repeat(200) }),
    },
    413,
    null,
  ],
  ['a body over 1 MiB', { ...valid, more: 'x'.repeat(1024 * 1024) }, 413, null],
  ['JSON nested 100 deep', `{"customerIdentifier":${'['.repeat(100)}${']'.repeat(100)}}`, 400, null],
];

for (const [what, body, status, path] of bodies) {
  test(`POST /customers refuses ${what} with ${status}, and nothing changes`, async () => {
    const before = await bench.backing.transport.endOffsets(topics.customers);
    const answer = await post(crm, body);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body.detail.length).toBeGreaterThan(20);
    if (path !== null) expect(answer.body.errors[0].path).toBe(path);
    expect(await bench.backing.transport.endOffsets(topics.customers)).toEqual(before);
    expect((await send(crm, 'GET', '/customers/bad-input')).status).toBe(404);
  });
}

const requests: readonly [what: string, method: string, path: string, init: RequestInit, status: number][] = [
  [
    'a form',
    'POST',
    '/customers',
    { body: 'customerIdentifier=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    415,
  ],
  ['text that is JSON', 'POST', '/customers', { body: JSON.stringify(valid) }, 415],
  ['no body', 'POST', '/customers', {}, 422],
  ['another method', 'DELETE', '/customers/1', {}, 405],
  ['another method', 'PUT', '/customers', {}, 405],
  ['an unknown customer', 'GET', '/customers/nobody', {}, 404],
  ['a path out of the folder', 'GET', '/customers/..%2f..%2fetc%2fpasswd', {}, 404],
  ['NUL in the path', 'GET', '/customers/%00', {}, 404],
  ['an identifier of 10 kB in the path', 'GET', `/customers/${'x'.repeat(10_000)}`, {}, 414],
  ['an identifier named like a prototype', 'GET', '/customers/__proto__', {}, 404],
  ['a broken escape in the path', 'GET', '/customers/%zz', {}, 400],
  ['a page of none', 'GET', '/customers?limit=0', {}, 422],
  ['a page of too many', 'GET', '/customers?limit=1001', {}, 422],
  ['a page of text', 'GET', '/customers?limit=all', {}, 422],
  ['a place of 10 kB', 'GET', `/customers?after=${'x'.repeat(10_000)}`, {}, 422],
];

for (const [what, method, path, init, status] of requests) {
  test(`${method} ${path.slice(0, 40)} refuses ${what} with ${status}`, async () => {
    const answer = await send(crm, method, path, init);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ status, detail: expect.any(String) });
  });
}

test('__proto__ and constructor in a body are dropped: nothing is polluted, stored or answered', async () => {
  const { address: _, ...rest } = customer('proto', { name: 'P' });
  const text = JSON.stringify(rest);
  const attack = `${text.slice(0, -1)},"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"address":{"lines":["a"],"city":"b","country":"AT","__proto__":{"polluted":1}}}`;
  expect((await post(crm, attack)).status).toBe(201);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  const stored = (await bench.all(topics.customers)).find(({ key }) => key === 'proto');
  expect(String(stored?.value)).not.toContain('polluted');
});

test('records that are no customers are left out and named by their place; the others count', async () => {
  const good = customer('after-the-bad');
  const at = { topic: topics.customers, partition: 0 };
  await bench.publish(
    { ...at, key: 'x', value: 'no json' },
    { ...at, key: 'x', value: new Uint8Array([0xff, 0xfe]) },
    { ...at, key: 'x', value: '{}' },
    { ...at, key: 'x', value: JSON.stringify(customer('y')) },
    { ...at, key: null, value: JSON.stringify(customer('x')) },
    { ...at, key: 'x', value: `"${'x'.repeat(1024 * 1024)}"` },
    { ...at, key: 'x', value: null },
    { ...at, key: good.customerIdentifier, value: JSON.stringify({ ...good, extra: 1 }) },
  );
  expect((await send(crm, 'GET', '/customers/after-the-bad')).status).toBe(200);
  expect((await send(crm, 'GET', '/customers/x')).status).toBe(404);
  const warned = bench.logged.filter((line) => line.includes('could not digest'));
  expect(warned).toHaveLength(6);
  expect(warned.join('')).not.toContain('Geheimrat');
  expect((await send(crm, 'GET', '/health/ready')).status).toBe(200);
});
