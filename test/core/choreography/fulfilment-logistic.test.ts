import fc from 'fast-check';
import { binOf, fulfilmentFold, type PickList } from '../../../core/choreography/fulfilment-fold.ts';
import {
  isTrackingNumber,
  logisticFold,
  type OrderShipment,
  trackingNumber,
} from '../../../core/choreography/logistic-fold.ts';
import type { OrderTime } from '../../../core/choreography/order-times.ts';
import { choreographyTopics } from '../../../core/choreography/topics.ts';
import { assert, test } from '../../harness.ts';
import { FoldBench, on } from '../view/fold-batch-support.ts';
import {
  asRead,
  BUS,
  choreography,
  NOON,
  NOON_MS,
  onBus,
  orderCreated,
  refusals,
  valuesOf,
} from './scene.ts';

const { orderTimes, pickLists, shipments } = choreographyTopics;
const lines = [
  { sku: 'BOOTS', quantity: 2, price: '50' },
  { sku: 'CAPS', quantity: 1, price: '9.50' },
  { sku: 'BOOTS', quantity: 3, price: '45' },
];
const order = orderCreated('1', {
  customerId: '7',
  lines: [...lines, { sku: 'GHOST', quantity: -1 }],
  createdAt: NOON,
});
const headersOf = (headers: object | undefined) => headers as Record<string, string> | undefined;

test('a pick list walks the bins in order, each product once, and counts the pieces', () => {
  const { records } = new FoldBench(fulfilmentFold(choreography)).run(onBus(order));
  const [list] = valuesOf<PickList>(records, pickLists);
  const wanted = [
    { bin: binOf('BOOTS'), sku: 'BOOTS', quantity: 5 },
    { bin: binOf('CAPS'), sku: 'CAPS', quantity: 1 },
  ].sort((one, other) => (one.bin < other.bin ? -1 : 1));
  assert.deepEqual(list, {
    pickList: 'PL-1',
    orderId: '1',
    lines: wanted,
    pieces: 6,
    ignoredLines: 1,
    since: NOON,
  });
  assert.match(binOf('BOOTS'), /^[A-H]-[0-4]\d-[1-5]$/);
});

test('what is picked is told on the bus with the order in it, and its time is saved', () => {
  const { records } = new FoldBench(fulfilmentFold(choreography)).run(onBus(order, NOON_MS + 7));
  const [event] = on(records, BUS);
  const headers = headersOf(event?.headers);
  const time = '2026-12-01T12:00:00.007Z';
  assert.deepEqual(
    [headers?.ce_type, headers?.ce_source, headers?.ce_id, headers?.ce_time],
    ['fulfilment_completed', 'fulfilment_service', 'fulfilment_completed/1', time],
  );
  assert.deepEqual(event?.value, {
    orderId: '1',
    customerId: '7',
    currency: 'EUR',
    issuer: 'REQUITE',
    createdAt: NOON,
    lines: [{ ...lines[0] }, { ...lines[1], price: '9.5' }, { ...lines[2] }],
    pickList: 'PL-1',
    pieces: 6,
  });
  assert.deepEqual(
    valuesOf<OrderTime>(records, orderTimes).map(({ column, since }) => [column, since]),
    [['time_fulfilment_service', time]],
  );
});

test('an order of nothing is picked and shipped with nothing in it', () => {
  const picked = new FoldBench(fulfilmentFold(choreography)).run(
    onBus(orderCreated('1', { note: 'no lines' })),
  );
  assert.deepEqual(
    valuesOf<PickList>(picked.records, pickLists).map((list) => [list.lines, list.pieces]),
    [[[], 0]],
  );
  const shipped = new FoldBench(logisticFold(choreography)).run(...asRead(picked.records, BUS));
  assert.deepEqual(
    valuesOf<OrderShipment>(shipped.records, shipments).map(({ pieces }) => pieces),
    [0],
  );
});

test('what was picked is shipped under a tracking number, and told on the bus', () => {
  const picked = new FoldBench(fulfilmentFold(choreography)).run(onBus(order));
  const { records } = new FoldBench(logisticFold(choreography)).run(...asRead(picked.records, BUS));
  const number = trackingNumber('1');
  assert.deepEqual(valuesOf<OrderShipment>(records, shipments), [
    { trackingNumber: number, orderId: '1', customerId: '7', pieces: 6, shippedAt: NOON },
  ]);
  const [event] = on(records, BUS);
  assert.deepEqual(headersOf(event?.headers)?.ce_type, 'order_shipped');
  assert.deepEqual((event?.value as Readonly<Record<string, unknown>> | undefined)?.trackingNumber, number);
  assert.deepEqual(
    valuesOf<OrderTime>(records, orderTimes).map(({ column }) => column),
    ['time_logistic_service'],
  );
});

test('a service reacts once for each order: repeats get the same, later ones too, and others are refused', () => {
  const bench = new FoldBench(fulfilmentFold(choreography));
  const first = bench.run(onBus(order));
  assert.deepEqual(
    bench.run(onBus({ ...order, time: '2027-01-01T00:00:00Z' }, NOON_MS + 99_999)).records,
    first.records,
  );
  const other = bench.run(onBus(orderCreated('1', { customerId: '8', lines })));
  assert.deepEqual(refusals(other.records), ['order-conflict']);
});

test('a service takes nothing that the rules do not send it', () => {
  const { ledger, records } = new FoldBench(logisticFold(choreography)).run(onBus(order));
  assert.deepEqual([records, ledger], [[], { 'events notOurs': 1 }]);
  const rules = [
    { name: 'only-gifts', pattern: { detail: { gift: [true] } }, targets: ['logistic-service'] },
  ];
  const bench = new FoldBench(logisticFold({ bus: BUS, rules }));
  assert.deepEqual(bench.run(onBus(order)).records, []);
  assert.equal(bench.run(onBus(orderCreated('2', { gift: true }))).records.length, 3);
});

test('an event whose data are not of the order that its key names is refused', () => {
  const bench = new FoldBench(fulfilmentFold(choreography));
  assert.deepEqual(refusals(bench.run(onBus({ ...order, subject: '2' })).records), ['invalid-message']);
  assert.deepEqual(refusals(bench.run(onBus({ ...order, data: 5 })).records), ['invalid-message']);
  const many = Array.from({ length: 501 }, () => lines[0] as (typeof lines)[0]);
  assert.deepEqual(refusals(bench.run(onBus(orderCreated('3', { lines: many }))).records), [
    'invalid-message',
  ]);
});

test('a tracking number is told from any with one digit wrong, or with two neighbours swapped that differ by other than 5', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1, maxLength: 40 }),
      fc.nat({ max: 17 }),
      fc.integer({ min: 1, max: 9 }),
      (id, at, by) => {
        const number = trackingNumber(id);
        assert.ok(isTrackingNumber(number));
        const digits = [...number.slice(2)].map(Number);
        const wrong = digits.map((digit, place) => (place === at ? (digit + by) % 10 : digit));
        assert.ok(!isTrackingNumber(`RQ${wrong.join('')}`));
        const [one = 0, other = 0] = digits.slice(at, at + 2);
        const swapped = [...digits.slice(0, at), other, one, ...digits.slice(at + 2)];
        if (at < 17 && one !== other && Math.abs(one - other) !== 5)
          assert.ok(!isTrackingNumber(`RQ${swapped.join('')}`));
      },
    ),
  );
});
