import { hash } from 'node:crypto';
import { billWorkflowId, type IncomingRecord, type Job, topics, useSha256 } from '../../core/mod.ts';
import { customerOf } from '../customers.ts';
import { answerTextOf, workflowTextOf } from '../floor/bill-records.ts';
import { decideAll, incoming } from '../floor/records.ts';
import { BenchFailure } from '../measure/failure.ts';
import { batches, type Part, RUN_ID } from './part.ts';

/** What an engine reads of one bill. */
interface Bill {
  readonly workflow: IncomingRecord;
  readonly answer: IncomingRecord;
}

/**
 * Bills decided by the core in memory, a batch of workflows and then the batch of their answers: reading the records,
 * the jobs as they become, the records that are caused. Nothing is published and nothing kept.
 */
export function decisionsAlone(): Part {
  // as every host of ours does
  useSha256((text) => hash('sha256', text));
  return {
    prepare: (from, count) => {
      const prepared = batches(from, count, billOf);
      return async () => {
        for (const bills of prepared) {
          const asked = decided(
            bills.map(({ workflow }) => workflow),
            new Map(),
            'waiting',
          );
          decided(
            bills.map(({ answer }) => answer),
            asked,
            'completed',
          );
        }
      };
    },
    close: async () => {},
  };
}

function billOf(bill: number): Bill {
  const workflowId = billWorkflowId(RUN_ID, customerOf(bill));
  return {
    workflow: incoming(topics.workflowQueue, workflowId, workflowTextOf(bill, workflowId)),
    answer: incoming(topics.answers, workflowId, answerTextOf(bill, workflowId)),
  };
}

/** The jobs as they have become. Throws `BenchFailure` where one has another status: then this is not how a bill is made. */
function decided(
  records: readonly IncomingRecord[],
  before: ReadonlyMap<string, Job>,
  status: Job['status'],
): ReadonlyMap<string, Job> {
  const jobs = new Map<string, Job>();
  for (const { change } of decideAll(records, before, 'tombstone')) {
    if (change?.job.status !== status)
      throw new BenchFailure(`a bill's job is ${change?.job.status ?? 'not there'} instead of ${status}`);
    jobs.set(change.job.workflowId, change.job);
  }
  return jobs;
}
