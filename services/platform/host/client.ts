import type { Static, TSchema } from '@sinclair/typebox';
import { partitionFor, topicSpecs, topics, type Workflow } from '../../../core/mod.ts';
import { type HostSettings, openHost } from './settings.ts';

export interface StartOptions extends HostSettings {
  /** ISO 8601; default now. */
  readonly createTime?: string;
}

/**
 * Puts a workflow on the queue; resolves when it is durable. The same id and input again is a repeat and
 * does nothing new, so a caller that does not know whether it got through may simply call again.
 */
export async function startWorkflow<I extends TSchema>(
  definition: Workflow<I, unknown>,
  workflowId: string,
  input: Static<I>,
  options: StartOptions = {},
): Promise<void> {
  const host = await openHost(options);
  try {
    await host.backing.transport.createTopics(topicSpecs(host.partitions));
    const message = {
      'workflow-type': definition.type,
      'workflow-id': workflowId,
      'create-time': options.createTime ?? new Date().toISOString(),
      payload: input,
    };
    await host.backing.transport.publish([
      {
        topic: topics.workflowQueue,
        partition: partitionFor(workflowId, host.partitions),
        key: workflowId,
        value: JSON.stringify(message),
      },
    ]);
  } finally {
    await host.close();
  }
}
