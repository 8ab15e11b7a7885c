// The inventory: reserves what orders ask for, answers the check INVENTORY_CHECK, and says what there is.
import { inventoryOrdersFold, inventoryProductsFold, orderTopicSpecs, orderTopics } from '../../core/mod.ts';
import { serveFold } from '../platform/host/folds.ts';
import { onPlatform } from '../platform/host/on-platform.ts';
import { prepareTopics } from '../platform/host/prepare.ts';
import { Seeding } from '../platform/host/seeding.ts';
import { type Opened, type Opening, startRestService } from '../platform/http/index.ts';
import { type Platform, readinessOf, type StartService } from '../platform/service.ts';
import { openView, removeViewFile, viewFile } from '../platform/view/index.ts';
import { addRoutes } from './routes.ts';
import { sampleStock } from './samples.ts';
import { stockRecord, Warehouse } from './stock.ts';
import {
  foldStock,
  STOCK_VIEW_DDL,
  STOCK_VIEW_TOPICS,
  STOCK_VIEW_VERSION,
  StockTable,
} from './stock-view.ts';

const NAME = 'inventory';
/** The group of the instances that could put the sample stock in place. */
const SAMPLES_GROUP = 'inventory-samples';
const BODY_LIMIT_BYTES = 16 * 1024;

/** Starts the Inventory service: topics, view, sample stock, its two folds, REST. */
export const startInventoryService: StartService = (platform) =>
  startRestService(
    platform,
    {
      name: NAME,
      service: 'inventory-service',
      title: 'Requite Inventory',
      description: 'What the warehouse has, and how much of it is free.',
      port: platform.settings.inventoryPort,
      bodyLimit: BODY_LIMIT_BYTES,
    },
    (opening) => open(platform, opening),
  );

/** Opens what needs the log, waiting until it answers: topics, view, sample stock, then the folds. */
async function open(platform: Platform, { logger, onWaiting, onStop }: Opening): Promise<Opened> {
  const { settings, backing, stopping, telemetry } = platform;
  const { transport } = backing;
  const { inventoryPort } = settings;
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
  const file = viewFile(settings.dataDir, NAME, inventoryPort);
  const view = await openView({
    transport,
    file,
    version: STOCK_VIEW_VERSION,
    ddl: STOCK_VIEW_DDL,
    topics: STOCK_VIEW_TOPICS,
    apply: foldStock,
    logger,
  });
  // with a free port the next start takes another file: this one would lie there for ever
  if (inventoryPort === 0) onStop(async () => removeViewFile(file));
  onStop(() => view.close());
  const seeding = new Seeding({
    transport,
    topic: orderTopics.warehouseInventory,
    group: SAMPLES_GROUP,
    samples: settings.samples ? sampleStock.map((level) => stockRecord(level, partitions)) : [],
    logger,
  });
  onStop(() => seeding.stop());
  await settledOrStopped(seeding, stopping);
  const shared = { ...onPlatform(platform, logger), partitions, topics: others };
  const products = await serveFold(inventoryProductsFold, shared);
  onStop(() => products.stop());
  const orders = await serveFold(inventoryOrdersFold, shared);
  onStop(() => orders.stop());
  const table = new StockTable(view.db);
  const warehouse = new Warehouse({ transport, view, table, seeding, partitions, telemetry });
  return {
    addRoutes: (app) => addRoutes(app, warehouse),
    readiness: async () => readinessOf({ view, products, orders }),
  };
}

/** Sees to the sample stock before the first order: one that came before it would find every shelf empty. */
async function settledOrStopped(seeding: Seeding, stopping: AbortSignal | undefined): Promise<void> {
  const stop = (): void => void seeding.stop();
  stopping?.addEventListener('abort', stop, { once: true });
  if (stopping?.aborted === true) stop();
  await seeding.settledOrStopped();
  stopping?.removeEventListener('abort', stop);
}
