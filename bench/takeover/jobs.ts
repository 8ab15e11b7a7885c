import {
  billGeneration,
  billWorkflowId,
  CUSTOMER_CATEGORY,
  type Customer,
  type OutgoingRecord,
  parseQaIdentifier,
  partitionFor,
  qaIdentifierOf,
  topics,
} from '../../core/mod.ts';
import { sampleCustomers } from '../../services/crm/samples.ts';
import { customerOf } from '../customers.ts';
import { sampleRecords } from '../floor/records.ts';
import type { Bill } from '../measure/sightings.ts';

/** As long as a real run's. */
const RUN_ID = '20260131-120000-takeover01';
const CREATE_TIME = '2026-01-31T12:00:00.000Z';

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
  const value = JSON.stringify({
    'workflow-type': billGeneration.type,
    'workflow-id': key,
    'create-time': CREATE_TIME,
    payload: { customerIdentifier: customerOf(customer) },
  });
  return { topic: topics.workflowQueue, partition, key, value };
}

/** What the CRM would answer to the job's question. */
export function answerOf({ customer, partition }: HeldJob): OutgoingRecord {
  const workflowId = workflowIdOf(customer);
  const sample = sampleCustomers[customer % sampleCustomers.length] as Customer;
  const value = JSON.stringify({
    qaIdentifier: qaIdentifierOf({ workflowType: billGeneration.type, workflowId, step: STEP }),
    questionCategory: CUSTOMER_CATEGORY,
    answer: { ...sample, customerIdentifier: customerOf(customer) },
  });
  return { topic: topics.answers, partition, key: workflowId, value };
}

/** The step that asks for the customer, as the core asks it. */
const STEP = stepOf(sampleRecords()[0]?.question);

function stepOf(question: string | undefined): number {
  const { qaIdentifier = '' } = JSON.parse(question ?? '{}') as { qaIdentifier?: string };
  const ref = parseQaIdentifier(qaIdentifier);
  if (ref === null) throw new Error('a bill asks no question: the bench must follow the core');
  return ref.step;
}
