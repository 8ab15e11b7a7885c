import { type Static, Type } from '@sinclair/typebox';
import { Identifier } from '../messages/schemas.ts';
import { sha256 } from '../messages/sha256.ts';
import { type Workflow, type WorkflowContext, workflow } from '../workflow/definition.ts';
import { Bill } from './bill.ts';
import { Customer } from './customer.ts';
import { assertCustomer, billDateOf, numberedBill, renderedBill } from './customer-bill.ts';
import { renderBill, TEXT_RENDERER } from './render-text.ts';
import type { SchemaOf } from './schema.ts';

/** What a bill is asked for with. Without `billDate` ('YYYY-MM-DD') the bill is dated by the workflow's create-time. */
export interface BillRequest {
  readonly customerIdentifier: string;
  readonly billDate?: string;
}
export const BillRequest: SchemaOf<BillRequest> = Type.Object({
  customerIdentifier: Identifier,
  billDate: Type.Optional(Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' })),
});

const RenderedBillSchema = Type.Object({
  bill: Bill,
  /** The renderer and its version, such as 'text/1'. */
  renderer: Type.String(),
  /** SHA-256 of the rendered bytes. */
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
});
/** What a completed bill-generation, or another workflow that ends in a bill, leaves on `workflow-events`: the bill, and what its file must contain. */
export type RenderedBill = Static<typeof RenderedBillSchema>;
export const RenderedBill: SchemaOf<RenderedBill> = RenderedBillSchema;

/** The bill's text, or null where this renderer does not make the bytes that were recorded (invariant 4). */
export function billText({ bill, renderer, sha256: recorded }: RenderedBill): string | null {
  if (renderer !== TEXT_RENDERER) return null;
  const text = renderBill(bill);
  return sha256(text) === recorded ? text : null;
}

/** The category of the question who the customer is. */
export const CUSTOMER_CATEGORY = 'customer';

const TYPE = 'bill-generation';

/** Asks who the customer is, and makes the bill: a pure function of request and answer (invariant 4). Its number is `B-<workflow-id>`. */
export const billGeneration: Workflow<typeof BillRequest, RenderedBill> = workflow({
  type: TYPE,
  version: 1,
  input: BillRequest,
  *run(context, request) {
    const { customer, order } = yield* asked(context, request);
    return renderedBill(customer, order);
  },
});

/** The same, with a number of its series, for which it asks last: an engine that has this begins its bills so. */
export const numberedBillGeneration: Workflow<typeof BillRequest, RenderedBill> = workflow({
  type: TYPE,
  version: 2,
  input: BillRequest,
  *run(context, request) {
    const { customer, order } = yield* asked(context, request);
    return yield* numberedBill(context, customer, order);
  },
});

const BillPreviewSchema = Type.Object({
  /** Its number says that it has none; the hash is that of the text with the mark. */
  preview: RenderedBillSchema,
});
/** What a completed bill-preview leaves: the data of a bill, in a form that nobody takes for one. */
export type BillPreview = Static<typeof BillPreviewSchema>;
export const BillPreview: SchemaOf<BillPreview> = BillPreviewSchema;

/** What stands in place of a preview's number. */
export const PREVIEW_NUMBER = '(not numbered)';

/** Makes of the same answers what bill-generation would, but asks for no number: nothing is billed. */
export const billPreview: Workflow<typeof BillRequest, BillPreview> = workflow({
  type: 'bill-preview',
  version: 1,
  input: BillRequest,
  *run(context, request) {
    const { customer, order } = yield* asked(context, request);
    const { bill: numbered, renderer } = renderedBill(customer, order);
    const bill = { ...numbered, billNumber: PREVIEW_NUMBER };
    return { preview: { bill, renderer, sha256: sha256(renderBill(bill, { preview: true })) } };
  },
});

function* asked({ ask, job }: WorkflowContext, { customerIdentifier, billDate }: BillRequest) {
  const date = billDateOf(billDate, job.createTime);
  const customer = yield* ask(CUSTOMER_CATEGORY, { customerIdentifier }, Customer);
  assertCustomer(customer, customerIdentifier);
  return { customer, order: { workflowId: job.workflowId, billDate: date } };
}
