// A view that was lost: how long one instance takes to fold it again from the log.
import {
  type Order,
  type OutgoingRecord,
  orderTopics,
  partitionFor,
  type Transport,
} from '../../core/mod.ts';
import { type DeployOptions, OrdersDeployment, PRODUCT } from './deployment.ts';

const AT_ONCE = 5_000;
const CUSTOMERS = 1_000;
const STATES = [
  { state: 'CREATED', revision: 1 },
  { state: 'VALIDATED', revision: 2 },
] as const;
/** Each state lies on `orders` and on `orders-by-customer`. */
const RECORDS_AN_ORDER = STATES.length * 2;

export interface Rebuild {
  readonly orders: number;
  /** Records a second that one instance folded, from its start until it was ready. */
  readonly folded: number;
  /** Records a second that a client read of the same topics, with nothing folded. */
  readonly floor: number;
  readonly seconds: number;
}

/** Writes the orders, then starts one instance with no view of its own and waits until it is ready. */
export async function measureRebuild(
  options: Omit<DeployOptions, 'instances' | 'ordersOnly'>,
  orders: number,
  tick: (part: number) => void,
): Promise<Rebuild> {
  const deployment = await OrdersDeployment.open({ ...options, instances: 1, ordersOnly: true });
  try {
    const { transport } = deployment.backing;
    await fill(transport, orders, options.partitions, tick);
    const records = orders * RECORDS_AN_ORDER;
    const floor = records / (await secondsOf(() => readAll(transport, records)));
    const seconds = await secondsOf(() => deployment.start());
    return { orders, seconds, folded: records / seconds, floor };
  } finally {
    await deployment.stop();
  }
}

async function fill(
  transport: Transport,
  orders: number,
  partitions: number,
  tick: (part: number) => void,
): Promise<void> {
  for (let from = 0; from < orders; from += AT_ONCE) {
    const records: OutgoingRecord[] = [];
    for (let at = from; at < Math.min(orders, from + AT_ONCE); at++)
      for (const each of STATES) records.push(...recordsOf(at, each, partitions));
    await transport.publish(records);
    tick(from);
  }
}

function recordsOf(at: number, standing: (typeof STATES)[number], partitions: number): OutgoingRecord[] {
  const id = `o-${at}`;
  const customerId = `c-${at % CUSTOMERS}`;
  const order: Order = {
    id,
    customerId,
    ...standing,
    lines: [{ product: PRODUCT, quantity: 1, price: '1.00' }],
    createdAt: '2026-11-21T12:00:00.000Z',
    failures: [],
  };
  const value = JSON.stringify(order);
  const record = (topic: string, key: string): OutgoingRecord => ({
    topic,
    partition: partitionFor(key, partitions),
    key,
    value,
  });
  return [record(orderTopics.orders, id), record(orderTopics.ordersByCustomer, customerId)];
}

async function readAll(transport: Transport, count: number): Promise<void> {
  const reader = await transport.read({
    topics: [orderTopics.orders, orderTopics.ordersByCustomer],
    from: () => 0,
  });
  let seen = 0;
  while (seen < count) seen += (await reader.poll({ maxRecords: 2_000, waitMs: 100 })).length;
  await reader.close();
}

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}
