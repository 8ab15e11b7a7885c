import { type AnyWorkflow, Definitions, type Duration, durationMs } from '../../../core/mod.ts';
import { backingFor } from '../backing.ts';
import { runLoop } from './loop.ts';
import { type Host, type HostSettings, hostOf, openHost } from './settings.ts';
import { WorkflowProcessor } from './workflow-processor.ts';

export interface WorkflowSettings extends HostSettings {
  /**
   * The consumer group whose members share the work. Default 'workflows-' and the types. All members of a group must
   * serve the same types: what one of them does not know it passes over for all.
   */
  readonly group?: string;
  /** Jobs of a partition that may wait for answers at once; beyond it `workflow-queue` is paused. Default 25,000. */
  readonly maxOpenJobs?: number;
  /**
   * Beside a broker, an engine refuses partitions whose waiting jobs are in another store than its own. True goes on
   * without them, where that store is lost. Default false.
   */
  readonly acceptLostJobs?: boolean;
  /** How long an answer waits for a workflow that is not known yet. Default '10m'. */
  readonly earlyWait?: Duration;
}

/**
 * Runs workflows: takes them from `workflow-queue`, asks their questions, suspends them in the job store,
 * and goes on when the answers come, on whatever instance then owns their partition.
 */
export async function serveWorkflows(
  definitions: readonly AnyWorkflow[],
  settings: WorkflowSettings = {},
): Promise<Host> {
  const host = await openHost(settings);
  if (host.backing.limit !== undefined) host.logger.warn({}, host.backing.limit);
  const registered = new Definitions(definitions);
  const partitions = await host.prepare(registered.expectedTopics);
  const group =
    settings.group ?? `workflows-${[...new Set(definitions.map(({ type }) => type))].sort().join('-')}`;
  const backing = backingFor(group, host.backing);
  const processor = new WorkflowProcessor({
    backing,
    definitions: registered,
    group,
    partitions,
    storeId: await backing.jobStore.id(),
    acceptLostJobs: settings.acceptLostJobs ?? false,
    maxOpenJobs: settings.maxOpenJobs ?? 25_000,
    earlyWaitMs: durationMs(settings.earlyWait ?? '10m'),
    now: Date.now,
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
