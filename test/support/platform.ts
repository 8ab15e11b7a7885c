import { openPlatform } from '../../services/platform/platform.ts';
import type { Platform, Service, StartService } from '../../services/platform/service.ts';

/** Starts a service on a platform of its own, as a process would that runs it alone; its stop closes that too. */
export async function startOn(
  start: StartService,
  base: Pick<Platform, 'settings' | 'backing' | 'logger' | 'stopping'>,
): Promise<Service> {
  const platform = openPlatform(base);
  try {
    const service = await start(platform);
    return {
      ...service,
      stop: async () => {
        await service.stop();
        await platform.close();
      },
    };
  } catch (error) {
    await platform.close();
    throw error;
  }
}
