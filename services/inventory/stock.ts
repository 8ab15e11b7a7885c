import {
  CHANGE_ID_HEADER,
  type InventoryAdjustment,
  type OutgoingRecord,
  orderTopics,
  partitionFor,
  type StockLevel,
  type Transport,
  TransportError,
} from '../../core/mod.ts';
import type { Seeding } from '../platform/host/seeding.ts';
import { unavailable } from '../platform/http/index.ts';
import type { Telemetry } from '../platform/telemetry/index.ts';
import type { View } from '../platform/view/index.ts';
import type { ChangeOutcome, Stock, StockTable } from './stock-view.ts';

/** How long a change waits until it is decided and to be read here, in milliseconds. */
const DECISION_MS = 10_000;
/** How long a read waits for the view to reach the log's end, where it has to, in milliseconds. */
const CATCH_UP_MS = 2_000;
/** How long a change waits for the sample stock to be on the log, in milliseconds. */
const SEEDING_MS = 5_000;

export interface WarehouseOptions {
  readonly transport: Transport;
  readonly view: View;
  readonly table: StockTable;
  readonly seeding: Seeding;
  readonly partitions: number;
  readonly telemetry: Telemetry;
}

export interface StockOfMany {
  readonly items: readonly Stock[];
  /** What the warehouse never had a level of. */
  readonly unknown: readonly string[];
}

/** What came of a change, and the product as it stands here now. */
export interface Changed {
  readonly outcome: ChangeOutcome;
  readonly stock: Stock;
}

/** The record of a stock level on `warehouse-inventory`. */
export function stockRecord(level: StockLevel, partitions: number): OutgoingRecord {
  const { product } = level;
  const partition = partitionFor(product, partitions);
  const value = JSON.stringify(level);
  return { topic: orderTopics.warehouseInventory, partition, key: product, value };
}

/** The stock that all instances share, through the log. */
export class Warehouse {
  readonly #options: WarehouseOptions;

  constructor(options: WarehouseOptions) {
    this.#options = options;
  }

  page(after: string, limit: number): { readonly items: readonly Stock[]; readonly next: string | null } {
    const found = this.#options.table.page(after, limit + 1);
    const items = found.slice(0, limit);
    return { items, next: found.length > limit ? (items.at(-1)?.sku ?? null) : null };
  }

  /**
   * What these have, by what is known here; `isFresh`: by all that the log has now. A product is unknown only if the log
   * has no level of it. Throws `TransportError` ('unavailable').
   */
  async ofMany(skus: readonly string[], isFresh: boolean): Promise<StockOfMany> {
    if (isFresh) await this.#catchUp();
    const first = this.#look(skus);
    if (isFresh || first.unknown.length === 0) return first;
    await this.#catchUp();
    return this.#look(skus);
  }

  /** The product; null only if the log has no level of it by now. */
  async find(sku: string): Promise<Stock | null> {
    return (await this.ofMany([sku], false)).items[0] ?? null;
  }

  /** Sets the level: durable, and to be seen here, when it resolves. Throws `HttpProblem` (503). */
  set({ product, stock, unitPrice }: StockLevel): Promise<Changed> {
    const { table, partitions } = this.#options;
    // the topic keeps the last record of a product alone: a price that is not sent stays
    const price = unitPrice ?? table.unitPrice(product) ?? undefined;
    const level = { product, stock, ...(price === undefined ? {} : { unitPrice: price }) };
    return this.#change(product, stockRecord(level, partitions));
  }

  /** Counts pieces in or out: durable, and to be seen here, when it resolves. Throws `HttpProblem` (503). */
  adjust(adjustment: InventoryAdjustment): Promise<Changed> {
    const { product } = adjustment;
    const partition = partitionFor(product, this.#options.partitions);
    const value = JSON.stringify(adjustment);
    return this.#change(product, {
      topic: orderTopics.inventoryAdjustments,
      partition,
      key: product,
      value,
    });
  }

  async #change(sku: string, record: OutgoingRecord): Promise<Changed> {
    const { transport, view, table, seeding, telemetry } = this.#options;
    if (!(await seeding.settled(SEEDING_MS))) {
      const detail = 'The sample stock is still being put in place: send it again in a few seconds.';
      throw unavailable('not-ready', detail);
    }
    const changeId = crypto.randomUUID();
    const traceparent = telemetry.active();
    const headers = { [CHANGE_ID_HEADER]: changeId, ...(traceparent === null ? {} : { traceparent }) };
    await transport.publish([{ ...record, headers }]);
    const probe = (): Changed | undefined => {
      const outcome = table.outcomeOf(changeId);
      const stock = table.find(sku);
      return outcome === undefined || stock === null ? undefined : { outcome, stock };
    };
    const changed = await view.waitFor(probe, DECISION_MS);
    if (changed !== undefined) return changed;
    const detail =
      'The change was not confirmed in time, and may come to be all the same. Sending it again does no harm.';
    throw unavailable('not-confirmed', detail);
  }

  #look(skus: readonly string[]): StockOfMany {
    const found = skus.map((sku) => [sku, this.#options.table.find(sku)] as const);
    return {
      items: found.flatMap(([, stock]) => (stock === null ? [] : [stock])),
      unknown: found.flatMap(([sku, stock]) => (stock === null ? [sku] : [])),
    };
  }

  async #catchUp(): Promise<void> {
    const { view, seeding } = this.#options;
    // a product that is not there yet must not be told from one that is not
    if (!seeding.isSettled) throw new TransportError('unavailable', 'the samples are being put in place');
    if (await view.caughtUp(CATCH_UP_MS)) return;
    throw new TransportError('unavailable', 'the levels on the log are not all read yet');
  }
}
