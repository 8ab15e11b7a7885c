import { type Static, Type } from '@sinclair/typebox';
import type { SchemaOf } from '../billing/schema.ts';
import { type Settled, type Workflow, type WorkflowContext, workflow } from '../workflow/definition.ts';
import { type Duration, durationMs } from '../workflow/duration.ts';
import { CHECK_TYPES, type CheckType, FailedCheck, Order, OrderId, OrderValidation } from './order.ts';
import { orderTopics } from './topics.ts';

/** The type of the workflow that validates one order; its workflow-id is the order's id. */
export const ORDER_VALIDATION_TYPE = 'order-validation';

const ValidatedOrderSchema = Type.Object({
  orderId: OrderId,
  state: Type.Union([Type.Literal('VALIDATED'), Type.Literal('FAILED')]),
  /** The checks that failed or were silent, in the order of `CHECK_TYPES`; empty where VALIDATED. */
  failures: Type.Array(FailedCheck, { maxItems: CHECK_TYPES.length }),
});
/** What a completed order-validation leaves on `workflow-events`. */
export type ValidatedOrder = Static<typeof ValidatedOrderSchema>;
export const ValidatedOrder: SchemaOf<ValidatedOrder> = ValidatedOrderSchema;

/**
 * Waits for the three checks of an order at once. All PASS: VALIDATED. The first FAIL: FAILED at once, with what has
 * failed by then. A check that is silent for `timeLimit`: FAILED too, with every silent one named. The first result of
 * a check counts; repeats, contradictions and unknown checks change nothing.
 */
export function orderValidation({
  timeLimit,
}: {
  readonly timeLimit: Duration;
}): Workflow<typeof Order, ValidatedOrder> {
  const limitMs = durationMs(timeLimit); // a limit that is none is refused here, not in each job
  const silence = `no answer within ${typeof timeLimit === 'string' ? timeLimit : `${limitMs}ms`}`;
  return workflow({
    type: ORDER_VALIDATION_TYPE,
    version: 1,
    input: Order,
    expects: [orderTopics.orderValidations],
    // validators deliver at least once, and go on validating an order that has failed already
    unclaimedEvents: 'ignore',
    *run(context, { id }) {
      const results = yield* context.allSettled(
        CHECK_TYPES.map((checkType) => resultOf(context, id, checkType, timeLimit)),
        { until: ({ validationResult }) => validationResult === 'FAIL' },
      );
      const failures = results.flatMap((result, index) => {
        const checkType = CHECK_TYPES[index];
        const reasons = reasonsOf(result, silence);
        return checkType === undefined || reasons === null ? [] : [{ checkType, reasons }];
      });
      return { orderId: id, state: failures.length === 0 ? 'VALIDATED' : 'FAILED', failures };
    },
  });
}

const resultOf = (
  { expect }: WorkflowContext,
  id: string,
  checkType: CheckType,
  timeLimit: Duration,
): ReturnType<typeof expect<typeof OrderValidation>> =>
  expect(orderTopics.orderValidations, OrderValidation, {
    where: (result) => result.checkType === checkType && result.orderId === id,
    timeLimit,
  });

/** Why a check makes the order fail; null where it does not. */
function reasonsOf(result: Settled<OrderValidation>, silence: string): string[] | null {
  switch (result.status) {
    case 'fulfilled':
      return result.value.validationResult === 'FAIL' ? [...(result.value.reasons ?? [])] : null;
    case 'rejected':
      return [silence];
    case 'pending':
      return null;
    default:
      return result satisfies never;
  }
}
