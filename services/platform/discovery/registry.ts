import type { Transport } from '../../../core/mod.ts';
import type { Logger } from '../log.ts';
import type { Announced, Announcement, Discovery, Instance } from './discovery.ts';

export interface DiscoveryOptions {
  readonly transport: Transport;
  readonly logger: Logger;
}

/** Opens the registry. Nothing is read or said before somebody announces or asks. */
export function openDiscovery(_options: DiscoveryOptions): Discovery {
  const mine = new Map<string, Announcement>();
  const all = (): readonly Instance[] => [];
  return {
    operationsAt: () => undefined,
    announce: (announcement): Announced => {
      mine.set(announcement.instanceId, announcement);
      return { beatNow: () => undefined, close: async () => undefined };
    },
    instances: (service) => all().filter((each) => each.service === service),
    all,
    onChange: () => () => undefined,
    settled: async () => true,
    readiness: () => 'running',
    close: async () => undefined,
  };
}
