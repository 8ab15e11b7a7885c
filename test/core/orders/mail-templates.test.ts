import { MoneyError } from '../../../core/billing/money.ts';
import { type MailContent, writeMail } from '../../../core/orders/mail-templates.ts';
import { assert, test } from '../../harness.ts';
import { customer, order, payment } from './mails.ts';

const table = `Order 42 of 2026-11-03

   3       15.00  UNDERPANTS
  12   14,999.94  JUMPERS
       ---------
       15,014.94  EUR in all
       15,014.94  EUR paid (p-1)
`;

const standard: MailContent = {
  subject: 'Your order 42: payment received',
  text: `Dear Ada Novak,

thank you for your order. Your payment has arrived.

${table}
Is anything not as it should be? Write to us, and name the order.

Requite Shop
`,
};

const gold: MailContent = {
  subject: 'Gold customer: payment received for your order 42',
  text: `Dear Ada Novak,

thank you for ordering from us again: we are glad to have you as a gold customer.
Your payment has arrived.

${table}
Is anything not as it should be? Write to us, and name the order: what gold
customers ask is answered first.

Requite Shop
`,
};

const platinum: MailContent = {
  subject: 'Platinum customer: payment received for your order 42',
  text: `Dear Ada Novak,

it is a pleasure to have your order. Your payment has arrived.

${table}
Whatever you wish to change, answer this mail: as a platinum customer you are
looked after by one person, who will see to it.

Requite Shop
`,
};

for (const [level, expected] of [
  ['bronze', standard],
  ['silver', standard],
  ['gold', gold],
  ['platinum', platinum],
] as const) {
  test(`the mail to a ${level} customer`, () => {
    assert.deepEqual(writeMail(order, payment, { ...customer, level }), expected);
  });
}

test('a customer without a level gets the mail of any', () => {
  assert.deepEqual(writeMail(order, payment, customer), standard);
});

test('what is open, or paid too much, is said', () => {
  const linesOf = (amount: string): string[] =>
    writeMail(order, { ...payment, amount }, customer).text.split('\n');
  assert.ok(linesOf('15000.00').includes('           14.94  EUR still to pay'));
  assert.ok(linesOf('20000.00').includes('        4,985.06  EUR too much'));
});

test("amounts have the decimals of the payment's currency", () => {
  const yen = { ...payment, ccy: 'JPY', amount: '15015' };
  const { text } = writeMail(order, yen, customer);
  assert.match(text, / 15,015 {2}JPY in all\n/);
  assert.doesNotMatch(text, /\d\.\d/);
});

test('no name, product or identifier can begin a line, command a terminal or turn the order of the text', () => {
  const hostile = 'x\r\nBcc: all@example.com\r\n\r\n\u001b[2J\u202etxt';
  const shown = 'x\ufffd\ufffdBcc: all@example.com\ufffd\ufffd\ufffd\ufffd\ufffd[2J\ufffdtxt';
  const mail = writeMail(
    { ...order, id: hostile, lines: [{ product: hostile, quantity: 1, price: '1' }] },
    { ...payment, id: hostile },
    { ...customer, name: hostile },
  );
  const lines = mail.text.split('\n');
  assert.equal(mail.subject, `Your order ${shown}: payment received`);
  assert.ok(lines.includes(`Dear ${shown},`));
  assert.equal(lines.filter((line) => line.includes(shown)).length, 4);
  assert.ok(lines.every((line) => !/^Bcc/.test(line)));
  assert.equal(mail.text.includes('\r'), false);
});

test('a name from right to left is set apart, so that it moves no number', () => {
  const { text } = writeMail(order, payment, { ...customer, name: 'שירה כהן' });
  assert.ok(text.startsWith('Dear \u2068שירה כהן\u2069,\n'));
});

test('an amount that the currency cannot have is refused, with a code', () => {
  const codeOf = (ccy: string, amount: string): unknown => {
    try {
      writeMail(order, { ...payment, ccy, amount }, customer);
      return 'written';
    } catch (error) {
      return error instanceof MoneyError ? error.code : error; // the code is what callers go by
    }
  };
  assert.equal(codeOf('EUR', '1.234'), 'too-many-decimals');
  assert.equal(codeOf('ZZZ', '1'), 'unknown-currency');
});
