// What the orders say on the event bus of the choreography, and what they hear there.
import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { CloudEvent } from '../choreography/cloud-event.ts';
import { eventTypes, participants } from '../choreography/event-types.ts';
import { instantOf } from '../choreography/instant.ts';
import { isoTime } from '../workflow/time.ts';
import { type Order, Shipment } from './order.ts';

/** The event that a validated order enters the choreography with: the same for the same order, however often it is made. */
export function orderCreatedEvent(order: Order, validatedAt: string): CloudEvent {
  const { id, customerId, createdAt } = order;
  const lines = order.lines.map(({ product, quantity, price }) => ({ sku: product, quantity, price }));
  return {
    id: `${eventTypes.orderCreated}/${id}`,
    source: participants['orders-service'].source,
    type: eventTypes.orderCreated,
    subject: id,
    time: validatedAt,
    data: { orderId: id, customerId, lines, createdAt },
  };
}

const Shipped = Type.Object({ trackingNumber: Type.Unknown(), shippedAt: Type.Optional(Type.String()) });

/** What an `order_shipped` says of the shipment, dated by the event where it gives no day; null where it can't be told. */
export function shipmentOf({ data, time }: CloudEvent): Shipment | null {
  if (!Value.Check(Shipped, data)) return null;
  const { trackingNumber, shippedAt = time } = data;
  const shipment = { trackingNumber, shippedAt: utcTime(shippedAt) };
  return Value.Check(Shipment, shipment) ? shipment : null;
}

/** A time of the calendar in UTC, to the millisecond; null where it is none. */
export function utcTime(text: string): string | null {
  const ms = instantOf(text);
  return ms === null ? null : isoTime(ms);
}
