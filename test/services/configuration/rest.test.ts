import { afterEach, beforeEach, expect, test } from 'bun:test';
import { topics } from '../../../core/mod.ts';
import type { Service } from '../../../services/platform/service.ts';
import { ShopSettings } from '../../platform/configuration/support.ts';
import { readTopic } from '../../support/read-topic.ts';
import { until } from '../../support/until.ts';
import { ConfigurationBench, send } from './support.ts';

let bench: ConfigurationBench;
let service: Service;
beforeEach(async () => {
  bench = await ConfigurationBench.make();
  service = await bench.start();
});
afterEach(() => bench.close());

const path = '/settings/shop/batchSize';
const shopIsKnown = () =>
  until('the shop to be known', async () => (await send(service, 'GET', path)).status === 200);

test('a setting is shown with what it takes, its default, what it is set to, and who set it', async () => {
  const shop = bench.process().of('shop', ShopSettings);
  await shopIsKnown();
  const before = await send(service, 'GET', path);
  expect(before.etag).toBe('"0"');
  expect(before.body).toEqual({
    service: 'shop',
    key: 'batchSize',
    description: 'how many at once',
    takes: 'a whole number from 1 to 100',
    default: 5,
    value: 5,
    isSet: false,
    change: 0,
    by: null,
    at: null,
    pinned: [],
    note: null,
  });
  const put = await send(service, 'PUT', path, { value: 7, why: 'a slow day' });
  expect([put.status, put.etag]).toEqual([200, '"1"']);
  expect(put.body).toMatchObject({ outcome: 'changed', value: 7, isSet: true, change: 1, by: 'anonymous' });
  await until('it to count', () => shop.current.batchSize === 7);
  const all = await send(service, 'GET', '/settings');
  expect(all.body.services).toMatchObject([
    { service: 'shop', settings: [{ key: 'batchSize', value: 7 }, { key: 'greeting' }] },
  ]);
  expect((await send(service, 'GET', '/settings/shop')).body).toMatchObject({
    service: 'shop',
    settings: [{ value: 7 }, {}],
  });
  const deleted = await send(service, 'DELETE', `${path}?why=over`);
  expect(deleted.body).toMatchObject({ outcome: 'changed', value: 5, isSet: false, change: 2 });
  await until('the default', () => shop.current.batchSize === 5);
  const { body } = await send(service, 'GET', `${path}/history`);
  expect(body.changes).toMatchObject([
    { number: 2, from: 7, to: null, by: 'anonymous', why: 'over' },
    { number: 1, from: null, to: 7, by: 'anonymous', why: 'a slow day' },
  ]);
});

test('what one instance took, another shows; the same again changes nothing', async () => {
  bench.process().of('shop', ShopSettings);
  await shopIsKnown();
  const other = await bench.start();
  await send(service, 'PUT', path, { value: 7 });
  await until('the other to show it', async () => (await send(other, 'GET', path)).body.value === 7);
  const again = await send(other, 'PUT', path, { value: 7 });
  expect(again.body).toMatchObject({ outcome: 'unchanged', change: 1 });
});

const refused: readonly [
  what: string,
  method: string,
  path: string,
  body: unknown,
  status: number,
  code: string,
][] = [
  ['a value that does not fit', 'PUT', path, { value: 700 }, 422, 'bad-value'],
  ['a text where a number belongs', 'PUT', path, { value: '7' }, 422, 'bad-value'],
  ['no value', 'PUT', path, {}, 422, 'invalid-input'],
  ['null', 'PUT', path, { value: null }, 422, 'invalid-input'],
  ['an unknown setting', 'PUT', '/settings/shop/batchsize', { value: 7 }, 404, 'unknown-key'],
  ['an unknown service', 'PUT', '/settings/shpo/batchSize', { value: 7 }, 404, 'unknown-service'],
  ['an unknown service to look at', 'GET', '/settings/shpo', undefined, 404, 'unknown-service'],
  ['the history of nothing', 'GET', '/settings/shop/nothing/history', undefined, 404, 'unknown-key'],
];
test('what can not be is refused with what to do', async () => {
  bench.process().of('shop', ShopSettings);
  await shopIsKnown();
  for (const [what, method, where, body, status, code] of refused) {
    const answer = await send(service, method, where, body);
    expect([what, answer.status, answer.body.code]).toEqual([what, status, code]);
    expect(answer.body.detail.length).toBeGreaterThan(20);
  }
  expect((await send(service, 'GET', path)).body.change).toBe(0);
});

test('If-Match lets nobody overwrite what he has not seen', async () => {
  bench.process().of('shop', ShopSettings);
  await shopIsKnown();
  const put = (value: number, match: string) => send(service, 'PUT', path, { value }, { 'if-match': match });
  const both = await Promise.all([put(7, '"0"'), put(8, '"0"')]);
  expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
  const seen = (await send(service, 'GET', path)).etag ?? '';
  expect((await put(9, seen)).status).toBe(200);
  const stale = await put(10, seen);
  expect([stale.status, stale.body.code]).toEqual([412, 'stale']);
  expect((await put(10, 'W/"x"')).status).toBe(400);
});

test('a setting that the environment of a live process pins is refused while that lives, and shown as pinned', async () => {
  const pinning = bench.process({ CONFIG_SHOP_BATCH_SIZE: '3' });
  const shop = pinning.of('shop', ShopSettings);
  await shopIsKnown();
  expect(shop.current.batchSize).toBe(3);
  await until('the pin to be known', async () => (await send(service, 'GET', path)).body.pinned.length === 1);
  const [pin] = (await send(service, 'GET', path)).body.pinned;
  expect(pin).toMatchObject({ variable: 'CONFIG_SHOP_BATCH_SIZE', value: 3 });
  const answer = await send(service, 'PUT', path, { value: 7 });
  expect([answer.status, answer.body.code]).toEqual([409, 'pinned']);
  expect(answer.body.detail).toContain('CONFIG_SHOP_BATCH_SIZE');
  expect((await send(service, 'PUT', '/settings/shop/greeting', { value: 'moin' })).status).toBe(200);
  await until('what is not pinned', () => shop.current.greeting === 'moin');
  await pinning.close();
  await until('it to be free', async () => (await send(service, 'PUT', path, { value: 7 })).status === 200);
  expect(shop.current.batchSize).toBe(3);
});

test('the records of a change carry the trace of the request that made it', async () => {
  bench.process().of('shop', ShopSettings);
  await shopIsKnown();
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
  expect((await send(service, 'PUT', path, { value: 7 }, { traceparent })).status).toBe(200);
  for (const topic of [topics.configurationChanges, topics.configuration]) {
    const records = await readTopic(bench.backing.transport, topic);
    const ours = records.filter(({ key }) => key === 'shop/batchSize');
    expect(ours.map(({ headers }) => headers.traceparent?.split('-')[1])).toEqual([traceId]);
  }
});

test('the landing page names the routes, and the description has them', async () => {
  expect((await send(service, 'GET', '/')).body).toContain('/settings/:service/:key/history');
  const { paths } = (await send(service, 'GET', '/openapi.json')).body;
  expect(Object.keys(paths['/settings/{service}/{key}'])).toEqual(['get', 'put', 'delete']);
});
