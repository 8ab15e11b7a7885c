import { type Emitted, foldInput, type KeyedFold, type States } from '../view/keyed-fold.ts';
import { InventoryReply, type InventoryRequest } from './inventory-messages.ts';
import { Order, type OrderLine } from './order.ts';
import { orderTopics } from './topics.ts';

type InventoryMessage =
  | { readonly kind: 'created'; readonly order: Order }
  | { readonly kind: 'failed'; readonly order: Order }
  | { readonly kind: 'reply'; readonly reply: InventoryReply };

interface ReservedLine {
  readonly product: string;
  readonly quantity: number;
  /** Null until it is told. */
  readonly outcome: InventoryReply['outcome'] | null;
}

interface Decision {
  readonly result: 'PASS' | 'FAIL';
  readonly reasons: readonly string[];
  /** The line whose reply brought it; null: the order alone did. That record, come again, brings it again. */
  readonly by: number | null;
}

/** An order as the inventory has it. */
export interface InventoryOrder {
  readonly lines: readonly ReservedLine[];
  readonly decision: Decision | null;
  /** The order failed though not for want of stock: its lines were given back. */
  readonly isGivenBack: boolean;
}

/**
 * Reserves every line of a created order, and says on `order-validations` whether it has them all: PASS with the last,
 * FAIL with the first that is short, and then gives all back, answered or not. An order that failed for another
 * reason gives its lines back too.
 *
 * A line of no product, or of less than one piece, can't be reserved: such an order fails here at once, and nothing
 * is reserved for it.
 */
export const inventoryOrdersFold: KeyedFold<InventoryMessage, InventoryOrder> = {
  name: 'inventory-orders',
  inputs: [
    // no keyOf: others read this topic too, and its single writer alone may write there
    foldInput(orderTopics.orders, Order, { toMessage: messageOf }),
    foldInput(orderTopics.inventoryReplies, InventoryReply, {
      toMessage: (reply: InventoryReply): InventoryMessage => ({ kind: 'reply', reply }),
      keyOf: ({ orderId }: InventoryReply) => orderId,
    }),
  ],
  keysOf: (message) => [message.kind === 'reply' ? message.reply.orderId : message.order.id],
  fold: (message, states) => {
    switch (message.kind) {
      case 'created':
        return created(message.order, states);
      case 'failed':
        return failed(message.order, states);
      case 'reply':
        return replied(message.reply, states);
      default:
        return message satisfies never;
    }
  },
};

function messageOf(order: Order): InventoryMessage | null {
  switch (order.state) {
    case 'CREATED':
      return { kind: 'created', order };
    case 'FAILED':
      return { kind: 'failed', order };
    case 'VALIDATED':
    case 'SHIPPED':
      return null; // it keeps what it has
    default:
      return order.state satisfies never;
  }
}

function created({ id, lines }: Order, states: States<InventoryOrder>): readonly Emitted[] {
  const known = states.get(id);
  if (known === undefined) {
    const reasons = lines.flatMap(flawOf);
    const decision: Decision | null = reasons.length === 0 ? null : { result: 'FAIL', reasons, by: null };
    const made: InventoryOrder = { lines: lines.map(asOpen), decision, isGivenBack: false };
    states.set(id, made);
    return decision === null ? requests('reserve', id, made) : [validation(id, decision)];
  }
  if (known.decision?.by === null) return [validation(id, known.decision)];
  // what it asked for may not have been published; once it is decided or given back, nobody waits for it
  return known.decision === null && !known.isGivenBack ? requests('reserve', id, known) : [];
}

function failed({ id, lines }: Order, states: States<InventoryOrder>): readonly Emitted[] {
  const known = states.get(id) ?? { lines: lines.map(asOpen), decision: null, isGivenBack: false };
  // for want of stock: whatever it had was given back when that was found
  if (known.decision?.result === 'FAIL') return [];
  if (!known.isGivenBack) states.set(id, { ...known, isGivenBack: true });
  return requests('release', id, known);
}

function replied(reply: InventoryReply, states: States<InventoryOrder>): readonly Emitted[] {
  const { orderId, line: index, product, outcome } = reply;
  const known = states.get(orderId);
  const line = known?.lines[index];
  if (known === undefined || line === undefined || line.product !== product) return [];
  if (known.decision?.by === index) return decided(orderId, known, known.decision);
  if (known.decision !== null || known.isGivenBack || line.outcome !== null) return [];
  const lines = known.lines.map((each, at) => (at === index ? { ...each, outcome } : each));
  const decision = decisionOf(lines, line, reply);
  const next: InventoryOrder = { ...known, lines, decision };
  states.set(orderId, next);
  return decision === null ? [] : decided(orderId, next, decision);
}

/** What a reply brings: an end, or null where others are still to come. */
function decisionOf(
  lines: readonly ReservedLine[],
  { product, quantity }: ReservedLine,
  { line, outcome, available }: InventoryReply,
): Decision | null {
  if (outcome === 'short') {
    const reason = `${product}: ${quantity} asked for, ${available === 0 ? 'none' : available} free`;
    return { result: 'FAIL', reasons: [reason], by: line };
  }
  const hasAll = lines.every((each) => each.outcome === 'reserved');
  return hasAll ? { result: 'PASS', reasons: [], by: line } : null;
}

function decided(id: string, order: InventoryOrder, decision: Decision): readonly Emitted[] {
  return [validation(id, decision), ...(decision.result === 'FAIL' ? requests('release', id, order) : [])];
}

function validation(orderId: string, { result, reasons }: Decision): Emitted {
  const value = { orderId, checkType: 'INVENTORY_CHECK', validationResult: result, reasons };
  return { topic: orderTopics.orderValidations, key: orderId, value };
}

/** A request for each line that can be reserved. */
function requests(kind: InventoryRequest['kind'], orderId: string, order: InventoryOrder): Emitted[] {
  return order.lines.flatMap(({ product, quantity }, line) => {
    if (product === '' || quantity <= 0) return [];
    return [
      {
        topic: orderTopics.inventoryRequests,
        key: product,
        value: { kind, orderId, line, product, quantity },
      },
    ];
  });
}

const asOpen = ({ product, quantity }: OrderLine): ReservedLine => ({ product, quantity, outcome: null });

/** Why a line can't be reserved, whatever the stock. */
function flawOf({ product, quantity }: OrderLine, index: number): readonly string[] {
  if (product === '') return [`line ${index + 1} names no product to reserve`];
  return quantity > 0 ? [] : [`${product}: ${quantity} asked for, and less than 1 can't be reserved`];
}
