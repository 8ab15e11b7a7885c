// The Orders service: takes orders, is the single writer of `orders`, and serves them wherever they live.
import { CHARGES_CATEGORY, ordersFold, orderTopicSpecs, orderTopics } from '../../core/mod.ts';
import { serveAnswers } from '../platform/host/answers.ts';
import { serveFold } from '../platform/host/folds.ts';
import { onPlatform } from '../platform/host/on-platform.ts';
import { prepareTopics } from '../platform/host/prepare.ts';
import { advertisedUrl, type Opened, type Opening, startRestService } from '../platform/http/index.ts';
import { pause } from '../platform/pause.ts';
import { type Platform, readinessOf, type StartService } from '../platform/service.ts';
import { openPartitionedView, removeViewFile, viewFile } from '../platform/view/index.ts';
import { openApi } from './api.ts';
import { addApiRoutes } from './api-routes.ts';
import { ChargesIndex, PartitionWaits } from './charges.ts';
import { openChoreography } from './choreography.ts';
import { addChoreographyRoutes } from './choreography-routes.ts';
import { Orders } from './orders.ts';
import {
  foldOrders,
  ORDERS_VIEW_DDL,
  ORDERS_VIEW_TOPICS,
  ORDERS_VIEW_VERSION,
  OrderTables,
} from './orders-view.ts';
import { addRoutes } from './routes.ts';

const NAME = 'orders';
/** The group whose members share the questions about charges. */
const CHARGES_GROUP = 'orders-charges';
/** An order fits many times; more is no order. */
const BODY_LIMIT_BYTES = 64 * 1024;
/** When it stops: what is decided so soon gets its reply, what waits longer is told to ask another instance. */
const DRAIN_MS = 300;

/** Starts the Orders service: topics, view, fold, answers, REST. */
export const startOrdersService: StartService = (platform) =>
  startRestService(
    platform,
    {
      name: NAME,
      service: 'orders-service',
      title: 'Requite Orders',
      description: 'Orders, from their request until their goods are on their way.',
      port: platform.settings.ordersPort,
      bodyLimit: BODY_LIMIT_BYTES,
    },
    (opening) => open(platform, opening),
  );

/** Opens what needs the log, waiting until it answers: topics, view, fold, answers. */
async function open(platform: Platform, { logger, port, onWaiting, onStop }: Opening): Promise<Opened> {
  const { settings, backing, stopping, discovery, auth, telemetry } = platform;
  const { transport } = backing;
  const { ordersPort, standbyReplicas, billedOrders: billed } = settings;
  const others = orderTopicSpecs(1).map(({ partitions: _, ...spec }) => spec);
  const asked = settings.partitions;
  const partitions = await prepareTopics({
    transport,
    partitions: asked,
    logger,
    others,
    stopping,
    onWaiting,
  });
  const file = viewFile(settings.dataDir, NAME, ordersPort);
  const waits = new PartitionWaits(orderTopics.ordersByCustomer, partitions);
  const looks = new PartitionWaits(orderTopics.orders, partitions);
  const view = await openPartitionedView({
    name: NAME,
    transport,
    topics: ORDERS_VIEW_TOPICS,
    partitions,
    file,
    version: ORDERS_VIEW_VERSION,
    ddl: ORDERS_VIEW_DDL,
    apply: foldOrders,
    keysOf: (record) => [...waits.keysOf(record), ...looks.keysOf(record)],
    url: advertisedUrl(settings, port),
    standbyReplicas,
    discovery,
    auth,
    telemetry,
    logger,
  });
  // with a free port the next start takes another file: this one would lie there for ever
  if (ordersPort === 0) onStop(async () => removeViewFile(file));
  onStop(() => view.close());
  const tables = new OrderTables(view.db);
  const shared = { ...onPlatform(platform, logger), partitions };
  const fold = await serveFold(ordersFold(settings.eventBus), { ...shared, topics: others });
  onStop(() => fold.stop());
  const charges = new ChargesIndex({ transport, view, tables, waits, partitions, billed });
  const answers = await serveAnswers(
    { [CHARGES_CATEGORY]: (payload) => charges.answer(payload) },
    { ...shared, group: CHARGES_GROUP },
  );
  onStop(() => answers.stop());
  const choreography = await openChoreography(platform, { logger, onWaiting, onStop });
  const orders = new Orders({ transport, view, tables, partitions });
  const api = openApi(platform, logger, { transport, view, tables, partitions, orders, waits: looks });
  const served = { orders, charges, view, telemetry };
  return {
    addRoutes: (app) =>
      addApiRoutes(addChoreographyRoutes(addRoutes(app, served), choreography.dispatches), api),
    readiness: async () => readinessOf({ view, orders: fold, charges: answers, choreography }),
    drain: () =>
      pause(DRAIN_MS).then(async () => void (await Promise.all([view.close(), choreography.drain()]))),
  };
}
