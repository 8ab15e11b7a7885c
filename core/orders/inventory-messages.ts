import { type Static, Type } from '@sinclair/typebox';
import type { SchemaOf } from '../billing/schema.ts';
import { IDENTIFIER_PATTERN } from '../messages/schemas.ts';
import { MAX_ORDER_LINES, OrderId } from './order.ts';

/** A product's name, as `warehouse-inventory` and the inventory's own topics are keyed by it. */
export const ProductName: SchemaOf<string> = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: IDENTIFIER_PATTERN,
});

/** Which line of the order, counted from 0. */
const lineIndex = Type.Integer({ minimum: 0, maximum: MAX_ORDER_LINES - 1 });

const InventoryRequestSchema = Type.Object({
  /** `release` gives back what `reserve` got, or will get: it refuses a reserve that comes later. */
  kind: Type.Union([Type.Literal('reserve'), Type.Literal('release')]),
  orderId: OrderId,
  line: lineIndex,
  product: ProductName,
  /** Pieces; the same in every request of a line. */
  quantity: Type.Integer({ minimum: 1, maximum: 1_000_000_000 }),
});
/** What an order's line asks of its product's stock, on `inventory-requests`. */
export type InventoryRequest = Static<typeof InventoryRequestSchema>;
export const InventoryRequest: SchemaOf<InventoryRequest> = InventoryRequestSchema;

const InventoryReplySchema = Type.Object({
  orderId: OrderId,
  line: lineIndex,
  product: ProductName,
  /** `reserved`: all pieces of the line; `short`: none of them. */
  outcome: Type.Union([Type.Literal('reserved'), Type.Literal('short')]),
  /** Pieces that were free when the line was decided, before it got any. */
  available: Type.Integer({ minimum: 0 }),
});
/** What became of a `reserve`, on `inventory-replies`; a repeated `reserve` has the same reply. */
export type InventoryReply = Static<typeof InventoryReplySchema>;
export const InventoryReply: SchemaOf<InventoryReply> = InventoryReplySchema;
