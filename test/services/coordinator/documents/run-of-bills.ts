// A coordinator with a run whose bills are there.
import {
  type Bill,
  issueBill,
  type JobEvent,
  renderBill,
  sha256,
  TEXT_RENDERER,
} from '../../../../core/mod.ts';
import { sampleCustomers } from '../../../../services/crm/samples.ts';
import { eventually, newLog, type Running, report, start } from '../support.ts';

const BILL_DATE = '2026-11-21';

export function billOf(workflowId: string, customer = 0): Bill {
  const found = sampleCustomers[customer % sampleCustomers.length];
  if (found === undefined) throw new Error('there are no sample customers');
  return issueBill(found, { workflowId, billDate: BILL_DATE });
}

/** The event of a job that ends in this bill; `hash` where it shall not be the true one. */
export const billed = (bill: Bill, hash = sha256(renderBill(bill)), renderer = TEXT_RENDERER): JobEvent => ({
  event: 'completed',
  result: { bill, renderer, sha256: hash },
});

/** A coordinator that has seen the bills of run `r`: all of these customers' but for those that `without` names. */
export async function runOfBills(
  customerIdentifiers: readonly string[],
  without: ReadonlyMap<string, Parameters<typeof report>> = new Map(),
): Promise<Running> {
  const log = await newLog();
  const coordinator = await start(log);
  await coordinator.post({ customerIdentifiers, runId: 'r', billDate: BILL_DATE });
  const records = customerIdentifiers.flatMap((customer, at) => {
    const workflowId = `r_${customer}`;
    const instead = without.get(customer);
    if (instead !== undefined) return instead[2] === undefined ? [] : [report(...instead)];
    return [report(workflowId, 1, 'completed', [billed(billOf(workflowId, at))])];
  });
  await log.publish(records);
  const completed = customerIdentifiers.length - without.size;
  await eventually('the bills are seen', async () => {
    const run = await coordinator.json('/runs/r?limit=1');
    return run.completed >= completed && run.count - run.requested === records.length;
  });
  return coordinator;
}
