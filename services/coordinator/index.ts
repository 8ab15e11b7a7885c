// The coordinator: takes bill runs in, publishes their workflows, and tells how they stand.
import type { Elysia } from 'elysia';
import { Registry } from 'prom-client';
import { type Transport, topics } from '../../core/mod.ts';
import { asyncApiDocument } from '../platform/asyncapi/document.ts';
import { Replayer } from '../platform/dead-letters/letters.ts';
import { runLoop } from '../platform/host/loop.ts';
import { prepareTopics } from '../platform/host/prepare.ts';
import { type Opened, type Opening, startRestService } from '../platform/http/index.ts';
import { askAll } from '../platform/operations/index.ts';
import { type Platform, readinessOf, type StartService } from '../platform/service.ts';
import { startCommand } from '../platform/start-command.ts';
import { AuditLedger } from './audit-ledger.ts';
import { addDashboard, problemPage } from './dashboard/index.ts';
import { PdfWorkers } from './documents/pdf-workers.ts';
import { RunEvents } from './events/index.ts';
import { CoordinatorMetrics } from './metrics.ts';
import { PUBLISHER_GROUP, Publisher } from './publisher.ts';
import { addAuditRoute } from './routes/audit.ts';
import { addBillListRoute } from './routes/bill-list.ts';
import { addBillRoutes } from './routes/bills.ts';
import type { RouteContext } from './routes/context.ts';
import { addDeadLetterRoutes } from './routes/dead-letters.ts';
import { addEventRoutes } from './routes/events.ts';
import { addJobRoutes } from './routes/jobs.ts';
import { addMessagesRoute } from './routes/messages.ts';
import { addPostRoutes } from './routes/post-runs.ts';
import { addPreviewRoutes } from './routes/previews.ts';
import { addRunCommandRoutes } from './routes/run-commands.ts';
import { addRunRoutes } from './routes/runs.ts';
import { addTopicRoutes } from './routes/topics.ts';
import { addTraceRoute } from './routes/trace.ts';
import { Waits } from './routes/waits.ts';
import { RunDriver } from './run-driver.ts';
import { openSystem } from './system/index.ts';
import { CoordinatorView } from './view/index.ts';

const NAME = 'coordinator';
/** The longest run with identifiers as long as a UUID fits. */
const BODY_LIMIT_BYTES: number = 48 * 1024 * 1024;
/** How long a question about readiness waits for the log, in milliseconds. */
const READY_WITHIN_MS = 1_000;

/** Starts the coordinator: REST at once, then topics, view and publisher as soon as the log is there. */
export const startCoordinator: StartService = (platform) => {
  const registry = new Registry();
  const description =
    'Bill runs: ask for one, follow it, read its bills. A run is accepted only when it is durable.';
  return startRestService(
    platform,
    {
      name: NAME,
      title: 'Requite coordinator',
      description,
      port: platform.settings.coordinatorPort,
      registry,
      bodyLimit: BODY_LIMIT_BYTES,
      problemPage,
      hasPages: true,
    },
    (opening) => open(platform, opening, registry),
  );
};

/** Opens what needs the log, waiting until it answers. */
async function open(
  { settings, backing, stopping, metrics: shared, telemetry, discovery, auth, calls }: Platform,
  { logger, onWaiting, onStop }: Opening,
  registry: Registry,
): Promise<Opened> {
  const { transport } = backing;
  const { dataDir, coordinatorPort: port } = settings;
  const asked = settings.partitions;
  const partitions = await prepareTopics({ transport, partitions: asked, logger, stopping, onWaiting });
  const view = await CoordinatorView.open({ transport, dataDir, port, partitions, logger });
  onStop(() => view.close());
  const ledger = new AuditLedger({ transport, dataDir, port, partitions, logger });
  onStop(() => ledger.close());
  const metrics = new CoordinatorMetrics(registry);
  const waits = new Waits();
  const events = new RunEvents({ view, transport, onCut: () => metrics.cutStreams.inc() });
  metrics.observe(
    registry,
    () => waits.waiting(),
    () => view.jobs.skipped(),
    () => events.open,
  );
  const onPublished = (workflows: number): void => metrics.published.inc(workflows);
  const window = settings.runWindow;
  const group = PUBLISHER_GROUP;
  const driving = { transport, view, partitions, group, window, onPublished, telemetry, logger };
  const driver = new RunDriver(driving);
  onStop(() => driver.stop());
  const publisher = new Publisher({ view, driver, partitions });
  const publishing = runLoop(publisher, { transport, logger, metrics: shared });
  onStop(() => publishing.stop());
  const recentSpans: RouteContext['recentSpans'] = async (traceId) => {
    const own = { url: '', items: telemetry.recent(traceId) };
    return await askAll({ discovery, auth, path: `/spans?trace=${traceId}&limit=10000`, own });
  };
  const topicsDocument = asyncApiDocument({ partitions, eventBus: settings.eventBus });
  const system = openSystem({ settings, auth, discovery, view });
  onStop(() => system.close());
  const runtime = { execPath: process.execPath, main: Bun.main, version: Bun.version };
  const starting = startCommand(settings, runtime);
  const context: RouteContext = {
    calls,
    transport,
    view,
    ledger,
    replayer: new Replayer(transport, Date.now),
    partitions,
    waits,
    events,
    metrics,
    logger,
    telemetry,
    recentSpans,
  };
  return {
    addRoutes: (app) => {
      addDashboard(app, { discovery, calls, system, starting, login: auth.login, now: Date.now });
      addTopicRoutes(app, topicsDocument);
      return routes(app, context);
    },
    readiness: async () => {
      const log = await logReached(transport);
      const { ready, checks } = readinessOf({ view, group: publishing, publishing: driver });
      return { ready: ready && log === 'reached', checks: { log, ...checks } };
    },
    drain: () => {
      waits.stop();
      events.stop();
    },
  };
}

function routes(app: Elysia, context: RouteContext): Elysia {
  addPostRoutes(app, context);
  addRunRoutes(app, context);
  addEventRoutes(app, context);
  addRunCommandRoutes(app, context);
  addAuditRoute(app, context);
  addJobRoutes(app, context);
  addTraceRoute(app, context);
  addMessagesRoute(app, context);
  addBillListRoute(app, context);
  const pdfs = new PdfWorkers();
  addBillRoutes(app, context, pdfs);
  addPreviewRoutes(app, context, pdfs);
  addDeadLetterRoutes(app, context);
  return app;
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
