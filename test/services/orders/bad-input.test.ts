import { afterAll, beforeAll, expect, test } from 'bun:test';
import { hostname } from 'node:os';
import { pino } from 'pino';
import { MAX_ORDER_ID_LENGTH, type Order, orderTopics, partitionFor } from '../../../core/mod.ts';
import { startOrdersService } from '../../../services/orders/index.ts';
import { Orders } from '../../../services/orders/orders.ts';
import { OrderTables } from '../../../services/orders/orders-view.ts';
import { orderRequest } from '../../../services/orders/request.ts';
import type { Service } from '../../../services/platform/service.ts';
import type { PartitionedView } from '../../../services/platform/view/index.ts';
import { startOn } from '../../support/platform.ts';
import { until } from '../../support/until.ts';
import {
  OrdersBench,
  onEmbedded,
  openPlace,
  PARTITIONS,
  post,
  request,
  send,
  settingsOf,
} from './support.ts';

let bench: OrdersBench;
let service: Service;

beforeAll(async () => {
  bench = await OrdersBench.make(onEmbedded);
  service = await bench.start();
});

afterAll(() => bench.close());

const valid = request('bad-input');
const but = (changes: object): object => ({ ...valid, ...changes });

const bodies: readonly [what: string, body: unknown, status: number, path: string | null, says: RegExp][] = [
  ['malformed JSON', '{"id":"1",', 400, null, /well-formed/],
  ['no body', '', 422, '', /an object such as/],
  ['null', 'null', 422, '', /an object such as/],
  ['an array', [valid], 422, '', /an object such as/],
  ['text', '"order"', 422, '', /an object such as/],
  ['an empty object', {}, 422, '/product', /Missing: send/],
  ['an id that is kept for mails', but({ id: 'email-7' }), 422, '/id', /doesn't begin with "email-"/],
  ['an empty id', but({ id: '' }), 422, '/id', /1 to 128 characters/],
  ['an id that a URL takes for a path', but({ id: '..' }), 422, '/id', /other than/],
  ['null as id', but({ id: null }), 422, '/id', /1 to 128 characters/],
  ['an id that is too long', but({ id: 'x'.repeat(MAX_ORDER_ID_LENGTH + 1) }), 422, '/id', /1 to 128/],
  ['an id with a line break', but({ id: 'a\nb' }), 422, '/id', /control characters/],
  ['an id with NUL', but({ id: 'a\u0000' }), 422, '/id', /control characters/],
  ['an id with half a surrogate pair', but({ id: 'a\ud800' }), 422, '/id', /surrogate/],
  ['an id with a fraction', but({ id: 1.5 }), 422, '/id', /send it as a string/],
  [
    'an id beyond the safe integers',
    '{"id":9007199254740993,"product":"a","quantity":1,"price":1}',
    422,
    '/id',
    /send it as a string/,
  ],
  ['an id that is an object', but({ id: {} }), 422, '/id', /whole number or/],
  ['a customer that is a list', but({ customerId: [7] }), 422, '/customerId', /whole number or 1 to 256/],
  ['a customer of 10 kB', but({ customerId: 'x'.repeat(10_000) }), 422, '/customerId', /1 to 256/],
  ['no product', but({ product: undefined }), 422, '/product', /Missing: send/],
  ['an empty product', but({ product: '' }), 422, '/product', /1 to 128/],
  ['no quantity', but({ quantity: undefined }), 422, '/quantity', /Missing: send a whole number of pieces/],
  ['half a piece', but({ quantity: 0.5 }), 422, '/quantity', /whole number of pieces/],
  ['half a piece as text', but({ quantity: '0.5' }), 422, '/quantity', /whole number of pieces/],
  ['an empty text as quantity', but({ quantity: '' }), 422, '/quantity', /whole number of pieces/],
  ['a quantity beyond a billion', but({ quantity: 1_000_000_001 }), 422, '/quantity', /1000000000/],
  ['a quantity beyond a billion as text', but({ quantity: '9999999999' }), 422, '/quantity', /1000000000/],
  ['no price', but({ price: undefined }), 422, '/price', /Missing: send the price/],
  ['a price that is no decimal', but({ price: 'ten' }), 422, '/price', /a decimal such as/],
  ['a price with an exponent as text', but({ price: '1e3' }), 422, '/price', /a decimal such as/],
  ['a price with a comma', but({ price: '19,99' }), 422, '/price', /a decimal such as/],
  ['a price with nine decimals', but({ price: '0.123456789' }), 422, '/price', /8 after it/],
  ['a number with an exponent', '{"product":"a","quantity":1,"price":1e21}', 422, '/price', /as a string/],
  ['a tiny number', '{"product":"a","quantity":1,"price":1e-7}', 422, '/price', /as a string/],
  [
    'a number of 16 digits',
    '{"product":"a","quantity":1,"price":1234567890.123456}',
    422,
    '/price',
    /as a string/,
  ],
  ['a price that is infinite', '{"product":"a","quantity":1,"price":1e999}', 422, '/price', /./],
  ['a state other than CREATED', but({ state: 'VALIDATED' }), 422, '/state', /begins as CREATED/],
  ['a mistyped field', but({ quantiy: 3 }), 422, '/quantiy', /Unknown: the fields are id, customerId/],
  ['a body over 64 KiB', but({ more: 'x'.repeat(64 * 1024) }), 413, null, /limit/],
  ['JSON nested 100 deep', `{"id":${'['.repeat(100)}${']'.repeat(100)}}`, 400, null, /nests/],
];

for (const [what, body, status, path, says] of bodies) {
  test(`POST /v1/orders refuses ${what} with ${status} and says what to do; nothing is published`, async () => {
    const before = await bench.backing.transport.endOffsets(orderTopics.orderRequests);
    const answer = await post(service, body);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body.detail).toMatch(path === null ? says : /./);
    if (path !== null) {
      expect(answer.body.errors[0].path).toBe(path);
      expect(answer.body.errors[0].message).toMatch(says);
    }
    expect(await bench.backing.transport.endOffsets(orderTopics.orderRequests)).toEqual(before);
  });
}

test('all that is wrong is listed at once', async () => {
  const { body } = await post(service, { id: '', quantity: 'x', price: 'y' });
  expect(body.errors.map(({ path }: { path: string }) => path)).toEqual([
    '/id',
    '/product',
    '/quantity',
    '/price',
  ]);
});

const accepted: readonly [what: string, changes: object, expected: object][] = [
  ['numbers as identifiers', { customerId: 7, product: 12 }, { customerId: '7', product: '12' }],
  ['no customer', { customerId: undefined }, { customerId: '' }],
  ['null as customer', { customerId: null }, { customerId: '' }],
  ['an empty customer', { customerId: '' }, { customerId: '' }],
  ['a negative quantity', { quantity: -3 }, { quantity: -3 }],
  ['zero, and negative zero', { quantity: -0, price: -0 }, { quantity: 0, price: '0' }],
  ['a quantity as text', { quantity: '12' }, { quantity: 12 }],
  ['a negative price', { price: '-1.5' }, { price: '-1.5' }],
  ['a price as text, as it is', { price: '5.00' }, { price: '5.00' }],
  [
    'a price of 23 digits as text',
    { price: '123456789012345.12345678' },
    { price: '123456789012345.12345678' },
  ],
  ['a price as number', { price: 19.99 }, { price: '19.99' }],
  ['a number of 15 digits', { price: 1234567890.12345 }, { price: '1234567890.12345' }],
  ['a tenth', { price: 0.1 }, { price: '0.1' }],
  ['CREATED as state', { state: 'CREATED' }, { state: 'CREATED' }],
];

for (const [at, [what, changes, expected]] of accepted.entries()) {
  test(`POST /v1/orders takes ${what}`, async () => {
    const { status, body } = await post(service, request(`accepted-${at}`, changes));
    expect([status, body]).toMatchObject([201, expected]);
  });
}

test('ids that need escaping come back by their Location', async () => {
  for (const id of ['ÄÖ/1', 'a b', '...', '%2f', 'a?b#c', '__proto__', '🧦']) {
    const { status, headers, body } = await post(service, request(id));
    expect([status, body.id]).toEqual([201, id]);
    expect((await send(service, 'GET', headers.get('location') ?? '')).body).toEqual(body);
  }
});

const requests: readonly [what: string, method: string, path: string, status: number][] = [
  ['a negative time', 'GET', '/v1/orders/x?timeout=-1', 422],
  ['a time that is text', 'GET', '/v1/orders/x?timeout=soon', 422],
  ['a time beyond what a connection stays open', 'GET', '/v1/orders/x?timeout=120000', 422],
  ['an id that no order can have', 'GET', `/v1/orders/${'x'.repeat(129)}?timeout=0`, 422],
  ['NUL in the id', 'GET', '/v1/orders/%00?timeout=0', 422],
  ['an unknown order', 'GET', '/v1/orders/nobody?timeout=0', 504],
  ['an unknown order’s end', 'GET', '/v1/orders/nobody/validated?timeout=0', 504],
  ['a list of nobody', 'GET', '/v1/orders', 422],
  ['a list of none', 'GET', '/v1/orders?customerId=1&limit=0', 422],
  ['a list of too many', 'GET', '/v1/orders?customerId=1&limit=501', 422],
  ['charges without days', 'GET', '/v1/charges?customerId=1', 422],
  ['charges of a period backwards', 'GET', '/v1/charges?customerId=1&from=2026-02-01&to=2026-01-01', 422],
  ['charges of days that are none', 'GET', '/v1/charges?customerId=1&from=2026-02-30&to=2026-03-01', 422],
  ['another method', 'DELETE', '/v1/orders/x', 405],
];

for (const [what, method, path, status] of requests) {
  test(`${method} ${path.slice(0, 50)} refuses ${what} with ${status}`, async () => {
    const answer = await send(service, method, path);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ status, detail: expect.stringMatching(/.{20}/) });
  });
}

test('a request from another instance is answered from the copy here', async () => {
  const headers = { 'requite-forwarded-by': 'another' };
  const both = [service, await bench.start()];
  await until('the instances to have their parts', async () => {
    const { body } = await send(service, 'GET', '/v1/instances');
    return body.instances.length === 2;
  });
  // with a standby each, both have everything: whoever is asked answers
  for (const each of both)
    expect((await send(each, 'GET', '/v1/orders/accepted-0?timeout=2000', { headers })).status).toBe(200);
});

test('records that are no orders are left out of the view and named by their place; the others count', async () => {
  const place = { topic: orderTopics.orders, partition: partitionFor('odd', PARTITIONS), key: 'odd' };
  const good: Order = orderRequest(request('odd'), () => 'unused', 0);
  await bench.backing.transport.publish([
    { ...place, value: 'no json' },
    { ...place, value: null },
    { ...place, value: '{}' },
    { ...place, value: JSON.stringify({ ...good, revision: 2, state: 'FAILED', more: 1 }) },
    { ...place, value: JSON.stringify(good) },
  ]);
  const { body } = await send(service, 'GET', '/v1/orders/odd');
  expect([body.state, body.createdAt]).toEqual(['FAILED', '1970-01-01T00:00:00.000Z']);
  await until('the refusals to be logged', () =>
    bench.logged.some((line) => line.includes('could not digest')),
  );
});

test('what the landing page and the description name is there', async () => {
  const { paths } = (await send(service, 'GET', '/openapi.json')).body;
  expect(Object.keys(paths)).toContain('/v1/orders/{id}/validated');
  expect(
    paths['/v1/orders'].post.requestBody.content['application/json'].schema.properties.price,
  ).toBeDefined();
  for (const path of ['/', '/docs', '/metrics', '/health/live', '/health/ready', '/v1/instances'])
    expect((await send(service, 'GET', path)).status).toBe(200);
});

test('an order that can’t be published is a 503 that names its id, by which sending it again does no harm', async () => {
  const another = await OrdersBench.make(async () => bench.place);
  const backing = await openPlace(bench.place);
  const cut = await another.start(0, () => backing);
  await backing.transport.close();
  const { status, headers, body } = await post(cut, { product: 'JUMPERS', quantity: 1, price: 1 });
  expect([status, body.code, headers.get('retry-after')]).toEqual([503, 'not-confirmed', '2']);
  expect(body.detail).toMatch(/Send it again with "id": "[0-9a-f-]{36}": that does no harm/);
  await another.close();
});

test('an order that is not decided in time is a 503 that names its id', async () => {
  const view = { query: async () => undefined } as unknown as PartitionedView;
  const { transport } = bench.backing;
  const tables = new OrderTables(view.db);
  const orders = new Orders({ transport, view, tables, partitions: PARTITIONS });
  const order = orderRequest(request('undecided'), () => 'unused', 0);
  const placing = orders.place(order, null, new AbortController().signal);
  await expect(placing).rejects.toMatchObject({
    status: 503,
    detail: expect.stringContaining('"id": "undecided"'),
  });
});

test('logs nothing personal at info', () => {
  expect(bench.logged.join('')).not.toMatch(/JUMPERS|10\.50/);
});

test('a taken port is a clear error, and leaves nothing running', async () => {
  const port = Number(new URL(service.url ?? '').port);
  const message = `port ${port} is taken: stop the other process or set ORDERS_PORT`;
  await expect(bench.start(port)).rejects.toThrow(message);
  expect(settingsOf(bench.place).ordersPort).toBe(0);
});

for (const [what, changes, expected] of [
  ['its host and port', {}, /^http:\/\/127\.0\.0\.1:[1-9]\d*$/],
  [
    'the name of its machine where it listens on all addresses',
    { host: '0.0.0.0', allowInsecure: true },
    `http://${hostname()}:`,
  ],
  ['what ADVERTISED_HOST says', { advertisedHost: 'orders.example' }, /^http:\/\/orders\.example:[1-9]\d*$/],
] as const) {
  test(`tells the other instances ${what}`, async () => {
    const place = await onEmbedded();
    const backing = await openPlace(place);
    const logger = pino({ level: 'silent' });
    const settings = { ...settingsOf(place), ...changes };
    const instance = await startOn(startOrdersService, { settings, backing, logger });
    const url = await until('it to know itself', async () => {
      const { body } = await send(instance, 'GET', '/v1/instances');
      return body.instances?.[0]?.url as string | undefined;
    });
    if (typeof expected === 'string') expect(url.startsWith(expected)).toBe(true);
    else expect(url).toMatch(expected);
    await instance.stop();
    await backing.close();
  });
}

test('an Idempotency-Key is refused rather than ignored: the id is the key', async () => {
  const response = await fetch(`${service.url}/v1/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': 'k' },
    body: JSON.stringify(request('with-a-key')),
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ code: 'unsupported-header' });
});
