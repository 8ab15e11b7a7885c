import {
  asCreated,
  type Json,
  type Order,
  type OrderLine,
  type OutgoingRecord,
  orderContentHash,
  orderTopics,
  partitionFor,
  type Shipment,
  type Transport,
  TransportError,
} from '../../core/mod.ts';
import { HttpProblem, unavailable } from '../platform/http/index.ts';
import type { Answered, PartitionedView } from '../platform/view/index.ts';
import type { OrderTables } from './orders-view.ts';

/** How long a POST waits until its order is decided, in milliseconds. */
const DECISION_MS = 10_000;

/** An order as `/v1` shows it: its first line's fields beside the lines. */
export interface OrderReply {
  readonly id: string;
  readonly customerId: string;
  readonly state: Order['state'];
  readonly product: string;
  readonly quantity: number;
  readonly price: string;
  readonly lines: readonly OrderLine[];
  readonly createdAt: string;
  readonly failures: Order['failures'];
  /** Of a SHIPPED order. */
  readonly shipment?: Shipment;
}

/** What an order can be waited for to become. */
export type Stage = 'validated' | 'shipped';
/** The states in which it has still to come there. */
const BEFORE: Readonly<Record<Stage, readonly Order['state'][]>> = {
  validated: ['CREATED'],
  shipped: ['CREATED', 'VALIDATED'],
};

/** How a read came in. */
export interface Asked {
  /** Whether another instance asks. */
  readonly forwarded: boolean;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
}

export interface OrdersOptions {
  readonly transport: Transport;
  readonly view: PartitionedView;
  readonly tables: OrderTables;
  readonly partitions: number;
}

/** The orders of all instances: placed through the log, read wherever they live. */
export class Orders {
  readonly #options: OrdersOptions;

  constructor(options: OrdersOptions) {
    this.#options = options;
  }

  /**
   * Asks for an order and waits until it is decided: the order as it was created, by this request or by one before
   * with the same content. Throws `HttpProblem`: 409 where another order has the id, 503 where nothing was confirmed.
   */
  async place(order: Order, traceparent: string | null, signal: AbortSignal): Promise<Answered<OrderReply>> {
    const found = await this.ask(order, traceparent, (timeoutMs) =>
      this.find(order.id, timeoutMs, { forwarded: false, signal }),
    );
    const { shipment: _, ...value } = found.value;
    const { servedBy } = found;
    if (
      orderContentHash({ customerId: value.customerId, lines: [...value.lines] }) === orderContentHash(order)
    )
      return { value: { ...value, state: 'CREATED', failures: [] }, servedBy };
    throw orderConflict();
  }

  /** The order, once it is there; undefined when the time is over. */
  find(id: string, timeoutMs: number, asked: Asked): Promise<Answered<OrderReply> | undefined> {
    const probe = (): OrderReply | undefined => replyOf(this.#options.tables.find(id));
    return this.#options.view.query({ key: id, timeoutMs, path: pathOf(id), probe, ...asked });
  }

  /** The order, once it has come so far or has FAILED; undefined when the time is over. */
  findOnce(
    stage: Stage,
    id: string,
    timeoutMs: number,
    asked: Asked,
  ): Promise<Answered<OrderReply> | undefined> {
    const probe = (): OrderReply | undefined => {
      const order = this.#options.tables.find(id);
      return order === undefined || BEFORE[stage].includes(order.state) ? undefined : replyOf(order);
    };
    return this.#options.view.query({ key: id, timeoutMs, path: `${pathOf(id)}/${stage}`, probe, ...asked });
  }

  /** A customer's orders, the newest first; undefined when nobody could say in time. */
  async ofCustomer(
    customerId: string,
    limit: number,
    timeoutMs: number,
    asked: Asked,
  ): Promise<Answered<{ readonly orders: readonly OrderReply[] }> | undefined> {
    const path = `/v1/orders?customerId=${encodeURIComponent(customerId)}&limit=${limit}`;
    const probe = () => ({
      orders: this.#options.tables.ofCustomer(customerId, limit).flatMap((order) => replyOf(order) ?? []),
    });
    return this.#options.view.query({ key: customerId, timeoutMs, path, probe, ...asked });
  }

  /**
   * Asks for an order, and waits until `find` has it; `find` is told how long it may wait. Throws `HttpProblem`: 503
   * where nothing was confirmed.
   */
  async ask<T>(
    order: Order,
    traceparent: string | null,
    find: (timeoutMs: number) => Promise<Answered<T> | undefined>,
  ): Promise<Answered<T>> {
    const found = await this.#publishAnd(order, traceparent, find);
    if (found === undefined) throw unconfirmed(order);
    return found;
  }

  async #publishAnd<T>(
    order: Order,
    traceparent: string | null,
    find: (timeoutMs: number) => Promise<T>,
  ): Promise<T> {
    try {
      await this.#options.transport.publish([requestRecord(order, traceparent, this.#options.partitions)]);
      return await find(DECISION_MS);
    } catch (error) {
      const isDelay =
        error instanceof TransportError
          ? error.canRetry || error.code === 'closed'
          : error instanceof HttpProblem && error.status === 503;
      if (isDelay) throw unconfirmed(order, error);
      throw error;
    }
  }
}

function requestRecord(order: Order, traceparent: string | null, partitions: number): OutgoingRecord {
  const { id } = order;
  const value = JSON.stringify(asCreated(order) satisfies Json);
  const record = {
    topic: orderTopics.orderRequests,
    partition: partitionFor(id, partitions),
    key: id,
    value,
  };
  return traceparent === null ? record : { ...record, headers: { traceparent } };
}

/** The id is named: it may have been made here, and the same order without it would be another. */
function unconfirmed({ id }: Order, cause?: unknown): HttpProblem {
  const detail = `The order was not confirmed in time, and may come to be all the same. Send it again with "id": ${JSON.stringify(id)}: that does no harm.`;
  return unavailable('not-confirmed', detail, cause);
}

export function orderConflict(): HttpProblem {
  const detail =
    'There is another order under this id, which stands: send this one under an id of its own, or leave the id out.';
  return new HttpProblem({ status: 409, code: 'order-conflict', detail });
}

export const pathOf = (id: string): string => `/v1/orders/${encodeURIComponent(id)}`;

function replyOf(order: Order | undefined): OrderReply | undefined {
  const [line] = order?.lines ?? [];
  if (order === undefined || line === undefined) return undefined;
  const { id, customerId, state, lines, createdAt, failures, shipment } = order;
  const { product, quantity, price } = line;
  const reply = { id, customerId, state, product, quantity, price, lines, createdAt, failures };
  return shipment === undefined ? reply : { ...reply, shipment };
}
