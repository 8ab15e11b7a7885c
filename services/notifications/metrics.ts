import { Gauge, type Registry } from 'prom-client';
import type { WebhookReceiver } from '../platform/webhook/index.ts';
import type { NotificationQueries } from './queries.ts';
import { NOTIFICATION_STATUSES } from './view-fold.ts';

const CIRCUIT = { closed: 0, 'half-open': 1, open: 2 } as const;

/** Measures what the view and the receiver know whenever the metrics are read. */
export function observeNotifications(
  registry: Registry,
  queries: NotificationQueries,
  receiver: WebhookReceiver | null,
): void {
  const registers = [registry];
  const standing: Gauge<'channel' | 'status'> = new Gauge({
    name: 'notifications',
    help: `Notifications by channel and status (${NOTIFICATION_STATUSES.join(', ')}), in all instances together.`,
    labelNames: ['channel', 'status'],
    registers,
    collect: () => {
      standing.reset();
      for (const { channel, status, count } of queries.standing()) standing.set({ channel, status }, count);
    },
  });
  const attempts: Gauge<'channel' | 'outcome'> = new Gauge({
    name: 'notification_attempts',
    help: 'Attempts to send one, by outcome, since the log began, in all instances together.',
    labelNames: ['channel', 'outcome'],
    registers,
    collect: () => {
      for (const { channel, outcome, count } of queries.outcomes()) attempts.set({ channel, outcome }, count);
    },
  });
  const retried: Gauge<'channel'> = new Gauge({
    name: 'notifications_retried',
    help: 'Notifications that somebody had begun anew after they failed.',
    labelNames: ['channel'],
    registers,
    collect: () => {
      for (const { channel, count } of queries.retried()) retried.set({ channel }, count);
    },
  });
  if (receiver === null) return;
  const active: Gauge = new Gauge({
    name: 'notification_webhook_attempts_active',
    help: 'Attempts under way in this instance.',
    registers,
    collect: () => active.set(receiver.active),
  });
  const circuit: Gauge = new Gauge({
    name: 'notification_webhook_circuit',
    help: 'The circuit to the webhook receiver in this instance: 0 closed, 1 half open, 2 open.',
    registers,
    collect: () => circuit.set(CIRCUIT[receiver.circuit]),
  });
}
