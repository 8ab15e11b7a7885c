import type { Json } from '../../../core/messages/json.ts';
import { partitionFor } from '../../../core/messages/partitioner.ts';
import type { IncomingRecord, OutgoingRecord } from '../../../core/messages/record.ts';
import { inventoryOrdersFold } from '../../../core/orders/inventory-orders-fold.ts';
import { inventoryProductsFold, type ProductState } from '../../../core/orders/inventory-products-fold.ts';
import type { Order, OrderLine, OrderValidation } from '../../../core/orders/order.ts';
import { orderTopics } from '../../../core/orders/topics.ts';
import { foldBatch, readBatch, stateIdsOf } from '../../../core/view/fold-batch.ts';
import type { AnyKeyedFold } from '../../../core/view/keyed-fold.ts';
import { stateId } from '../../../core/view/keyed-state.ts';
import { MemoryJobStore } from '../../../core/workflow/memory-store.ts';

export const PARTITIONS = 3;

export const line = (product: string, quantity: number): OrderLine => ({ product, quantity, price: '1.00' });

export function order(id: string, lines: readonly OrderLine[], state: Order['state'] = 'CREATED'): Order {
  return {
    id,
    customerId: '1',
    state,
    revision: state === 'CREATED' ? 1 : 2,
    lines: [...lines],
    createdAt: '2026-11-20T08:00:00.000Z',
    failures: [],
  };
}

/** Where a unit of work is cut off. */
export type Crash = 'none' | 'saved' | 'published';

const folds = { orders: inventoryOrdersFold, products: inventoryProductsFold } as const;
export type FoldName = keyof typeof folds;

/** Both of the inventory's folds over one log, stepped by hand, with a store that is not the log's. */
export class InventoryLab {
  readonly store: MemoryJobStore = new MemoryJobStore();
  readonly #topics: Map<string, IncomingRecord[][]> = new Map();
  readonly #committed: Map<string, number> = new Map();

  send(topic: string, key: string, value: unknown): void {
    this.#append([
      {
        topic,
        partition: partitionFor(key, PARTITIONS),
        key,
        value: value === null ? null : JSON.stringify(value),
      },
    ]);
  }

  sendOrder(one: Order): void {
    this.send(orderTopics.orders, one.id, one);
  }

  setStock(product: string, stock: number): void {
    this.send(orderTopics.warehouseInventory, product, { product, stock });
  }

  /** One poll of at most `max` records and what follows; `first` names the input that is read first. */
  async step(
    name: FoldName,
    partition: number,
    max: number,
    { crash = 'none', first = 0 }: { crash?: Crash; first?: number } = {},
  ): Promise<number> {
    const fold: AnyKeyedFold = folds[name];
    const inputs = fold.inputs.map(({ topic }) => topic);
    const turned = [...inputs.slice(first % inputs.length), ...inputs.slice(0, first % inputs.length)];
    const place = (topic: string): string => `${fold.name} ${topic} ${partition}`;
    const records = turned
      .flatMap((topic) => this.partition(topic, partition).slice(this.#committed.get(place(topic)) ?? 0))
      .slice(0, max);
    if (records.length === 0) return 0;
    const batch = readBatch(fold, records);
    const { decided } = foldBatch(fold, batch, await this.store.load(stateIdsOf(fold, batch)), PARTITIONS);
    const changes = decided.flatMap(({ change }) => (change === null ? [] : [change]));
    const conflicts = await this.store.save(changes, { allOrNone: true });
    if (conflicts.length > 0) throw new Error(`conflicts: ${conflicts.join(', ')}`);
    if (crash === 'saved') return 0;
    this.#append(decided.flatMap((each) => each.records));
    if (crash === 'published') return 0;
    for (const { topic, offset } of records) this.#committed.set(place(topic), offset + 1);
    return records.length;
  }

  /** Runs both folds until nothing is left. */
  async drain(): Promise<void> {
    for (let handled = 1; handled > 0; ) {
      handled = 0;
      for (const name of Object.keys(folds) as FoldName[])
        for (let partition = 0; partition < PARTITIONS; partition++)
          handled += await this.step(name, partition, 1_000);
    }
  }

  /** Both groups begin at the earliest record again. */
  rewind(): void {
    this.#committed.clear();
  }

  async product(name: string): Promise<ProductState | undefined> {
    const id = stateId(inventoryProductsFold.name, `product/${name}`);
    return (await this.store.load([id])).get(id)?.input as unknown as ProductState | undefined;
  }

  /** What each order was told, repeats left out. */
  validations(): Map<string, OrderValidation[]> {
    const found = new Map<string, OrderValidation[]>();
    for (const value of this.values(orderTopics.orderValidations) as unknown as OrderValidation[]) {
      const before = found.get(value.orderId) ?? [];
      if (!before.some((each) => JSON.stringify(each) === JSON.stringify(value)))
        found.set(value.orderId, [...before, value]);
    }
    return found;
  }

  values(topic: string): Json[] {
    return this.#partitions(topic).flatMap((records) =>
      records.map(({ value }) => JSON.parse(String(value)) as Json),
    );
  }

  partition(topic: string, partition: number): readonly IncomingRecord[] {
    return this.#partitions(topic)[partition] ?? [];
  }

  #partitions(topic: string): IncomingRecord[][] {
    const found = this.#topics.get(topic) ?? Array.from({ length: PARTITIONS }, () => []);
    this.#topics.set(topic, found);
    return found;
  }

  #append(records: readonly OutgoingRecord[]): void {
    for (const { topic, partition, key, value, headers = {} } of records) {
      const log = this.#partitions(topic)[partition] ?? [];
      log.push({ topic, partition, offset: log.length, key, value, headers, timestampMs: 0 });
    }
  }
}
