// The Product service: the catalogue, changed by requests on the log and folded into each instance's view.
import { type ProductRequest, productsFold, productTopicSpecs, productTopics } from '../../core/mod.ts';
import { serveFold } from '../platform/host/folds.ts';
import { onPlatform } from '../platform/host/on-platform.ts';
import { prepareTopics } from '../platform/host/prepare.ts';
import { Seeding } from '../platform/host/seeding.ts';
import { type Opened, type Opening, startRestService } from '../platform/http/index.ts';
import { type Platform, readinessOf, type StartService } from '../platform/service.ts';
import { openView, removeViewFile, viewFile } from '../platform/view/index.ts';
import { Catalogue, requestRecord } from './catalogue.ts';
import {
  CATALOGUE_VIEW_DDL,
  CATALOGUE_VIEW_TOPICS,
  CATALOGUE_VIEW_VERSION,
  foldCatalogue,
  Products,
} from './catalogue-view.ts';
import { addRoutes } from './routes.ts';
import { sampleProducts } from './samples.ts';

const NAME = 'products';
/** The group of the instances that could put the sample products in place. */
const SAMPLES_GROUP = 'product-samples';
/** How long a start waits for the sample products, in milliseconds; it then goes on, not ready. */
const SEEDING_MS = 5_000;
/** A product fits many times; more is no product. */
const BODY_LIMIT_BYTES = 64 * 1024;

/** Starts the Product service: topics, view, fold, samples, REST. */
export const startProductService: StartService = (platform) =>
  startRestService(
    platform,
    {
      name: NAME,
      service: 'product-service',
      title: 'Requite Products',
      description: 'The catalogue: products, to be found, read and changed.',
      port: platform.settings.productsPort,
      bodyLimit: BODY_LIMIT_BYTES,
    },
    (opening) => open(platform, opening),
  );

/** Opens what needs the log, waiting until it answers: topics, view, fold, samples. */
async function open(platform: Platform, { logger, onWaiting, onStop }: Opening): Promise<Opened> {
  const { settings, backing, stopping, telemetry } = platform;
  const { transport } = backing;
  const { productsPort } = settings;
  const others = productTopicSpecs(1);
  const partitions = await prepareTopics({
    transport,
    partitions: settings.partitions,
    logger,
    others,
    stopping,
    onWaiting,
  });
  const file = viewFile(settings.dataDir, NAME, productsPort);
  const view = await openView({
    transport,
    file,
    version: CATALOGUE_VIEW_VERSION,
    ddl: CATALOGUE_VIEW_DDL,
    topics: CATALOGUE_VIEW_TOPICS,
    apply: foldCatalogue,
    logger,
  });
  // with a free port the next start takes another file: this one would lie there for ever
  if (productsPort === 0) onStop(async () => removeViewFile(file));
  onStop(() => view.close());
  const fold = await serveFold(productsFold, {
    ...onPlatform(platform, logger),
    partitions,
    topics: others,
  });
  onStop(() => fold.stop());
  const seeding = new Seeding({
    transport,
    topic: productTopics.productRequests,
    group: SAMPLES_GROUP,
    samples: settings.samples ? sampleRequests().map((each) => requestRecord(each, partitions, null)) : [],
    logger,
  });
  onStop(() => seeding.stop());
  const products = new Products(view.db);
  const catalogue = new Catalogue({ transport, view, products, seeding, partitions, telemetry });
  await seeding.settled(SEEDING_MS);
  const samples = { readiness: () => (seeding.isSettled ? 'running' : 'being put in place') };
  return {
    addRoutes: (app) => addRoutes(app, catalogue),
    readiness: async () => readinessOf({ view, products: fold, samples }),
  };
}

const sampleRequests = (): readonly ProductRequest[] =>
  sampleProducts.map(([sku, content]) => ({ requestId: `sample-${sku}`, sku, kind: 'create', content }));
