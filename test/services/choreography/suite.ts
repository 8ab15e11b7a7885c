import { afterEach, expect, test } from 'bun:test';
import {
  choreographyTopics,
  type Forecast,
  type Invoice,
  isTrackingNumber,
  type OrderShipment,
  type PickList,
  TIME_COLUMNS,
  topics,
} from '../../../core/mod.ts';
import { orderCreatedEvent } from '../../../core/orders/order-events.ts';
import { readTopic } from '../../support/read-topic.ts';
import { until } from '../../support/until.ts';
import type { Place } from '../orders/support.ts';
import { BUS, ChoreographyBench, type Row, request } from './support.ts';

const TEST_MS = 120_000;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const lines = [
  { sku: 'JUMPERS', quantity: 2, price: '75.00' },
  { sku: 'BOOTS', quantity: 1, price: 50 },
];

/** What the choreography does, on whatever log it stands. */
export function choreographySuite(makePlace: () => Promise<Place>): void {
  let bench: ChoreographyBench | null = null;
  afterEach(async () => {
    await bench?.close();
    bench = null;
  });
  const newBench = async (): Promise<ChoreographyBench> => {
    bench = await ChoreographyBench.make(makePlace);
    return bench;
  };
  const whole = async (service: Parameters<typeof request>[0], id: string): Promise<Row> => {
    for (const column of TIME_COLUMNS)
      expect((await request(service, 'GET', `/order/${id}?timeout=60000&until=${column}`)).status).toBe(200);
    return (await request<Row>(service, 'GET', `/order/${id}`)).body;
  };

  test(
    'an order is invoiced, picked, forecast and shipped, each by itself, and its timeline fills',
    async () => {
      const bench = await newBench();
      const orders = await bench.startAll();
      const posted = await request<Row & { id: string }>(orders, 'POST', '/order', {
        id: 'o-1',
        customerId: '7',
        lines,
      });
      expect([posted.status, posted.headers.get('location'), posted.body.id]).toEqual([
        201,
        '/order/o-1',
        'o-1',
      ]);
      expect(posted.body.time_order_service).toMatch(TIME);
      const row = await whole(orders, 'o-1');
      expect(Object.keys(row)).toEqual(['ID', ...TIME_COLUMNS]);
      expect(row.ID).toBe('o-1');
      expect(TIME_COLUMNS.filter((column) => !TIME.test(row[column] ?? ''))).toEqual([]);

      const [invoice, ...invoices] = await bench.values<Invoice>(choreographyTopics.invoices, 'o-1');
      expect([invoice?.net, invoice?.tax, invoice?.gross, invoices.length]).toEqual([
        '200.00',
        '46.00',
        '246.00',
        0,
      ]);
      expect(invoice?.number).toMatch(/^INV-\d{4}-000001$/);
      const [picked] = await bench.values<PickList>(choreographyTopics.pickLists, 'o-1');
      expect([picked?.pieces, picked?.lines.length]).toEqual([3, 2]);
      const [shipment, ...shipments] = await bench.values<OrderShipment>(choreographyTopics.shipments, 'o-1');
      expect([isTrackingNumber(shipment?.trackingNumber ?? ''), shipment?.pieces, shipments.length]).toEqual([
        true,
        3,
        0,
      ]);
      const [forecast] = await until('the forecast', async () => {
        const found = await bench.values<Forecast>(choreographyTopics.forecasts, 'JUMPERS');
        return found.length > 0 ? found : null;
      });
      expect([forecast?.forecast, forecast?.days]).toEqual([2, 1]);
      expect(await readTopic(bench.backing.transport, topics.deadLetters)).toEqual([]);
    },
    TEST_MS,
  );

  test(
    'who was away when an order came does its part once it is there, and the others do not wait for it',
    async () => {
      const bench = await newBench();
      const orders = await bench.startOrders();
      expect((await request(orders, 'POST', '/order', { id: 'early', lines })).status).toBe(201);
      const late = await request<{ code: string }>(
        orders,
        'GET',
        '/order/early?timeout=0&until=time_logistic_service',
      );
      expect([late.status, late.body.code]).toEqual([504, 'not-in-time']);
      const row = (await request<Row>(orders, 'GET', '/order/early')).body;
      expect(TIME_COLUMNS.filter((column) => row[column] === null)).toEqual(TIME_COLUMNS.slice(1));
      await bench.startReactors();
      expect((await whole(orders, 'early')).time_order_service).toBe(row.time_order_service);
    },
    TEST_MS,
  );

  test(
    'the same order under the same id is the same, and another is a conflict: the first one stands',
    async () => {
      const bench = await newBench();
      const orders = await bench.startOrders();
      const first = await request<Row>(orders, 'POST', '/order', { id: 5, note: 'a', lines });
      const again = await request<Row>(orders, 'POST', '/order', { lines, note: 'a', id: '5', orderId: '5' });
      expect([again.status, again.body]).toEqual([201, first.body]);
      const other = await request<{ code: string }>(orders, 'POST', '/order', { id: 5, note: 'b', lines });
      expect([other.status, other.body.code]).toEqual([409, 'order-conflict']);
      const rivals = await Promise.all(
        ['a', 'b', 'c', 'd'].map((note) => request(orders, 'POST', '/order', { id: 'rivals', note })),
      );
      expect(rivals.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
    },
    TEST_MS,
  );

  test(
    'any object is an order, with an id of its own where it brings none; what is none is refused',
    async () => {
      const bench = await newBench();
      const orders = await bench.startAll();
      const posted = await request<{ id: string }>(orders, 'POST', '/order', {
        anything: [1, { goes: null }],
      });
      expect(posted.status).toBe(201);
      expect(posted.body.id).toMatch(/^[0-9a-f-]{36}$/);
      await whole(orders, posted.body.id);
      const [invoice] = await bench.values<Invoice>(choreographyTopics.invoices, posted.body.id);
      expect([invoice?.lines, invoice?.gross]).toEqual([[], '0.00']);
      const [event] = await bench.values<{ anything?: unknown }>(BUS, posted.body.id);
      expect(event?.anything).toEqual([1, { goes: null }]);
      for (const body of [
        [],
        'text',
        5,
        { id: '' },
        { id: '.' },
        { id: 1.5 },
        { id: 'a', orderId: 'b' },
        { lines: Array(501).fill(1) },
      ]) {
        const refused = await request<{ code: string }>(orders, 'POST', '/order', body);
        expect([JSON.stringify(body).slice(0, 30), refused.status]).toEqual([
          JSON.stringify(body).slice(0, 30),
          422,
        ]);
      }
    },
    TEST_MS,
  );

  test(
    'the list has the newest orders first, page by page, each once',
    async () => {
      const bench = await newBench();
      const orders = await bench.startOrders();
      const ids = Array.from({ length: 7 }, (_, at) => `listed ${at}`);
      for (const id of ids) await request(orders, 'POST', '/order', { id });
      const listed: string[] = [];
      for (let path = '/order?limit=3'; path !== ''; ) {
        const { body } = await request<{ orders: Row[]; next: string | null }>(orders, 'GET', path);
        expect(body.orders.length).toBe(Math.min(3, ids.length - listed.length));
        listed.push(...body.orders.map(({ ID }) => ID));
        path = body.next === null ? '' : `/order?limit=3&after=${encodeURIComponent(body.next)}`;
      }
      expect(listed).toEqual([...ids].reverse());
      expect((await request(orders, 'GET', '/order?after=nonsense')).status).toBe(422);
    },
    TEST_MS,
  );

  test(
    'a validated order of the orders ecosystem goes the same way',
    async () => {
      const bench = await newBench();
      const orders = await bench.startAll();
      const createdAt = '2026-11-20T10:00:00.000Z';
      const order = {
        id: 'validated',
        customerId: '7',
        state: 'VALIDATED' as const,
        revision: 2,
        lines: [{ product: 'JUMPERS', quantity: 2, price: '10.50' }],
        createdAt,
        failures: [],
      };
      await bench.send(orderCreatedEvent(order, '2026-11-20T10:00:01.000Z'));
      await whole(orders, 'validated');
      const [invoice] = await bench.values<Invoice>(choreographyTopics.invoices, 'validated');
      expect([invoice?.net, invoice?.date, invoice?.customerId]).toEqual(['21.00', '2026-11-20', '7']);
      expect((await request(orders, 'POST', '/order', { id: 'validated' })).status).toBe(409);
    },
    TEST_MS,
  );

  test(
    'what is broken on the bus goes to the dead letters, what is of others is left alone, and the rest goes on',
    async () => {
      const bench = await newBench();
      const orders = await bench.startAll();
      const event = {
        id: 'e',
        source: 'order_service',
        type: 'order_created',
        time: new Date().toISOString(),
      };
      await bench.send({ ...event, type: 'com.example.other', data: 'anything' }, 'other');
      await bench.publish(BUS, { key: 'broken', value: '{', headers: { ce_type: 'order_created' } });
      await bench.send({ ...event, data: { orderId: 'another' } }, 'mismatch');
      expect((await request(orders, 'POST', '/order', { id: 'after', lines })).status).toBe(201);
      await whole(orders, 'after');
      const letters = await until('the dead letters', async () => {
        const found = await readTopic(bench.backing.transport, topics.deadLetters);
        const reasons = found.map(({ key, headers }) => `${key} ${headers['requite-reason']}`);
        // by each service that reads it
        return reasons.filter((reason) => reason.startsWith('mismatch')).length >= 3 ? reasons : null;
      });
      expect([...new Set(letters)].sort()).toEqual(['broken not-a-cloud-event', 'mismatch invalid-message']);
    },
    TEST_MS,
  );
}
