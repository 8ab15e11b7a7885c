import { Value } from '@sinclair/typebox/value';
import { isWellFormed } from '../messages/utf8.ts';
import {
  type Emitted,
  foldInput,
  type KeyedFold,
  type Origin,
  type Refusal,
  type States,
} from '../view/keyed-fold.ts';
import {
  CHANGE_ID_HEADER,
  InventoryAdjustment,
  type InventoryLevel,
  type InventoryReply,
  InventoryRequest,
  MAX_STOCK,
  ProductName,
} from './inventory-messages.ts';
import { StockLevel } from './order.ts';
import { orderTopics } from './topics.ts';

type ProductsMessage =
  | { readonly kind: 'level'; readonly product: string; readonly stock: number }
  | { readonly kind: 'request'; readonly request: InventoryRequest }
  | { readonly kind: 'adjustment'; readonly adjustment: InventoryAdjustment };

/** What the warehouse has of a product, and how much of it belongs to orders, in pieces. */
export interface ProductState {
  readonly stock: number;
  readonly reserved: number;
  /** Where the level lies that `stock` is from; -1 before the first. One that comes again is an old one. */
  readonly levelOffset: number;
  /** Counts the changes of stock and reserved; left out: before they were counted. */
  readonly revision?: number;
}

/** One line of an order. It has all of its pieces or none. */
export interface LineState {
  readonly product: string;
  readonly quantity: number;
  readonly status: 'reserved' | 'short' | 'released';
  /** What its reserve was told, and is told again; null where its release came first. */
  readonly reply: Pick<InventoryReply, 'outcome' | 'available'> | null;
}

/** What came of an adjustment, for when it comes again. */
export interface AdjustmentState {
  readonly by: number;
  readonly outcome: 'applied' | 'out-of-range';
}

const productKey = (product: string): string => `product/${product}`;
const lineKey = ({ orderId, line }: InventoryRequest): string => `line/${orderId}/${line}`;
const adjustmentKey = ({ product, id }: InventoryAdjustment): string =>
  `adjustment/${encodeURIComponent(product)}/${id}`;

const UNKNOWN: ProductState = { stock: 0, reserved: 0, levelOffset: -1 };

/**
 * Keeps each product's stock and what is reserved of it. A line is reserved where its pieces are free (`stock - reserved`)
 * at the time, else it is short; an unknown product has none. Nothing is taken away from whoever has it: a level set below what is
 * reserved only leaves nothing for others. A line is decided once and given back once, in whatever order and however
 * often its requests come.
 *
 * Each change of a product goes to `inventory-levels`.
 */
export const inventoryProductsFold: KeyedFold<ProductsMessage, InventoryState> = {
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
    foldInput(orderTopics.inventoryAdjustments, InventoryAdjustment, {
      toMessage: (adjustment: InventoryAdjustment): ProductsMessage => ({ kind: 'adjustment', adjustment }),
      keyOf: ({ product }: InventoryAdjustment) => product,
    }),
  ],
  keysOf: (message) => {
    switch (message.kind) {
      case 'level':
        return [productKey(message.product)];
      case 'request':
        return [productKey(message.request.product), lineKey(message.request)];
      case 'adjustment':
        return [productKey(message.adjustment.product), adjustmentKey(message.adjustment)];
      default:
        return message satisfies never;
    }
  },
  fold: (message, states, origin) => {
    switch (message.kind) {
      case 'level':
        return isWellFormed(message.product) ? set(message, states, origin) : illFormed;
      case 'request':
        return isWellFormed(message.request.product) ? requested(message.request, states) : illFormed;
      case 'adjustment': {
        const { product, id } = message.adjustment;
        return isWellFormed(product) && isWellFormed(id)
          ? adjust(message.adjustment, states, origin)
          : illFormed;
      }
      default:
        return message satisfies never;
    }
  },
};

const illFormed: Refusal = {
  refused: { reason: 'invalid-message', detail: 'product needs text without halves of surrogate pairs' },
};

type InventoryState = ProductState | LineState | AdjustmentState;
type InventoryStates = States<InventoryState>;

const productOf = (states: InventoryStates, product: string): ProductState =>
  (states.get(productKey(product)) as ProductState | undefined) ?? UNKNOWN;

function change(
  states: InventoryStates,
  product: string,
  known: ProductState,
  changes: Partial<ProductState>,
): void {
  states.set(productKey(product), { ...known, ...changes, revision: (known.revision ?? 0) + 1 });
}

/** The product as it stands: again, too, where a message comes again (invariant 5). */
function levelOf(
  states: InventoryStates,
  product: string,
  by?: InventoryLevel['change'],
): readonly Emitted[] {
  const { stock, reserved, revision = 0 } = productOf(states, product);
  if (revision === 0) return []; // nothing has changed since changes are counted
  const free = Math.max(0, stock - reserved);
  const value = { product, stock, reserved, free, revision, ...(by === undefined ? {} : { change: by }) };
  return [{ topic: orderTopics.inventoryLevels, key: product, value }];
}

function set(
  { product, stock }: Extract<ProductsMessage, { kind: 'level' }>,
  states: InventoryStates,
  { offset, headers }: Origin,
): readonly Emitted[] {
  const known = productOf(states, product);
  // a batch that comes again must not put an old level back, which a new order might then be reserved from
  if (offset > known.levelOffset) change(states, product, known, { stock, levelOffset: offset });
  const id = changeIdOf(headers);
  return levelOf(states, product, id === null ? undefined : { id, outcome: 'applied' });
}

const changeIdOf = (headers: Origin['headers']): string | null =>
  headers[CHANGE_ID_HEADER]?.slice(0, 256) || null;

function adjust(
  adjustment: InventoryAdjustment,
  states: InventoryStates,
  { headers }: Origin,
): readonly Emitted[] | Refusal {
  const { product, by } = adjustment;
  const id = changeIdOf(headers) ?? adjustment.id;
  const known = productOf(states, product);
  if (known.levelOffset < 0) {
    const detail = 'the warehouse has no level of this product: set one first, and adjust it then';
    return { refused: { reason: 'unknown-product', detail } };
  }
  const before = states.get(adjustmentKey(adjustment)) as AdjustmentState | undefined;
  if (before !== undefined)
    return levelOf(states, product, { id, outcome: before.by === by ? before.outcome : 'conflict' });
  const stock = known.stock + by;
  const outcome = stock >= 0 && stock <= MAX_STOCK ? 'applied' : 'out-of-range';
  states.set(adjustmentKey(adjustment), { by, outcome });
  // where nothing changes, the revision does: what is told of it must not be taken for an old record
  change(states, product, known, outcome === 'applied' ? { stock } : {});
  return levelOf(states, product, { id, outcome });
}

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
  const { product, quantity } = request;
  if (line !== undefined && line.reply !== null)
    return [
      replyTo(request, line.reply),
      ...(line.reply.outcome === 'reserved' ? levelOf(states, product) : []),
    ];
  const known = productOf(states, product);
  const free = known.stock - known.reserved;
  const available = Math.max(0, free);
  // its release came first: nobody would give it back any more
  const isRefused = line?.status === 'released';
  const outcome = !isRefused && quantity <= free ? 'reserved' : 'short';
  const reply = { outcome, available } as const;
  if (outcome === 'reserved') change(states, product, known, { reserved: known.reserved + quantity });
  states.set(lineKey(request), { product, quantity, status: isRefused ? 'released' : outcome, reply });
  return [replyTo(request, reply), ...(outcome === 'reserved' ? levelOf(states, product) : [])];
}

function release(
  request: InventoryRequest,
  line: LineState | undefined,
  states: InventoryStates,
): readonly Emitted[] {
  const { product, quantity } = request;
  if (line === undefined) {
    states.set(lineKey(request), { product, quantity, status: 'released', reply: null });
    return [];
  }
  if (line.reply?.outcome !== 'reserved') return [];
  if (line.status === 'reserved') {
    const known = productOf(states, product);
    change(states, product, known, { reserved: known.reserved - quantity });
    states.set(lineKey(request), { ...line, status: 'released' });
  }
  return levelOf(states, product);
}

function replyTo(
  { orderId, line, product }: InventoryRequest,
  { outcome, available }: Pick<InventoryReply, 'outcome' | 'available'>,
): Emitted {
  const value = { orderId, line, product, outcome, available };
  return { topic: orderTopics.inventoryReplies, key: orderId, value };
}
