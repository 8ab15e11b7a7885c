import { Value } from '@sinclair/typebox/value';
import { type Json, mailNotification, OrderMail } from '../../../core/mod.ts';
import { assert, test } from '../../harness.ts';
import { customer, order } from '../orders/mails.ts';
import { answer, answerError, Scene, start } from '../workflow/support.ts';

const { type } = mailNotification;
const id = 'notification-mail-42';
const json = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;

function begun(request: unknown = { order, round: 1 }): Scene {
  const scene = new Scene([mailNotification]);
  scene.when(start(type, id, json(request)));
  return scene;
}

function mailOf(request: unknown, answered: unknown = customer): OrderMail {
  const { reports } = begun(request).when(answer(type, id, 0, json(answered)));
  const completed = reports[0]?.events.at(-1);
  const mail = completed?.event === 'completed' ? completed.result : null;
  assert.ok(Value.Check(OrderMail, mail));
  return mail;
}

test('a placed order asks who its customer is, and completes with the mail as data', () => {
  const mail = mailOf({ order, round: 1 });
  assert.equal(mail.messageId, '<placed-42@requite.example>');
  assert.equal(mail.to, 'ada@example.com');
  assert.equal(mail.subject, 'Your order 42 has come in');
  assert.match(
    mail.text,
    /^Dear Ada Novak,\n[\s\S]*\n {3}3 x UNDERPANTS, at 5.00 each\n {2}12 x JUMPERS[\s\S]*\nRequite Shop\n$/,
  );
});

test('a round that somebody asked for is a mail of its own, and no order’s id makes two the same', () => {
  assert.equal(mailOf({ order, round: 2 }).messageId, '<placed.2-42@requite.example>');
  const odd = { ...order, id: '.2-42' };
  assert.equal(mailOf({ order: odd, round: 1 }).messageId, '<placed-%2E2-42@requite.example>');
});

test('an order that makes no sense is told of all the same: its checks have yet to come', () => {
  const lines = [{ product: '', quantity: -3, price: '-1.000000001'.slice(0, 11) }];
  assert.match(mailOf({ order: { ...order, lines }, round: 1 }).text, /-3 x/);
});

const failures: readonly [string, unknown, string][] = [
  ['without an email', { ...customer, email: undefined }, 'no-email'],
  ['with an email that would end a command', { ...customer, email: 'a,b:c;@example.com' }, 'bad-email'],
  ['that is another', { ...customer, customerIdentifier: '8' }, 'wrong-customer'],
];
for (const [what, answered, code] of failures) {
  test(`a customer ${what} fails the notification: ${code}`, () => {
    const scene = begun();
    scene.when(answer(type, id, 0, json(answered)));
    assert.equal(scene.job(id).problem?.code, code);
  });
}

test('a customer that the CRM does not know, or that the order does not name, fails the notification', () => {
  const scene = begun();
  scene.when(answerError(type, id, 0, 'customer-not-found'));
  assert.equal(scene.job(id).problem?.code, 'customer-not-found');
  assert.equal(
    begun({ order: { ...order, customerId: '' }, round: 1 }).job(id).problem?.code,
    'missing-customer',
  );
});
