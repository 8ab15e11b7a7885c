import { sha256 } from '../messages/sha256.ts';
import { type Request, type WorkflowContext, WorkflowFailure } from '../workflow/definition.ts';
import type { Bill } from './bill.ts';
import type { RenderedBill } from './bill-generation.ts';
import { withNumber } from './bill-number.ts';
import { isCivilDate } from './civil-date.ts';
import type { Customer } from './customer.ts';
import { BillError, type BillingOrder, issueBill, issueUnnumbered } from './issue-bill.ts';
import { renderBill, TEXT_RENDERER } from './render-text.ts';

// What every workflow that ends in a bill does alike. Data that can't be billed is the answerer's, not a defect of
// the definition: the job fails visibly, as `WorkflowFailure`.

/** The day of the bill: the one asked for, else that of the workflow's create-time. */
export function billDateOf(asked: string | undefined, createTime: string): string {
  const date = asked ?? createTime.slice(0, 10);
  if (isCivilDate(date)) return date;
  throw new WorkflowFailure('bad-bill-date', `"${date}" is not a date of the calendar`);
}

/** Sees to it that an answer is about the customer who was asked for. */
export function assertCustomer(
  answer: { readonly customerIdentifier: string },
  customerIdentifier: string,
): void {
  if (answer.customerIdentifier === customerIdentifier) return;
  throw new WorkflowFailure('wrong-customer', 'the answer is about another customer than was asked for');
}

/** Issues and renders the bill: what a workflow completes with that numbers it by its own id. */
export function renderedBill(customer: Customer, order: BillingOrder): RenderedBill {
  return rendered(orFail(() => issueBill(customer, order)));
}

/** The same with a number of its series: asked for last, when all that may fail is done. */
export function* numberedBill(
  context: WorkflowContext,
  customer: Customer,
  order: BillingOrder,
): Generator<Request, RenderedBill, unknown> {
  const bill = orFail(() => issueUnnumbered(customer, order));
  return rendered(yield* withNumber(context, bill));
}

function rendered(bill: Bill): RenderedBill {
  return { bill, renderer: TEXT_RENDERER, sha256: sha256(renderBill(bill)) };
}

function orFail<T>(issue: () => T): T {
  try {
    return issue();
  } catch (error) {
    // biome-ignore lint/style/useErrorCause: the cause is passed, after code and message
    if (error instanceof BillError) throw new WorkflowFailure(error.code, error.message, { cause: error });
    throw error;
  }
}
