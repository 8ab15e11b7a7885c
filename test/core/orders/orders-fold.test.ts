import type { Json } from '../../../core/messages/json.ts';
import type { IncomingRecord } from '../../../core/messages/record.ts';
import { topics } from '../../../core/messages/topics.ts';
import { customerKey, type FailedCheck, type Order } from '../../../core/orders/order.ts';
import { ordersFold } from '../../../core/orders/orders-fold.ts';
import { orderTopics } from '../../../core/orders/topics.ts';
import { MOVED_HEADER } from '../../../core/workflow/intake.ts';
import { assert, test } from '../../harness.ts';
import { FoldBench, homeOf, incoming, on, PARTITIONS } from '../view/fold-batch-support.ts';
import { BUS, completed, letters, order, report, request, states, TRACE } from './orders-support.ts';

test('the first request of an id makes the order, on both topics, and asks for its validation', () => {
  const { records, ledger } = new FoldBench(ordersFold(BUS)).run(request());
  const value = order() as unknown as Json;
  const place = (key: string) => ({ key, partition: homeOf(key), value, headers: {} });
  assert.deepEqual(on(records, orderTopics.orders), [place('o-1')]);
  assert.deepEqual(on(records, orderTopics.ordersByCustomer), [place('7')]);
  const workflow = {
    'workflow-type': 'order-validation',
    'workflow-id': 'o-1',
    'create-time': '2026-11-21T10:00:00.000Z',
    payload: value,
  };
  assert.deepEqual(on(records, topics.workflowQueue), [{ ...place('o-1'), value: workflow }]);
  assert.equal(records.length, 3);
  assert.deepEqual(ledger, { 'order-requests applied': 1 });
});

test('an order without a customer is taken, and is keyed by itself where others are keyed by customer', () => {
  const { records } = new FoldBench(ordersFold(BUS)).run(request(order({ customerId: '' })));
  assert.equal(on(records, orderTopics.ordersByCustomer)[0]?.key, 'o-1');
});

test('the same request again, whatever its time, emits the same again and changes nothing (invariant 5)', () => {
  const bench = new FoldBench(ordersFold(BUS));
  const first = bench.run(request());
  const again = bench.run(request(order({ createdAt: '2026-11-22T10:00:00.000Z' })));
  assert.deepEqual(again.records, first.records);
  assert.deepEqual(again.ledger, { 'order-requests repeat': 1 });
  assert.ok(again.decided.every(({ change }) => change === null));
});

test('the same request once the order has ended publishes nothing', () => {
  const bench = new FoldBench(ordersFold(BUS));
  bench.run(request(), completed('VALIDATED'));
  const again = bench.run(request());
  assert.deepEqual([again.records, again.ledger], [[], { 'order-requests repeat': 1 }]);
});

test('other content under the same id is a dead letter that says what to do, and the first order stands', () => {
  for (const other of [
    order({ customerId: '8' }),
    order({ lines: [{ product: 'JUMPERS', quantity: 2, price: '10.51' }] }),
    order({ lines: [...order().lines, ...order().lines] }),
  ]) {
    const bench = new FoldBench(ordersFold(BUS));
    bench.run(request());
    const before = bench.state('o-1');
    const conflict = request(other);
    const folded = bench.run(conflict);
    assert.deepEqual(folded.ledger, { 'order-requests deadLettered order-conflict': 1 });
    assert.equal(folded.records.length, 1);
    assert.equal(letters(folded)[0]?.value, conflict.value);
    assert.match(String(letters(folded)[0]?.headers?.['requite-detail']), /an id of its own/);
    assert.deepEqual(bench.state('o-1'), before);
  }
});

test('in one batch the first of an id in log order wins', () => {
  const folded = new FoldBench(ordersFold(BUS)).run(
    request(),
    request(order({ customerId: '8' })),
    request(),
  );
  assert.deepEqual(
    states(folded).orders.map(({ customerId }) => customerId),
    ['7', '7'],
  );
  assert.deepEqual(folded.ledger, {
    'order-requests applied': 1,
    'order-requests deadLettered order-conflict': 1,
    'order-requests repeat': 1,
  });
});

test('a completed validation ends the order as revision 2 on both topics, once', () => {
  const bench = new FoldBench(ordersFold(BUS));
  bench.run(request());
  const ended = bench.run(completed('VALIDATED'));
  const expected = order({ state: 'VALIDATED', revision: 2 });
  assert.deepEqual(states(ended), { orders: [expected], byCustomer: [expected] });
  assert.deepEqual(
    ended.records.map(({ topic }) => topic),
    [orderTopics.orders, orderTopics.ordersByCustomer, BUS],
  );
  assert.deepEqual(ended.ledger, { 'workflow-events applied': 1 });
  const again = bench.run(completed('VALIDATED'));
  assert.deepEqual(again.records, ended.records);
  assert.deepEqual(again.ledger, { 'workflow-events repeat': 1 });
});

test('a failed validation passes its reasons on', () => {
  const bench = new FoldBench(ordersFold(BUS));
  bench.run(request());
  const failures: FailedCheck[] = [{ checkType: 'FRAUD_CHECK', reasons: ['2000.00 in one session'] }];
  assert.deepEqual(states(bench.run(completed('FAILED', failures))).orders, [
    order({ state: 'FAILED', revision: 2, failures }),
  ]);
});

test('the first end of an order stands: a report that contradicts it emits the first again', () => {
  const bench = new FoldBench(ordersFold(BUS));
  bench.run(request());
  const first = bench.run(completed('VALIDATED'));
  const other = bench.run(report('cancelled', [{ event: 'cancelled' }]));
  assert.deepEqual(other.records, first.records);
});

for (const [what, record, reason] of [
  [
    'a validation that failed',
    report('failed', [{ event: 'failed', error: { code: 'broken-definition', message: 'secret' } }]),
    /could not be done \(broken-definition\)/,
  ],
  ['a validation that was cancelled', report('cancelled', [{ event: 'cancelled' }]), /was cancelled/],
  [
    'a result that is none',
    report('completed', [{ event: 'completed', result: 'fine' }]),
    /a result that is none/,
  ],
  ['no result at all', report('completed', []), /a result that is none/],
  [
    'the result of another order',
    report('completed', [
      { event: 'completed', result: { orderId: 'o-2', state: 'VALIDATED', failures: [] } },
    ]),
    /a result that is none/,
  ],
  ['a failure without a reason', completed('FAILED'), /gave no reason/],
] as const) {
  test(`${what} ends the order as FAILED, with a reason for each check`, () => {
    const bench = new FoldBench(ordersFold(BUS));
    bench.run(request());
    const [ended] = states(bench.run(record)).orders;
    assert.equal(ended?.state, 'FAILED');
    assert.equal(ended?.revision, 2);
    assert.deepEqual(
      ended?.failures.map(({ checkType }) => checkType),
      ['INVENTORY_CHECK', 'FRAUD_CHECK', 'ORDER_DETAILS_CHECK'],
    );
    for (const failure of ended?.failures ?? []) assert.match(failure.reasons.join(), reason);
  });
}

test('reports on the way, and those of other workflows, are not ours', () => {
  const bench = new FoldBench(ordersFold(BUS));
  bench.run(request());
  const { records, ledger } = bench.run(
    report('waiting', [{ event: 'started', createTime: '2026-11-21T10:00:00.000Z' }]),
    report('parked', [{ event: 'parked', error: { code: 'x', message: 'y' } }]),
    report('completed', [{ event: 'completed', result: 1 }], { type: 'bill-generation' }),
  );
  assert.deepEqual([records, ledger], [[], { 'workflow-events notOurs': 3 }]);
});

test('the end of a validation that no order here asked for changes nothing', () => {
  const bench = new FoldBench(ordersFold(BUS));
  const { decided, ledger } = bench.run(completed('VALIDATED', [], 'stranger'));
  assert.deepEqual([decided, ledger], [[], { 'workflow-events repeat': 1 }]);
});

test('what crashed after it was saved is published again by redelivery, and comes to the same end', () => {
  const bench = new FoldBench(ordersFold(BUS));
  const batch = [request(), request(order({ id: 'o-2', customerId: '8' }))];
  const lost = bench.run(...batch);
  assert.deepEqual(bench.run(...batch).records, lost.records);
  const reports = [completed('VALIDATED'), completed('VALIDATED', [], 'o-2')];
  const lostToo = bench.run(...reports);
  assert.deepEqual(bench.run(...reports).records, lostToo.records);
});

test('the trace context of the first request goes on with every record of the order; what is none is left out', () => {
  const bench = new FoldBench(ordersFold(BUS));
  const first = bench.run(request(order(), { headers: { traceparent: TRACE } }));
  const ended = bench.run(completed('VALIDATED'));
  for (const { headers = {} } of [...first.records, ...ended.records])
    assert.equal(headers.traceparent, TRACE);
  const odd = new FoldBench(ordersFold(BUS)).run(
    request(order(), { headers: { traceparent: 'x'.repeat(10_000) } }),
  );
  for (const { headers } of odd.records) assert.equal(headers, undefined);
});

test('what no schema names does not get into the order, so that its state stays bounded', () => {
  const more = { ...order(), more: 'x'.repeat(100_000), lines: [{ ...order().lines[0], more: 1 }] };
  const bench = new FoldBench(ordersFold(BUS));
  const folded = bench.run(incoming(orderTopics.orderRequests, 'o-1', more as unknown as Json));
  assert.deepEqual(states(folded).orders, [order()]);
  assert.ok(JSON.stringify(bench.state('o-1')).length < 1_000);
});

for (const [what, changes] of [
  ['an order that is VALIDATED already', { state: 'VALIDATED' }],
  ['a second revision', { revision: 2 }],
  ['no lines', { lines: [] }],
  ['an empty id', { id: '' }],
  ['a time that is none', { createdAt: '2026-02-30T10:00:00.000Z' }],
  ['an hour that is none', { createdAt: '2026-02-20T24:00:00.000Z' }],
  ['a minute that is none', { createdAt: '2026-02-20T10:60:00.000Z' }],
  ['half a surrogate pair in the id', { id: 'o\ud800' }],
  ['half a surrogate pair in the customer', { customerId: '\udc00' }],
  ['half a surrogate pair in the product', { lines: [{ product: '\ud800', quantity: 1, price: '1' }] }],
  ['a price in exponents', { lines: [{ product: 'a', quantity: 1, price: '1e3' }] }],
] as const) {
  test(`a request with ${what} goes to the dead letters and makes no order`, () => {
    const bench = new FoldBench(ordersFold(BUS));
    const bad = { ...order(), ...changes } as unknown as Order;
    const folded = bench.run(request(bad));
    assert.deepEqual(folded.ledger, { 'order-requests deadLettered invalid-message': 1 });
    assert.equal(letters(folded).length, 1);
    assert.equal(bench.stored.size, 0);
  });
}

test('a request outside its partition is moved home once', () => {
  const { records, ledger } = new FoldBench(ordersFold(BUS)).run(
    request(order(), { partition: (homeOf('o-1') + 1) % PARTITIONS }),
  );
  assert.deepEqual(ledger, { 'order-requests moved': 1 });
  assert.equal(records[0]?.partition, homeOf('o-1'));
  assert.ok(records[0]?.headers?.[MOVED_HEADER] !== undefined);
});

test('every state of an order has one key on each topic', () => {
  const bench = new FoldBench(ordersFold(BUS));
  const { records } = bench.run(request(), completed('VALIDATED'));
  assert.deepEqual(
    on(records, orderTopics.orders).map(({ key }) => key),
    ['o-1', 'o-1'],
  );
  const key = customerKey(order());
  assert.deepEqual(
    on(records, orderTopics.ordersByCustomer).map((each) => each.key),
    [key, key],
  );
});

/** What the aggregator leaves where an order's validation could not begin: its record, as it came. */
const refusedWorkflow = (
  asked: Order,
  type = 'order-validation',
  reason = 'workflow-id-conflict',
): IncomingRecord =>
  incoming(
    topics.deadLetters,
    asked.id,
    {
      'workflow-type': type,
      'workflow-id': asked.id,
      'create-time': asked.createdAt,
      payload: asked as unknown as Json,
    },
    { headers: { 'requite-reason': reason, 'requite-origin-topic': topics.workflowQueue } },
  );

test('an order whose id another workflow has ends as FAILED, and says so', () => {
  const bench = new FoldBench(ordersFold(BUS));
  bench.run(request());
  const { orders } = states(bench.run(refusedWorkflow(order())));
  assert.deepEqual(
    orders.map(({ state, revision }) => [state, revision]),
    [['FAILED', 2]],
  );
  assert.ok(orders[0]?.failures.every(({ reasons }) => reasons[0]?.includes('another workflow has this id')));
  assert.deepEqual(states(bench.run(refusedWorkflow(order()))).orders, orders, 'a repeat says the same');
});

test('dead letters of others, and of other content under the id, are none of its business', () => {
  const bench = new FoldBench(ordersFold(BUS));
  bench.run(request());
  const others = [
    refusedWorkflow(order(), 'bill-generation'),
    refusedWorkflow(order(), 'order-validation', 'invalid-message'),
    refusedWorkflow(order({ customerId: '8' })),
    incoming(topics.deadLetters, 'o-1', 'not JSON at all'),
  ];
  for (const other of others) assert.deepEqual(bench.run(other).records, []);
});

test('an id that is kept for mails is refused', () => {
  const folded = new FoldBench(ordersFold(BUS)).run(request(order({ id: 'email-1' })));
  assert.equal(letters(folded).length, 1);
  assert.deepEqual(states(folded).orders, []);
});
