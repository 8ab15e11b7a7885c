import { billGeneration, billWorkflowId, topics } from '../../core/mod.ts';
import { takeRuns } from '../stand-in.ts';
import { connect } from './kafka.ts';

const send = await connect('coordinator', [], async () => {});

async function publish(runId: string, customerIdentifiers: readonly string[]): Promise<void> {
  for (const customerIdentifier of customerIdentifiers) {
    const workflowId = billWorkflowId(runId, customerIdentifier);
    await send(topics.workflowQueue, workflowId, {
      'workflow-type': billGeneration.type,
      'workflow-id': workflowId,
      'create-time': new Date().toISOString(),
      payload: { customerIdentifier },
    });
  }
}

// a failure ends the process, which the bench notices
takeRuns((runId, customerIdentifiers) => void publish(runId, customerIdentifiers));
