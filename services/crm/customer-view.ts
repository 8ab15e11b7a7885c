import {
  type Customer,
  Customer as CustomerSchema,
  type IncomingRecord,
  type Payload,
} from '../../core/mod.ts';
import { type Database, recordValue } from '../platform/view/index.ts';

/** The view's tables; raise the version with any change, and every instance rebuilds its file from the log. */
export const CUSTOMER_VIEW_VERSION = 1;
export const CUSTOMER_VIEW_DDL = `
CREATE TABLE customers (
  id TEXT PRIMARY KEY,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`;

/**
 * Folds records of `customers`: the last one of a key counts, a tombstone deletes. Throws for what is no customer
 * of its key; the view then leaves out that record alone.
 */
export function foldCustomers(db: Database, records: readonly IncomingRecord[]): void {
  const put = db.query('INSERT OR REPLACE INTO customers (id, body) VALUES (?, ?)');
  const remove = db.query('DELETE FROM customers WHERE id = ?');
  for (const { key, value } of records) {
    if (typeof key !== 'string') throw new Error('the key is not the text of a customer identifier');
    if (value === null) remove.run(key);
    else put.run(key, JSON.stringify(customerOf(key, value)));
  }
}

function customerOf(key: string, value: Payload): Customer {
  const customer = recordValue<Customer>(value, CustomerSchema);
  if (customer.customerIdentifier === key) return customer;
  throw new Error('the customerIdentifier is not the key');
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
