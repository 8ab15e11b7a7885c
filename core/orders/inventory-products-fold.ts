import { Value } from '@sinclair/typebox/value';
import { isWellFormed } from '../messages/utf8.ts';
import { type Emitted, foldInput, type KeyedFold, type Refusal, type States } from '../view/keyed-fold.ts';
import { type InventoryReply, InventoryRequest, ProductName } from './inventory-messages.ts';
import { StockLevel } from './order.ts';
import { orderTopics } from './topics.ts';

type ProductsMessage =
  | { readonly kind: 'level'; readonly product: string; readonly stock: number }
  | { readonly kind: 'request'; readonly request: InventoryRequest };

/** What the warehouse has of a product, and how much of it belongs to orders, in pieces. */
export interface ProductState {
  readonly stock: number;
  readonly reserved: number;
  /** Where the level lies that `stock` is from; -1 before the first. One that comes again is an old one. */
  readonly levelOffset: number;
}

/** One line of an order. It has all of its pieces or none. */
export interface LineState {
  readonly product: string;
  readonly quantity: number;
  readonly status: 'reserved' | 'short' | 'released';
  /** What its reserve was told, and is told again; null where its release came first. */
  readonly reply: Pick<InventoryReply, 'outcome' | 'available'> | null;
}

const productKey = (product: string): string => `product/${product}`;
const lineKey = ({ orderId, line }: InventoryRequest): string => `line/${orderId}/${line}`;

const UNKNOWN: ProductState = { stock: 0, reserved: 0, levelOffset: -1 };

/**
 * Keeps each product's stock and what is reserved of it. A line is reserved where its pieces are free (`stock - reserved`)
 * at the time, else it is short; an unknown product has none. Nothing is taken away from whoever has it: a level set below what is
 * reserved only leaves nothing for others. A line is decided once and given back once, in whatever order and however
 * often its requests come.
 */
export const inventoryProductsFold: KeyedFold<ProductsMessage, ProductState | LineState> = {
  name: 'inventory-products',
  inputs: [
    foldInput(orderTopics.warehouseInventory, StockLevel, {
      toMessage: ({ product, stock }: StockLevel): ProductsMessage => ({ kind: 'level', product, stock }),
      keyOf: ({ product }: StockLevel) => product,
      onTombstone: (product) =>
        Value.Check(ProductName, product) ? { kind: 'level', product, stock: 0 } : null,
    }),
    foldInput(orderTopics.inventoryRequests, InventoryRequest, {
      toMessage: (request: InventoryRequest): ProductsMessage => ({ kind: 'request', request }),
      keyOf: ({ product }: InventoryRequest) => product,
    }),
  ],
  keysOf: (message) =>
    message.kind === 'level'
      ? [productKey(message.product)]
      : [productKey(message.request.product), lineKey(message.request)],
  fold: (message, states, { offset }) => {
    switch (message.kind) {
      case 'level': {
        const { product, stock } = message;
        if (!isWellFormed(product)) return illFormed;
        const known = productOf(states, product);
        // a batch that comes again must not put an old level back, which a new order might then be reserved from
        if (offset > known.levelOffset)
          states.set(productKey(product), { ...known, stock, levelOffset: offset });
        return [];
      }
      case 'request':
        return isWellFormed(message.request.product) ? requested(message.request, states) : illFormed;
      default:
        return message satisfies never;
    }
  },
};

const illFormed: Refusal = {
  refused: { reason: 'invalid-message', detail: 'product needs text without halves of surrogate pairs' },
};

type InventoryStates = States<ProductState | LineState>;

const productOf = (states: InventoryStates, product: string): ProductState =>
  (states.get(productKey(product)) as ProductState | undefined) ?? UNKNOWN;

function requested(request: InventoryRequest, states: InventoryStates): readonly Emitted[] | Refusal {
  const line = states.get(lineKey(request)) as LineState | undefined;
  if (line !== undefined && (line.product !== request.product || line.quantity !== request.quantity)) {
    const detail =
      'this line was asked for with another product or quantity before, which stands: send that one';
    return { refused: { reason: 'inventory-conflict', detail } };
  }
  switch (request.kind) {
    case 'reserve':
      return reserve(request, line, states);
    case 'release':
      return release(request, line, states);
    default:
      return request.kind satisfies never;
  }
}

function reserve(
  request: InventoryRequest,
  line: LineState | undefined,
  states: InventoryStates,
): readonly Emitted[] {
  if (line !== undefined && line.reply !== null) return [replyTo(request, line.reply)];
  const { product, quantity } = request;
  const known = productOf(states, product);
  const free = known.stock - known.reserved;
  const available = Math.max(0, free);
  // its release came first: nobody would give it back any more
  const isRefused = line?.status === 'released';
  const outcome = !isRefused && quantity <= free ? 'reserved' : 'short';
  const reply = { outcome, available } as const;
  if (outcome === 'reserved')
    states.set(productKey(product), { ...known, reserved: known.reserved + quantity });
  states.set(lineKey(request), { product, quantity, status: isRefused ? 'released' : outcome, reply });
  return [replyTo(request, reply)];
}

function release(
  request: InventoryRequest,
  line: LineState | undefined,
  states: InventoryStates,
): readonly Emitted[] {
  const { product, quantity } = request;
  if (line === undefined) {
    states.set(lineKey(request), { product, quantity, status: 'released', reply: null });
  } else if (line.status === 'reserved') {
    const known = productOf(states, product);
    states.set(productKey(product), { ...known, reserved: known.reserved - quantity });
    states.set(lineKey(request), { ...line, status: 'released' });
  }
  return [];
}

function replyTo(
  { orderId, line, product }: InventoryRequest,
  { outcome, available }: Pick<InventoryReply, 'outcome' | 'available'>,
): Emitted {
  const value = { orderId, line, product, outcome, available };
  return { topic: orderTopics.inventoryReplies, key: orderId, value };
}
