import { Value } from '@sinclair/typebox/value';
import type { Json } from '../../../core/messages/json.ts';
import { partitionFor } from '../../../core/messages/partitioner.ts';
import type { IncomingRecord, OutgoingRecord } from '../../../core/messages/record.ts';
import { WorkflowMessage } from '../../../core/messages/schemas.ts';
import { topics } from '../../../core/messages/topics.ts';
import { orderEmails } from '../../../core/orders/email-fold.ts';
import { orderTopics } from '../../../core/orders/topics.ts';
import { foldBatch, readBatch } from '../../../core/view/fold-batch.ts';
import type { Job } from '../../../core/workflow/job.ts';
import { assert, test } from '../../harness.ts';
import { incoming, PARTITIONS } from '../workflow/support.ts';
import { order, payment } from './mails.ts';

const created = incoming(orderTopics.orders, '42', JSON.stringify(order));
const paid = incoming(orderTopics.payments, '42', JSON.stringify(payment));

/** The states of the fold as a job store keeps them. */
class Emails {
  readonly #stored: Map<string, Job> = new Map();

  /** Folds a batch and saves it. */
  when(...records: readonly IncomingRecord[]): { published: readonly OutgoingRecord[]; ledger: unknown } {
    const { decided, ledger } = foldBatch(
      orderEmails,
      readBatch(orderEmails, records),
      this.#stored,
      PARTITIONS,
    );
    for (const { change } of decided)
      if (change !== null) this.#stored.set(change.job.workflowId, change.job);
    return { published: decided.flatMap((each) => each.records), ledger };
  }
}

const reasonsOf = (published: readonly OutgoingRecord[]): unknown[] =>
  published
    .filter(({ topic }) => topic === topics.deadLetters)
    .map(({ headers }) => headers?.['requite-reason']);

test('one order-email begins when order and payment are both there, whichever came first', () => {
  for (const [first, second] of [
    [created, paid],
    [paid, created],
  ] as const) {
    const emails = new Emails();
    assert.deepEqual(emails.when(first).published, []);
    const { published } = emails.when(second);
    assert.equal(published.length, 1);
    const [begun] = published;
    assert.equal(begun?.topic, topics.workflowQueue);
    assert.equal(begun?.key, 'email-42');
    assert.equal(begun?.partition, partitionFor('email-42', PARTITIONS));
    const message = JSON.parse(begun?.value as string) as Json;
    assert.ok(Value.Check(WorkflowMessage, message));
    assert.deepEqual(message, {
      'workflow-type': 'order-email',
      'workflow-id': 'email-42',
      'create-time': order.createdAt,
      payload: { order, payment },
    });
  }
});

test('both in one batch begin it too', () => {
  assert.equal(new Emails().when(paid, created).published.length, 1);
});

test('a repeat of either begins the same again, byte for byte (invariant 5)', () => {
  const emails = new Emails();
  const { published } = emails.when(created, paid);
  for (const again of [created, paid]) {
    const repeated = emails.when(again);
    assert.deepEqual(repeated.published, published);
    assert.deepEqual(repeated.ledger, { [`${again.topic} repeat`]: 1 });
  }
});

test('the end of an order begins nothing, and changes nothing', () => {
  const emails = new Emails();
  emails.when(paid);
  const validated = { ...order, state: 'VALIDATED', revision: 2 };
  const { published, ledger } = emails.when(incoming(orderTopics.orders, '42', JSON.stringify(validated)));
  assert.deepEqual(published, []);
  assert.deepEqual(ledger, { 'orders notOurs': 1 });
  assert.equal(emails.when(created).published.length, 1);
});

test('a second payment of other content goes to the dead letters, and the first keeps its mail', () => {
  const emails = new Emails();
  const { published } = emails.when(created, paid);
  const other = { ...payment, id: 'p-2' };
  const second = emails.when(incoming(orderTopics.payments, '42', JSON.stringify(other)));
  assert.deepEqual(reasonsOf(second.published), ['payment-conflict']);
  assert.deepEqual(second.ledger, { 'payments deadLettered payment-conflict': 1 });
  assert.deepEqual(emails.when(paid).published, published);
});

test('another order under the same id goes to the dead letters', () => {
  const emails = new Emails();
  emails.when(created);
  const other = incoming(orderTopics.orders, '42', JSON.stringify({ ...order, customerId: '8' }));
  assert.deepEqual(reasonsOf(emails.when(other).published), ['order-conflict']);
});

test('a payment in the partition of another key is moved home, once', () => {
  const partition = (paid.partition + 1) % PARTITIONS;
  const { published } = new Emails().when({ ...paid, partition });
  assert.deepEqual(
    published.map(({ topic, partition: to }) => [topic, to]),
    [[orderTopics.payments, paid.partition]],
  );
});

test('what is no payment goes to the dead letters', () => {
  const { published } = new Emails().when(incoming(orderTopics.payments, '42', '{"id":"p","orderId":"42"}'));
  assert.deepEqual(reasonsOf(published), ['invalid-message']);
});
