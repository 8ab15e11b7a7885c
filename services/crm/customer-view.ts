import { type Customer, Customer as CustomerSchema, decode, type IncomingRecord } from '../../core/mod.ts';
import type { Database } from '../platform/view/index.ts';

/** The view's tables; raise the version with any change, and every instance rebuilds its file from the log. */
export const CUSTOMER_VIEW_VERSION = 1;
export const CUSTOMER_VIEW_DDL = `
CREATE TABLE customers (
  id TEXT PRIMARY KEY,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`;

/** Set on a sample customer: it counts only where there is none of its identifier, so seeding never undoes a change. */
export const SEED_HEADER = 'requite-seed';

/** Folds records of `customers`: the last one of a key counts, a tombstone deletes, what is no customer is passed over. */
export function foldCustomers(db: Database, records: readonly IncomingRecord[]): void {
  const put = db.query(
    'INSERT INTO customers (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body',
  );
  const seed = db.query('INSERT INTO customers (id, body) VALUES (?, ?) ON CONFLICT (id) DO NOTHING');
  const remove = db.query('DELETE FROM customers WHERE id = ?');
  for (const { key, value, headers } of records) {
    if (typeof key !== 'string') continue;
    if (value === null) remove.run(key);
    else {
      const customer = decode<Customer>(value, CustomerSchema);
      if (customer.ok && customer.value.customerIdentifier === key)
        (headers[SEED_HEADER] === undefined ? put : seed).run(key, JSON.stringify(customer.value));
    }
  }
}

export interface CustomerPage {
  readonly customers: readonly Customer[];
  /** The identifier to give as `after` for the next page; null at the end. */
  readonly next: string | null;
}

/** Reads the folded customers. */
export class Customers {
  private readonly db: Database;

  constructor(db: Database) {
    this.db = db;
  }

  find(id: string): Customer | null {
    const row = this.db.query<{ body: string }, [string]>('SELECT body FROM customers WHERE id = ?').get(id);
    return row === null ? null : (JSON.parse(row.body) as Customer);
  }

  page(after: string, limit: number): CustomerPage {
    const rows = this.db
      .query<{ body: string }, [string, number]>(
        'SELECT body FROM customers WHERE id > ? ORDER BY id LIMIT ?',
      )
      .all(after, limit + 1);
    const customers = rows.slice(0, limit).map(({ body }) => JSON.parse(body) as Customer);
    return { customers, next: rows.length > limit ? (customers.at(-1)?.customerIdentifier ?? null) : null };
  }
}
