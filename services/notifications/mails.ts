import {
  type IncomingRecord,
  isoTime,
  MAX_REASON_LENGTH,
  mailNotification,
  type OutgoingRecord,
  parseNotificationWorkflowId,
} from '../../core/mod.ts';
import type { Logger } from '../platform/log.ts';
import { type MailEnd, mailsOf, startMailSender } from '../platform/mail/index.ts';
import type { Part, Platform } from '../platform/service.ts';
import { notificationRecord } from './records.ts';

const GROUP = 'notification-mails';

/** Sends the mails of notifications, and tells of each what came of it. In the outbox they have a folder of their own. */
export function startMails(platform: Platform, partitions: number, logger: Logger): Promise<Part> {
  const tell = (
    { workflowId }: { readonly workflowId: string },
    end: MailEnd,
    { headers }: IncomingRecord,
  ): readonly OutgoingRecord[] => {
    const ref = parseNotificationWorkflowId(workflowId);
    if (ref === null) return []; // somebody else's workflow of this type
    const came =
      end.kind === 'sent'
        ? ({ outcome: 'delivered', reason: '' } as const)
        : ({ outcome: 'refused', reason: end.detail.slice(0, MAX_REASON_LENGTH) } as const);
    const told = { ...ref, ...came, time: isoTime(Date.now()), tried: 1, status: null };
    return [notificationRecord({ event: 'attempted', ...told }, partitions, headers.traceparent)];
  };
  return startMailSender(platform, {
    group: GROUP,
    find: mailsOf(mailNotification.type),
    tell,
    outboxDir: `${platform.settings.outboxDir}/notifications`,
    logger,
  });
}
