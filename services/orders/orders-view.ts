import { type IncomingRecord, Order, type Order as OrderValue, orderTopics } from '../../core/mod.ts';
import { type Database, recordValue } from '../platform/view/index.ts';

/** The view's tables; raise the version with any change, and every instance rebuilds its file from the log. */
export const ORDERS_VIEW_VERSION = 2;
export const ORDERS_VIEW_DDL = `
CREATE TABLE orders (
  id TEXT PRIMARY KEY,
  revision INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE customer_orders (
  id TEXT PRIMARY KEY,
  customer TEXT NOT NULL,
  state TEXT NOT NULL,
  created_at TEXT NOT NULL,
  shipped_at TEXT,
  revision INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX customer_orders_by_date ON customer_orders (customer, created_at, id);
CREATE INDEX customer_orders_by_shipment ON customer_orders (customer, shipped_at, id) WHERE shipped_at IS NOT NULL;
`;

/** The topics that are folded: the same orders by their id, and by their customer. */
export const ORDERS_VIEW_TOPICS: readonly string[] = [orderTopics.orders, orderTopics.ordersByCustomer];

/**
 * Folds records of both topics: of an order its newest revision counts. Throws for what is no order; the view then
 * leaves out that record alone.
 */
export function foldOrders(db: Database, records: readonly IncomingRecord[]): void {
  const byId = db.query(
    `INSERT INTO orders (id, revision, body) VALUES (?1, ?2, ?3)
     ON CONFLICT (id) DO UPDATE SET revision = ?2, body = ?3 WHERE ?2 > revision`,
  );
  const byCustomer = db.query(
    `INSERT INTO customer_orders (id, customer, state, created_at, shipped_at, revision, body)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
     ON CONFLICT (id) DO UPDATE SET state = ?3, shipped_at = ?5, revision = ?6, body = ?7 WHERE ?6 > revision`,
  );
  for (const { topic, value } of records) {
    const order = recordValue<OrderValue>(value, Order);
    const { id, customerId, state, createdAt, revision, shipment } = order;
    const body = JSON.stringify(order);
    if (topic === orderTopics.orders) byId.run(id, revision, body);
    else byCustomer.run(id, customerId, state, createdAt, shipment?.shippedAt ?? null, revision, body);
  }
}

/** Reads the part of the orders that this instance has. */
export class OrderTables {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  find(id: string): OrderValue | undefined {
    const row = this.#db.query<{ body: string }, [string]>('SELECT body FROM orders WHERE id = ?').get(id);
    return row === null ? undefined : (JSON.parse(row.body) as OrderValue);
  }

  /** A customer's orders, the newest first. */
  ofCustomer(customerId: string, limit: number): readonly OrderValue[] {
    return this.#db
      .query<{ body: string }, [string, number]>(
        'SELECT body FROM customer_orders WHERE customer = ? ORDER BY created_at DESC, id DESC LIMIT ?',
      )
      .all(customerId, limit)
      .map(({ body }) => JSON.parse(body) as OrderValue);
  }

  /** A customer's orders that were shipped from the first date on and before the second, the first shipped first. */
  shipped(customerId: string, from: string, to: string, limit: number): readonly OrderValue[] {
    return this.#db
      .query<{ body: string }, [string, string, string, number]>(
        `SELECT body FROM customer_orders
         WHERE customer = ? AND shipped_at >= ? AND shipped_at < ? AND state = 'SHIPPED'
         ORDER BY shipped_at, id LIMIT ?`,
      )
      .all(customerId, from, to, limit)
      .map(({ body }) => JSON.parse(body) as OrderValue);
  }

  /**
   * A customer's orders that were validated, shipped since or not, and created from the first date on and before the
   * second, the oldest first.
   */
  validated(customerId: string, from: string, to: string, limit: number): readonly OrderValue[] {
    return this.#db
      .query<{ body: string }, [string, string, string, number]>(
        `SELECT body FROM customer_orders
         WHERE customer = ? AND created_at >= ? AND created_at < ? AND state IN ('VALIDATED', 'SHIPPED')
         ORDER BY created_at, id LIMIT ?`,
      )
      .all(customerId, from, to, limit)
      .map(({ body }) => JSON.parse(body) as OrderValue);
  }
}
