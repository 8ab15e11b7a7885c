import { Gauge, type Registry } from 'prom-client';
import type { Instance } from './discovery.ts';

/** Keeps a gauge of the live instances of each service, counted when it is read. */
export function countInstances(
  registry: Registry,
  live: () => ReadonlyMap<string, readonly Instance[]>,
): void {
  const gauge: Gauge<'service'> = new Gauge({
    name: 'discovery_instances',
    help: 'Live instances of each service, as this process knows them.',
    labelNames: ['service'],
    registers: [registry],
    collect: () => {
      gauge.reset();
      for (const [service, instances] of live()) gauge.set({ service }, instances.length);
    },
  });
}
