import { afterAll, beforeAll, expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Order, orderTopics, topics } from '../../core/mod.ts';
import { type Cluster, describeWithCluster, startCluster } from '../broker/index.ts';
import { until } from '../support/until.ts';
import { type Instances, startInstances } from './orders-in-process.ts';
import { OrdersLog } from './orders-log.ts';
import { storyCustomers } from './orders-traffic.ts';

// The cases of Kafka Streams' microservices example, as its own tests have them, where that example could not run
// them: on several brokers, with several instances of each service and several partitions.

const PARTITIONS = 6;
const START_MS = 180_000;
const CASE_MS = 120_000;
const TEN = Array.from({ length: 10 }, (_, at) => at);

interface Reply {
  readonly id: string;
  readonly state: Order['state'];
  readonly failures: Order['failures'];
}

interface PlacedOrder {
  readonly id?: string | number;
  readonly customerId?: string | number;
  readonly product?: string;
  readonly quantity?: number;
  readonly price?: string | number;
}

describeWithCluster('two instances of everything on three brokers', () => {
  let cluster: Cluster;
  let log: OrdersLog;
  let instances: Instances;
  let urls: readonly string[];

  beforeAll(async () => {
    cluster = await startCluster({ brokers: 3 });
    const { brokers } = cluster;
    instances = await startInstances(
      [
        'orders-service',
        'inventory-service',
        'fraud-service',
        'order-details-service',
        'validation-aggregator',
        'crm',
        'coordinator',
        'engine',
      ],
      // the reference ships nothing, so neither is anything shipped here
      { brokers, partitions: PARTITIONS, count: 2, more: { BILLED_ORDERS: 'validated' } },
    );
    urls = instances.urls('orders-service');
    log = await OrdersLog.open(instances.dataDir, { brokers, partitions: PARTITIONS });
    await log.publish(
      storyCustomers().map((value) => ({ topic: topics.customers, key: value.customerIdentifier, value })),
    );
  }, START_MS);

  afterAll(async () => {
    await instances?.stop();
    await log?.close();
    await cluster?.close();
  }, START_MS);

  /** One of the two instances, and the other. */
  const one = (at: number): string => urls[at % 2] ?? '';
  const other = (at: number): string => one(at + 1);

  async function post(url: string, order: PlacedOrder): Promise<Reply> {
    const plain = { customerId: 'c-1', product: 'JUMPERS', quantity: 1, price: '5.00' };
    const response = await fetch(`${url}/v1/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...plain, ...order }),
    });
    expect(response.status).toBe(201);
    const reply = (await response.json()) as Reply;
    expect(response.headers.get('location')).toBe(`/v1/orders/${reply.id}`);
    return reply;
  }

  const get = (url: string, path: string): Promise<Response> => fetch(`${url}/v1/orders/${path}`);

  async function ended(url: string, id: string): Promise<Reply> {
    const response = await get(url, `${id}/validated?timeout=60000`);
    expect(response.status).toBe(200);
    return (await response.json()) as Reply;
  }

  /** Sets a level, and waits until orders can be validated by it. */
  async function stock(product: string, pieces: number): Promise<void> {
    const topic = orderTopics.warehouseInventory;
    await log.publish([{ topic, key: product, value: { product, stock: pieces } }]);
    const reader = `inventory-products ${topic}`;
    await until(`${product} to be in stock`, async () => {
      const unread = await log.unread([reader]);
      return !unread.some((each) => each.startsWith(reader));
    });
  }

  test(
    'of an empty warehouse ten orders are refused, each with the reason',
    async () => {
      await stock('UNDERPANTS', 0);
      const posted = await Promise.all(
        TEN.map((at) => post(one(at), { product: 'UNDERPANTS', customerId: `c-${at}` })),
      );
      for (const [at, { id }] of posted.entries()) {
        const { state, failures } = await ended(other(at), id);
        expect(state).toBe('FAILED');
        expect(failures).toMatchObject([
          { checkType: 'INVENTORY_CHECK', reasons: ['UNDERPANTS: 1 asked for, none free'] },
        ]);
      }
    },
    CASE_MS,
  );

  test(
    'an order posted at one instance is read at the other, wherever it lives',
    async () => {
      const posted = await Promise.all(TEN.map((at) => post(one(at), { id: 100 + at })));
      expect(posted.map(({ id }) => id)).toEqual(TEN.map((at) => String(100 + at)));
      const servers = new Set<string>();
      for (const [at, { id }] of posted.entries()) {
        const response = await get(other(at), id);
        expect((await response.json()) as Reply).toMatchObject({ id, product: 'JUMPERS', quantity: 1 });
        servers.add(response.headers.get('requite-served-by') ?? '');
      }
      expect([...servers].sort()).toEqual([...urls].sort());
    },
    CASE_MS,
  );

  test(
    'ten orders in a row are validated, each before the next is placed',
    async () => {
      await stock('JUMPERS', 1_000);
      for (const at of TEN) {
        const { id, state } = await post(one(at), { customerId: `c-${20 + at}` });
        expect(state).toBe('CREATED');
        expect(await ended(other(at), id)).toMatchObject({ id, state: 'VALIDATED', failures: [] });
      }
    },
    CASE_MS,
  );

  test(
    'a read waits for an order that comes meanwhile, and says so when none comes',
    async () => {
      const before = performance.now();
      const missing = await get(one(0), 'nobody-ordered-this?timeout=300');
      expect(missing.status).toBe(504);
      expect(performance.now() - before).toBeGreaterThan(290);
      const waiting = [0, 1].map((at) => get(one(at), 'late/validated?timeout=60000'));
      await post(one(0), { id: 'late', customerId: 'c-31' });
      for (const response of await Promise.all(waiting)) {
        expect(response.status).toBe(200);
        expect((await response.json()) as Reply).toMatchObject({ id: 'late', state: 'VALIDATED' });
      }
    },
    CASE_MS,
  );

  test(
    'a customer may spend 1,999.99 in a session, and not 2,000, be it at once or bit by bit',
    async () => {
      const most = await post(one(0), { customerId: 'c-41', price: '1999.99' });
      const atOnce = await post(one(0), { customerId: 'c-42', price: 2000 });
      const first = await post(one(0), { customerId: 'c-43', price: '1999.99' });
      const second = await post(one(1), { customerId: 'c-43', price: '0.01' });
      expect(await ended(one(1), most.id)).toMatchObject({ state: 'VALIDATED' });
      expect(await ended(one(1), first.id)).toMatchObject({ state: 'VALIDATED' });
      for (const { id } of [atOnce, second]) {
        const { state, failures } = await ended(one(1), id);
        expect({ state, checks: failures.map(({ checkType }) => checkType) }).toEqual({
          state: 'FAILED',
          checks: ['FRAUD_CHECK'],
        });
      }
    },
    CASE_MS,
  );

  test(
    "a bill has a customer's validated orders, and no other",
    async () => {
      const good = [
        await post(one(0), { id: 'billed-1', customerId: 'c-51', quantity: 3, price: '19.99' }),
        await post(one(1), { id: 'billed-2', customerId: 'c-51', quantity: 1, price: '0.05' }),
      ];
      const bad = await post(one(0), { id: 'unbilled', customerId: 'c-51', quantity: 0 });
      const others = await post(one(0), { id: 'of-another', customerId: 'c-52' });
      for (const { id } of [...good, others]) expect((await ended(one(1), id)).state).toBe('VALIDATED');
      expect((await ended(one(1), bad.id)).state).toBe('FAILED');

      const [coordinator] = instances.urls('coordinator');
      const day = (offset: number): string =>
        new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
      const asked = await fetch(`${coordinator}/`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          runId: 'of-orders',
          customerIdentifiers: ['c-51'],
          workflowType: 'order-billing',
          period: { from: day(-1), to: day(2) },
        }),
      });
      expect(asked.status).toBe(202);
      const bills = join(instances.dataDir, 'bills');
      const names = await until('the bill', () => {
        const found = readdirSync(bills).filter((name) => name.endsWith('.txt'));
        return found.length > 0 && found;
      });
      expect(names).toEqual(['of-orders_c-51.txt']);
      const bill = readFileSync(join(bills, 'of-orders_c-51.txt'), 'utf8');
      expect(bill.match(/billed-\d|unbilled|of-another/g)).toEqual(['billed-1', 'billed-2']);
      expect(bill).toContain('59.97');
    },
    CASE_MS,
  );
});
