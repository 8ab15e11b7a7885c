import { Value } from '@sinclair/typebox/value';
import { Customer } from '../../../core/billing/customer.ts';
import type { Json } from '../../../core/messages/json.ts';
import { emailWorkflowId, OrderMail, orderEmail, orderMessageId } from '../../../core/orders/order-email.ts';
import { assert, test } from '../../harness.ts';
import { answer, answerError, endedAs, Scene, start } from '../workflow/support.ts';
import { customer, order, payment } from './mails.ts';

const type = 'order-email';
const id = emailWorkflowId(order.id);
const json = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;

/** A job that has been asked for and waits for the CRM. */
function begun(request: unknown = { order, payment }): Scene {
  const scene = new Scene([orderEmail]);
  scene.when(start(type, id, json(request)));
  return scene;
}

const failureOf = (scene: Scene): string | undefined =>
  scene.job(id).status === 'failed' ? scene.job(id).problem?.code : undefined;

test('a paid order asks who its customer is, and completes with the mail as data', () => {
  const scene = new Scene([orderEmail]);
  const asked = scene.when(start(type, id, json({ order, payment })));
  assert.deepEqual(JSON.parse(asked.records[0]?.value as string), {
    qaIdentifier: 'order-email/email-42/0',
    questionCategory: 'customer',
    payload: { customerIdentifier: '7' },
  });
  const { reports } = scene.when(answer(type, id, 0, json({ ...customer, level: 'gold' })));
  const completed = reports[0]?.events.at(-1);
  const mail = completed?.event === 'completed' ? completed.result : null;
  assert.ok(Value.Check(OrderMail, mail));
  assert.deepEqual(Object.keys(mail), ['messageId', 'date', 'to', 'subject', 'text']);
  assert.equal(mail.messageId, '<email-42@requite.example>');
  assert.equal(mail.date, order.createdAt);
  assert.equal(mail.to, 'ada@example.com');
  assert.equal(mail.subject, 'Gold customer: payment received for your order 42');
  assert.match(mail.text, /^Dear Ada Novak,\n[\s\S]*\nRequite Shop\n$/);
});

test('the mail depends on order, payment and customer alone, not on when or how often they came (invariant 4)', () => {
  const records = [start(type, id, json({ order, payment })), answer(type, id, 0, json(customer))];
  const [undisturbed, disturbed] = [new Scene([orderEmail]), new Scene([orderEmail])];
  undisturbed.when(...records);
  for (const at of [0, 0, 1, 1, 0]) {
    disturbed.nowMs += 3_600_000;
    disturbed.when(records[at] as never);
  }
  assert.equal(disturbed.job(id).resultHash, undisturbed.job(id).resultHash);
});

const failures: readonly [string, unknown, string][] = [
  ['without an email', { ...customer, email: undefined }, 'no-email'],
  ['with an email that SMTP could not carry', { ...customer, email: 'a<b>@example.com' }, 'bad-email'],
  ['with an email that would end a command', { ...customer, email: 'a,b:c;@example.com' }, 'bad-email'],
  ['that is another', { ...customer, customerIdentifier: '8' }, 'wrong-customer'],
];
for (const [what, answered, code] of failures) {
  test(`a customer ${what} fails the job visibly (${code})`, () => {
    const scene = begun();
    scene.when(answer(type, id, 0, json(answered)));
    assert.equal(failureOf(scene), code);
  });
}

test('a customer that nobody knows fails the job with the reason of the CRM', () => {
  const scene = begun();
  scene.when(answerError(type, id, 0, 'customer-not-found', 'There is no customer 7.'));
  assert.equal(failureOf(scene), 'customer-not-found');
});

test('an order without a customer, or with a payment for another or of no amount, fails the job', () => {
  assert.equal(failureOf(begun({ order: { ...order, customerId: '' }, payment })), 'missing-customer');
  assert.equal(failureOf(begun({ order, payment: { ...payment, orderId: '43' } })), 'wrong-payment');
  const scene = begun({ order, payment: { ...payment, amount: '1.999' } });
  scene.when(answer(type, id, 0, json(customer)));
  assert.equal(failureOf(scene), 'too-many-decimals');
});

test('an email of no likely form is no customer: the answer goes to the dead letters, and the job waits', () => {
  for (const email of [
    '',
    'ada',
    'a b@example.com',
    'a@b\r\nBcc: c@d',
    '@',
    `${'a'.repeat(250)}@example.com`,
  ]) {
    const scene = begun();
    endedAs(scene.when(answer(type, id, 0, json({ ...customer, email }))), 'deadLettered answer-misfit');
    assert.equal(scene.job(id).status, 'waiting');
  }
  assert.equal(Value.Check(Customer, { ...customer, level: 'wood' }), false);
});

test('a Message-ID is one for each order id, and can stand in a header whatever the id', () => {
  const ids = ['42', 'a b', 'a%20b', 'ü', '.', '..', '~', "!'()*", '<x@y>', 'x'.repeat(128), 'ü'.repeat(128)];
  ids.push(`.sha256-${'0'.repeat(64)}`);
  const made = ids.map(orderMessageId);
  assert.equal(new Set(made).size, ids.length);
  for (const each of made) {
    assert.match(each, /^<email(-[A-Za-z0-9_%-]+|\.sha256-[0-9a-f]{64})@requite\.example>$/);
    assert.ok(each.length <= 200);
  }
  assert.equal(orderMessageId('a b.~'), '<email-a%20b%2E%7E@requite.example>');
});
