import { type IncomingRecord, InventoryLevel, orderTopics, StockLevel } from '../../core/mod.ts';
import { type Database, recordValue } from '../platform/view/index.ts';

/** The view's tables; raise the version with any change, and every instance rebuilds its file from the log. */
export const STOCK_VIEW_VERSION = 1;
export const STOCK_VIEW_DDL = `
CREATE TABLE stock (
  sku TEXT PRIMARY KEY,
  stock INTEGER NOT NULL,
  reserved INTEGER NOT NULL,
  free INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  unit_price TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE changes (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  sku TEXT NOT NULL,
  outcome TEXT NOT NULL
) STRICT;
`;
/** What the fold says each product has; and the levels that were set, also those that it has not come to yet. */
export const STOCK_VIEW_TOPICS: readonly string[] = [
  orderTopics.inventoryLevels,
  orderTopics.warehouseInventory,
];

/** So many changes are kept: whoever waits for one sees it in the batch that brings it. */
const CHANGES_KEPT = 10_000;

/**
 * Folds records of both topics: of a product the fold's newest revision counts. Throws for what is no level; the view
 * then leaves out that record alone.
 */
export function foldStock(db: Database, records: readonly IncomingRecord[]): void {
  let changes = 0;
  for (const { topic, value } of records) {
    if (topic === orderTopics.inventoryLevels) {
      const level = recordValue<InventoryLevel>(value, InventoryLevel);
      putLevel(db, level);
      if (level.change === undefined) continue;
      putChange(db, level.product, level.change);
      changes++;
    } else if (value !== null) {
      putAnnounced(db, recordValue<StockLevel>(value, StockLevel));
    }
  }
  if (changes === 0) return;
  db.query('DELETE FROM changes WHERE number <= (SELECT max(number) FROM changes) - ?').run(CHANGES_KEPT);
}

function putLevel(db: Database, { product, stock, reserved, free, revision }: InventoryLevel): void {
  db.query(
    `INSERT INTO stock (sku, stock, reserved, free, revision) VALUES (?1, ?2, ?3, ?4, ?5)
     ON CONFLICT (sku) DO UPDATE SET stock = ?2, reserved = ?3, free = ?4, revision = ?5 WHERE ?5 > revision`,
  ).run(product, stock, reserved, free, revision);
}

/** A product that the fold has not told of yet has what was set; its price is not the fold's. */
function putAnnounced(db: Database, { product, stock, unitPrice }: StockLevel): void {
  db.query(
    `INSERT INTO stock (sku, stock, reserved, free, revision, unit_price) VALUES (?1, ?2, 0, ?2, 0, ?3)
     ON CONFLICT (sku) DO UPDATE SET
       unit_price = ?3,
       stock = iif(revision = 0, ?2, stock),
       free = iif(revision = 0, ?2, free)`,
  ).run(product, stock, unitPrice ?? null);
}

/** The first record of a change counts: it may have been published twice. */
function putChange(db: Database, sku: string, { id, outcome }: NonNullable<InventoryLevel['change']>): void {
  db.query('INSERT INTO changes (id, sku, outcome) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING').run(
    id,
    sku,
    outcome,
  );
}

/** What a product has, as it is shown. */
export interface Stock {
  readonly sku: string;
  /** What the warehouse has, reserved pieces included. */
  readonly stock: number;
  readonly reserved: number;
  readonly free: number;
}

export type ChangeOutcome = NonNullable<InventoryLevel['change']>['outcome'];

/** Reads the folded stock. */
export class StockTable {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  find(sku: string): Stock | null {
    return this.#db
      .query<Stock, [string]>('SELECT sku, stock, reserved, free FROM stock WHERE sku = ?')
      .get(sku);
  }

  /** Products after this sku, by sku. */
  page(after: string, limit: number): readonly Stock[] {
    return this.#db
      .query<Stock, [string, number]>(
        'SELECT sku, stock, reserved, free FROM stock WHERE sku > ? ORDER BY sku LIMIT ?',
      )
      .all(after, limit);
  }

  /** The list price that was set with the stock; null where there is none. */
  unitPrice(sku: string): string | null {
    const found = this.#db.query<{ unit_price: string | null }, [string]>(
      'SELECT unit_price FROM stock WHERE sku = ?',
    );
    return found.get(sku)?.unit_price ?? null;
  }

  /** What came of a change, where that is folded; undefined while it is not. */
  outcomeOf(changeId: string): ChangeOutcome | undefined {
    return this.#db
      .query<{ outcome: ChangeOutcome }, [string]>('SELECT outcome FROM changes WHERE id = ?')
      .get(changeId)?.outcome;
  }
}
