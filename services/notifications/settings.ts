import { type Static, Type } from '@sinclair/typebox';
import { MAX_WEBHOOK_ATTEMPTS, type NotificationChannel, type RetryPolicy } from '../../core/mod.ts';

const whole = (fallback: number, minimum: number, maximum: number, description: string) =>
  Type.Integer({ default: fallback, minimum, maximum, description });

/** What can be set while the service runs, of `notification-service`. */
export const NotificationSettings = Type.Object({
  mail: Type.Boolean({
    default: true,
    description: 'whether customers get a mail for each order that they place',
  }),
  webhook: Type.Boolean({
    default: true,
    description: 'whether WEBHOOK_URL, where there is one, is told of each order that is placed',
  }),
  webhookTimeoutMs: whole(5_000, 10, 60_000, 'how long one attempt may take'),
  webhookConcurrency: whole(8, 1, 64, 'attempts under way at once, in each instance'),
  webhookAttempts: whole(15, 1, MAX_WEBHOOK_ATTEMPTS, 'so many attempts fail before the notification does'),
  webhookBackoffMs: whole(2_000, 1, 3_600_000, 'the wait after the first attempt; it doubles with each'),
  webhookMaxBackoffMs: whole(
    3_600_000,
    1,
    86_400_000,
    'the longest wait, also where the receiver asks for a longer one',
  ),
  webhookBreakAfter: whole(5, 1, 1_000, 'so many failures in a row, and the receiver is left alone'),
  webhookProbeAfterMs: whole(10_000, 1, 3_600_000, 'after so long it is tried again, with one attempt'),
});
export type NotificationSettings = Static<typeof NotificationSettings>;

export const policyOf = (settings: NotificationSettings): RetryPolicy => ({
  attempts: settings.webhookAttempts,
  backoffMs: settings.webhookBackoffMs,
  maxBackoffMs: settings.webhookMaxBackoffMs,
});

/** The channels on which an order that is placed now is told of. */
export function channelsOn(settings: NotificationSettings, hasReceiver: boolean): NotificationChannel[] {
  return [
    ...(settings.mail ? (['mail'] as const) : []),
    ...(settings.webhook && hasReceiver ? (['webhook'] as const) : []),
  ];
}
