// The Configuration service: settings of all services, and who changed them, by REST.

import { Book, type Desk, livePins, Mender } from '../platform/configuration/index.ts';
import { prepareTopics } from '../platform/host/prepare.ts';
import { type Opened, type Opening, startRestService } from '../platform/http/index.ts';
import { type Platform, readinessOf, type StartService } from '../platform/service.ts';
import { addRoutes } from './routes.ts';

const NAME = 'configuration-service';
/** A setting's value and a reason fit many times. */
const BODY_LIMIT_BYTES = 64 * 1024;
/** How long a change waits to know what live instances pin, in milliseconds. */
const PINS_MS = 3_000;

/** Starts the Configuration service. */
export const startConfigurationService: StartService = (platform) =>
  startRestService(
    platform,
    {
      name: 'configuration',
      service: NAME,
      title: 'Requite Configuration',
      description: 'Settings of all services, changed while they run, and who changed them.',
      port: platform.settings.configurationPort,
      bodyLimit: BODY_LIMIT_BYTES,
    },
    (opening) => open(platform, opening),
  );

async function open(
  { settings, backing, stopping, discovery, telemetry }: Platform,
  { logger, onWaiting, onStop }: Opening,
): Promise<Opened> {
  const { transport } = backing;
  await prepareTopics({ transport, partitions: settings.partitions, logger, stopping, onWaiting });
  const book = new Book(transport, logger);
  onStop(() => book.close());
  const desk: Desk = {
    transport,
    book,
    pins: async (service) => {
      await discovery.settled(PINS_MS);
      return livePins(discovery, service);
    },
  };
  const mender = new Mender(desk, logger);
  onStop(() => mender.stop());
  return {
    addRoutes: (app) => addRoutes(app, desk, telemetry),
    readiness: async () => readinessOf({ book }),
  };
}
