// The coordinator: takes bill runs in, publishes their workflows, and tells how they stand.
import { Registry } from 'prom-client';
import { type Transport, topicSpecs, topics } from '../../core/mod.ts';
import { createHttp, listen, requirePort } from '../platform/http/index.ts';
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

/** Starts the coordinator: topics, view, publisher, REST. */
export const startCoordinator: StartService = async (platform: Platform): Promise<Service> => {
  const { settings, backing } = platform;
  const logger = platform.logger.child({ service: NAME });
  const { transport } = backing;
  const { partitions, dataDir, coordinatorPort: port } = settings;
  await requirePort(NAME, settings.host, port);
  await transport.createTopics(topicSpecs(partitions));
  const view = await CoordinatorView.open({ transport, dataDir, port, partitions, logger });
  const registry = new Registry();
  const metrics = new CoordinatorMetrics(registry);
  const waits = new Waits();
  metrics.observe(
    registry,
    () => waits.waiting(),
    () => view.jobs.skipped(),
  );
  const onPublished = (workflows: number): void => metrics.published.inc(workflows);
  const publisher = new Publisher({ transport, view, partitions, logger, onPublished });
  const readiness = (): Promise<Readiness> => readinessOf(transport, view, publisher);
  try {
    const context: RouteContext = { transport, view, partitions, waits, metrics, logger };
    const listening = listen(routes(context, registry, readiness), settings.host, port);
    logger.info({ url: listening.url }, 'listening');
    const stop = async (): Promise<void> => {
      waits.stop();
      await listening.stop();
      await publisher.stop();
      await view.close();
    };
    return { name: NAME, url: listening.url, readiness, stop };
  } catch (error) {
    // most likely the port is taken: leave nothing running behind the error
    await publisher.stop();
    await view.close();
    throw error;
  }
};

function routes(
  context: RouteContext,
  registry: Registry,
  readiness: () => Promise<Readiness>,
): ReturnType<typeof createHttp> {
  const description =
    'Bill runs: ask for one, follow it, read its bills. A run is accepted only when it is durable.';
  const app = createHttp({
    name: NAME,
    title: 'Requite coordinator',
    description,
    logger: context.logger,
    readiness,
    registry,
  });
  app.get('/', ({ request }) => landingPage(new URL(request.url).origin), { detail: { hide: true } });
  addRunRoutes(app, context);
  addJobRoutes(app, context);
  addBillRoutes(app, context);
  return app;
}

async function readinessOf(
  transport: Transport,
  view: CoordinatorView,
  publisher: Publisher,
): Promise<Readiness> {
  const log = await logReached(transport);
  const folded = view.readiness();
  const group = publisher.status();
  const ready = log === 'reached' && folded === 'running' && group === 'joined';
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
