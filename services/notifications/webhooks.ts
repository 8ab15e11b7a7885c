import type { WebhookQuestion } from '../../core/mod.ts';
import { runLoop } from '../platform/host/loop.ts';
import type { Logger } from '../platform/log.ts';
import type { Part, Platform } from '../platform/service.ts';
import { WebhookReceiver } from '../platform/webhook/index.ts';
import type { Attempting } from './attempts.ts';
import { type NotificationSettings, policyOf } from './settings.ts';
import { WebhookAnswerer } from './webhook-answerer.ts';

const GROUP = 'notification-webhooks';

/** The receiver that WEBHOOK_URL names. Throws where that is no address. */
export function openReceiver(
  webhook: { readonly url: string; readonly secret: string },
  current: () => NotificationSettings,
  logger: Logger,
): WebhookReceiver {
  const { url, secret } = webhook;
  if (!URL.canParse(url) || new URL(url).username !== '')
    throw new Error(
      'WEBHOOK_URL is no address that can be posted to: give http(s)://host:port/path, without a user name',
    );
  return new WebhookReceiver({
    url,
    secret,
    limits: () => {
      const { webhookTimeoutMs, webhookConcurrency, webhookBreakAfter, webhookProbeAfterMs } = current();
      return {
        timeoutMs: webhookTimeoutMs,
        concurrency: webhookConcurrency,
        breakAfter: webhookBreakAfter,
        probeAfterMs: webhookProbeAfterMs,
      };
    },
    logger,
  });
}

/** Answers the questions of webhook notifications, each by one attempt at the receiver. */
export function startWebhooks(
  { backing, metrics, telemetry }: Platform,
  receiver: WebhookReceiver,
  current: () => NotificationSettings,
  { partitions, logger }: { readonly partitions: number; readonly logger: Logger },
): Part {
  const attempt: Attempting = ({ id, body, tried }: WebhookQuestion, traceparent, signal) => {
    const attributes = { 'requite.webhook_id': id, 'requite.tried': tried };
    const options = { kind: 'client', parent: traceparent, attributes } as const;
    return telemetry.span('POST webhook', options, async (span) => {
      const came = await receiver.attempt({ id, body }, signal, span?.traceparent ?? traceparent);
      if (came === null) return null;
      const { outcome, status, reason, retryAfterMs } = came;
      span?.set({
        'requite.outcome': outcome,
        ...(status === null ? {} : { 'http.response.status_code': status }),
      });
      if (outcome !== 'delivered') span?.fail(reason);
      return { outcome, status, reason, retryAfterMs, policy: policyOf(current()) };
    });
  };
  const processor = new WebhookAnswerer({ group: GROUP, attempt, partitions, logger });
  return runLoop(processor, { transport: backing.transport, logger, metrics });
}
