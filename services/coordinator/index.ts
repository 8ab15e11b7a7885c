// The coordinator: takes bill runs in, publishes their workflows, and tells how they stand.
import { Registry } from 'prom-client';
import { type Transport, topics } from '../../core/mod.ts';
import { type Loop, runLoop } from '../platform/host/loop.ts';
import { prepareTopics } from '../platform/host/prepare.ts';
import { createHttp, type HttpOptions, listenEarly } from '../platform/http/index.ts';
import type { Logger } from '../platform/log.ts';
import type { Platform, Readiness, Service, StartService } from '../platform/service.ts';
import { landingPage } from './landing.ts';
import { CoordinatorMetrics } from './metrics.ts';
import { Publisher } from './publisher.ts';
import { addBillRoutes } from './routes/bills.ts';
import type { RouteContext } from './routes/context.ts';
import { addJobRoutes } from './routes/jobs.ts';
import { addRunRoutes } from './routes/runs.ts';
import { Waits } from './routes/waits.ts';
import { CoordinatorView } from './view/index.ts';

const NAME = 'coordinator';
/** How long a question about readiness waits for the log, in milliseconds. */
const READY_WITHIN_MS = 1_000;

/** Starts the coordinator: REST at once, then topics, view and publisher as soon as the log is there. */
export const startCoordinator: StartService = async (platform: Platform): Promise<Service> => {
  const logger = platform.logger.child({ service: NAME });
  const registry = new Registry();
  let waiting = 'waiting for the log';
  let standing = async (): Promise<Readiness> => ({ ready: false, checks: { log: waiting } });
  const onWaiting = (reason: string): void => {
    waiting = `waiting for the log: ${reason}`;
  };
  const http: HttpOptions = {
    name: NAME,
    title: 'Requite coordinator',
    description:
      'Bill runs: ask for one, follow it, read its bills. A run is accepted only when it is durable.',
    logger,
    readiness: () => standing(),
    registry,
  };
  const { host, coordinatorPort } = platform.settings;
  const listening = listenEarly(http, host, coordinatorPort);
  logger.info({ url: listening.url }, 'listening');
  try {
    const parts = await open(platform, logger, registry, onWaiting);
    standing = () => readinessOf(platform.backing.transport, parts);
    listening.serve(routes(createHttp(http), parts.context));
    const stop = async (): Promise<void> => {
      parts.context.waits.stop();
      await listening.stop();
      await parts.publishing.stop();
      await parts.context.view.close();
    };
    return { name: NAME, url: listening.url, readiness: standing, stop };
  } catch (error) {
    // it can't go on (or was told to stop while it waited): leave nothing running behind the error
    await listening.stop();
    throw error;
  }
};

interface Parts {
  readonly context: RouteContext;
  readonly publishing: Loop;
}

/** Opens what needs the log, waiting until it answers. */
async function open(
  { settings, backing, stopping }: Platform,
  logger: Logger,
  registry: Registry,
  onWaiting: (reason: string) => void,
): Promise<Parts> {
  const { transport } = backing;
  const { dataDir, coordinatorPort: port } = settings;
  const asked = settings.partitions;
  const partitions = await prepareTopics({ transport, partitions: asked, logger, stopping, onWaiting });
  const view = await CoordinatorView.open({ transport, dataDir, port, partitions, logger });
  const metrics = new CoordinatorMetrics(registry);
  const waits = new Waits();
  metrics.observe(
    registry,
    () => waits.waiting(),
    () => view.jobs.skipped(),
  );
  const onPublished = (workflows: number): void => metrics.published.inc(workflows);
  const publisher = new Publisher({ transport, view, partitions, onPublished });
  const publishing = runLoop(publisher, { transport, logger });
  return { context: { transport, view, partitions, waits, metrics, logger }, publishing };
}

function routes(app: ReturnType<typeof createHttp>, context: RouteContext): ReturnType<typeof createHttp> {
  app.get('/', ({ request }) => landingPage(new URL(request.url).origin), { detail: { hide: true } });
  addRunRoutes(app, context);
  addJobRoutes(app, context);
  addBillRoutes(app, context);
  return app;
}

async function readinessOf(transport: Transport, { context, publishing }: Parts): Promise<Readiness> {
  const log = await logReached(transport);
  const folded = context.view.readiness();
  const group = publishing.readiness();
  const ready = log === 'reached' && folded === 'running' && group === 'running';
  return { ready, checks: { log, view: folded, group } };
}

async function logReached(transport: Transport): Promise<string> {
  try {
    const late = Bun.sleep(READY_WITHIN_MS).then(() => 'does not answer');
    return await Promise.race([transport.endOffsets(topics.billingRuns).then(() => 'reached'), late]);
  } catch (error) {
    // the reason is what somebody who asks for readiness wants to know
    return error instanceof Error ? error.message : 'not reached';
  }
}
