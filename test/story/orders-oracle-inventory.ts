// What became of each reservation, by replaying `inventory-requests` product by product: as naive as its sibling.
import type { InventoryRequest, StockLevel } from '../../core/mod.ts';
import { type Entry, entries, grouped, type Logs } from './orders-oracle-log.ts';
import type { Finding } from './orders-oracle-replay.ts';

export interface Warehouse {
  /** By order that asked for something: PASS if each of its lines was reserved. */
  readonly found: ReadonlyMap<string, Finding>;
  /** Pieces on hand, by product. */
  readonly stock: ReadonlyMap<string, number>;
  /** Pieces reserved in the end, by product. */
  readonly reserved: ReadonlyMap<string, number>;
}

/** The first reservation of a line is decided where it lies in the log; a release gives back what is held, once. */
export function replayInventory(logs: Logs): Warehouse {
  const stock = new Map(
    entries<StockLevel>(logs, 'warehouse-inventory').map(({ value }) => [value.product, value.stock]),
  );
  const found = new Map<string, Finding>();
  const reserved = new Map<string, number>();
  const requests = entries<InventoryRequest>(logs, 'inventory-requests');
  for (const [product, ofProduct] of grouped(requests, ({ value }) => value.product)) {
    const { results, held } = replayProduct(ofProduct, stock.get(product) ?? 0);
    for (const [orderId, isHeld] of results)
      found.set(orderId, isHeld && found.get(orderId) !== 'FAIL' ? 'PASS' : 'FAIL');
    reserved.set(product, held);
  }
  return { found, stock, reserved };
}

function replayProduct(
  requests: readonly Entry<InventoryRequest>[],
  stock: number,
): { readonly results: [string, boolean][]; readonly held: number } {
  const decided = new Map<string, { readonly orderId: string; readonly isHeld: boolean }>();
  const holding = new Map<string, number>();
  const total = (): number => [...holding.values()].reduce((sum, quantity) => sum + quantity, 0);
  for (const { value } of requests) {
    const { kind, orderId, line, quantity } = value;
    const name = `${line} ${orderId}`;
    if (kind === 'release') {
      holding.delete(name);
      // what is given back before it was asked for is never held
      if (!decided.has(name)) decided.set(name, { orderId, isHeld: false });
      continue;
    }
    if (decided.has(name)) continue;
    const isHeld = quantity > 0 && total() + quantity <= stock;
    decided.set(name, { orderId, isHeld });
    if (isHeld) holding.set(name, quantity);
  }
  const results = [...decided.values()].map(({ orderId, isHeld }): [string, boolean] => [orderId, isHeld]);
  return { results, held: total() };
}
