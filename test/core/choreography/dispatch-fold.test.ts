import { dispatchFold } from '../../../core/choreography/dispatch-fold.ts';
import type { OrderTime } from '../../../core/choreography/order-times.ts';
import { choreographyTopics } from '../../../core/choreography/topics.ts';
import type { Json } from '../../../core/messages/json.ts';
import type { IncomingRecord } from '../../../core/messages/record.ts';
import { assert, test } from '../../harness.ts';
import { FoldBench, incoming, on } from '../view/fold-batch-support.ts';
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

const { orderDispatches, orderTimes } = choreographyTopics;
const dispatch = (id: string, detail: Json, time = NOON): IncomingRecord =>
  incoming(orderDispatches, id, { id, time, detail }, { timestampMs: NOON_MS + 5 });

test('a dispatch becomes order_created, with the whole detail, and its time is saved', () => {
  const { records } = new FoldBench(dispatchFold(choreography)).run(
    dispatch('1', { colour: 'red', deep: [{ a: 1 }] }),
  );
  const [event] = on(records, BUS);
  assert.deepEqual(
    [event?.key, event?.value],
    ['1', { createdAt: NOON, colour: 'red', deep: [{ a: 1 }], orderId: '1' }],
  );
  const headers = event?.headers as Record<string, string>;
  assert.deepEqual(
    [headers.ce_type, headers.ce_source, headers.ce_id, headers.ce_time],
    ['order_created', 'order_service', 'order_created/1', NOON],
  );
  const [time] = valuesOf<OrderTime>(records, orderTimes);
  assert.deepEqual(
    [time?.orderId, time?.column, time?.since],
    ['1', 'time_order_service', '2026-12-01T12:00:00.005Z'],
  );
});

test('the same again gives the same again, with the first time; other content is refused', () => {
  const bench = new FoldBench(dispatchFold(choreography));
  const first = bench.run(dispatch('1', { a: 1, b: 2 }));
  const again = bench.run(dispatch('1', { b: 2, a: 1 }, '2027-01-01T00:00:00.000Z'));
  assert.deepEqual(valuesOf<OrderTime>(again.records, orderTimes), valuesOf(first.records, orderTimes));
  const [event] = on(again.records, BUS);
  assert.deepEqual((event?.headers as Readonly<Record<string, string>> | undefined)?.ce_time, NOON);
  const other = bench.run(dispatch('1', { a: 2 }));
  assert.deepEqual(refusals(other.records), ['order-conflict']);
  assert.equal(other.records.length, 1);
});

test('an order that entered otherwise has its time saved too, and keeps its id', () => {
  const bench = new FoldBench(dispatchFold(choreography));
  const { records } = bench.run(onBus(orderCreated('1', { lines: [] })));
  assert.deepEqual(
    valuesOf<OrderTime>(records, orderTimes).map(({ column }) => column),
    ['time_order_service'],
  );
  assert.deepEqual(refusals(bench.run(dispatch('1', { lines: [] })).records), ['order-conflict']);
});

test('its own event, come back from the bus, adds nothing', () => {
  const bench = new FoldBench(dispatchFold(choreography));
  const { records } = bench.run(dispatch('1', {}));
  assert.deepEqual(bench.run(...asRead(records, BUS)).records, []);
});

test('a time of no calendar is refused', () => {
  const { records } = new FoldBench(dispatchFold(choreography)).run(
    dispatch('1', {}, '2026-02-30T12:00:00.000Z'),
  );
  assert.deepEqual(refusals(records), ['invalid-message']);
});
