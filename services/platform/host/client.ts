import type { Static, TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import {
  type AnyWorkflow,
  Identifier,
  isWellFormed,
  misfit,
  partitionFor,
  topics,
  type Workflow,
} from '../../../core/mod.ts';
import { type HostSettings, openHost } from './settings.ts';

export interface StartOptions extends HostSettings {
  /** ISO 8601; default now. */
  readonly createTime?: string;
}

/**
 * Puts a workflow on the queue; resolves when it is durable. The same id and input again is a repeat and
 * does nothing new, so a caller that does not know whether it got through may simply call again. The same id with other
 * input is a conflict: the first one stands, the other goes to the dead letters. Throws RangeError for an id or input
 * that no engine would take.
 */
export async function startWorkflow<I extends TSchema>(
  definition: Workflow<I, unknown>,
  workflowId: string,
  input: Static<I>,
  options: StartOptions = {},
): Promise<void> {
  checkStart(definition, workflowId, input);
  const host = await openHost(options);
  try {
    const partitions = await host.prepare();
    const message = {
      'workflow-type': definition.type,
      'workflow-id': workflowId,
      'create-time': options.createTime ?? new Date().toISOString(),
      payload: input,
    };
    await host.backing.transport.publish([
      {
        topic: topics.workflowQueue,
        partition: partitionFor(workflowId, partitions),
        key: workflowId,
        value: JSON.stringify(message),
      },
    ]);
  } finally {
    await host.close();
  }
}

/** What an engine would send to the dead letters is refused here, where somebody can mend it. */
function checkStart(
  { type, input: schema }: Pick<AnyWorkflow, 'type' | 'input'>,
  workflowId: string,
  input: unknown,
): void {
  if (!Value.Check(Identifier, workflowId) || !isWellFormed(workflowId)) {
    throw new RangeError('a workflow-id has 1 to 256 characters, none of them a control character');
  }
  if (!Value.Check(schema, input)) {
    throw new RangeError(`the input does not fit workflow ${type}: ${misfit(schema, input)}`);
  }
}
