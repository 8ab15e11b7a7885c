import {
  type AnyWorkflow,
  billGeneration,
  billPreview,
  numberedBillGeneration,
  numberedOrderBilling,
  orderBilling,
} from '../../core/mod.ts';
import type { BillNumbers } from '../platform/config.ts';

/** The workflows that bill, each of which completes with a `RenderedBill`: their first versions number a bill by its workflow-id. */
const UNNUMBERED: readonly AnyWorkflow[] = [billGeneration, orderBilling];

/** The types of workflow that end in a bill, whatever the version. */
export const BILLING_TYPES: readonly string[] = UNNUMBERED.map(({ type }) => type);

/** The types that an engine runs: a preview is no bill, and is never written as a file. */
export const ENGINE_TYPES: readonly string[] = [...BILLING_TYPES, billPreview.type];

/** What an engine runs: with numbers of a series, new bills begin under the second version, and those begun before end under the first. */
export const engineWorkflows = (numbers: BillNumbers): readonly AnyWorkflow[] => {
  const unnumbered = [...UNNUMBERED, billPreview];
  return numbers === 'workflow-id'
    ? unnumbered
    : [...unnumbered, numberedBillGeneration, numberedOrderBilling];
};
