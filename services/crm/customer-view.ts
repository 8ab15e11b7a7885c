import {
  type Customer,
  Customer as CustomerSchema,
  type IncomingRecord,
  type Payload,
} from '../../core/mod.ts';
import { type Database, recordValue, type Statement } from '../platform/view/index.ts';

/** The view's tables; raise the version with any change, and every instance rebuilds its file from the log. */
export const CUSTOMER_VIEW_VERSION = 3;
export const CUSTOMER_VIEW_DDL = `
CREATE TABLE customers (
  id TEXT PRIMARY KEY NOT NULL,
  body TEXT NOT NULL
) STRICT;
`;

/**
 * Folds records of `customers`: the last one of a key counts, a tombstone deletes. Throws for what is no customer
 * of its key; the view then leaves out that record alone.
 */
export function foldCustomers(db: Database, records: readonly IncomingRecord[]): void {
  const last = new Map<string, string | null>();
  for (const { key, value } of records) {
    if (typeof key !== 'string') throw new Error('the key is not the text of a customer identifier');
    last.set(key, value === null ? null : customerText(key, value));
  }
  const put = db.query('INSERT INTO customers VALUES (?, ?) ON CONFLICT DO UPDATE SET body = excluded.body');
  const remove = db.query('DELETE FROM customers WHERE id = ?');
  for (const [key, body] of last) {
    if (body === null) remove.run(key);
    else put.run(key, body);
  }
}

/** A customer's JSON as we write it, whoever wrote the record: answers take it as it is. */
function customerText(key: string, value: Payload): string {
  const customer = recordValue<Customer>(value, CustomerSchema);
  if (customer.customerIdentifier !== key) throw new Error('the customerIdentifier is not the key');
  return JSON.stringify(customer);
}

export interface CustomerPage {
  readonly customers: readonly Customer[];
  /** The identifier to give as `after` for the next page; null at the end. */
  readonly next: string | null;
}

export interface IdentifierPage {
  readonly customerIdentifiers: readonly string[];
  /** The identifier to give as `after` for the next page; null at the end. */
  readonly next: string | null;
}

/** Reads the folded customers. */
export class Customers {
  private readonly db: Database;
  readonly #text: Statement<{ body: string }, [string]>;

  constructor(db: Database) {
    this.db = db;
    this.#text = db.prepare('SELECT body FROM customers WHERE id = ?');
  }

  find(id: string): Customer | null {
    const body = this.text(id);
    return body === null ? null : (JSON.parse(body) as Customer);
  }

  /** The customer's JSON, as `JSON.stringify` writes it. */
  text(id: string): string | null {
    const row = this.#text.get(id);
    return row === null ? null : row.body;
  }

  /** Identifiers alone: of many customers little more is read. */
  identifiers(after: string, limit: number): IdentifierPage {
    const rows = this.db
      .query<{ id: string }, [string, number]>('SELECT id FROM customers WHERE id > ? ORDER BY id LIMIT ?')
      .all(after, limit + 1);
    const customerIdentifiers = rows.slice(0, limit).map(({ id }) => id);
    return { customerIdentifiers, next: rows.length > limit ? (customerIdentifiers.at(-1) ?? null) : null };
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
