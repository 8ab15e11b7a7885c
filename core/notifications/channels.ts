import type { TopicSpec } from '../messages/transport.ts';

/** By which ways somebody is told of an order: a mail to its customer, a webhook to whoever wants to know of all. */
export const NOTIFICATION_CHANNELS = ['mail', 'webhook'] as const;
export type NotificationChannel = (typeof NOTIFICATION_CHANNELS)[number];

/** What happens to notifications beyond what their workflows report: attempts, and retries that were asked for. */
export const NOTIFICATIONS_TOPIC = 'notifications';

export function notificationTopicSpec(partitions: number): TopicSpec {
  return { name: NOTIFICATIONS_TOPIC, partitions };
}

/** A notification that failed is begun anew at most so often. */
export const MAX_NOTIFICATION_ROUNDS = 999;

/** Which notification it is, and which beginning of it: 1, and one more for each retry that somebody asked for. */
export interface NotificationRef {
  readonly orderId: string;
  readonly channel: NotificationChannel;
  readonly round: number;
}

/** A notification's id, the same in all its rounds. */
export const notificationId = ({ orderId, channel }: Omit<NotificationRef, 'round'>): string =>
  `notification-${channel}-${orderId}`;

/** The workflow of one round: that of the first has the notification's own id. */
export function notificationWorkflowId({ orderId, channel, round }: NotificationRef): string {
  return round === 1 ? notificationId({ orderId, channel }) : `notification-${channel}.${round}-${orderId}`;
}

/** Reads a workflow-id back; null where it is none of a notification. */
export function parseNotificationWorkflowId(workflowId: string): NotificationRef | null {
  const [, channel, round = '1', orderId] =
    /^notification-(mail|webhook)(?:\.([2-9]|[1-9]\d{1,2}))?-([\s\S]+)$/.exec(workflowId) ?? [];
  if (channel === undefined || orderId === undefined) return null;
  return { orderId, channel: channel as NotificationChannel, round: Number(round) };
}
