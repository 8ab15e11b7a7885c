import type { Readiness, Service } from '../service.ts';
import type { Announced, Discovery } from './discovery.ts';

/** A service as it is announced: under `url`, which others reach, or null for one without REST. */
export type Announceable = Pick<Service, 'name' | 'url' | 'readiness'>;

/** Announces a service under an instance-id of its own; its health follows its readiness, which nobody waits for. */
export function announceService(discovery: Discovery, { name, url, readiness }: Announceable): Announced {
  let health = 'starting';
  let isAsking = false;
  const ask = async (): Promise<void> => {
    if (isAsking) return;
    isAsking = true;
    const said = await readiness().then(healthOf, unknownHealth);
    isAsking = false;
    if (said === health) return;
    health = said;
    announced.beatNow();
  };
  const announced = discovery.announce({
    service: name,
    instanceId: crypto.randomUUID(),
    url,
    health: () => {
      void ask();
      return health;
    },
  });
  void ask();
  return announced;
}

function healthOf({ ready, checks }: Readiness): string {
  if (ready) return 'ready';
  const waiting = Object.entries(checks).flatMap(([check, said]) =>
    said === 'running' ? [] : [`${check}: ${said}`],
  );
  return waiting.join('; ') || 'not ready';
}

/** Not knowing whether it is ready is not being ready. */
function unknownHealth(error: unknown): string {
  return `readiness unknown: ${error instanceof Error ? error.message : String(error)}`;
}
