import { type Static, Type } from '@sinclair/typebox';
import { CUSTOMER_CATEGORY } from '../billing/bill-generation.ts';
import { Customer } from '../billing/customer.ts';
import { MoneyError } from '../billing/money.ts';
import type { SchemaOf } from '../billing/schema.ts';
import { IDENTIFIER_PATTERN } from '../messages/schemas.ts';
import { sha256 } from '../messages/sha256.ts';
import { type Workflow, WorkflowFailure, workflow } from '../workflow/definition.ts';
import { type MailContent, writeMail } from './mail-templates.ts';
import { Order, Payment } from './order.ts';
import { addressOf, customerToWriteTo, MailAddress } from './recipient.ts';

const OrderEmailRequestSchema = Type.Object({ order: Order, payment: Payment });
/** An order and the payment that was made for it. */
export type OrderEmailRequest = Static<typeof OrderEmailRequestSchema>;
export const OrderEmailRequest: SchemaOf<OrderEmailRequest> = OrderEmailRequestSchema;

const OrderMailSchema = Type.Object({
  /** As its header has it, brackets included: the same for every mail about one order, so that a repeat is known as one. */
  messageId: Type.String({ maxLength: 256, pattern: '^<[^\\s<>@]+@[^\\s<>@]+>$' }),
  /** When the order was placed: ISO 8601, UTC. The mail's own date. */
  date: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$' }),
  to: MailAddress,
  /** One line, printable. */
  subject: Type.String({ minLength: 1, maxLength: 500, pattern: IDENTIFIER_PATTERN }),
  /** Lines, each ended by a newline. */
  text: Type.String({ minLength: 1 }),
});
/** A mail as data: what a completed `order-email` leaves on `workflow-events`. */
export type OrderMail = Static<typeof OrderMailSchema>;
export const OrderMail: SchemaOf<OrderMail> = OrderMailSchema;

/** The one workflow that makes the mail about an order. */
export const emailWorkflowId = (orderId: string): string => `email-${orderId}`;

/** The longest order id, escaped, that stands in a Message-ID as it is. */
const ESCAPED_ID_LENGTH_MAX = 160;

/** The Message-ID of the mail about a paid order. */
export const orderMessageId = (orderId: string): string => messageIdFor('email', orderId);

/**
 * The Message-ID of a kind of mail about an order, the same for ever. The order id is percent-encoded down to letters,
 * digits, `_`, `-` and `%`; of a long one the SHA-256 stands there, after a dot, which no escaped id has.
 */
export function messageIdFor(kind: string, orderId: string): string {
  const escaped = encodeURIComponent(orderId).replace(
    /[!'()*.~]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  const local =
    escaped.length <= ESCAPED_ID_LENGTH_MAX ? `${kind}-${escaped}` : `${kind}.sha256-${sha256(orderId)}`;
  return `<${local}@requite.example>`;
}

/** Asks who the customer is, and writes the mail: a pure function of order, payment and answer (invariant 4). */
export const orderEmail: Workflow<typeof OrderEmailRequest, OrderMail> = workflow({
  type: 'order-email',
  version: 1,
  input: OrderEmailRequest,
  *run({ ask }, { order, payment }) {
    const { id } = order;
    if (payment.orderId !== id)
      throw new WorkflowFailure('wrong-payment', 'the payment is for another order than the mail is about');
    const customerIdentifier = customerToWriteTo(order);
    const customer = yield* ask(CUSTOMER_CATEGORY, { customerIdentifier }, Customer);
    const to = addressOf(customer, customerIdentifier);
    const { subject, text } = contentOf(order, payment, customer);
    return { messageId: orderMessageId(id), date: order.createdAt, to, subject, text };
  },
});

function contentOf(order: Order, payment: Payment, customer: Customer): MailContent {
  try {
    return writeMail(order, payment, customer);
  } catch (error) {
    // amounts that are none are the order's or the payment's, not a defect of the definition: the job fails visibly
    // biome-ignore lint/style/useErrorCause: the cause is passed, after code and message
    if (error instanceof MoneyError) throw new WorkflowFailure(error.code, error.message, { cause: error });
    throw error;
  }
}
