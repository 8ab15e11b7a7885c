import {
  type Json,
  NOTIFICATIONS_TOPIC,
  type NotificationRecord,
  type OutgoingRecord,
  partitionFor,
} from '../../core/mod.ts';

/** A record for the topic of notifications, keyed by the order. */
export function notificationRecord(
  record: NotificationRecord,
  partitions: number,
  traceparent: string | null | undefined,
): OutgoingRecord {
  const { orderId } = record;
  return {
    topic: NOTIFICATIONS_TOPIC,
    partition: partitionFor(orderId, partitions),
    key: orderId,
    value: JSON.stringify(record satisfies Json),
    ...(traceparent ? { headers: { traceparent } } : {}),
  };
}
