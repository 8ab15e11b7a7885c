import type { Json } from '../messages/json.ts';
import { sha256 } from '../messages/sha256.ts';
import type { Order } from '../orders/order.ts';
import { notificationId } from './channels.ts';

/** What a webhook says, in the shape of a CloudEvent: `data.order` is the order as it was placed. */
export interface OrderPlaced {
  readonly id: string;
  readonly type: 'order.placed';
  /** When the order was placed: ISO 8601, UTC. */
  readonly time: string;
  readonly data: { readonly order: Order };
}

/** A webhook as it is sent: the same id and bytes each time. */
export interface WebhookMessage {
  readonly id: string;
  readonly body: string;
}

/**
 * The id by which a receiver knows a repeat, the same for ever. Letters, digits and `_`: a signature joins it to what
 * follows by a dot, so it may hold none.
 */
export const webhookId = (orderId: string): string =>
  `msg_${sha256(notificationId({ orderId, channel: 'webhook' })).slice(0, 40)}`;

/** What is sent when an order was placed. */
export function orderPlacedMessage(order: Order): WebhookMessage {
  const id = webhookId(order.id);
  const event: OrderPlaced = { id, type: 'order.placed', time: order.createdAt, data: { order } };
  return { id, body: JSON.stringify(event satisfies OrderPlaced as unknown as Json) };
}
