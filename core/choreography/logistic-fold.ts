import { type Static, Type } from '@sinclair/typebox';
import type { SchemaOf } from '../billing/schema.ts';
import type { Json } from '../messages/json.ts';
import { sha256 } from '../messages/sha256.ts';
import { OrderId } from '../orders/order.ts';
import type { KeyedFold } from '../view/keyed-fold.ts';
import { cloudEventOf } from './cloud-event.ts';
import { eventTypes } from './event-types.ts';
import { type EventOrder, eventAbout, piecesOf } from './order-event.ts';
import { orderTimeOf } from './order-times.ts';
import { type Choreography, type Reacted, reactionFold } from './reaction.ts';
import { choreographyTopics } from './topics.ts';

const OrderShipmentSchema = Type.Object({
  /** `RQ` and 18 digits, the last of which is their check digit. */
  trackingNumber: Type.String({ pattern: '^RQ[0-9]{18}$' }),
  orderId: OrderId,
  customerId: Type.Union([Type.String(), Type.Null()]),
  pieces: Type.Integer({ minimum: 0 }),
  /** ISO 8601. */
  shippedAt: Type.String(),
});
/** Goods on their way, on `shipments`, keyed by order id. */
export type OrderShipment = Static<typeof OrderShipmentSchema>;
export const OrderShipment: SchemaOf<OrderShipment> = OrderShipmentSchema;

const DIGITS = 17;

/**
 * The tracking number of an order's shipment: `RQ`, 17 digits made of the order's id, and the check digit that GS1 puts
 * behind such numbers (modulo 10, weights 3 and 1 from the right). One order has one, and two orders never share one in
 * practice: a million orders have two of the same with a chance of 1 in 200,000.
 */
export function trackingNumber(orderId: string): string {
  const number = BigInt(`0x${sha256(orderId)}`) % 10n ** BigInt(DIGITS);
  const digits = number.toString().padStart(DIGITS, '0');
  return `RQ${digits}${checkDigit(digits)}`;
}

/** Whether its check digit is right: one that is not was mistyped. */
export function isTrackingNumber(text: string): boolean {
  return /^RQ[0-9]{18}$/.test(text) && text.endsWith(checkDigit(text.slice(2, -1)));
}

function checkDigit(digits: string): string {
  const sum = [...digits].reverse().reduce((total, digit, at) => total + Number(digit) * (at % 2 ? 1 : 3), 0);
  return String((10 - (sum % 10)) % 10);
}

/** The logistic service: a shipment for each order that was picked, and word on the bus that it is on its way. */
export function logisticFold(choreography: Choreography): KeyedFold<EventOrder, Reacted> {
  return reactionFold(choreography, {
    name: 'logistic',
    target: 'logistic-service',
    act: (order, time, participant) => {
      const { orderId, customerId } = order;
      const pieces = piecesOf(order).reduce((sum, { quantity }) => sum + quantity, 0);
      const number = trackingNumber(orderId);
      const shipment: OrderShipment = {
        trackingNumber: number,
        orderId,
        customerId,
        pieces,
        shippedAt: time,
      };
      const details = { trackingNumber: number, pieces, shippedAt: time };
      const event = eventAbout(order, eventTypes.orderShipped, participant, time, details);
      return [
        { topic: choreographyTopics.shipments, key: orderId, value: shipment as unknown as Json },
        cloudEventOf(choreography.bus, orderId, event),
        orderTimeOf(orderId, participant, time),
      ];
    },
  });
}
