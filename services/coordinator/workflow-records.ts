// The records by which a run's workflows are started and ended.
import {
  type BillRequest,
  isSampled,
  type OrderBillRequest,
  type OutgoingRecord,
  partitionFor,
  topics,
  traceHeaders,
  unsampled,
  type WorkflowCommand,
  type WorkflowMessage,
} from '../../core/mod.ts';
import { periodOf, type RunRow, workflowTypeOf } from './view/run-queries.ts';

/** Of a run whose trace is sampled, about so many workflows are: a trace of 100,000 of them would be of use to nobody. */
const TRACED_WORKFLOWS = 100;

/** A workflow of a run, by name. */
interface Named {
  readonly workflowId: string;
  readonly customerIdentifier: string;
}

/** Makes the records of one run. */
export class WorkflowRecords {
  readonly #run: RunRow;
  readonly #partitions: number;
  /** Of the run's publishing; null where it has no trace. */
  readonly #traceparent: string | null;

  constructor(run: RunRow, partitions: number, traceparent: string | null) {
    this.#run = run;
    this.#partitions = partitions;
    this.#traceparent = traceparent;
  }

  /** Starts a workflow. */
  start(workflow: Named): OutgoingRecord {
    return this.#queued(workflow, {});
  }

  /** Ends a workflow that may have been published and that no engine has reported: whichever comes first counts. */
  cancelUnbegun(workflow: Named): OutgoingRecord {
    return this.#queued(workflow, { cancelled: true });
  }

  /** Ends a job. */
  cancel({ workflowId }: Named): OutgoingRecord {
    const command: WorkflowCommand = {
      'workflow-type': workflowTypeOf(this.#run),
      'workflow-id': workflowId,
      command: 'cancel',
      'unless-ended': true,
    };
    const partition = partitionFor(workflowId, this.#partitions);
    return { topic: topics.workflowCommands, partition, key: workflowId, value: JSON.stringify(command) };
  }

  #queued({ workflowId, customerIdentifier }: Named, cancelled: { cancelled?: true }): OutgoingRecord {
    const run = this.#run;
    const billDate = run.billDate === null ? {} : { billDate: run.billDate };
    const period = periodOf(run);
    const payload: BillRequest | OrderBillRequest =
      period === null ? { customerIdentifier, ...billDate } : { customerIdentifier, period, ...billDate };
    const message: WorkflowMessage = {
      'workflow-type': workflowTypeOf(run),
      'workflow-id': workflowId,
      'create-time': run.createTime,
      payload,
      ...cancelled,
    };
    return queued(message, this.#partitions, traceOf(this.#traceparent, workflowId, run.count));
  }
}

/** A workflow as a record of `workflow-queue`. */
export function queued(
  message: WorkflowMessage,
  partitions: number,
  traceparent: string | null,
): OutgoingRecord {
  const key = message['workflow-id'];
  const partition = partitionFor(key, partitions);
  const value = JSON.stringify(message);
  return { topic: topics.workflowQueue, partition, key, value, ...traceHeaders(traceparent) };
}

/** The run's trace as one of its workflows has it: only about `TRACED_WORKFLOWS` of them stay sampled, by their ids. */
function traceOf(traceparent: string | null, workflowId: string, count: number): string | null {
  if (!isSampled(traceparent) || count <= TRACED_WORKFLOWS) return traceparent;
  return partitionFor(workflowId, count) < TRACED_WORKFLOWS ? traceparent : unsampled(traceparent);
}
