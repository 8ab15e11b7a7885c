import { Value } from '@sinclair/typebox/value';
import { partitionFor } from '../../../core/messages/partitioner.ts';
import type { IncomingRecord } from '../../../core/messages/record.ts';
import { checkDetails, detailsFold } from '../../../core/orders/details-check.ts';
import { type Order, type OrderLine, OrderValidation } from '../../../core/orders/order.ts';
import { orderTopics } from '../../../core/orders/topics.ts';
import { foldBatch, readBatch, stateIdsOf } from '../../../core/view/fold-batch.ts';
import { assert, test } from '../../harness.ts';

const PARTITIONS = 4;
const isKnown = (product: string): boolean => ['JUMPERS', 'STOCKINGS'].includes(product);
const good: OrderLine = { product: 'JUMPERS', quantity: 1, price: '5.00' };

function order(lines: OrderLine[], changes: Partial<Order> = {}): Order {
  return {
    id: 'o',
    customerId: '15',
    state: 'CREATED',
    revision: 1,
    lines,
    createdAt: '2026-12-01T10:00:00.000Z',
    failures: [],
    ...changes,
  };
}

test('nothing is wrong with products that there are, in pieces, for a price or for nothing', () => {
  for (const price of ['5.00', '0', '0.00000001', '-0', '-0.00'])
    assert.deepEqual(checkDetails(order([good, { ...good, price }]), isKnown), [], price);
});

test('each thing that can be wrong has its reason', () => {
  const cases: readonly [Partial<OrderLine>, string][] = [
    [{ quantity: -3 }, 'the quantity -3 is negative'],
    [{ quantity: 0 }, 'the quantity is zero'],
    [{ price: '-0.01' }, 'the price -0.01 is negative'],
    [{ product: 'SOCKS' }, 'there is no product "SOCKS"'],
    [{ product: '' }, 'the product is missing'],
  ];
  for (const [flaw, reason] of cases)
    assert.deepEqual(checkDetails(order([{ ...good, ...flaw }]), isKnown), [reason]);
  assert.deepEqual(checkDetails(order([good], { customerId: '' }), isKnown), ['the customer is missing']);
});

test('all that is wrong is listed, with the line where there are several', () => {
  const lines = [{ product: 'SOCKS', quantity: 0, price: '-1' }, good, { ...good, quantity: -1 }];
  assert.deepEqual(checkDetails(order(lines, { customerId: '' }), isKnown), [
    'the customer is missing',
    'line 1: the quantity is zero',
    'line 1: the price -1 is negative',
    'line 1: there is no product "SOCKS"',
    'line 3: the quantity -1 is negative',
  ]);
});

function fold(order: Order, changes: Partial<IncomingRecord> = {}) {
  const definition = detailsFold(isKnown);
  const record: IncomingRecord = {
    topic: orderTopics.orders,
    partition: partitionFor(order.id, PARTITIONS),
    offset: 0,
    key: order.id,
    value: JSON.stringify(order),
    headers: {},
    timestampMs: 0,
    ...changes,
  };
  const batch = readBatch(definition, [record]);
  assert.deepEqual(stateIdsOf(definition, batch), []);
  const { decided, ledger } = foldBatch(definition, batch, new Map(), PARTITIONS);
  return { records: decided.flatMap((each) => each.records), ledger };
}

test('a created order is told to have passed, or failed with its reasons, under its id and in its trace', () => {
  const { records, ledger } = fold(order([good]), { headers: { traceparent: 'trace' } });
  assert.deepEqual(records, [
    {
      topic: 'order-validations',
      partition: partitionFor('o', PARTITIONS),
      key: 'o',
      value: '{"orderId":"o","checkType":"ORDER_DETAILS_CHECK","validationResult":"PASS","reasons":[]}',
      headers: { traceparent: 'trace' },
    },
  ]);
  assert.deepEqual(ledger, { 'orders applied': 1 });
  const failed = fold(order([{ ...good, quantity: 0 }])).records.map(({ value }) =>
    JSON.parse(String(value)),
  );
  assert.deepEqual(failed, [
    {
      orderId: 'o',
      checkType: 'ORDER_DETAILS_CHECK',
      validationResult: 'FAIL',
      reasons: ['the quantity is zero'],
    },
  ]);
});

test('an order that has ended is not ours', () => {
  for (const state of ['VALIDATED', 'FAILED'] as const)
    assert.deepEqual(fold(order([good], { state, revision: 2 })), {
      records: [],
      ledger: { 'orders notOurs': 1 },
    });
});

test('the most that can be wrong still fits into a validation, one reason a line', () => {
  const worst = { product: 'x'.repeat(128), quantity: -1_000_000_000, price: `-${'9'.repeat(15)}.12345678` };
  const { records } = fold(
    order(
      Array.from({ length: 100 }, () => worst),
      { customerId: '' },
    ),
  );
  const found = JSON.parse(String(records[0]?.value)) as OrderValidation;
  assert.ok(Value.Check(OrderValidation, found));
  assert.equal(found.reasons?.length, 101);
  const [, first = ''] = found.reasons ?? [];
  for (const part of ['line 1: ', '-1000000000', worst.price, worst.product]) assert.ok(first.includes(part));
});
