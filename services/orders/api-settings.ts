import { type Static, Type } from '@sinclair/typebox';

/** Settings of the Orders service that can be changed while it runs. Times in milliseconds. */
export const OrdersSettings = Type.Object({
  stockCheck: Type.Union([Type.Literal('on'), Type.Literal('off')], {
    default: 'on',
    description:
      'whether POST /api/orders asks the inventory before it takes an order; off: all are taken as pending',
  }),
  stockCheckTimeoutMs: Type.Integer({
    minimum: 10,
    maximum: 10_000,
    default: 1_000,
    description:
      'how long POST /api/orders waits for the inventory, in milliseconds, before it takes an order as pending',
  }),
  breakAfter: Type.Integer({
    minimum: 1,
    maximum: 1_000,
    default: 5,
    description: 'after so many failed stock checks in a row the inventory is left alone for a while',
  }),
  halfOpenAfterMs: Type.Integer({
    minimum: 10,
    maximum: 600_000,
    default: 5_000,
    description: 'for so long, in milliseconds; then one stock check tries again',
  }),
});
export type OrdersSettings = Static<typeof OrdersSettings>;
