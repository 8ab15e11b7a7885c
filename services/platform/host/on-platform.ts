import type { Logger } from '../log.ts';
import type { Platform } from '../service.ts';
import type { FoldSettings } from './folds.ts';

/** What every host of a service of ours is given: all that its process shares. */
export function onPlatform(
  { settings, backing, stopping, metrics, telemetry }: Platform,
  logger: Logger,
): Pick<
  FoldSettings,
  'backing' | 'logger' | 'stopping' | 'metrics' | 'telemetry' | 'partitions' | 'acceptLostJobs'
> {
  const { partitions, acceptLostJobs } = settings;
  return { backing, logger, stopping, metrics, telemetry, partitions, acceptLostJobs };
}
