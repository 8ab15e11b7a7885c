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

/** So much can a product have at most, in pieces, as `warehouse-inventory` takes it. */
export const MAX_STOCK = 1_000_000_000_000;

const InventoryAdjustmentSchema = Type.Object({
  /** The same again under this id is counted once. */
  id: Type.String({ minLength: 1, maxLength: 128, pattern: IDENTIFIER_PATTERN }),
  product: ProductName,
  /** Pieces that came (above 0) or went (below). */
  by: Type.Integer({ minimum: -MAX_STOCK, maximum: MAX_STOCK }),
});
/** More or fewer pieces of a product that the warehouse has, on `inventory-adjustments`. */
export type InventoryAdjustment = Static<typeof InventoryAdjustmentSchema>;
export const InventoryAdjustment: SchemaOf<InventoryAdjustment> = InventoryAdjustmentSchema;

/** A header of `warehouse-inventory` and `inventory-adjustments`: whoever changes a level finds under this id what came of it. */
export const CHANGE_ID_HEADER = 'requite-change-id';

const pieces = Type.Integer({ minimum: 0 });
const InventoryLevelSchema = Type.Object({
  product: ProductName,
  /** What the warehouse has, reserved pieces included. */
  stock: pieces,
  /** What belongs to orders; more than `stock` where the level was set below it. */
  reserved: pieces,
  free: pieces,
  /** Counts from 1: a reader ignores what is below the revision that it has. */
  revision: Type.Integer({ minimum: 1 }),
  /** The change by hand that brought this record, by its header's id, or the adjustment's own. */
  change: Type.Optional(
    Type.Object({
      id: Type.String({ minLength: 1, maxLength: 256 }),
      /** `conflict`: another change had this id. `out-of-range`: less than none, or too many. Nothing was changed then. */
      outcome: Type.Union([Type.Literal('applied'), Type.Literal('conflict'), Type.Literal('out-of-range')]),
    }),
  ),
});
/** What a product has now, on `inventory-levels`. */
export type InventoryLevel = Static<typeof InventoryLevelSchema>;
export const InventoryLevel: SchemaOf<InventoryLevel> = InventoryLevelSchema;
