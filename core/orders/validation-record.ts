import type { Json } from '../messages/json.ts';
import type { Emitted, Origin } from '../view/keyed-fold.ts';
import type { OrderValidation } from './order.ts';
import { orderTopics } from './topics.ts';

/** The record of a validator's finding, in the trace of the order that it was found for. */
export function validationRecord(validation: OrderValidation, { headers: { traceparent } }: Origin): Emitted {
  const record = {
    topic: orderTopics.orderValidations,
    key: validation.orderId,
    value: validation as unknown as Json,
  };
  return traceparent === undefined ? record : { ...record, headers: { traceparent } };
}
