import { CUSTOMER_CATEGORY } from '../billing/bill-generation.ts';
import { Customer } from '../billing/customer.ts';
import { isolate, printable } from '../billing/printable.ts';
import type { Order } from '../orders/order.ts';
import { messageIdFor, type OrderMail } from '../orders/order-email.ts';
import { addressOf, customerToWriteTo } from '../orders/recipient.ts';
import { type Workflow, workflow } from '../workflow/definition.ts';
import { NotificationRequest } from './webhook-notification.ts';

/** Asks who the customer is, and writes the mail that the order has come: a pure function of order and answer (invariant 4). */
export const mailNotification: Workflow<typeof NotificationRequest, OrderMail> = workflow({
  type: 'order-notification-mail',
  version: 1,
  input: NotificationRequest,
  *run({ ask }, { order, round }) {
    const customerIdentifier = customerToWriteTo(order);
    const customer = yield* ask(CUSTOMER_CATEGORY, { customerIdentifier }, Customer);
    const to = addressOf(customer, customerIdentifier);
    return {
      // a round that somebody asked for is a mail of its own: the one before may lie where nobody reads it
      messageId: messageIdFor(round === 1 ? 'placed' : `placed.${round}`, order.id),
      date: order.createdAt,
      to,
      subject: `Your order ${printable(order.id)} has come in`,
      text: textOf(order, customer),
    };
  },
});

/** The words of the mail, in plain text. There are no sums in it: an order is only now being checked. */
function textOf({ id, createdAt, lines }: Order, { name }: Customer): string {
  const quantities = lines.map(({ quantity }) => String(quantity));
  const width = Math.max(...quantities.map(({ length }) => length));
  const rows = lines.map(
    ({ product, price }, at) =>
      `  ${(quantities[at] ?? '').padStart(width)} x ${clean(product)}, at ${price} each`,
  );
  const paragraphs = [
    `Dear ${clean(name)},`,
    'thank you: your order has come in, and is being looked at now.',
    [`Order ${clean(id)} of ${createdAt.slice(0, 10)}`, '', ...rows].join('\n'),
    'Is anything not as it should be? Write to us, and name the order.',
    'Requite Shop',
  ];
  return `${paragraphs.join('\n\n')}\n`;
}

const clean = (text: string): string => isolate(printable(text));
