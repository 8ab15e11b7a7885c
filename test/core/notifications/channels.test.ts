import {
  isReservedOrderId,
  NOTIFICATION_CHANNELS,
  notificationWorkflowId,
  parseNotificationWorkflowId,
  webhookId,
} from '../../../core/mod.ts';
import { assert, test } from '../../harness.ts';

const awkward = ['1', 'a-b', '2-x', '.2-x', 'mail-1', 'ä/%20', 'line-999', '-', 'x'.repeat(128)];

test('a workflow-id tells order, channel and round, whatever the order is called, and no two are the same', () => {
  const seen = new Set<string>();
  for (const orderId of awkward)
    for (const channel of NOTIFICATION_CHANNELS)
      for (const round of [1, 2, 10, 999]) {
        const id = notificationWorkflowId({ orderId, channel, round });
        assert.deepEqual(parseNotificationWorkflowId(id), { orderId, channel, round });
        assert.ok(!seen.has(id), id);
        assert.ok(id.length <= 256);
        assert.ok(isReservedOrderId(id));
        seen.add(id);
      }
});

test('what is no id of a notification is read as none', () => {
  for (const id of [
    'email-1',
    'notification-',
    'notification-mail',
    'notification-fax-1',
    'notification-mail.1-x',
    'notification-mail.02-x',
    'notification-mail-',
  ])
    assert.equal(parseNotificationWorkflowId(id), null, id);
});

test('a webhook-id is stable, and safe in a header and before a dot', () => {
  assert.equal(webhookId('1'), 'msg_dd353bf9207b6bc2ed2c3f6ba96334ee01fa52d7');
  for (const orderId of awkward) assert.match(webhookId(orderId), /^msg_[0-9a-f]{40}$/);
  assert.equal(new Set(awkward.map(webhookId)).size, awkward.length);
});
