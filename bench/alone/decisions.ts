import { hash } from 'node:crypto';
import {
  type BatchContext,
  billGeneration,
  billWorkflowId,
  CUSTOMER_CATEGORY,
  type Decided,
  Definitions,
  decideBatch,
  type Job,
  qaIdentifierOf,
  take,
  topics,
  useSha256,
} from '../../core/mod.ts';
import { sampleCustomers } from '../../services/crm/samples.ts';
import { customerOf } from '../customers.ts';
import { incoming } from '../floor/records.ts';
import { BenchFailure } from '../measure/failure.ts';
import { batches, type Part, RUN_ID } from './part.ts';

const CREATE_TIME = '2026-01-31T12:00:00.000Z';
/** Where the question about the customer stands among the steps of a bill's job. */
const CUSTOMER_STEP = 0;

/** What an engine reads of one bill. */
interface Bill {
  readonly workflowId: string;
  readonly workflow: string;
  readonly answer: string;
}

/**
 * Bills decided by the core in memory, a batch of workflows and then the batch of their answers: reading the records,
 * the jobs as they become, the records that are caused. Nothing is published and nothing kept.
 */
export function decisionsAlone(): Part {
  // as every host of ours does
  useSha256((text) => hash('sha256', text));
  const definitions = new Definitions([billGeneration]);
  const context: BatchContext = {
    definitions,
    nowMs: Date.parse(CREATE_TIME),
    earlyWaitMs: 0,
    maxEarlyJobs: 0,
    finished: 'tombstone',
  };
  const decide = (
    topic: string,
    bills: readonly Bill[],
    jobs: ReadonlyMap<string, Job>,
  ): readonly Decided[] =>
    decideBatch(
      bills.map((bill) =>
        take(
          incoming(topic, bill.workflowId, topic === topics.answers ? bill.answer : bill.workflow),
          definitions,
          1,
        ),
      ),
      { jobs, earlyJobs: new Map() },
      context,
    ).decided;
  return {
    prepare: (from, count) => {
      const prepared = batches(from, count, billOf);
      return async () => {
        for (const bills of prepared) {
          const asked = jobsOf(decide(topics.workflowQueue, bills, new Map()), 'waiting');
          jobsOf(decide(topics.answers, bills, asked), 'completed');
        }
      };
    },
    close: async () => {},
  };
}

function billOf(bill: number): Bill {
  const customerIdentifier = customerOf(bill);
  const workflowId = billWorkflowId(RUN_ID, customerIdentifier);
  const workflowType = billGeneration.type;
  return {
    workflowId,
    workflow: JSON.stringify({
      'workflow-type': workflowType,
      'workflow-id': workflowId,
      'create-time': CREATE_TIME,
      payload: { customerIdentifier },
    }),
    answer: JSON.stringify({
      qaIdentifier: qaIdentifierOf({ workflowType, workflowId, step: CUSTOMER_STEP }),
      questionCategory: CUSTOMER_CATEGORY,
      answer: { ...sampleCustomers[bill % sampleCustomers.length], customerIdentifier },
    }),
  };
}

/** The jobs as they have become. Throws `BenchFailure` where one has another status: then this is not how a bill is made. */
function jobsOf(decided: readonly Decided[], status: Job['status']): ReadonlyMap<string, Job> {
  const jobs = new Map<string, Job>();
  for (const { change } of decided) {
    if (change?.job.status !== status)
      throw new BenchFailure(`a bill's job is ${change?.job.status ?? 'not there'} instead of ${status}`);
    jobs.set(change.job.workflowId, change.job);
  }
  return jobs;
}
