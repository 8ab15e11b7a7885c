// The Orders service: takes orders, is the single writer of `orders`, and serves them wherever they live.
import { CHARGES_CATEGORY, ordersFold, orderTopicSpecs } from '../../core/mod.ts';
import { serveAnswers } from '../platform/host/answers.ts';
import { serveFold } from '../platform/host/folds.ts';
import { prepareTopics } from '../platform/host/prepare.ts';
import { advertisedUrl, createHttp, listenEarly } from '../platform/http/index.ts';
import type { Logger } from '../platform/log.ts';
import { pause } from '../platform/pause.ts';
import type { Platform, Readiness, Service } from '../platform/service.ts';
import { openPartitionedView, removeViewFile, viewFile } from '../platform/view/index.ts';
import { ChargesIndex, PartitionWaits } from './charges.ts';
import { Orders } from './orders.ts';
import {
  foldOrders,
  ORDERS_VIEW_DDL,
  ORDERS_VIEW_TOPICS,
  ORDERS_VIEW_VERSION,
  OrderTables,
} from './orders-view.ts';
import { addRoutes, type Served } from './routes.ts';

const NAME = 'orders';
/** The group whose members share the questions about charges. */
const CHARGES_GROUP = 'orders-charges';
/** An order fits many times; more is no order. */
const BODY_LIMIT_BYTES = 64 * 1024;
/** When it stops: what is decided so soon gets its reply, what waits longer is told to ask another instance. */
const DRAIN_MS = 300;

/** Starts the Orders service: topics, view, fold, answers, REST. */
export async function startOrdersService(platform: Platform): Promise<Service> {
  const cleanup: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (let undo = cleanup.pop(); undo !== undefined; undo = cleanup.pop()) await undo();
  };
  try {
    return { name: 'orders-service', ...(await start(platform, cleanup)), stop };
  } catch (error) {
    // most likely the port is taken: leave nothing running behind the error
    await stop();
    throw error;
  }
}

/** What is to be undone at the end, last first, goes to `cleanup`. */
async function start(
  platform: Platform,
  cleanup: (() => Promise<void>)[],
): Promise<Pick<Service, 'url' | 'readiness'>> {
  const logger = platform.logger.child({ service: 'orders-service' });
  const { host, ordersPort, ordersUrl } = platform.settings;
  let waiting = 'waiting for the log';
  let standing = async (): Promise<Readiness> => ({ ready: false, checks: { log: waiting } });
  const onWaiting = (reason: string): void => {
    waiting = `waiting for the log: ${reason}`;
  };
  const http = {
    name: NAME,
    title: 'Requite Orders',
    description: 'Orders, from their request to the end of their validation.',
    logger,
    readiness: () => standing(),
    bodyLimit: BODY_LIMIT_BYTES,
  };
  const listening = listenEarly(http, host, ordersPort);
  cleanup.push(() => listening.stop());
  logger.info({ url: listening.url }, 'listening');
  const url = ordersUrl ?? advertisedUrl(host, listening.port);
  const { served, readiness } = await open(platform, url, logger, cleanup, onWaiting);
  standing = readiness;
  listening.serve(addRoutes(createHttp(http), served));
  cleanup.push(async () => {
    await Promise.all([listening.stop(), pause(DRAIN_MS).then(() => served.view.close())]);
  });
  return { url: listening.url, readiness };
}

/** Opens what needs the log, waiting until it answers: topics, view, fold, answers. */
async function open(
  { settings, backing, stopping }: Platform,
  url: string,
  logger: Logger,
  cleanup: (() => Promise<void>)[],
  onWaiting: (reason: string) => void,
): Promise<{ served: Served; readiness: () => Promise<Readiness> }> {
  const { transport } = backing;
  const { ordersPort, standbyReplicas, acceptLostJobs } = settings;
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
  const waits = new PartitionWaits(partitions);
  const view = await openPartitionedView({
    name: NAME,
    transport,
    topics: ORDERS_VIEW_TOPICS,
    partitions,
    file,
    version: ORDERS_VIEW_VERSION,
    ddl: ORDERS_VIEW_DDL,
    apply: foldOrders,
    keysOf: (record) => waits.keysOf(record),
    url,
    standbyReplicas,
    logger,
  });
  // with a free port the next start takes another file: this one would lie there for ever
  if (ordersPort === 0) cleanup.push(async () => removeViewFile(file));
  cleanup.push(() => view.close());
  const tables = new OrderTables(view.db);
  const shared = { backing, logger, partitions, stopping };
  const fold = await serveFold(ordersFold, { ...shared, topics: others, acceptLostJobs });
  cleanup.push(() => fold.stop());
  const charges = new ChargesIndex({ transport, view, tables, waits, partitions });
  const answers = await serveAnswers(
    { [CHARGES_CATEGORY]: (payload) => charges.answer(payload) },
    { ...shared, group: CHARGES_GROUP },
  );
  cleanup.push(() => answers.stop());
  const readiness = async (): Promise<Readiness> => {
    const checks = { view: view.readiness(), orders: fold.readiness(), charges: answers.readiness() };
    return { ready: Object.values(checks).every((each) => each === 'running'), checks };
  };
  return {
    served: { orders: new Orders({ transport, view, tables, partitions }), charges, view },
    readiness,
  };
}
