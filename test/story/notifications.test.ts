import { afterEach, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Order, orderTopics } from '../../core/mod.ts';
import { type Cluster, describeWithCluster, startCluster } from '../broker/index.ts';
import { freePorts } from '../broker/ports.ts';
import { SECRET, TestReceiver } from '../services/notifications/receiver.ts';
import { outboxIn } from '../services/notifications/support.ts';
import { Processes } from '../support/processes.ts';
import { until } from '../support/until.ts';
import { postOrders } from './orders-client.ts';
import { OrdersLog } from './orders-log.ts';
import type { PostedOrder } from './orders-traffic.ts';

const PARTITIONS = 4;
const COUNT = 1_000;
const TEST_MS = 600_000;
/** So many POSTs may be under way at once: the default of `webhookConcurrency`. */
const CONCURRENCY = 8;
const MEMORY_BYTES = 500_000_000;

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

/** Orders with which nothing is wrong, of customers that can be written to. */
const orders = Array.from({ length: COUNT }, (_, at): PostedOrder => {
  const customerId = `c-${10 + (at % 180)}`;
  return { id: `n-${at}`, customerId, product: `p-${at % 12}`, quantity: 1, price: '1.50' };
});

async function residentBytes(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(metrics)?.[1]);
}

async function story(brokers?: string): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'requite-notifications-story-'));
  const dataDir = join(directory, 'data');
  mkdirSync(dataDir);
  const log = await OrdersLog.open(dataDir, {
    partitions: PARTITIONS,
    ...(brokers === undefined ? {} : { brokers }),
  });
  open.push({
    close: async () => {
      await log.close();
      rmSync(directory, { recursive: true, force: true });
    },
  });
  const { promise: released, resolve: release } = Promise.withResolvers<number>();
  const receiver = new TestReceiver(() => released);
  open.push(receiver);
  const processes = new Processes(directory);
  open.push(processes);
  const [ordersPort, crmPort, notificationsPort] = await freePorts(3);
  const env = {
    DATA_DIR: dataDir,
    ORDERS_PORT: String(ordersPort),
    CRM_PORT: String(crmPort),
    NOTIFICATIONS_PORT: String(notificationsPort),
    INVENTORY_PORT: '0',
    SAMPLES: 'off',
    LOG_FORMAT: 'json',
    ...(brokers === undefined ? {} : { BROKERS: brokers }),
  };
  const [url, notificationsUrl] = [ordersPort, notificationsPort].map((port) => `http://127.0.0.1:${port}`);
  await log.furnish();
  const checks = ['inventory-service', 'fraud-service', 'order-details-service', 'validation-aggregator'];
  await processes.start('orders', { services: ['orders-service', ...checks, 'crm'], env, url });
  await processes.start('notifications', {
    services: ['notification-service'],
    url: notificationsUrl,
    env: {
      ...env,
      WEBHOOK_URL: receiver.url,
      WEBHOOK_SECRET: SECRET,
      CONFIG_NOTIFICATION_SERVICE_WEBHOOK_TIMEOUT_MS: '60000',
      CONFIG_NOTIFICATION_SERVICE_WEBHOOK_MAX_BACKOFF_MS: '5000',
      CONFIG_NOTIFICATION_SERVICE_WEBHOOK_PROBE_AFTER_MS: '500',
    },
  });
  const stock = [`inventory-products ${orderTopics.warehouseInventory}`];
  await until('the stock to be known', async () => (await log.unread(stock)).length === 0);

  await postOrders(orders, { urls: [url ?? ''], inFlight: 20 });
  // the receiver has answered nobody, and will not before every order has ended and every customer has a mail
  await until(
    'every order to be validated',
    async () => {
      const all = await log.values<Order>(orderTopics.orders);
      return new Set(all.filter(({ state }) => state === 'VALIDATED').map(({ id }) => id)).size === COUNT;
    },
    TEST_MS,
  );
  await until('every mail', () => outboxIn(join(dataDir, 'outbox')).length === COUNT, TEST_MS);
  expect(receiver.got.length).toBeGreaterThan(0);
  expect(receiver.most).toBeLessThanOrEqual(CONCURRENCY);
  expect(await residentBytes(notificationsUrl ?? '')).toBeLessThan(MEMORY_BYTES);

  release(200);
  await until('every webhook', () => receiver.orders().length === COUNT, TEST_MS);
  expect(receiver.orders()).toEqual(orders.map(({ id }) => id).sort());
  expect(receiver.most).toBeLessThanOrEqual(CONCURRENCY);
  expect(receiver.got.every(({ isSigned }) => isSigned)).toBe(true);
  expect(new Set(receiver.got.map(({ id }) => id)).size).toBe(COUNT);
}

const name = `${COUNT.toLocaleString('en')} orders are placed, validated and written about while the webhook's receiver hangs, and it is told of each once it answers`;

describe('on the embedded log', () => {
  test(name, () => story(), TEST_MS);
});

describeWithCluster('on Kafka', () => {
  test(
    name,
    async () => {
      const cluster: Cluster = await startCluster({ brokers: 1 });
      open.push(cluster);
      await story(cluster.brokers);
    },
    TEST_MS,
  );
});
