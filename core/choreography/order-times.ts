import { type Static, Type } from '@sinclair/typebox';
import type { SchemaOf } from '../billing/schema.ts';
import { OrderId } from '../orders/order.ts';
import type { Emitted, Origin } from '../view/keyed-fold.ts';
import { isoTime } from '../workflow/time.ts';
import type { CloudEvent } from './cloud-event.ts';
import { type Participant, TIME_COLUMNS, type TimeColumn } from './event-types.ts';
import { instantOf } from './instant.ts';
import { choreographyTopics } from './topics.ts';

const OrderTimeSchema = Type.Object({
  orderId: OrderId,
  column: Type.Union(TIME_COLUMNS.map((column) => Type.Literal(column))),
  /** ISO 8601: when what the service reacted to was on the log. When it had done its part is the record's own time. */
  since: Type.String({ minLength: 1, maxLength: 64 }),
  /** Of the order service: what was asked for, by which a repeat is told from another order of the same id. */
  contentHash: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
});
/** That a service has done its part of an order, on `order-times`. The first record of a column counts. */
export type OrderTime = Static<typeof OrderTimeSchema> & { readonly column: TimeColumn };
export const OrderTime: SchemaOf<OrderTime> = OrderTimeSchema as unknown as SchemaOf<OrderTime>;

/** The record by which a service saves an order's id and its time. */
export function orderTimeOf(
  orderId: string,
  { time }: Participant,
  since: string,
  contentHash?: string,
): Emitted {
  const value = { orderId, column: time, since, ...(contentHash === undefined ? {} : { contentHash }) };
  return { topic: choreographyTopics.orderTimes, key: orderId, value };
}

/** When a record came to the log, ISO 8601 in UTC; where the log keeps no times, the time that its sender gave. */
export function timeOf(
  { timestampMs }: Pick<Origin, 'timestampMs'>,
  { time }: Pick<CloudEvent, 'time'>,
): string {
  return isoTime(timestampMs > 0 ? timestampMs : (instantOf(time) ?? 0));
}
