import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { BILL_LINES_MAX } from '../billing/bill.ts';
import { CUSTOMER_CATEGORY, type RenderedBill } from '../billing/bill-generation.ts';
import { Customer, type Usage } from '../billing/customer.ts';
import { assertCustomer, billDateOf, numberedBill, renderedBill } from '../billing/customer-bill.ts';
import { GOODS_TAX_RATE, GOODS_UNIT } from '../billing/issue-bill.ts';
import { isPeriod, isWithin, Period } from '../billing/period.ts';
import { CivilDate, Quantity, type SchemaOf, UnitPrice } from '../billing/schema.ts';
import { Identifier } from '../messages/schemas.ts';
import { type Workflow, type WorkflowContext, WorkflowFailure, workflow } from '../workflow/definition.ts';
import { CHARGES_CATEGORY, type Charge, Charges } from './charges.ts';

const OrderBillRequestSchema = Type.Object({
  customerIdentifier: Identifier,
  /** The days whose shipments are billed: whatever is shipped later is billed with the period of its shipment. */
  period: Period,
  /** Default: the day of the workflow's create-time. */
  billDate: Type.Optional(CivilDate),
});
/** What a bill of orders is asked for with. */
export type OrderBillRequest = Static<typeof OrderBillRequestSchema>;
export const OrderBillRequest: SchemaOf<OrderBillRequest> = OrderBillRequestSchema;

/** The type of the workflow that bills a customer's orders. */
export const ORDER_BILLING_TYPE = 'order-billing';

/**
 * Asks who the customer is and what was shipped, both at once, and bills the orders alone, not the subscriptions: at
 * the customer's currency and at `GOODS_TAX_RATE`, as the customer's record has no rate for goods. The result is a
 * bill like any other, with the number `B-<workflow-id>`. Charges that no bill can hold fail the job visibly.
 */
export const orderBilling: Workflow<typeof OrderBillRequest, RenderedBill> = workflow({
  type: ORDER_BILLING_TYPE,
  version: 1,
  input: OrderBillRequest,
  *run(context, request) {
    const { customer, order } = yield* asked(context, request);
    return renderedBill(customer, order);
  },
});

/** The same, with a number of its series, for which it asks last: an engine that has this begins its bills so. */
export const numberedOrderBilling: Workflow<typeof OrderBillRequest, RenderedBill> = workflow({
  type: ORDER_BILLING_TYPE,
  version: 2,
  input: OrderBillRequest,
  *run(context, request) {
    const { customer, order } = yield* asked(context, request);
    return yield* numberedBill(context, customer, order);
  },
});

function* asked({ ask, all, job }: WorkflowContext, request: OrderBillRequest) {
  const { customerIdentifier, period, billDate } = request;
  const date = billDateOf(billDate, job.createTime);
  if (!isPeriod(period))
    throw new WorkflowFailure(
      'bad-period',
      'a period is two days of the calendar, the first before the second',
    );
  const [customer, charges] = yield* all([
    ask(CUSTOMER_CATEGORY, { customerIdentifier }, Customer),
    ask(CHARGES_CATEGORY, { customerIdentifier, period }, Charges),
  ]);
  assertCustomer(customer, customerIdentifier);
  assertCustomer(charges, customerIdentifier);
  const lines = linesOf(charges, period);
  return { customer, order: { workflowId: job.workflowId, billDate: date, lines } };
}

function linesOf({ lines }: Charges, period: Period): readonly Usage[] {
  if (lines.length > BILL_LINES_MAX) {
    const message = `${lines.length} order lines are more than a bill holds (${BILL_LINES_MAX}): bill a shorter period`;
    throw new WorkflowFailure('too-many-charges', message);
  }
  return lines.map((charge, index) => {
    const { quantity, unitPrice, date } = charge;
    if (!isWithin(period, date))
      throw new WorkflowFailure(
        'charge-outside-period',
        `charge ${index + 1} is of ${date}, outside the period`,
      );
    const line = {
      description: descriptionOf(charge),
      quantity: String(quantity),
      unit: GOODS_UNIT,
      unitPrice,
      taxRate: GOODS_TAX_RATE,
    };
    if (Value.Check(Quantity, line.quantity) && Value.Check(UnitPrice, unitPrice)) return line;
    const message = `charge ${index + 1} has a quantity or price that no bill can hold: correct the order`;
    throw new WorkflowFailure('charge-not-billable', message);
  });
}

/** The longest description of a bill's line, in UTF-16 units. */
const MAX_DESCRIPTION_LENGTH = 200;

/** Day and goods, and the order where there is room for it: `2026-11-03 JUMPERS (order 17)`. */
function descriptionOf({ date, description, orderId }: Charge): string {
  const short = `${date} ${description}`;
  const long = `${short} (order ${orderId})`;
  return long.length <= MAX_DESCRIPTION_LENGTH ? long : short;
}
