import { JobReport } from '../messages/schemas.ts';
import { topics } from '../messages/topics.ts';
import { foldInput, type KeyedFold } from '../view/keyed-fold.ts';
import { mailNotification } from './mail-notification.ts';
import { webhookNotification } from './webhook-notification.ts';

interface Undelivered {
  readonly reason: 'webhook-undeliverable' | 'mail-undeliverable';
  readonly detail: string;
}

const reasons: Readonly<Record<string, Undelivered['reason']>> = {
  [webhookNotification.type]: 'webhook-undeliverable',
  [mailNotification.type]: 'mail-undeliverable',
};

/** Puts the report of each notification that failed among the dead letters, where somebody looks. It keeps no state. */
export const undeliveredNotifications: KeyedFold<Undelivered, never> = {
  name: 'undelivered-notifications',
  inputs: [
    foldInput(topics.workflowEvents, JobReport, {
      toMessage: (report): Undelivered | null => {
        const type = report['workflow-type'];
        const reason = Object.hasOwn(reasons, type) ? reasons[type] : undefined;
        const failed = report.events.find((event) => event.event === 'failed');
        if (reason === undefined || failed === undefined) return null;
        const { code, message } = failed.error;
        return { reason, detail: `${code}: ${message}. POST /notifications/:id/retry begins it anew` };
      },
    }),
  ],
  keysOf: () => [],
  fold: ({ reason, detail }) => ({ refused: { reason, detail } }),
};
