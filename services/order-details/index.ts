import { orderTopicSpecs } from '../../core/mod.ts';
import { runLoop } from '../platform/host/loop.ts';
import { prepareTopics } from '../platform/host/prepare.ts';
import { type Platform, type Service, serviceOf } from '../platform/service.ts';
import { Catalogue } from './catalogue-view.ts';
import { DetailsProcessor } from './details-processor.ts';

const NAME = 'order-details-service';

/** The order details check: quantities, prices, products, the customer. It begins once it knows the products. No REST. */
export async function startOrderDetailsService(platform: Platform): Promise<Service> {
  const { settings, backing, stopping, telemetry, metrics } = platform;
  const { transport } = backing;
  const logger = platform.logger.child({ service: NAME });
  const others = orderTopicSpecs(1);
  const asked = settings.partitions;
  const partitions = await prepareTopics({ transport, partitions: asked, logger, others, stopping });
  const catalogue = await Catalogue.open({ ...platform, logger });
  const processor = new DetailsProcessor(catalogue, { backing, partitions, logger, telemetry });
  const loop = runLoop(processor, { transport, logger, metrics });
  const known = { readiness: () => catalogue.readiness(), stop: () => catalogue.close() };
  return serviceOf(NAME, { catalogue: known, orders: loop });
}
