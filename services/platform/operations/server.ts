// The process's own server: how it stands, its metrics, and what it has logged and traced lately.
import { Registry } from 'prom-client';
import { createHttp } from '../http/app.ts';
import { Door } from '../http/door.ts';
import { advertisedUrl } from '../http/index.ts';
import { listen } from '../http/listen.ts';
import type { Platform, Readiness, Service } from '../service.ts';
import type { CentralLogs } from '../telemetry/index.ts';
import { mergedMetrics } from './merge-metrics.ts';
import { addOperationsRoutes } from './routes.ts';

export interface OperationsOptions {
  readonly platform: Platform;
  readonly logs: { readonly window: Pick<CentralLogs['window'], 'find'> };
  /** The services of the process, by name; null while one starts. */
  readonly services: () => ReadonlyMap<string, Service | null>;
}

export interface Operations {
  readonly url: string;
  stop(): Promise<void>;
}

const NAME = 'operations';

/** Listens on OPERATIONS_PORT, before the services do, and says where in their announcements. Throws `ListenError`. */
export function startOperations({ platform, logs, services }: OperationsOptions): Operations {
  const { settings, metrics, discovery, auth } = platform;
  const logger = platform.logger.child({ service: NAME });
  const registry = new Registry();
  const app = createHttp({
    name: NAME,
    title: 'Requite operations',
    description: 'One process: how its services stand, their metrics, and its recent logs and spans.',
    logger,
    auth,
    registry,
    limits: settings.requests,
    readiness: () => readinessOfAll(services()),
    metricsText: () => mergedMetrics([metrics, registry], registriesOf(services())),
  });
  const context = { platform, lines: logs.window, url: '' };
  const door = new Door({ limits: settings.requests, logger, registry });
  const served = addOperationsRoutes(app, context);
  const listening = listen(served, settings.host, settings.operationsPort, door);
  context.url = advertisedUrl(settings, listening.port);
  discovery.operationsAt(context.url);
  logger.info({ url: listening.url }, 'listening');
  return { url: listening.url, stop: () => listening.stop() };
}

function registriesOf(services: ReadonlyMap<string, Service | null>): ReadonlyMap<string, Registry> {
  return new Map(
    [...services].flatMap(([name, service]): [string, Registry][] =>
      service?.metrics === undefined ? [] : [[name, service.metrics]],
    ),
  );
}

/** Ready when every service is; what a service waits for has its name. */
async function readinessOfAll(services: ReadonlyMap<string, Service | null>): Promise<Readiness> {
  const standings = await Promise.all([...services].map(standingOf));
  const checks = Object.fromEntries(standings.map(({ name, said }) => [name, said]));
  return { ready: standings.every(({ ready }) => ready), checks };
}

async function standingOf([name, service]: [string, Service | null]): Promise<{
  readonly name: string;
  readonly ready: boolean;
  readonly said: string;
}> {
  if (service === null) return { name, ready: false, said: 'starting' };
  try {
    const { ready, checks } = await service.readiness();
    if (ready) return { name, ready, said: 'running' };
    const waiting = Object.entries(checks).map(([check, said]) => `${check}: ${said}`);
    return { name, ready, said: waiting.join('; ') };
  } catch (error) {
    // not knowing whether it is ready is not being ready
    return { name, ready: false, said: error instanceof Error ? error.message : String(error) };
  }
}
