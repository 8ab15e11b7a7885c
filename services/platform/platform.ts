import { Registry } from 'prom-client';
import { openAuth } from './auth/index.ts';
import { openCalls } from './calls/index.ts';
import { openConfiguration } from './configuration/index.ts';
import { openDiscovery } from './discovery/index.ts';
import { type Platform, storesOf, tellOfStores } from './service.ts';
import { observeStores } from './store/metrics.ts';
import { openTelemetry } from './telemetry/index.ts';

export interface RunningPlatform extends Platform {
  /** After all services have stopped, and before the backing is closed. */
  close(): Promise<void>;
}

/**
 * What all services of a process share beside their log: who else runs, settings that change, calls, traces, tokens,
 * metrics. It waits for nothing: what needs the log begins when it is asked for, and goes on by itself. `version` is the
 * package's, for the others to see.
 */
export function openPlatform(
  base: Pick<Platform, 'settings' | 'backing' | 'logger' | 'stopping'>,
  version = 'unknown',
): RunningPlatform {
  const { settings, backing, logger } = base;
  const { transport } = backing;
  const metrics = new Registry();
  observeStores(metrics, () => storesOf(backing));
  tellOfStores(logger, storesOf(backing));
  const telemetry = openTelemetry({ settings: settings.telemetry, logger, metrics });
  const auth = openAuth({
    oidc: settings.oidc,
    logger,
    trustedProxies: settings.requests.trustedProxies,
  });
  const discovery = openDiscovery({ transport, logger, metrics, version });
  const configuration = openConfiguration({ transport, pinned: settings.pinned, discovery, version, logger });
  const { addresses } = settings;
  const calls = openCalls({ discovery, telemetry, auth, addresses, metrics, logger });
  return {
    ...base,
    metrics,
    telemetry,
    auth,
    discovery,
    configuration,
    calls,
    close: async () => {
      await calls.close();
      await configuration.close();
      await discovery.close();
      await telemetry.close();
    },
  };
}
