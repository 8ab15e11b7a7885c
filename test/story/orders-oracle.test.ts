import { describe, expect, test } from 'bun:test';
import type { CheckType, IncomingRecord, Order } from '../../core/mod.ts';
import { judge } from './orders-oracle.ts';

// what the story of the orders trusts: that a run that went wrong would be seen

type World = Record<string, IncomingRecord[]>;
type State = 'VALIDATED' | 'FAILED';

const START_MS = Date.parse('2026-11-21T12:00:00.000Z');
const checks: readonly CheckType[] = ['INVENTORY_CHECK', 'FRAUD_CHECK', 'ORDER_DETAILS_CHECK'];

function add(
  world: World,
  topic: string,
  key: string,
  value: unknown,
  headers: IncomingRecord['headers'] = {},
): void {
  const records = world[topic] ?? [];
  world[topic] = records;
  const offset = records.length;
  records.push({
    topic,
    partition: 0,
    offset,
    key,
    value: JSON.stringify(value),
    headers,
    timestampMs: START_MS,
  });
}

function order(id: string, about: Partial<Order> & { quantity?: number; price?: string } = {}): Order {
  const { quantity = 1, price = '10', ...more } = about;
  const lines = [{ product: 'JUMPERS', quantity, price }];
  const createdAt = new Date(START_MS).toISOString();
  return { id, customerId: 'ann', state: 'CREATED', revision: 1, lines, createdAt, failures: [], ...more };
}

interface Course {
  readonly fails?: readonly CheckType[];
  /** What the log says, where it is not what it must be. */
  readonly state?: State;
  readonly isReleased?: boolean;
  readonly trackingNumber?: string;
}

/** Puts an order's whole course on the logs, by hand: as it must be, unless the course says otherwise. */
function run(world: World, request: Order, { fails = [], ...wrong }: Course = {}): void {
  const { id, customerId, lines } = request;
  const customer = customerId === '' ? id : customerId;
  const { state = fails.length === 0 ? 'VALIDATED' : 'FAILED', isReleased = state === 'FAILED' } = wrong;
  add(world, 'order-requests', id, request);
  add(world, 'orders', id, request);
  add(world, 'orders-by-customer', customer, request);
  for (const checkType of checks) {
    const validationResult = fails.includes(checkType) ? 'FAIL' : 'PASS';
    const reasons = validationResult === 'FAIL' ? ['so'] : [];
    add(world, 'order-validations', id, { orderId: id, checkType, validationResult, reasons });
  }
  for (const [line, { product, quantity }] of lines.entries())
    add(world, 'inventory-requests', product, { kind: 'reserve', orderId: id, line, product, quantity });
  const failures = state === 'VALIDATED' ? [] : fails.map((checkType) => ({ checkType, reasons: ['so'] }));
  const ended = { ...request, state, revision: 2, failures };
  add(world, 'orders', id, ended);
  add(world, 'orders-by-customer', customer, ended);
  if (state === 'VALIDATED') ship(world, ended, wrong.trackingNumber);
  if (!isReleased) return;
  for (const [line, { product, quantity }] of lines.entries())
    add(world, 'inventory-requests', product, { kind: 'release', orderId: id, line, product, quantity });
}

/** Puts a validated order's way to its customer on the logs. */
function ship(world: World, order: Order, trackingNumber = `RQ-${order.id}`): void {
  const { id, customerId } = order;
  const shippedAt = new Date(START_MS + 1_000).toISOString();
  const lines = order.lines.map(({ product, quantity, price }) => ({ sku: product, quantity, price }));
  const say = (type: string, more: object): void => {
    const headers = { ce_id: `${type}/${id}`, ce_source: 'somebody', ce_type: type, ce_time: shippedAt };
    add(world, 'events', id, { orderId: id, lines, ...more }, headers);
  };
  say('order_created', {});
  say('fulfilment_completed', { pickList: `PL-${id}` });
  say('order_shipped', { trackingNumber, shippedAt });
  add(world, 'shipments', id, { orderId: id, trackingNumber });
  const shipped = { ...order, state: 'SHIPPED', revision: 3, shipment: { trackingNumber, shippedAt } };
  add(world, 'orders', id, shipped);
  add(world, 'orders-by-customer', customerId, shipped);
}

function world(): World {
  const made: World = {};
  add(made, 'warehouse-inventory', 'JUMPERS', { product: 'JUMPERS', stock: 10 });
  add(made, 'customers', 'ann', { customerIdentifier: 'ann', email: 'ann@requite.example' });
  return made;
}

const complaints = (logs: World, mails: readonly string[] = []): readonly string[] =>
  judge(logs, mails).complaints;

describe('a run as it must be', () => {
  test('is found to be so, whatever its orders came to', () => {
    const logs = world();
    run(logs, order('o-1', { quantity: 10 }));
    run(logs, order('o-2'), { fails: ['INVENTORY_CHECK'] });
    run(logs, order('o-3', { customerId: 'bob', price: '2000' }), {
      fails: ['INVENTORY_CHECK', 'FRAUD_CHECK'],
    });
    run(logs, order('o-4', { customerId: '', quantity: 0 }), {
      fails: ['INVENTORY_CHECK', 'FRAUD_CHECK', 'ORDER_DETAILS_CHECK'],
    });
    add(logs, 'payments', 'o-1', { id: 'p-1', orderId: 'o-1', ccy: 'EUR', amount: '100' });
    expect(judge(logs, ['o-1'])).toEqual({
      complaints: [],
      requested: 4,
      validated: 1,
      failed: 3,
      shipped: 1,
      failing: { INVENTORY_CHECK: 3, FRAUD_CHECK: 2, ORDER_DETAILS_CHECK: 1 },
      mails: 1,
      repeats: 0,
    });
  });

  test('may have said everything twice', () => {
    const logs = world();
    run(logs, order('o-1', { quantity: 6 }));
    run(logs, order('o-2', { quantity: 6 }), { fails: ['INVENTORY_CHECK'] });
    for (const [topic, records] of Object.entries(logs))
      for (const { key, value, headers } of [...records])
        add(logs, topic, String(key), JSON.parse(String(value)), { ...headers, traceparent: 'another' });
    expect(judge(logs, [])).toMatchObject({
      complaints: [],
      validated: 1,
      failed: 1,
      shipped: 1,
      repeats: 5,
    });
  });

  test('gives the pieces of a failed order to the next', () => {
    const logs = world();
    run(logs, order('o-1', { quantity: 10, price: '200' }), { fails: ['FRAUD_CHECK'] });
    run(logs, order('o-2', { customerId: 'bob', quantity: 10 }));
    expect(complaints(logs)).toEqual([]);
  });

  test('need not have said whether the pieces were there, once the order has failed for another reason', () => {
    const logs = world();
    run(logs, order('o-1', { price: '2000' }), { fails: ['FRAUD_CHECK'] });
    const said = logs['order-validations'] ?? [];
    logs['order-validations'] = said.filter(({ value }) => !String(value).includes('INVENTORY'));
    expect(complaints(logs)).toEqual([]);
  });

  test('fails a session from 2,000 on, and not below, nor an hour and a millisecond later', () => {
    const logs = world();
    const at = (ms: number): { createdAt: string } => ({ createdAt: new Date(START_MS + ms).toISOString() });
    run(logs, order('o-1', { price: '1999.99' }));
    run(logs, order('o-2', { price: '0.01', ...at(3_600_000) }), { fails: ['FRAUD_CHECK'] });
    run(logs, order('o-3', { price: '1999.99', ...at(7_200_001) }));
    // it comes late, and joins what was apart
    run(logs, order('o-4', { price: '0.01', ...at(3_600_001) }), { fails: ['FRAUD_CHECK'] });
    expect(complaints(logs)).toEqual([]);
  });
});

describe('a run gone wrong is caught where', () => {
  test('more was sold than there is', () => {
    const logs = world();
    run(logs, order('o-1', { quantity: 6 }));
    run(logs, order('o-2', { quantity: 6 }));
    expect(complaints(logs)).toEqual([
      'order o-2 is VALIDATED, and must fail INVENTORY_CHECK',
      'INVENTORY_CHECK of order o-2 must be FAIL',
      'JUMPERS: 6 are reserved, and validated orders take 12',
      'JUMPERS: validated orders take 12 of 10 in stock',
    ]);
  });

  test('a fraud was let pass', () => {
    const logs = world();
    run(logs, order('o-1', { price: '1999.99' }));
    run(logs, order('o-2', { price: '0.01' }));
    expect(complaints(logs)).toEqual([
      'order o-2 is VALIDATED, and must fail FRAUD_CHECK',
      'FRAUD_CHECK of order o-2 must be FAIL',
    ]);
  });

  test('an honest customer was taken for a fraud', () => {
    const logs = world();
    run(logs, order('o-1', { price: '1999.99' }), { fails: ['FRAUD_CHECK'] });
    expect(complaints(logs)).toEqual([
      'order o-1 is FAILED, and passes every check',
      'order o-1 is FAILED for FRAUD_CHECK, which it passes',
      'FRAUD_CHECK of order o-1 must be PASS',
    ]);
  });

  test('an order has two ends', () => {
    const logs = world();
    run(logs, order('o-1'));
    const failures = [{ checkType: 'FRAUD_CHECK' as const, reasons: ['so'] }];
    const other = order('o-1', { state: 'FAILED', revision: 2, failures });
    add(logs, 'orders', 'o-1', other);
    add(logs, 'orders-by-customer', 'ann', other);
    expect(complaints(logs)).toEqual(['order o-1 has 4 states']);
  });

  test('an order has no end, or came back to life', () => {
    const logs = world();
    run(logs, order('o-1'));
    const [created, ended] = logs.orders ?? [];
    if (created === undefined || ended === undefined) throw new Error('the order is not on the log');
    logs.orders = [created];
    expect(complaints(logs)).toContain('order o-1 has no end');
    logs.orders = [
      { ...ended, offset: 0 },
      { ...created, offset: 1 },
    ];
    expect(complaints(logs)).toContain('order o-1 was not created as it was first requested');
  });

  test('a validator said two things, or nothing', () => {
    const logs = world();
    run(logs, order('o-1'));
    const said = logs['order-validations'] ?? [];
    const about = { orderId: 'o-1', checkType: 'ORDER_DETAILS_CHECK' };
    add(logs, 'order-validations', 'o-1', { ...about, validationResult: 'FAIL', reasons: ['so'] });
    expect(complaints(logs)).toEqual([
      'ORDER_DETAILS_CHECK of order o-1 was said in 2 ways',
      'ORDER_DETAILS_CHECK of order o-1 must be PASS',
    ]);
    logs['order-validations'] = said.filter(({ value }) => !String(value).includes('DETAILS'));
    expect(complaints(logs)).toEqual(['ORDER_DETAILS_CHECK of order o-1 was never said']);
    logs['order-validations'] = said.filter(({ value }) => !String(value).includes('INVENTORY'));
    expect(complaints(logs)).toContain('INVENTORY_CHECK of order o-1 was never said');
  });

  test('a failed order keeps its pieces, or a validated one lost them', () => {
    const kept = world();
    run(kept, order('o-1', { price: '2000' }), { fails: ['FRAUD_CHECK'], isReleased: false });
    expect(complaints(kept)).toEqual(['JUMPERS: 1 are reserved, and validated orders take 0']);
    const lost = world();
    run(lost, order('o-1'), { isReleased: true });
    expect(complaints(lost)).toEqual(['JUMPERS: 0 are reserved, and validated orders take 1']);
  });

  test('a paid order has no mail, or two, or another has one', () => {
    const logs = world();
    run(logs, order('o-1'));
    run(logs, order('o-2'));
    add(logs, 'payments', 'o-1', { id: 'p-1', orderId: 'o-1', ccy: 'EUR', amount: '10' });
    expect(complaints(logs)).toEqual(['order o-1 is paid, and has 0 mails']);
    expect(complaints(logs, ['o-1', 'o-1'])).toEqual(['order o-1 is paid, and has 2 mails']);
    expect(complaints(logs, ['o-1', 'o-2'])).toEqual([
      'there is a mail about order o-2, which nobody is owed',
    ]);
  });

  test('a validated order never left, left twice, or a failed one left', () => {
    const never = world();
    run(never, order('o-1'));
    never.orders = (never.orders ?? []).slice(0, 2);
    never['orders-by-customer'] = (never['orders-by-customer'] ?? []).slice(0, 2);
    expect(complaints(never)).toEqual(['order o-1 was never shipped']);
    never.events = [];
    never.shipments = [];
    expect(complaints(never)).toEqual([
      'order o-1 has 0 of order_created',
      'order o-1 has 0 of fulfilment_completed',
      'order o-1 has 0 of order_shipped',
      'order o-1 was never shipped',
    ]);
    const twice = world();
    run(twice, order('o-1'));
    ship(twice, order('o-1', { state: 'VALIDATED', revision: 2 }), 'RQ-another');
    expect(complaints(twice)).toEqual([
      'order o-1 has 4 states',
      'order o-1 has two tracking numbers',
      'order o-1 has 2 of order_shipped',
      'order o-1 has another shipment than it was told',
    ]);
    const failed = world();
    run(failed, order('o-1', { price: '2000' }), { fails: ['FRAUD_CHECK'] });
    const ended = order('o-1', { price: '2000', state: 'FAILED', revision: 2 });
    ship(failed, ended);
    expect(complaints(failed)).toEqual([
      'order o-1 has 3 states',
      'the bus has events of order o-1, which is not validated',
      'there is a shipment of order o-1, which is not validated',
    ]);
  });

  test('an order is SHIPPED otherwise than it was told, with other lines, or under the number of another', () => {
    const logs = world();
    run(logs, order('o-1'), { trackingNumber: 'RQ-1' });
    run(logs, order('o-2'), { trackingNumber: 'RQ-1' });
    expect(complaints(logs)).toEqual(['orders o-1 and o-2 share a tracking number']);
    const other = world();
    run(other, order('o-1'));
    const [created, picked, shipped] = other.events ?? [];
    if (created === undefined || picked === undefined || shipped === undefined)
      throw new Error('the events are not on the bus');
    const fewer = { ...created, value: JSON.stringify({ orderId: 'o-1', lines: [] }) };
    const moved = { ...shipped, value: String(shipped.value).replace('RQ-o-1', 'RQ-9') };
    other.events = [fewer, picked, moved];
    expect(complaints(other)).toEqual([
      'order o-1 entered the choreography with other lines',
      expect.stringContaining('order o-1 is SHIPPED as'),
      'order o-1 has another shipment than it was told',
    ]);
  });

  test('an order was changed on its way, re-keyed wrongly, or put aside', () => {
    const changed = world();
    run(changed, order('o-1'));
    changed['order-requests'] = [];
    add(changed, 'order-requests', 'o-1', order('o-1', { quantity: 2 }));
    expect(complaints(changed)).toContain('order o-1 was not created as it was first requested');
    const misplaced = world();
    run(misplaced, order('o-1'));
    misplaced['orders-by-customer'] = (misplaced['orders-by-customer'] ?? []).toSpliced(1, 1);
    add(misplaced, 'dead-letters', 'o-2', {});
    expect(complaints(misplaced)).toEqual([
      'orders-by-customer lacks VALIDATED of order o-1',
      'o-2 went to the dead letters',
    ]);
  });
});
