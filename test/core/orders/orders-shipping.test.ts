// From VALIDATED to SHIPPED: what the Orders fold says on the event bus, and what it hears there.
import { cloudEventOf } from '../../../core/choreography/cloud-event.ts';
import type { Json } from '../../../core/messages/json.ts';
import type { IncomingRecord } from '../../../core/messages/record.ts';
import type { Order } from '../../../core/orders/order.ts';
import { ordersFold } from '../../../core/orders/orders-fold.ts';
import { orderTopics } from '../../../core/orders/topics.ts';
import { assert, test } from '../../harness.ts';
import { FoldBench, homeOf, incoming, on, PARTITIONS } from '../view/fold-batch-support.ts';
import { BUS, completed, letters, order, report, request, states, TRACE } from './orders-support.ts';

const SHIPPED_AT = '2026-11-22T08:30:00.000Z';

interface About {
  readonly id?: string;
  readonly type?: string;
  readonly time?: string;
}

/** `order_shipped`, as the logistic service sends it. */
function shipped(
  data: Json = { trackingNumber: 'RQ-1' },
  { id = 'o-1', type = 'order_shipped', time = SHIPPED_AT }: About = {},
): IncomingRecord {
  const event = { id: `${type}/${id}`, source: 'logistic_service', type, time, data };
  const { value, headers = {} } = cloudEventOf(BUS, id, event);
  return incoming(BUS, id, value, { headers });
}

const shippedOrder = (changes: Partial<Order> = {}): Order =>
  order({
    state: 'SHIPPED',
    revision: 3,
    shipment: { trackingNumber: 'RQ-1', shippedAt: SHIPPED_AT },
    ...changes,
  });

/** A fold that has validated the order o-1. */
function validated(): FoldBench {
  const bench = new FoldBench(ordersFold(BUS));
  bench.run(request(), completed('VALIDATED'));
  return bench;
}

const failures = [{ checkType: 'FRAUD_CHECK' as const, reasons: ['2000.00 in one session'] }];

test('a validated order enters the choreography as order_created, in the same unit of work', () => {
  const bench = new FoldBench(ordersFold(BUS));
  bench.run(request());
  const { records, decided } = bench.run(completed('VALIDATED'));
  assert.deepEqual(on(records, BUS), [
    {
      key: 'o-1',
      partition: homeOf('o-1'),
      value: {
        orderId: 'o-1',
        customerId: '7',
        lines: [{ sku: 'JUMPERS', quantity: 2, price: '10.50' }],
        createdAt: '2026-11-21T10:00:00.000Z',
      },
      headers: {
        ce_specversion: '1.0',
        ce_id: 'order_created/o-1',
        ce_source: 'order_service',
        ce_type: 'order_created',
        ce_subject: 'o-1',
        ce_time: '2026-11-21T10:00:01.000Z',
        'content-type': 'application/json',
      },
    },
  ]);
  assert.equal(decided.filter(({ change }) => change !== null).length, 1);
});

test('an order that is created, or fails, enters nothing', () => {
  const bench = new FoldBench(ordersFold(BUS));
  const { records } = bench.run(request(), completed('FAILED', failures));
  assert.deepEqual(on(records, BUS), []);
});

test('the report of its end again makes the same event again, also where the clock of another report says otherwise', () => {
  const bench = new FoldBench(ordersFold(BUS));
  bench.run(request());
  const first = bench.run(completed('VALIDATED'));
  assert.deepEqual(bench.run(completed('VALIDATED')).records, first.records);
  const other = completed('VALIDATED');
  const late = { ...JSON.parse(String(other.value)), time: '2027-01-01T00:00:00.000Z' };
  assert.deepEqual(bench.run({ ...other, value: JSON.stringify(late) }).records, first.records);
});

test('a report whose time is none dates the event by the order', () => {
  const bench = new FoldBench(ordersFold(BUS));
  const end = completed('VALIDATED');
  const odd = { ...JSON.parse(String(end.value)), time: 'x'.repeat(100_000) };
  const { records } = bench.run(request(), { ...end, value: JSON.stringify(odd) });
  const times = on(records, BUS).map(({ headers }) => (headers as Record<string, string>).ce_time);
  assert.deepEqual(times, [order().createdAt]);
  assert.ok(JSON.stringify(bench.state('o-1')).length < 1_000);
});

test('order_shipped makes it SHIPPED as revision 3 on both topics, with its shipment', () => {
  const { records, ledger } = validated().run(shipped());
  const folded = { records, ledger, decided: [], traced: [] };
  assert.deepEqual(states(folded), { orders: [shippedOrder()], byCustomer: [shippedOrder()] });
  assert.equal(records.length, 2);
  assert.deepEqual(ledger, { [`${BUS} applied`]: 1 });
});

test('the same again emits the same again and changes nothing (invariant 5)', () => {
  const bench = validated();
  const first = bench.run(shipped());
  const again = bench.run(shipped({ trackingNumber: 'RQ-1', more: 1 }, { time: '2026-12-24T00:00:00Z' }));
  assert.deepEqual(again.records, first.records);
  assert.deepEqual(again.ledger, { [`${BUS} repeat`]: 1 });
});

test('what crashed after it was saved comes to the same end, whichever record comes again first', () => {
  const bench = new FoldBench(ordersFold(BUS));
  bench.run(request());
  const end = bench.run(completed('VALIDATED'));
  const shipment = bench.run(shipped());
  // nothing of both was committed: they come again, from two topics, in any order
  assert.deepEqual(bench.run(shipped(), completed('VALIDATED')).records, [
    ...shipment.records,
    ...end.records,
  ]);
  assert.deepEqual(bench.run(request()).records, []);
});

test('it keeps its trace context, and what follows it on the bus has it too', () => {
  const bench = new FoldBench(ordersFold(BUS));
  const { records } = bench.run(
    request(order(), { headers: { traceparent: TRACE } }),
    completed('VALIDATED'),
    shipped(),
  );
  assert.equal(records.length, 3 + 3 + 2);
  for (const { headers = {} } of records) assert.equal(headers.traceparent, TRACE);
});

test('a shipment that has a trace of its own goes on with that', () => {
  const other = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`;
  const bench = new FoldBench(ordersFold(BUS));
  bench.run(request(order(), { headers: { traceparent: TRACE } }), completed('VALIDATED'));
  const event = shipped();
  const { records } = bench.run({ ...event, headers: { ...event.headers, traceparent: other } });
  assert.deepEqual(
    records.map(({ headers }) => headers?.traceparent),
    [other, other],
  );
});

test('other tracking numbers for goods that have left go to the dead letters, and the first stands', () => {
  const bench = validated();
  bench.run(shipped());
  const before = bench.state('o-1');
  const folded = bench.run(shipped({ trackingNumber: 'RQ-2' }));
  assert.deepEqual(folded.ledger, { [`${BUS} deadLettered shipment-conflict`]: 1 });
  assert.deepEqual(bench.state('o-1'), before);
});

for (const [state, ...records] of [
  ['CREATED', request()],
  ['FAILED', request(), completed('FAILED', failures)],
] as const) {
  test(`who ships an order that is ${state} gets his event back, with the reason, and the order stands`, () => {
    const bench = new FoldBench(ordersFold(BUS));
    bench.run(...records);
    const before = bench.state('o-1');
    const folded = bench.run(shipped());
    assert.deepEqual(folded.ledger, { [`${BUS} deadLettered order-not-validated`]: 1 });
    assert.equal(folded.records.length, 1);
    const [letter] = letters(folded);
    assert.match(
      String(letter?.headers?.['requite-detail']),
      new RegExp(`is ${state}, and only a VALIDATED one`),
    );
    assert.deepEqual(bench.state('o-1'), before);
  });
}

test('an order that is not in the ecosystem is shipped without it, and other events are not ours', () => {
  const bench = validated();
  const folded = bench.run(
    shipped({ trackingNumber: 'RQ-9' }, { id: 'of-the-choreography' }),
    shipped({}, { type: 'fulfilment_completed' }),
    shipped({}, { type: 'order_created' }),
  );
  assert.deepEqual([folded.decided, folded.records], [[], []]);
  assert.deepEqual(folded.ledger, { [`${BUS} repeat`]: 1, [`${BUS} notOurs`]: 2 });
});

for (const [what, data, time] of [
  ['no tracking number', {}, SHIPPED_AT],
  ['an empty tracking number', { trackingNumber: '' }, SHIPPED_AT],
  ['a tracking number of many lines', { trackingNumber: 'RQ\n1' }, SHIPPED_AT],
  ['a day that the calendar does not have', { trackingNumber: 'RQ-1' }, '2026-02-30T10:00:00.000Z'],
  ['a shippedAt that is no time', { trackingNumber: 'RQ-1', shippedAt: 'yesterday' }, SHIPPED_AT],
] as const) {
  test(`order_shipped with ${what} goes to the dead letters, and changes nothing`, () => {
    const bench = validated();
    const before = bench.state('o-1');
    const folded = bench.run(shipped(data, { time }));
    assert.deepEqual(folded.ledger, { [`${BUS} deadLettered invalid-message`]: 1 });
    assert.equal(letters(folded).length, 1);
    assert.deepEqual(bench.state('o-1'), before);
  });
}

for (const [data, time, shippedAt] of [
  [{ trackingNumber: 'RQ-1' }, '2026-11-22T08:30:00Z', '2026-11-22T08:30:00.000Z'],
  [{ trackingNumber: 'RQ-1' }, '2026-11-22T00:30:00.123456+01:00', '2026-11-21T23:30:00.123Z'],
  [{ trackingNumber: 'RQ-1', shippedAt: '2026-11-20T01:02:03.4Z' }, SHIPPED_AT, '2026-11-20T01:02:03.400Z'],
] as const) {
  test(`a shipment of ${time} with ${JSON.stringify(data)} is dated ${shippedAt}`, () => {
    const { orders } = states(validated().run(shipped(data, { time })));
    assert.deepEqual(orders, [shippedOrder({ shipment: { trackingNumber: 'RQ-1', shippedAt } })]);
  });
}

test('an event in another partition than its order’s counts all the same, and what follows lies at home', () => {
  const { records, ledger } = validated().run({
    ...shipped(),
    partition: (homeOf('o-1') + 1) % PARTITIONS,
  });
  assert.deepEqual(ledger, { [`${BUS} applied`]: 1 });
  assert.deepEqual(
    on(records, orderTopics.orders).map(({ partition }) => partition),
    [homeOf('o-1')],
  );
});

test('the bus is the one that it is given', () => {
  const bench = new FoldBench(ordersFold('other-bus'));
  const { records } = bench.run(request(), completed('VALIDATED'));
  assert.equal(on(records, 'other-bus').length, 1);
  assert.deepEqual(bench.run(shipped()).ledger, { [`${BUS} notOurs`]: 1 });
});

test('a request that says it was shipped is refused, and its shipment does not get into an order', () => {
  const bench = new FoldBench(ordersFold(BUS));
  const folded = bench.run(request({ ...shippedOrder() }));
  assert.deepEqual(folded.ledger, { 'order-requests deadLettered invalid-message': 1 });
  const { orders } = states(bench.run(request({ ...shippedOrder(), state: 'CREATED', revision: 1 })));
  assert.deepEqual(orders, [order()]);
  assert.deepEqual(on(bench.run(report('waiting', [])).records, orderTopics.orders), []);
});
