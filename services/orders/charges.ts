import { Value } from '@sinclair/typebox/value';
import {
  AnswerError,
  type Charge,
  type Charges,
  ChargesQuestion,
  type IncomingRecord,
  isPeriod,
  type Json,
  MAX_CHARGE_DESCRIPTION_LENGTH,
  MAX_CHARGES,
  type Order,
  orderTopics,
  type Period,
  partitionFor,
  sendable,
  type Transport,
  TransportError,
} from '../../core/mod.ts';
import type { Answered, PartitionedView } from '../platform/view/index.ts';
import type { Asked } from './orders.ts';
import type { OrderTables } from './orders-view.ts';

/** How long a question waits until whoever has the customer's orders has read them all, in milliseconds. */
const COMPLETE_MS = 10_000;
/** Never aborted: a question has no client that could go. */
const STAYS: AbortSignal = new AbortController().signal;

/** Reads that wait for a partition of a topic to be read so far: any record of it may end their wait. */
export class PartitionWaits {
  readonly #topic: string;
  readonly #partitions: number;
  /** How many wait, by the key that they wait under. */
  readonly #keys: Map<string, number> = new Map();

  constructor(topic: string, partitions: number) {
    this.#topic = topic;
    this.#partitions = partitions;
  }

  /** Runs a read under this key. */
  async during<T>(key: string, read: () => Promise<T>): Promise<T> {
    this.#keys.set(key, (this.#keys.get(key) ?? 0) + 1);
    try {
      return await read();
    } finally {
      const left = (this.#keys.get(key) ?? 1) - 1;
      if (left > 0) this.#keys.set(key, left);
      else this.#keys.delete(key);
    }
  }

  /** The keys whose waiting reads a record may satisfy. */
  keysOf({ topic, partition, key }: IncomingRecord): readonly string[] {
    const own = typeof key === 'string' ? [key] : [];
    if (topic !== this.#topic || this.#keys.size === 0) return own;
    const waiting = [...this.#keys.keys()].filter(
      (each) => partitionFor(each, this.#partitions) === partition,
    );
    return [...own, ...waiting];
  }
}

export interface ChargesOptions {
  readonly transport: Transport;
  readonly view: PartitionedView;
  readonly tables: OrderTables;
  readonly waits: PartitionWaits;
  readonly partitions: number;
  /** Which orders are charged, and by which of their days: the day of the shipment, or that of the order. */
  readonly billed: 'shipped' | 'validated';
}

/** A customer's charges, and how far the log must have been read for them. */
export interface ChargesQuery {
  readonly customerId: string;
  readonly period: Period;
  /** Everything before this offset of the customer's partition of `orders-by-customer` must be in the answer. */
  readonly upTo: number;
}

/** What customers have to pay for. */
export class ChargesIndex {
  readonly #options: ChargesOptions;

  constructor(options: ChargesOptions) {
    this.#options = options;
  }

  /**
   * The answer to a question of category `charges`: complete as of the moment it is taken. Every order whose SHIPPED
   * (or VALIDATED) record was on `orders-by-customer` by then is in it, wherever it was made. A shipment that is still
   * on its way through the logs is not, so a period is billed once it is over and they have had a moment; an order that
   * is shipped later belongs to the period of its shipment. Throws `AnswerError`.
   */
  async answer(payload: Json): Promise<Charges> {
    if (!Value.Check(ChargesQuestion, payload) || !isPeriod(payload.period)) {
      const message =
        'a question of category "charges" needs a customerIdentifier and a period {"from","to"} of two days of the calendar, the first before the second';
      throw new AnswerError('bad-question', message);
    }
    const { customerIdentifier: customerId, period } = payload;
    const ends = await this.#options.transport.endOffsets(orderTopics.ordersByCustomer);
    const upTo = ends[partitionFor(customerId, this.#options.partitions)] ?? 0;
    const found = await this.find({ customerId, period, upTo }, COMPLETE_MS, {
      forwarded: false,
      signal: STAYS,
    });
    if (found === undefined)
      throw new TransportError('unavailable', 'the orders on the log are not all read yet');
    const { value } = found;
    if (value.lines.length <= MAX_CHARGES && sendable(value as unknown as Json)) return value;
    throw new AnswerError(
      'too-many-charges',
      `more than ${MAX_CHARGES} lines, or more than an answer holds: ask for a shorter period`,
    );
  }

  /** At most one line more than an answer takes, by which it is told that there are too many. */
  find(
    { customerId, period, upTo }: ChargesQuery,
    timeoutMs: number,
    asked: Asked,
  ): Promise<Answered<Charges> | undefined> {
    const { view, tables, waits, partitions, billed } = this.#options;
    const { from, to } = period;
    const query = new URLSearchParams({ customerId, from, to, upTo: String(upTo) });
    const partition = partitionFor(customerId, partitions);
    const probe = (): Charges | undefined => {
      if (!view.hasApplied({ topic: orderTopics.ordersByCustomer, partition, offset: upTo }))
        return undefined;
      const orders = tables[billed](customerId, from, to, MAX_CHARGES + 1);
      const lines = orders.flatMap((order) => chargesOf(order, billed));
      return { customerIdentifier: customerId, lines: lines.slice(0, MAX_CHARGES + 1) };
    };
    const path = `/v1/charges?${query}`;
    return waits.during(customerId, () => view.query({ key: customerId, timeoutMs, path, probe, ...asked }));
  }
}

function chargesOf(
  { id, lines, createdAt, shipment }: Order,
  billed: ChargesOptions['billed'],
): readonly Charge[] {
  const day = (billed === 'shipped' ? (shipment?.shippedAt ?? createdAt) : createdAt).slice(0, 10);
  return lines.map(({ product, quantity, price }) => ({
    orderId: id,
    description: product.slice(0, MAX_CHARGE_DESCRIPTION_LENGTH),
    quantity,
    unitPrice: price,
    date: day,
  }));
}
