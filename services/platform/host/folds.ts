import type { AnyKeyedFold, TopicSpec } from '../../../core/mod.ts';
import { backingFor } from '../backing.ts';
import { KeyedFoldProcessor } from './keyed-fold-processor.ts';
import { runLoop } from './loop.ts';
import { type Host, type HostSettings, hostOf, openHost } from './settings.ts';

export interface FoldSettings extends HostSettings {
  /** The consumer group whose members share the work. Default: the fold's name. */
  readonly group?: string;
  /** Goes on without the states where they are in another job store than this, which is lost. Default false. */
  readonly acceptLostJobs?: boolean;
  /**
   * Topics beside those that the fold reads: name here those that it writes, so that they are made where they are
   * missing; and the settings with which any of them is made.
   */
  readonly topics?: readonly (string | Omit<TopicSpec, 'partitions'>)[];
}

/**
 * Runs a keyed fold as a service: takes its topics as a consumer group, keeps its states in the job store, and makes
 * states, records and offsets durable as one unit, on whatever instance owns the partition.
 */
export async function serveFold(fold: AnyKeyedFold, settings: FoldSettings = {}): Promise<Host> {
  const host = await openHost(settings);
  const inputs = fold.inputs.map(({ topic }) => topic);
  const partitions = await host.prepare([...inputs, ...(settings.topics ?? [])]);
  const group = settings.group ?? fold.name;
  const backing = backingFor(group, host.backing);
  const processor = new KeyedFoldProcessor({
    backing,
    fold,
    group,
    partitions,
    storeId: await backing.jobStore.id(),
    acceptLostJobs: settings.acceptLostJobs ?? false,
    logger: host.logger,
    telemetry: settings.telemetry,
  });
  const loop = runLoop(processor, {
    transport: backing.transport,
    logger: host.logger,
    metrics: settings.metrics,
  });
  return hostOf(loop, host);
}
