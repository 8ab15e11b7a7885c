import type { Registry } from 'prom-client';
import type { Auth } from '../auth/index.ts';
import type { Discovery } from '../discovery/index.ts';
import type { Logger } from '../log.ts';
import type { Telemetry } from '../telemetry/index.ts';
import type { CallPolicy, Calls } from './calls.ts';
import { CallMetrics } from './metrics.ts';
import { GuardedClient } from './service-client.ts';

export interface CallsOptions {
  readonly discovery: Discovery;
  readonly telemetry: Telemetry;
  readonly auth: Auth;
  /** Where services are reached that are not to be looked up. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly metrics: Registry;
  readonly logger: Logger;
  /** A monotonic clock, in milliseconds. Default: the process's own. */
  readonly nowMs?: () => number;
}

export function openCalls(options: CallsOptions): Calls {
  const { addresses, nowMs = () => performance.now(), ...shared } = options;
  const clients = new Map<string, GuardedClient>();
  const metrics = new CallMetrics(options.metrics, () =>
    [...clients].map(([service, { breaker, inFlight }]) => ({ service, breaker, inFlight })),
  );
  return {
    to: (service, policy) => {
      const address = addresses[service];
      const client =
        clients.get(service) ?? new GuardedClient(service, { ...shared, address, metrics, nowMs });
      clients.set(service, client);
      if (policy !== undefined) client.policy = asked(policy);
      return client;
    },
    close: async () => undefined,
  };
}

const asked = (policy: CallPolicy | (() => CallPolicy)): (() => CallPolicy) =>
  typeof policy === 'function' ? policy : () => policy;
