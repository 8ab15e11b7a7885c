import {
  type Order,
  orderContentHash,
  orderTopics,
  partitionFor,
  type Shipment,
  type StockCheck as StockCheckResult,
  type Transport,
  TransportError,
} from '../../core/mod.ts';
import { HttpProblem } from '../platform/http/index.ts';
import type { Answered, PartitionedView } from '../platform/view/index.ts';
import type { ApiOrderRequest } from './api-request.ts';
import type { ShortLine, StockCheck } from './api-stock.ts';
import type { PartitionWaits } from './charges.ts';
import { type Asked, type Orders, orderConflict } from './orders.ts';
import type { OrderTables } from './orders-view.ts';

/** How long it is looked for an order whose stock seems to be gone, in milliseconds: it may be the one that took it. */
const LOOK_MS = 1_000;

/** An order as `/api` shows it. */
export interface ApiOrder {
  readonly id: string;
  readonly customerId: string;
  readonly state: Order['state'];
  readonly lines: readonly { readonly sku: string; readonly quantity: number; readonly price: string }[];
  readonly createdAt: string;
  /** What was known of the stock when it was taken. */
  readonly stockCheck: StockCheckResult;
  readonly failures: Order['failures'];
  /** Of a SHIPPED order. */
  readonly shipment?: Shipment;
}

/** What came of a request. */
export type Placed =
  | { readonly kind: 'placed'; readonly answered: Answered<ApiOrder> }
  | { readonly kind: 'short'; readonly lines: readonly ShortLine[] };

interface Found {
  readonly orders: readonly ApiOrder[];
}

export interface ApiOrdersOptions {
  readonly transport: Transport;
  readonly view: PartitionedView;
  readonly tables: OrderTables;
  readonly partitions: number;
  readonly orders: Orders;
  readonly stock: StockCheck;
  /** Of `orders`. */
  readonly waits: PartitionWaits;
}

/** Orders of several lines, taken once the inventory has been asked. */
export class ApiOrders {
  readonly #options: ApiOrdersOptions;

  constructor(options: ApiOrdersOptions) {
    this.#options = options;
  }

  /**
   * Takes an order whose lines are in stock, or of which that can't be told now; says which lines are short else. An
   * order that is there already under this id, with this content, is answered as it was the first time. Throws
   * `HttpProblem`: 409 where another order has the id, 503 where nothing was confirmed.
   */
  async place(
    { order, isNamed }: ApiOrderRequest,
    traceparent: string | null,
    signal: AbortSignal,
  ): Promise<Placed> {
    const asked = { forwarded: false, signal };
    const known = isNamed ? await this.look(order.id, 0, 0, asked) : undefined;
    const first = repeatOf(order, known);
    if (first !== null) return first;
    const verdict = await this.#options.stock.check(order.lines);
    if (verdict.kind === 'short') {
      // its own reservation may be what took the stock: an order that was sent before, and is still on its way to here
      const now = isNamed ? await this.#lookNow(order.id, asked) : NOTHING;
      const late = repeatOf(order, now);
      if (late !== null) return late;
      // where nobody could say, the order goes on: it is decided by who knows, as a repeat or by its validation
      if (now !== undefined) return verdict;
    }
    const stockCheck = verdict.kind === 'in-stock' ? 'in-stock' : 'pending';
    const found = await this.#options.orders.ask({ ...order, stockCheck }, traceparent, (timeoutMs) =>
      this.find(order.id, timeoutMs, asked),
    );
    return { kind: 'placed', answered: { ...found, value: asPlaced(order, found.value) } };
  }

  /** The order, once it is there; undefined when the time is over. */
  find(id: string, timeoutMs: number, asked: Asked): Promise<Answered<ApiOrder> | undefined> {
    const probe = (): ApiOrder | undefined => {
      const order = this.#options.tables.find(id);
      return order === undefined ? undefined : apiOrder(order);
    };
    return this.#options.view.query({ key: id, timeoutMs, path: apiPathOf(id), probe, ...asked });
  }

  /**
   * The order as a list of one, or of none where there is none: it does not wait for one to come. What it says holds as
   * of this offset of the id's partition of `orders`; undefined when nobody could say in time.
   */
  look(id: string, upTo: number, timeoutMs: number, asked: Asked): Promise<Answered<Found> | undefined> {
    const { view, tables, partitions, waits } = this.#options;
    const partition = partitionFor(id, partitions);
    const probe = (): Found | undefined => {
      if (!view.hasApplied({ topic: orderTopics.orders, partition, offset: upTo })) return undefined;
      const order = tables.find(id);
      return { orders: order === undefined ? [] : [apiOrder(order)] };
    };
    const path = `/api/orders?id=${encodeURIComponent(id)}&upTo=${upTo}`;
    return waits.during(id, () => view.query({ key: id, timeoutMs, path, probe, ...asked }));
  }

  /** A customer's orders, the newest first; undefined when nobody could say in time. */
  ofCustomer(
    customerId: string,
    limit: number,
    timeoutMs: number,
    asked: Asked,
  ): Promise<Answered<Found> | undefined> {
    const { view, tables } = this.#options;
    const path = `/api/orders?customerId=${encodeURIComponent(customerId)}&limit=${limit}`;
    const probe = (): Found => ({ orders: tables.ofCustomer(customerId, limit).map(apiOrder) });
    return view.query({ key: customerId, timeoutMs, path, probe, ...asked });
  }

  /** The order by all that the log has now. */
  async #lookNow(id: string, asked: Asked): Promise<Answered<Found> | undefined> {
    const { transport, partitions } = this.#options;
    try {
      const ends = await transport.endOffsets(orderTopics.orders);
      return await this.look(id, ends[partitionFor(id, partitions)] ?? 0, LOOK_MS, asked);
    } catch (error) {
      // the log does not say now; what is published next finds out
      if (error instanceof TransportError && error.canRetry) return undefined;
      throw error;
    }
  }
}

/** An id that was made here is nobody's. */
const NOTHING: Answered<Found> = { value: { orders: [] }, servedBy: '' };

export const apiPathOf = (id: string): string => `/api/orders/${encodeURIComponent(id)}`;

/** Null where there is no order of this id. Throws 409 where there is another. */
function repeatOf(order: Order, found: Answered<Found> | undefined): Placed | null {
  const known = found?.value.orders[0];
  if (found === undefined || known === undefined) return null;
  return { kind: 'placed', answered: { value: asPlaced(order, known), servedBy: found.servedBy } };
}

/** The order that is there as it was when it was taken. Throws 409 where it is another than the one that was sent. */
function asPlaced(sent: Order, { shipment: _, ...known }: ApiOrder): ApiOrder {
  const lines = known.lines.map(({ sku, quantity, price }) => ({ product: sku, quantity, price }));
  if (orderContentHash({ customerId: known.customerId, lines }) !== orderContentHash(sent))
    throw orderConflict();
  return { ...known, state: 'CREATED', failures: [] };
}

function apiOrder({
  id,
  customerId,
  state,
  lines,
  createdAt,
  stockCheck,
  failures,
  shipment,
}: Order): ApiOrder {
  return {
    id,
    customerId,
    state,
    lines: lines.map(({ product, quantity, price }) => ({ sku: product, quantity, price })),
    createdAt,
    // nobody asked for one that came by another door: its validation decides
    stockCheck: stockCheck ?? 'pending',
    failures,
    ...(shipment === undefined ? {} : { shipment }),
  };
}

/** 409 that names each line that is short. */
export function shortProblem(lines: readonly ShortLine[]): HttpProblem {
  const errors = lines.map(({ line, sku, asked, free }) => ({
    path: `/lines/${line}`,
    message:
      free === null
        ? `${sku}: the warehouse does not know it`
        : `${sku}: ${asked} asked for, ${free === 0 ? 'none' : free} free`,
  }));
  const detail =
    'There is not enough of what "lines" names, and nothing was ordered: send the order with less, or later.';
  return new HttpProblem({ status: 409, code: 'out-of-stock', detail, errors });
}
