import { afterAll, afterEach, describe, expect, test } from 'bun:test';
import { type Order, orderTopics } from '../../core/mod.ts';
import { type Cluster, describeWithCluster, startCluster } from '../broker/index.ts';
import { postOrders } from './orders-client.ts';
import { type Kind, kinds, type OrdersDeployment, OrdersLab } from './orders-lab.ts';
import type { OrdersLog } from './orders-log.ts';
import { judge } from './orders-oracle.ts';
import { type Traffic, traffic } from './orders-traffic.ts';

const PARTITIONS = 6;
/** Some three times what it takes on two cores that do nothing else. */
const REST_MS = 300_000;
const TEST_MS = 900_000;
/** On three brokers; fewer where it is one of many tests, for the sake of time: `ORDERS=10000` is the whole story. */
const ORDERS = Number(process.env.ORDERS ?? 400);

/** Who reads what: a group that has committed nothing there has still to begin. */
const READERS: readonly string[] = [
  'orders order-requests',
  'orders workflow-events',
  'orders events',
  'order-dispatches events',
  'fulfilment events',
  'logistic events',
  'inventory-orders orders',
  'inventory-orders inventory-replies',
  'inventory-products inventory-requests',
  'fraud orders-by-customer',
  'order-details orders',
  'validation-aggregator workflow-queue',
  'validation-aggregator order-validations',
  'order-emails orders',
  'order-emails payments',
  'email-workflows workflow-queue',
  'email-workflows answers-topic',
  'mail-sender workflow-events',
  'crm questions-topic',
];

let lab: OrdersLab | null = null;
let cluster: Cluster | null = null;
afterEach(async () => {
  await lab?.close();
  lab = null;
});
afterAll(() => cluster?.close());

const named = (count: number): string =>
  `every one of ${count.toLocaleString('en')} orders ends as the logs say, what is validated is shipped once, stock adds up and each paid order has one mail, through the death of each service`;

describe('on the embedded log, two instances of everything', () => {
  test(named(1_000), () => story(1_000, { partitions: PARTITIONS }), TEST_MS);
});

describeWithCluster('on three Kafka brokers, two instances of everything', () => {
  test(
    named(ORDERS),
    async () => {
      cluster = await startCluster({ brokers: 3 });
      await story(ORDERS, { brokers: cluster.brokers, partitions: PARTITIONS });
    },
    TEST_MS,
  );
});

async function story(count: number, deployment: OrdersDeployment): Promise<void> {
  lab = await OrdersLab.make(deployment);
  const { log } = lab;
  await log.furnish();
  await lab.startAll();
  // the log has no order between topics: a reservation that came before the stock would find none
  const stock = [`inventory-products ${orderTopics.warehouseInventory}`];
  await lab.until('the stock to be known', async () => (await log.unread(stock)).length === 0);

  const parts = split(traffic(count), kinds.length);
  for (const [at, part] of parts.entries())
    await sendThroughDeathOf(lab, kinds[at] as Kind, part, count / 100);

  let restless: readonly string[] = [];
  const isAtRest = async (): Promise<boolean> => {
    restless = await unrest(log, count + count / 20);
    return restless.length === 0;
  };
  await lab.until(() => `the run to come to rest: ${restless.join(', ')}`, isAtRest, REST_MS);
  const judgement = judge(await log.read(), lab.mails());
  if (process.env.STORY_KEEP) console.log(judgement);
  expect(judgement.complaints).toEqual([]);
  expect(judgement.requested).toBe(count + count / 20);
  // of everything there was enough for something to go wrong with
  expect(judgement.validated).toBeGreaterThan(count / 4);
  expect(judgement.shipped).toBe(judgement.validated);
  expect(Math.min(judgement.mails, ...Object.values(judgement.failing))).toBeGreaterThan(count / 100);
  await expectReadable(lab.urls, await log.values<Order>(orderTopics.orders));
}

/** A part of the traffic, in the midst of which one of the two instances of a service is killed, and started again. */
async function sendThroughDeathOf(
  lab: OrdersLab,
  kind: Kind,
  part: Traffic,
  inFlight: number,
): Promise<void> {
  const { posts, requests, payments } = part;
  const pay = (some: Traffic['payments']): Promise<void> =>
    lab.log.publish(some.map((value) => ({ topic: orderTopics.payments, key: value.orderId, value })));
  const half = Math.floor(payments.length / 2);
  // half of the payments are there before their orders
  await pay(payments.slice(0, half));
  let taken = 0;
  const posting = postOrders(posts, { urls: lab.urls, inFlight, onPosted: () => taken++ });
  const dying = (async () => {
    await lab.until('a third to be taken', () => taken >= posts.length / 3);
    await lab.kill(kind, 'a');
    expect(taken).toBeLessThan(posts.length);
    await lab.log.publish(
      requests.map((value) => ({ topic: orderTopics.orderRequests, key: value.id, value })),
    );
    await pay(payments.slice(half));
    await lab.start(kind, 'a');
  })();
  await Promise.all([posting, dying]);
}

/** What is still to come, in words; nothing once every order has ended, all is read, and nothing came meanwhile. */
async function unrest(log: OrdersLog, orders: number): Promise<readonly string[]> {
  const before = await log.sizes();
  const unread = await log.unread(READERS);
  if (unread.length > 0) return unread;
  const states = await log.count(orderTopics.orders);
  if (states < 2 * orders) return [`${states} of ${2 * orders} states of orders`];
  return (await log.sizes()) === before ? [] : ['something came just now'];
}

/** Each instance serves every order as it came out, whichever has it. */
async function expectReadable(urls: readonly string[], orders: readonly Order[]): Promise<void> {
  const ended = orders.filter(({ state }) => state === 'SHIPPED' || state === 'FAILED');
  const some = ended.filter((_, at) => at % Math.ceil(ended.length / 100) === 0);
  for (const url of urls) {
    const found = await Promise.all(
      some.map(async ({ id }) => {
        const response = await fetch(`${url}/v1/orders/${id}/shipped`);
        return { id, state: ((await response.json()) as { state?: string }).state };
      }),
    );
    expect(found).toEqual(some.map(({ id, state }) => ({ id, state })));
  }
}

/** Parts of about the same size, in order. */
function split(whole: Traffic, count: number): Traffic[] {
  const part = <T>(values: readonly T[], at: number): readonly T[] =>
    values.slice((at * values.length) / count, ((at + 1) * values.length) / count);
  return Array.from({ length: count }, (_, at) => ({
    posts: part(whole.posts, at),
    requests: part(whole.requests, at),
    payments: part(whole.payments, at),
  }));
}
