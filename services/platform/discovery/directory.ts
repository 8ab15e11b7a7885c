import type { Json } from '../../../core/mod.ts';
import type { Beat } from './beat.ts';
import type { Instance } from './discovery.ts';

/** All instances that these processes say they run, by service and instance-id; of two starts of one the later counts. */
export function instancesOf(beats: readonly Beat[]): ReadonlyMap<string, readonly Instance[]> {
  const latest = new Map<string, Instance>();
  for (const beat of beats) {
    for (const said of beat.instances) {
      const { operationsUrl, version, pid = null } = beat;
      const key = `${said.service}/${said.instanceId}`;
      const known = latest.get(key);
      if (known !== undefined && known.startedAt > said.startedAt) continue;
      latest.set(key, { ...said, data: said.data as Record<string, Json>, operationsUrl, version, pid });
    }
  }
  const services = new Map<string, Instance[]>();
  for (const key of [...latest.keys()].sort()) {
    const instance = latest.get(key);
    if (instance === undefined) continue;
    const of = services.get(instance.service);
    if (of === undefined) services.set(instance.service, [instance]);
    else of.push(instance);
  }
  return services;
}
