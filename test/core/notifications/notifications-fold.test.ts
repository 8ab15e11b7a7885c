import {
  type IncomingRecord,
  NOTIFICATIONS_TOPIC,
  type NotificationChannel,
  type Order,
  type OutgoingRecord,
  orderNotifications,
  orderTopics,
  topics,
  undeliveredNotifications,
} from '../../../core/mod.ts';
import { assert, test } from '../../harness.ts';
import { order } from '../orders/mails.ts';
import { FoldBench, incoming } from '../view/fold-batch-support.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const placed = (each: Order = order): IncomingRecord =>
  incoming(orderTopics.orders, each.id, JSON.stringify(each), { headers: { traceparent } });
const retry = (channel: NotificationChannel, round: number, orderId = '42'): IncomingRecord => {
  const time = '2026-11-03T11:00:00.000Z';
  const value = { event: 'retry-requested', orderId, channel, round, time, by: 'ada' };
  return incoming(NOTIFICATIONS_TOPIC, orderId, JSON.stringify(value));
};
const begun = (records: readonly OutgoingRecord[]): unknown[] =>
  records.filter(({ topic }) => topic === topics.workflowQueue).map(({ key }) => key);
const refused = (records: readonly OutgoingRecord[]): unknown[] =>
  records
    .filter(({ topic }) => topic === topics.deadLetters)
    .map(({ headers }) => headers?.['requite-reason']);

const both: readonly NotificationChannel[] = ['mail', 'webhook'];

test('a placed order begins a notification on each channel that is on, in the trace of the order', () => {
  const { records } = new FoldBench(orderNotifications(() => both)).run(placed());
  assert.deepEqual(begun(records), ['notification-mail-42', 'notification-webhook-42']);
  assert.deepEqual(JSON.parse(String(records[1]?.value)), {
    'workflow-type': 'order-notification-webhook',
    'workflow-id': 'notification-webhook-42',
    'create-time': order.createdAt,
    payload: { order, round: 1 },
  });
  assert.equal(records[0]?.headers?.traceparent, traceparent);
});

test('later states of an order begin nothing', () => {
  const bench = new FoldBench(orderNotifications(() => both));
  for (const state of ['VALIDATED', 'FAILED', 'SHIPPED'] as const)
    assert.deepEqual(bench.run(placed({ ...order, state, revision: 2 })).records, []);
});

test('what was on when the order came counts when its record comes again, whatever is on now (invariant 5)', () => {
  let on: readonly NotificationChannel[] = ['webhook'];
  const bench = new FoldBench(orderNotifications(() => on));
  const first = bench.run(placed());
  on = ['mail'];
  assert.deepEqual(bench.run(placed()).records, first.records);
  const none = new FoldBench(orderNotifications(() => on));
  on = [];
  assert.deepEqual(none.run(placed()).records, []);
  on = both;
  assert.deepEqual(none.run(placed()).records, []);
});

test('another order under the same id is evidence, and begins nothing', () => {
  const bench = new FoldBench(orderNotifications(() => both));
  bench.run(placed());
  assert.deepEqual(refused(bench.run(placed({ ...order, customerId: '8' })).records), ['order-conflict']);
});

test('a retry begins the next round, once however often it is asked for', () => {
  const bench = new FoldBench(orderNotifications(() => both));
  bench.run(placed());
  for (let time = 0; time < 2; time++)
    assert.deepEqual(begun(bench.run(retry('webhook', 1)).records), ['notification-webhook.2-42']);
  assert.deepEqual(begun(bench.run(retry('webhook', 2)).records), ['notification-webhook.3-42']);
  // what was asked for long ago is over
  assert.deepEqual(bench.run(retry('webhook', 1)).records, []);
  // the other channel has rounds of its own, and the order itself begins the first again
  assert.deepEqual(begun(bench.run(retry('mail', 1)).records), ['notification-mail.2-42']);
  assert.deepEqual(begun(bench.run(placed()).records), ['notification-mail-42', 'notification-webhook-42']);
});

test('a retry of what is not there is evidence, and so is one too many', () => {
  const bench = new FoldBench(orderNotifications(() => ['webhook']));
  assert.deepEqual(refused(bench.run(retry('webhook', 1)).records), ['no-such-notification']);
  bench.run(placed());
  assert.deepEqual(refused(bench.run(retry('mail', 1)).records), ['no-such-notification']);
  assert.deepEqual(refused(bench.run(retry('webhook', 2)).records), ['no-such-notification']);
  for (let round = 1; round < 999; round++) bench.run(retry('webhook', round));
  assert.deepEqual(refused(bench.run(retry('webhook', 999)).records), ['too-many-retries']);
});

function report(type: string, status: string, event: unknown): IncomingRecord {
  const id = 'notification-webhook-42';
  const value = {
    'workflow-type': type,
    'workflow-id': id,
    version: 1,
    revision: 7,
    time: 't',
    status,
    events: [event],
  };
  return incoming(topics.workflowEvents, id, JSON.stringify(value));
}
const failed = { event: 'failed', error: { code: 'webhook-gave-up', message: 'HTTP 503' } };

test('a notification that failed is a dead letter that says why and what to do; nothing else is', () => {
  const bench = new FoldBench(undeliveredNotifications);
  const { records } = bench.run(report('order-notification-webhook', 'failed', failed));
  assert.deepEqual(refused(records), ['webhook-undeliverable']);
  assert.match(records[0]?.headers?.['requite-detail'] ?? '', /webhook-gave-up: HTTP 503\. POST .*retry/);
  assert.deepEqual(refused(bench.run(report('order-notification-mail', 'failed', failed)).records), [
    'mail-undeliverable',
  ]);
  const others = [
    report('order-email', 'failed', failed),
    report('order-notification-webhook', 'waiting', { event: 'resumed' }),
  ];
  assert.deepEqual(bench.run(...others).records, []);
});
