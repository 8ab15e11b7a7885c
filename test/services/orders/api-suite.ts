import { afterEach, expect, test } from 'bun:test';
import { type Order, orderTopics, partitionFor } from '../../../core/mod.ts';
import type { Service } from '../../../services/platform/service.ts';
import { until } from '../../support/until.ts';
import { InventoryStandIn, type Mood } from './api-stand-in.ts';
import {
  idsOnAllPartitions,
  OrdersBench,
  PARTITIONS,
  type Place,
  post,
  type Reply,
  send,
  statesOf,
} from './support.ts';

/** Long enough not to matter where the inventory answers; and short, where it does not. */
const PATIENT = { CONFIG_ORDERS_SERVICE_STOCK_CHECK_TIMEOUT_MS: '10000' };
const IMPATIENT = { CONFIG_ORDERS_SERVICE_STOCK_CHECK_TIMEOUT_MS: '300' };

const placeOrder = (service: { readonly url: string | null }, order: unknown): Promise<Reply> =>
  send(service, 'POST', '/api/orders', {
    body: JSON.stringify(order),
    headers: { 'content-type': 'application/json' },
  });

const line = (sku: string, quantity = 1, price = '2.50') => ({ sku, quantity, price });
const order = (id: string, ...lines: readonly object[]) => ({ id, customerId: 7, lines });

/** What `POST /api/orders` does, on whatever log it stands, beside an inventory that is a stand-in. */
export function apiSuite(makePlace: () => Promise<Place>): void {
  const undos: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const undo of undos.splice(0).reverse()) await undo();
  });

  async function open(instances: 1 | 2 = 1, more: Readonly<Record<string, string>> = {}) {
    const inventory = await InventoryStandIn.open();
    undos.push(() => inventory.close());
    const bench = await OrdersBench.make(makePlace);
    undos.push(() => bench.close());
    const environment = { INVENTORY_URL: inventory.url, ...PATIENT, ...more };
    const services: readonly Service[] =
      instances === 1
        ? [await bench.start(0, (backing) => backing, environment)]
        : await bench.startTwo(environment);
    const [service = { url: null } as Service, other = service] = services;
    inventory.free.set('A', 10).set('B', 3).set('C', 0);
    return { inventory, bench, service, other };
  }

  test('an order whose lines are all in stock is placed, and read with all its lines at any instance', async () => {
    const { service, other, inventory } = await open(2);
    for (const id of idsOnAllPartitions('several')) {
      const placed = await placeOrder(service, order(id, line('A', 4), line('B', 3, '1.20')));
      expect([placed.status, placed.headers.get('location')]).toEqual([201, `/api/orders/${id}`]);
      expect(placed.body).toEqual({
        id,
        customerId: '7',
        state: 'CREATED',
        lines: [line('A', 4), line('B', 3, '1.20')],
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        stockCheck: 'in-stock',
        failures: [],
      });
      for (const instance of [service, other])
        expect((await send(instance, 'GET', `/api/orders/${id}`)).body).toEqual(placed.body);
      // it is an order like any other
      expect((await send(other, 'GET', `/v1/orders/${id}`)).body.product).toBe('A');
    }
    expect(inventory.asked[0]).toEqual(['A', 'B']);
    const list = await send(other, 'GET', '/api/orders?customerId=7&limit=2');
    expect([list.status, list.body.orders.length, list.body.orders[0].lines.length]).toEqual([200, 2, 2]);
  });

  test('an order of what is short is turned down, with each line that is, and leaves nothing behind', async () => {
    const { service, bench } = await open();
    const lines = [line('A', 6), line('B', 4), line('NONE'), line('A', 5), line('C', 1)];
    const { status, body } = await placeOrder(service, order('1', ...lines));
    expect([status, body.code]).toEqual([409, 'out-of-stock']);
    // the lines of one product count together
    expect(body.lines).toEqual([
      { line: 0, sku: 'A', asked: 11, free: 10 },
      { line: 1, sku: 'B', asked: 4, free: 3 },
      { line: 2, sku: 'NONE', asked: 1, free: null },
      { line: 3, sku: 'A', asked: 11, free: 10 },
      { line: 4, sku: 'C', asked: 1, free: 0 },
    ]);
    expect(body.errors[4]).toEqual({ path: '/lines/4', message: 'C: 1 asked for, none free' });
    expect(await bench.all(orderTopics.orderRequests)).toEqual([]);
    expect((await send(service, 'GET', '/api/orders/1?timeout=0')).status).toBe(504);
    expect((await placeOrder(service, order('1', line('A', 6), line('A', 4)))).status).toBe(201);
  });

  test('nothing is turned down for what an inventory had not read yet', async () => {
    const { service, inventory } = await open();
    inventory.stale.set('B', 0);
    const { status, body } = await placeOrder(service, order('1', line('B', 2)));
    expect([status, body.stockCheck]).toEqual([201, 'in-stock']);
  });

  test('the same order again is answered the same, also when its stock is gone, to it or to others', async () => {
    const { service, other, inventory, bench } = await open(2);
    for (const id of idsOnAllPartitions('again')) {
      inventory.free.set('A', 10);
      const first = await placeOrder(service, order(id, line('A', 10)));
      expect(first.status).toBe(201);
      inventory.free.set('A', 0);
      await bench.decide(id, 'VALIDATED');
      await until('it to be validated', async () => {
        const { body } = await send(other, 'GET', `/api/orders/${id}`);
        return body.state === 'VALIDATED' && body.stockCheck === 'in-stock';
      });
      for (const instance of [service, other]) {
        const again = await placeOrder(instance, order(id, line('A', '10' as never, '2.5')));
        expect([again.status, again.body]).toEqual([201, first.body]);
        const conflict = await placeOrder(instance, order(id, line('A', 9)));
        expect([conflict.status, conflict.body.code]).toEqual([409, 'order-conflict']);
      }
      expect(await statesOf(bench, id)).toEqual(['CREATED', 'VALIDATED']);
    }
  });

  test('an order that was sent before and came through late is told from one that is short', async () => {
    const { service, bench, inventory } = await open();
    // another instance published it and was killed: it comes to be while it is sent again, and takes the last of its stock
    const late: Order = {
      id: 'late',
      customerId: '7',
      state: 'CREATED',
      revision: 1,
      lines: [{ product: 'A', quantity: 10, price: '2.50' }],
      createdAt: '2026-11-21T10:00:00.000Z',
      failures: [],
    };
    const partition = partitionFor('late', PARTITIONS);
    const value = JSON.stringify(late);
    const { transport } = bench.backing;
    inventory.free.set('A', 0);
    inventory.beforeAnswering = async () => {
      await transport.publish([{ topic: orderTopics.orderRequests, partition, key: 'late', value }]);
      await until('it to be an order', async () => (await statesOf(bench, 'late')).length > 0);
    };
    const again = await placeOrder(service, order('late', line('A', 10)));
    expect([again.status, inventory.asked.length]).toEqual([201, 2]);
    expect(again.body).toMatchObject({ createdAt: late.createdAt, stockCheck: 'pending' });
    const other = await placeOrder(service, order('other', line('A', 10)));
    expect(other.status).toBe(409);
  });

  test('of many that place one order at once, at two instances, all are told the same', async () => {
    const { service, other, bench } = await open(2);
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        placeOrder(at % 2 === 0 ? service : other, order('one', line('A', 10))),
      ),
    );
    expect(new Set(replies.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(replies.map(({ status }) => status)).toEqual(Array(20).fill(201));
    expect(new Set(await statesOf(bench, 'one'))).toEqual(new Set(['CREATED']));
  });

  const moods: readonly [Mood, string][] = [
    ['silent', 'timeout'],
    ['fails', 'bad-answer'],
    ['babbles', 'bad-answer'],
    ['refuses', 'status-403'],
  ];
  for (const [mood, reason] of moods) {
    test(`while the inventory ${mood === 'silent' ? 'is silent' : mood}, orders are taken as pending`, async () => {
      const { service, inventory, bench } = await open(1, mood === 'silent' ? IMPATIENT : {});
      inventory.mood = mood;
      const { status, body } = await placeOrder(service, order('1', line('C', 5)));
      expect([status, body.stockCheck, body.state]).toEqual([201, 'pending', 'CREATED']);
      const said = bench.logged.filter((each) => each.includes('taken without a stock check'));
      expect(said.map((each) => JSON.parse(each).reason)).toEqual([expect.stringMatching(reason)]);
      inventory.mood = 'answers';
      const later = await until('stock checks to work again', async () => {
        const reply = await placeOrder(service, { customerId: 1, lines: [line('C', 5)] });
        return reply.status === 409 ? reply : null;
      });
      expect(later.body.lines).toEqual([{ line: 0, sku: 'C', asked: 5, free: 0 }]);
    });
  }

  test('a silent inventory is left alone after a few, tried again by one, and asked as before once it answers', async () => {
    const { service, inventory } = await open(1, {
      CONFIG_ORDERS_SERVICE_BREAK_AFTER: '2',
      CONFIG_ORDERS_SERVICE_HALF_OPEN_AFTER_MS: '600',
      ...IMPATIENT,
    });
    inventory.mood = 'silent';
    const place = () => placeOrder(service, { customerId: 1, lines: [line('C', 5)] });
    for (let at = 0; at < 2; at++) expect((await place()).body.stockCheck).toBe('pending');
    const asked = inventory.asked.length;
    // the breaker is open: orders go on, and the inventory is left alone
    const during = await Promise.all(Array.from({ length: 5 }, place));
    expect(during.map(({ body }) => body.stockCheck)).toEqual(Array(5).fill('pending'));
    // one of them may have come when it was time to try again
    expect(inventory.asked.length).toBeLessThan(asked + 5);
    inventory.mood = 'answers';
    await until('it to be asked again', async () => (await place()).status === 409);
  });

  test('with stockCheck off, nobody is asked and all orders are pending', async () => {
    const { service, inventory } = await open(1, { CONFIG_ORDERS_SERVICE_STOCK_CHECK: 'off' });
    const { status, body } = await placeOrder(service, order('1', line('C', 5)));
    expect([status, body.stockCheck, inventory.asked]).toEqual([201, 'pending', []]);
  });

  test('what can not be reserved is not asked for: its validation says what is wrong with it', async () => {
    const { service, inventory } = await open();
    const { status, body } = await placeOrder(service, order('1', line('A', 0), line('B', -1)));
    expect([status, body.stockCheck, inventory.asked]).toEqual([201, 'pending', []]);
    const some = await placeOrder(service, order('2', line('A', 10), line('A', -5)));
    expect([some.status, some.body.stockCheck]).toEqual([201, 'in-stock']);
  });

  test('a hundred lines of long names are asked for in requests that a server takes', async () => {
    const { service, inventory } = await open();
    const skus = Array.from({ length: 100 }, (_, at) => `${'ß'.repeat(120)}-${at}`);
    for (const sku of skus) inventory.free.set(sku, 1);
    const { status, body } = await placeOrder(service, order('1', ...skus.map((sku) => line(sku))));
    expect([status, body.lines.length, body.stockCheck]).toEqual([201, 100, 'in-stock']);
    expect(inventory.asked.flat().sort()).toEqual([...skus].sort());
  });

  test('all that is wrong with an order is listed', async () => {
    const { service, inventory } = await open();
    const wrong = await placeOrder(service, {
      id: '..',
      customer: 7,
      lines: [line('A'), { sku: '', quantity: 1.5, price: 'free' }, 'B', { ...line('C'), product: 'C' }],
    });
    expect(wrong.status).toBe(422);
    expect(wrong.body.errors.map(({ path }: { path: string }) => path)).toEqual([
      '/id',
      '/lines/1/sku',
      '/lines/1/quantity',
      '/lines/1/price',
      '/lines/2',
      '/lines/3/product',
      '/customer',
    ]);
    for (const lines of [undefined, [], {}, Array(101).fill(line('A'))])
      expect((await placeOrder(service, { customerId: 1, lines })).body.errors[0].path).toBe('/lines');
    expect((await placeOrder(service, [])).status).toBe(422);
    const header = { 'idempotency-key': 'x', 'content-type': 'application/json' };
    const keyed = await send(service, 'POST', '/api/orders', { body: '{}', headers: header });
    expect([keyed.status, keyed.body.code]).toEqual([400, 'unsupported-header']);
    expect(inventory.asked).toEqual([]);
  });

  test('orders that came by /v1 are there too, and repeat by either door', async () => {
    const { service } = await open();
    await post(service, { id: 'v1', customerId: 7, product: 'A', quantity: 1, price: '2.50' });
    const read = await send(service, 'GET', '/api/orders/v1');
    expect(read.body).toMatchObject({ lines: [line('A')], stockCheck: 'pending' });
    expect((await placeOrder(service, order('v1', line('A')))).body).toEqual(read.body);
    await placeOrder(service, order('api', line('A')));
    const again = await post(service, { id: 'api', customerId: 7, product: 'A', quantity: 1, price: '2.50' });
    expect(again.status).toBe(201);
  });
}
