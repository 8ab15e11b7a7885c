import { type Static, Type } from '@sinclair/typebox';
import type { SchemaOf } from '../billing/schema.ts';
import type { Json } from '../messages/json.ts';
import { sha256 } from '../messages/sha256.ts';
import { OrderId } from '../orders/order.ts';
import type { KeyedFold } from '../view/keyed-fold.ts';
import { cloudEventOf } from './cloud-event.ts';
import { eventTypes } from './event-types.ts';
import { type EventOrder, eventAbout, piecesOf } from './order-event.ts';
import { orderTimeOf } from './order-times.ts';
import { type Choreography, type Reacted, reactionFold } from './reaction.ts';
import { choreographyTopics } from './topics.ts';

const PickLineSchema = Type.Object({
  /** Aisle, rack and shelf, such as `C-07-2`. */
  bin: Type.String({ pattern: '^[A-Z]-\\d{2}-\\d$' }),
  sku: Type.String({ minLength: 1 }),
  quantity: Type.Integer({ minimum: 1 }),
});
/** What to take from one bin. */
export type PickLine = Static<typeof PickLineSchema>;

const PickListSchema = Type.Object({
  pickList: Type.String(),
  orderId: OrderId,
  /** In the order of the walk: by bin, then by product; each product once. Empty where nothing can be picked. */
  lines: Type.Array(PickLineSchema),
  /** Of all lines. */
  pieces: Type.Integer({ minimum: 0 }),
  /** Lines of the order that can't be picked: no product, or no whole number of pieces. */
  ignoredLines: Type.Integer({ minimum: 0 }),
  /** When the order was to be picked, ISO 8601. */
  since: Type.String(),
});
/** A walk through the warehouse, on `pick-lists`, keyed by order id. */
export type PickList = Static<typeof PickListSchema>;
export const PickList: SchemaOf<PickList> = PickListSchema;

const AISLES = 'ABCDEFGH';
const RACKS = 40;
const SHELVES = 5;

/** Where a product lies: the warehouse is laid out by the products' names. */
export function binOf(sku: string): string {
  const number = Number.parseInt(sha256(sku).slice(0, 8), 16);
  const aisle = AISLES[number % AISLES.length];
  const rack = (Math.floor(number / AISLES.length) % RACKS) + 1;
  const shelf = (Math.floor(number / (AISLES.length * RACKS)) % SHELVES) + 1;
  return `${aisle}-${String(rack).padStart(2, '0')}-${shelf}`;
}

/** The pick list of an order. */
function pickListOf(order: EventOrder, since: string): PickList {
  const lines = piecesOf(order)
    .map((line) => ({ bin: binOf(line.sku), ...line }))
    // products come sorted, and the sort keeps them so within a bin
    .sort((one, other) => (one.bin === other.bin ? 0 : one.bin < other.bin ? -1 : 1));
  const pieces = lines.reduce((sum, { quantity }) => sum + quantity, 0);
  const { orderId, ignoredLines } = order;
  return { pickList: `PL-${orderId}`, orderId, lines, pieces, ignoredLines, since };
}

/** The fulfilment service: a pick list for each order, and word on the bus that it is picked. */
export function fulfilmentFold(choreography: Choreography): KeyedFold<EventOrder, Reacted> {
  return reactionFold(choreography, {
    name: 'fulfilment',
    target: 'fulfilment-service',
    act: (order, time, participant) => {
      const list = pickListOf(order, time);
      const { orderId, pickList, pieces } = list;
      const details = { pickList, pieces };
      const event = eventAbout(order, eventTypes.fulfilmentCompleted, participant, time, details);
      return [
        { topic: choreographyTopics.pickLists, key: orderId, value: list as unknown as Json },
        cloudEventOf(choreography.bus, orderId, event),
        orderTimeOf(orderId, participant, time),
      ];
    },
  });
}
