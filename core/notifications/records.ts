import { type Static, type TSchema, Type } from '@sinclair/typebox';
import type { SchemaOf } from '../billing/schema.ts';
import { OrderId } from '../orders/order.ts';
import { MAX_NOTIFICATION_ROUNDS, NOTIFICATION_CHANNELS, type NotificationChannel } from './channels.ts';
import { AttemptOutcomeSchema, MAX_REASON_LENGTH } from './webhook-notification.ts';

export const NotificationChannelSchema: SchemaOf<NotificationChannel> = Type.Union(
  NOTIFICATION_CHANNELS.map((each) => Type.Literal(each)) as unknown as [TSchema],
) as unknown as SchemaOf<NotificationChannel>;

const Told = Type.Object({
  orderId: OrderId,
  channel: NotificationChannelSchema,
  round: Type.Integer({ minimum: 1, maximum: MAX_NOTIFICATION_ROUNDS }),
  /** ISO 8601, UTC. */
  time: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$' }),
});

const NotificationAttemptedSchema = Type.Object({
  event: Type.Literal('attempted'),
  ...Told.properties,
  /** Which try of the round it was, from 1. */
  tried: Type.Integer({ minimum: 1 }),
  outcome: AttemptOutcomeSchema,
  status: Type.Union([Type.Integer(), Type.Null()]),
  reason: Type.String({ maxLength: MAX_REASON_LENGTH }),
});
/** What came of one attempt; the same attempt may be told of twice, after a crash. */
export type NotificationAttempted = Static<typeof NotificationAttemptedSchema>;

const RetryRequestedSchema = Type.Object({
  event: Type.Literal('retry-requested'),
  ...Told.properties,
  /** Who asked for it, where that is known. */
  by: Type.Union([Type.String({ maxLength: 256 }), Type.Null()]),
});
/** Somebody wants a notification begun anew. `round` is the one that failed. */
export type RetryRequested = Static<typeof RetryRequestedSchema>;

/** A record of `notifications`, keyed by order id. */
export type NotificationRecord = NotificationAttempted | RetryRequested;
export const NotificationRecord: SchemaOf<NotificationRecord> = Type.Union([
  NotificationAttemptedSchema,
  RetryRequestedSchema,
]);
