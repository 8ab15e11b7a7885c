// The words of the mails, in plain text. Whatever comes from outside is made printable, and set apart where it is
// written from right to left.
import type { Customer, CustomerLevel } from '../billing/customer.ts';
import { displayMoney, type Money, parseMoney, priceLine, sumMoney } from '../billing/money.ts';
import { isolate, printable } from '../billing/printable.ts';
import type { Order, Payment } from './order.ts';

/** What a template makes. `subject` is one line; every line of `text` ends with a newline. */
export interface MailContent {
  readonly subject: string;
  readonly text: string;
}

interface Template {
  /** Takes the order id, printable. */
  readonly subject: (orderId: string) => string;
  /** What stands between the salutation and the order: paragraphs. */
  readonly opening: readonly string[];
  readonly closing: readonly string[];
}

const standard: Template = {
  subject: (orderId) => `Your order ${orderId}: payment received`,
  opening: ['thank you for your order. Your payment has arrived.'],
  closing: ['Is anything not as it should be? Write to us, and name the order.'],
};

const gold: Template = {
  subject: (orderId) => `Gold customer: payment received for your order ${orderId}`,
  opening: [
    'thank you for ordering from us again: we are glad to have you as a gold customer.\nYour payment has arrived.',
  ],
  closing: [
    'Is anything not as it should be? Write to us, and name the order: what gold\ncustomers ask is answered first.',
  ],
};

const platinum: Template = {
  subject: (orderId) => `Platinum customer: payment received for your order ${orderId}`,
  opening: ['it is a pleasure to have your order. Your payment has arrived.'],
  closing: [
    'Whatever you wish to change, answer this mail: as a platinum customer you are\nlooked after by one person, who will see to it.',
  ],
};

const templates: Readonly<Record<CustomerLevel, Template>> = {
  platinum,
  gold,
  silver: standard,
  bronze: standard,
};

/**
 * The mail that tells a customer that an order is paid: by the customer's level, with the order's lines in the
 * payment's currency. A pure function: the same order, payment and customer make the same bytes.
 * @throws MoneyError where an amount can't be written in the payment's currency
 */
export function writeMail(order: Order, payment: Payment, customer: Customer): MailContent {
  const template = templates[customer.level ?? 'bronze'];
  const paragraphs = [
    `Dear ${clean(customer.name)},`,
    ...template.opening,
    statement(order, payment),
    ...template.closing,
    'Requite Shop',
  ];
  return { subject: template.subject(printable(order.id)), text: `${paragraphs.join('\n\n')}\n` };
}

/** The order and what was paid, as a table of quantity, amount and what for. */
function statement(order: Order, payment: Payment): string {
  const { ccy } = payment;
  const lines = order.lines.map(({ product, quantity, price }) => ({
    quantity: String(quantity),
    net: priceLine(String(quantity), price, ccy),
    product: clean(product),
  }));
  const total = sumMoney(
    lines.map(({ net }) => net),
    ccy,
  );
  const paid = parseMoney(payment.amount, ccy);
  const rows = [
    ...lines.map(({ quantity, net, product }): Row => [quantity, displayMoney(net), product]),
    null,
    ['', displayMoney(total), `${ccy} in all`],
    ['', displayMoney(paid), `${ccy} paid (${clean(payment.id)})`],
    ...difference(total, paid),
  ] satisfies (Row | null)[];
  return [`Order ${clean(order.id)} of ${order.createdAt.slice(0, 10)}`, '', ...table(rows)].join('\n');
}

function difference(total: Money, paid: Money): Row[] {
  if (total.minor === paid.minor) return [];
  const isOpen = total.minor > paid.minor;
  const minor = isOpen ? total.minor - paid.minor : paid.minor - total.minor;
  const { currency } = total;
  return [['', displayMoney({ minor, currency }), `${currency} ${isOpen ? 'still to pay' : 'too much'}`]];
}

type Row = readonly [quantity: string, amount: string, what: string];

/** Numbers to the right, text after them, so that no text moves a number; `null` is a rule. */
function table(rows: readonly (Row | null)[]): string[] {
  const widest = (column: 0 | 1): number => Math.max(...rows.map((row) => row?.[column].length ?? 0));
  const [quantityWidth, amountWidth] = [widest(0), widest(1)];
  return rows.map((row) => {
    if (row === null) return `  ${' '.repeat(quantityWidth)}   ${'-'.repeat(amountWidth)}`;
    const [quantity, amount, what] = row;
    return `  ${quantity.padStart(quantityWidth)}   ${amount.padStart(amountWidth)}  ${what}`.trimEnd();
  });
}

const clean = (text: string): string => isolate(printable(text));
