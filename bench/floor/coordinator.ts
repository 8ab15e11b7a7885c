// Stands for the coordinator: publishes a workflow record for each bill, in chunks as our publisher does.
import { billWorkflowId, partitionFor, topics } from '../../core/mod.ts';
import { takeRuns } from '../stand-in.ts';
import { sampleRecords } from './records.ts';
import { openTransport } from './relay.ts';

const CHUNK = 2_000;

const samples = sampleRecords();
const transport = await openTransport();
const partitions = (await transport.endOffsets(topics.workflowQueue)).length;

async function publish(runId: string, customerIdentifiers: readonly string[]): Promise<void> {
  for (let from = 0; from < customerIdentifiers.length; from += CHUNK) {
    const chunk = customerIdentifiers.slice(from, from + CHUNK);
    await transport.publish(
      chunk.map((customer, at) => {
        const key = billWorkflowId(runId, customer);
        const value = samples[at % samples.length]?.workflow ?? '';
        return { topic: topics.workflowQueue, partition: partitionFor(key, partitions), key, value };
      }),
    );
  }
}

// a failure ends the process, which the bench notices
takeRuns((runId, customerIdentifiers) => void publish(runId, customerIdentifiers));
