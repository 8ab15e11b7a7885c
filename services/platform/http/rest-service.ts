import type { Elysia } from 'elysia';
import { refuseExposure } from '../auth/index.ts';
import { announceService } from '../discovery/index.ts';
import type { Logger } from '../log.ts';
import { type Platform, type Readiness, type Service, withStores } from '../service.ts';
import { advertisedUrl } from './advertised.ts';
import { createHttp, type HttpOptions } from './app.ts';
import { listenEarly } from './listen.ts';
import { Registry } from './metrics.ts';

export interface RestServiceOptions extends Omit<HttpOptions, 'logger' | 'readiness' | 'telemetry' | 'auth'> {
  /** The service's name in the catalogue and in the log, where it is not that of its REST. */
  readonly service?: string;
  readonly port: number;
}

/** How long a service that is open waits to know its central configuration, in milliseconds. */
const CONFIGURATION_MS = 2_000;

/** What a service has while it opens. */
export interface Opening {
  readonly logger: Logger;
  /** The port that it listens on. */
  readonly port: number;
  /** To be told what it waits for: whoever asks for its readiness hears it. */
  readonly onWaiting: (reason: string) => void;
  /** What is to be undone at the end, the last first. */
  readonly onStop: (undo: () => Promise<void>) => void;
}

/** A service that can do its work. */
export interface Opened {
  readonly addRoutes: (app: Elysia) => Elysia;
  readonly readiness: () => Promise<Readiness>;
  /** Called when it is to stop, while requests in flight may still finish: ends those that would wait on. */
  readonly drain?: () => Promise<void> | void;
}

/**
 * Starts a service with REST: it listens at once and says what it waits for, opens what it needs, and only then serves.
 * Where it can't open, nothing stays behind the error. Throws `SettingsError` where that would let strangers in.
 */
export async function startRestService(
  platform: Platform,
  options: RestServiceOptions,
  open: (opening: Opening) => Promise<Opened>,
): Promise<Service> {
  refuseExposure(platform.settings);
  const { service = options.name, port, ...rest } = options;
  const logger = platform.logger.child({ service });
  const undos: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (let undo = undos.pop(); undo !== undefined; undo = undos.pop()) await undo();
  };
  let waiting = 'waiting for the log';
  let readiness = async (): Promise<Readiness> => ({ ready: false, checks: { log: waiting } });
  const { telemetry, auth } = platform;
  const { requests: limits } = platform.settings;
  const registry = rest.registry ?? new Registry();
  const http = { ...rest, registry, logger, telemetry, auth, limits, readiness: () => readiness() };
  const listening = listenEarly(http, platform.settings.host, port);
  undos.push(() => listening.stop());
  logger.info({ url: listening.url }, 'listening');
  const url = advertisedUrl(platform.settings, listening.port);
  const announced = announceService(platform.discovery, {
    name: service,
    url,
    readiness: () => readiness(),
  });
  undos.push(() => announced.close());
  try {
    const opened = await open({
      logger,
      port: listening.port,
      onWaiting: (reason) => {
        waiting = `waiting for the log: ${reason}`;
      },
      onStop: (undo) => undos.push(undo),
    });
    // what was set centrally counts from the first request on, where the log says it in time
    await platform.configuration.settled(CONFIGURATION_MS);
    readiness = () => withStores(opened.readiness(), platform.backing);
    listening.serve(opened.addRoutes(createHttp(http)));
    // first at the end, as it was first at the start
    undos.push(async () => {
      // who asks from now on asks another instance
      await announced.close();
      await Promise.all([listening.stop(), opened.drain?.()]);
    });
    return { name: service, url: listening.url, metrics: registry, readiness: () => readiness(), stop };
  } catch (error) {
    // it can't go on, or was told to stop while it waited
    await stop();
    throw error;
  }
}
