// The inventory: reserves what orders ask for, and answers the check INVENTORY_CHECK.
import {
  inventoryOrdersFold,
  inventoryProductsFold,
  type OutgoingRecord,
  orderTopicSpecs,
  orderTopics,
  partitionFor,
  type StockLevel,
} from '../../core/mod.ts';
import { serveFold } from '../platform/host/folds.ts';
import { prepareTopics } from '../platform/host/prepare.ts';
import { Seeding } from '../platform/host/seeding.ts';
import { type Platform, type Service, serviceOf } from '../platform/service.ts';
import { sampleStock } from './samples.ts';

const NAME = 'inventory-service';
/** The group of the instances that could put the sample stock in place. */
const SAMPLES_GROUP = 'inventory-samples';

/** The record of a stock level on `warehouse-inventory`. */
function stockRecord(level: StockLevel, partitions: number): OutgoingRecord {
  const { product } = level;
  const partition = partitionFor(product, partitions);
  return {
    topic: orderTopics.warehouseInventory,
    partition,
    key: product,
    value: JSON.stringify(level),
  };
}

/** Starts the inventory: topics, sample stock, then its two folds. No REST. */
export async function startInventoryService(platform: Platform): Promise<Service> {
  const { settings, backing, stopping } = platform;
  const logger = platform.logger.child({ service: NAME });
  const { transport } = backing;
  const others = orderTopicSpecs(1);
  const asked = settings.partitions;
  const partitions = await prepareTopics({ transport, partitions: asked, logger, others, stopping });
  const shared = {
    backing,
    logger,
    partitions,
    topics: others,
    acceptLostJobs: settings.acceptLostJobs,
    stopping,
  };
  await seed(platform, partitions, logger);
  const products = await serveFold(inventoryProductsFold, shared);
  const orders = await serveFold(inventoryOrdersFold, shared);
  return serviceOf(NAME, { products, orders });
}

/** Sees to the sample stock before the first order: one that came before it would find every shelf empty. */
async function seed(
  { settings, backing, stopping }: Platform,
  partitions: number,
  logger: Platform['logger'],
): Promise<void> {
  const seeding = new Seeding({
    transport: backing.transport,
    topic: orderTopics.warehouseInventory,
    group: SAMPLES_GROUP,
    samples: settings.samples ? sampleStock.map((level) => stockRecord(level, partitions)) : [],
    logger,
  });
  const stop = (): void => void seeding.stop();
  stopping?.addEventListener('abort', stop, { once: true });
  if (stopping?.aborted === true) stop();
  await seeding.settledOrStopped();
  stopping?.removeEventListener('abort', stop);
}
