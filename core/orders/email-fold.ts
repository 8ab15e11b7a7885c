import type { Json } from '../messages/json.ts';
import { topics } from '../messages/topics.ts';
import { joinSides, type SideArrival, type Sides } from '../view/join.ts';
import { type Emitted, foldInput, type KeyedFold, type Refusal } from '../view/keyed-fold.ts';
import { Order, Payment } from './order.ts';
import { emailWorkflowId, orderEmail } from './order-email.ts';
import { orderTopics } from './topics.ts';

type PaidOrder = SideArrival<Order, Payment>;
type PaidSides = Sides<Order, Payment>;

const orderIdOf = (message: PaidOrder): string =>
  message.side === 'left' ? message.value.id : message.value.orderId;

/**
 * Joins orders, as they were created, with their payments, whichever comes first: once both are there, one
 * `order-email` begins. The first payment of an order counts; the same again begins the same mail again, which is
 * none (invariant 1).
 */
export const orderEmails: KeyedFold<PaidOrder, PaidSides> = {
  name: 'order-emails',
  inputs: [
    foldInput(orderTopics.orders, Order, {
      toMessage: (value): PaidOrder | null => (value.state === 'CREATED' ? { side: 'left', value } : null),
      keyOf: ({ id }) => id,
    }),
    foldInput(orderTopics.payments, Payment, {
      toMessage: (value): PaidOrder => ({ side: 'right', value }),
      keyOf: ({ orderId }) => orderId,
    }),
  ],
  keysOf: (message) => [orderIdOf(message)],
  fold: (message, states) => {
    const orderId = orderIdOf(message);
    const { kind, sides, pair } = joinSides(states.get(orderId) ?? {}, message);
    if (kind === 'other') return conflictOf(message);
    if (kind === 'first') states.set(orderId, sides);
    return pair === null ? [] : [emailOf(...pair)];
  },
};

/** A second order or payment of other content: the first has its mail, and this one is to be seen by somebody. */
function conflictOf({ side }: PaidOrder): Refusal {
  return side === 'left'
    ? {
        refused: {
          reason: 'order-conflict',
          detail:
            'another order was created under this id: the first one counts, find out who wrote this one',
        },
      }
    : {
        refused: {
          reason: 'payment-conflict',
          detail:
            'the order has another payment, which counts: book this one by hand, or send it back to the payer',
        },
      };
}

/** The workflow that makes the mail of a paid order: the same bytes whenever it is emitted. */
function emailOf(order: Order, payment: Payment): Emitted {
  const workflowId = emailWorkflowId(order.id);
  const value = {
    'workflow-type': orderEmail.type,
    'workflow-id': workflowId,
    'create-time': order.createdAt,
    payload: { order, payment },
  };
  return { topic: topics.workflowQueue, key: workflowId, value: value as unknown as Json };
}
