import { type AnyWorkflow, billGeneration, orderBilling } from '../../core/mod.ts';

/** The workflows that the engine runs; each completes with a `RenderedBill`. */
export const BILLING_WORKFLOWS: readonly AnyWorkflow[] = [billGeneration, orderBilling];
