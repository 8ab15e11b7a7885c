// The notification service: tells customers and a webhook's receiver of each order that is placed.
import { Registry } from 'prom-client';
import {
  mailNotification,
  notificationTopicSpec,
  orderNotifications,
  orderTopicSpecs,
  type TopicSpec,
  undeliveredNotifications,
  webhookNotification,
} from '../../core/mod.ts';
import { serveFold } from '../platform/host/folds.ts';
import { onPlatform } from '../platform/host/on-platform.ts';
import { prepareTopics } from '../platform/host/prepare.ts';
import { serveWorkflows } from '../platform/host/workflows.ts';
import { type Opened, type Opening, startRestService } from '../platform/http/index.ts';
import { type Part, type Platform, readinessOf, type StartService } from '../platform/service.ts';
import { openView, removeViewFile, type View, viewFile } from '../platform/view/index.ts';
import { startMails } from './mails.ts';
import { observeNotifications } from './metrics.ts';
import { NotificationQueries } from './queries.ts';
import { addRoutes } from './routes.ts';
import { channelsOn, NotificationSettings } from './settings.ts';
import {
  foldNotifications,
  NOTIFICATIONS_VIEW_DDL,
  NOTIFICATIONS_VIEW_TOPICS,
  NOTIFICATIONS_VIEW_VERSION,
} from './view-fold.ts';
import { openReceiver, startWebhooks } from './webhooks.ts';

const NAME = 'notifications';
const SERVICE = 'notification-service';
/** How long a start waits for what is set centrally, in milliseconds: an order that comes first takes the defaults else. */
const SETTINGS_MS = 10_000;

/** Starts the notification service: topics, view, fold, workflows, senders, REST. */
export const startNotificationService: StartService = (platform) => {
  const registry = new Registry();
  return startRestService(
    platform,
    {
      name: NAME,
      service: SERVICE,
      title: 'Requite Notifications',
      description: 'What was sent about orders, by mail and by webhook.',
      port: platform.settings.notificationsPort,
      registry,
    },
    (opening) => open(platform, opening, registry),
  );
};

/** Opens what needs the log, waiting until it answers. Mail and webhook share nothing that one could hold up for the other. */
async function open(platform: Platform, opening: Opening, registry: Registry): Promise<Opened> {
  const { settings, backing, stopping, configuration, telemetry } = platform;
  const { logger, onWaiting, onStop } = opening;
  const { transport } = backing;
  const live = configuration.of(SERVICE, NotificationSettings);
  const current = (): NotificationSettings => live.current;
  const receiver = settings.webhook === null ? null : openReceiver(settings.webhook, current, logger);
  const topics = ownTopics();
  const partitions = await prepareTopics({
    transport,
    partitions: settings.partitions,
    logger,
    others: topics,
    stopping,
    onWaiting,
  });
  const view = await openNotificationsView(platform, opening);
  const queries = new NotificationQueries(view.db);
  observeNotifications(registry, queries, receiver);
  const shared = { ...onPlatform(platform, logger), partitions };
  const workflows = { ...shared, maxOpenJobs: settings.openJobs };
  const parts: Record<string, Pick<Part, 'readiness'>> = { view, configuration };
  const run = (name: string, part: Part): void => {
    parts[name] = part;
    onStop(() => part.stop());
  };
  await configuration.settled(SETTINGS_MS);
  const fold = orderNotifications(() => channelsOn(current(), receiver !== null));
  run('orders', await serveFold(fold, { ...shared, topics }));
  run('undelivered', await serveFold(undeliveredNotifications, shared));
  run('mail', await serveWorkflows([mailNotification], { ...workflows, group: 'notification-mail-jobs' }));
  run('mail-sender', await startMails(platform, partitions, logger));
  if (receiver !== null) {
    const group = 'notification-webhook-jobs';
    run('webhook', await serveWorkflows([webhookNotification], { ...workflows, group }));
    run('webhook-sender', startWebhooks(platform, receiver, current, { partitions, logger }));
  }
  return {
    addRoutes: (app) => addRoutes(app, { view, queries, transport, partitions, telemetry }),
    readiness: async () => readinessOf(parts),
  };
}

async function openNotificationsView(
  { settings, backing }: Platform,
  { logger, onStop }: Opening,
): Promise<View> {
  const { dataDir, notificationsPort } = settings;
  const file = viewFile(dataDir, NAME, notificationsPort);
  const view = await openView({
    transport: backing.transport,
    file,
    version: NOTIFICATIONS_VIEW_VERSION,
    ddl: NOTIFICATIONS_VIEW_DDL,
    topics: NOTIFICATIONS_VIEW_TOPICS,
    apply: foldNotifications,
    logger,
  });
  // with a free port the next start takes another file: this one would lie there for ever
  if (notificationsPort === 0) onStop(async () => removeViewFile(file));
  onStop(() => view.close());
  return view;
}

/** The topics that it reads and writes beside our own. */
function ownTopics(): readonly Omit<TopicSpec, 'partitions'>[] {
  return [...orderTopicSpecs(1), notificationTopicSpec(1)].map(({ partitions: _, ...spec }) => spec);
}
