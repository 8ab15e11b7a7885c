import type { Requite } from '../../client/mod.ts';
import { Refused } from './errors.ts';

/** The workflow-id of a customer's bill in a run, also where there is no bill yet. Throws `Refused`. */
export async function workflowIdOf(client: Requite, runId: string, customer: string): Promise<string> {
  for await (const { workflowId, links } of client.bills({ customer }))
    if (links.run === `/runs/${runId}`) return workflowId;
  // no bill, or one that another run asked for first
  for await (const { workflowId, customerIdentifier } of client.run(runId).workflows())
    if (customerIdentifier === customer) return workflowId;
  const detail = `Run ${runId} has no customer ${customer}: requite runs ${runId} --json lists those that it has.`;
  throw new Refused(detail, { status: 404, code: null });
}
