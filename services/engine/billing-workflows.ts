import {
  type AnyWorkflow,
  billGeneration,
  numberedBillGeneration,
  numberedOrderBilling,
  orderBilling,
} from '../../core/mod.ts';
import type { BillNumbers } from '../platform/config.ts';

/** The workflows that bill, each of which completes with a `RenderedBill`: their first versions number a bill by its workflow-id. */
const UNNUMBERED: readonly AnyWorkflow[] = [billGeneration, orderBilling];

/** The types of workflow that end in a bill, whatever the version. */
export const BILLING_TYPES: readonly string[] = UNNUMBERED.map(({ type }) => type);

/** What an engine runs: with numbers of a series, new bills begin under the second version, and those begun before end under the first. */
export const billingWorkflows = (numbers: BillNumbers): readonly AnyWorkflow[] =>
  numbers === 'workflow-id' ? UNNUMBERED : [...UNNUMBERED, numberedBillGeneration, numberedOrderBilling];
