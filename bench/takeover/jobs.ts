import { billWorkflowId, type OutgoingRecord, partitionFor, topics } from '../../core/mod.ts';
import { customerOf } from '../customers.ts';
import { answerTextOf, workflowTextOf } from '../floor/bill-records.ts';
import type { Bill } from '../measure/sightings.ts';

/** As long as a real run's. */
const RUN_ID = '20260131-120000-takeover01';

/** A job that waits for its customer. */
export interface HeldJob extends Bill {
  readonly partition: number;
}

/** The first so many jobs, by their customers' numbers, that lie in these of the `count` partitions. */
export function jobsIn(wanted: ReadonlySet<number>, count: number, jobs: number): readonly HeldJob[] {
  if (wanted.size === 0) throw new RangeError('no partitions are wanted: there would never be a job');
  const found: HeldJob[] = [];
  for (let customer = 0; found.length < jobs; customer++) {
    const partition = partitionFor(workflowIdOf(customer), count);
    if (wanted.has(partition)) found.push({ runId: RUN_ID, customer, partition });
  }
  return found;
}

const workflowIdOf = (customer: number): string => billWorkflowId(RUN_ID, customerOf(customer));

/** What begins the job, as the coordinator publishes it. */
export function workflowOf({ customer, partition }: HeldJob): OutgoingRecord {
  const key = workflowIdOf(customer);
  return { topic: topics.workflowQueue, partition, key, value: workflowTextOf(customer, key) };
}

/** What the CRM would answer to the job's question. */
export function answerOf({ customer, partition }: HeldJob): OutgoingRecord {
  const key = workflowIdOf(customer);
  return { topic: topics.answers, partition, key, value: answerTextOf(customer, key) };
}
