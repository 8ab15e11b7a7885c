import { type IncomingRecord, Product, ProductReply, productTopics } from '../../core/mod.ts';
import { type Database, recordValue } from '../platform/view/index.ts';
import { searchExpression } from './search.ts';

/** The view's tables; raise the version with any change, and every instance rebuilds its file from the log. */
export const CATALOGUE_VIEW_VERSION = 1;
export const CATALOGUE_VIEW_DDL = `
CREATE TABLE products (
  number INTEGER PRIMARY KEY,
  sku TEXT NOT NULL UNIQUE,
  revision INTEGER NOT NULL,
  state TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE TABLE product_tags (
  tag TEXT NOT NULL,
  sku TEXT NOT NULL,
  PRIMARY KEY (tag, sku)
) STRICT, WITHOUT ROWID;
CREATE INDEX product_tags_by_sku ON product_tags (sku);
CREATE VIRTUAL TABLE product_texts USING fts5 (sku, name, description, tags, tokenize = 'unicode61 remove_diacritics 2');
CREATE TABLE replies (
  number INTEGER PRIMARY KEY,
  request_id TEXT NOT NULL UNIQUE,
  body TEXT NOT NULL
) STRICT;
`;
export const CATALOGUE_VIEW_TOPICS: readonly string[] = [
  productTopics.products,
  productTopics.productReplies,
];

/** So many replies are kept: whoever waits for one sees it in the batch that brings it. */
const REPLIES_KEPT = 10_000;

/**
 * Folds records of both topics: of a product its newest revision counts. Throws for what is neither product nor reply;
 * the view then leaves out that record alone.
 */
export function foldCatalogue(db: Database, records: readonly IncomingRecord[]): void {
  let replies = 0;
  for (const { topic, value } of records) {
    if (topic === productTopics.products) {
      putProduct(db, recordValue<Product>(value, Product));
    } else {
      putReply(db, recordValue<ProductReply>(value, ProductReply));
      replies++;
    }
  }
  if (replies === 0) return;
  db.query('DELETE FROM replies WHERE number <= (SELECT max(number) FROM replies) - ?').run(REPLIES_KEPT);
}

function putProduct(db: Database, product: Product): void {
  const { sku, revision, state, name, description, tags } = product;
  const put = db
    .query<{ number: number }, [string, number, string, string]>(
      `INSERT INTO products (sku, revision, state, body) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT (sku) DO UPDATE SET revision = ?2, state = ?3, body = ?4 WHERE ?2 > revision
       RETURNING number`,
    )
    .get(sku, revision, state, JSON.stringify(product));
  if (put === null) return; // an older one
  db.query('DELETE FROM product_tags WHERE sku = ?').run(sku);
  for (const tag of tags) db.query('INSERT INTO product_tags (tag, sku) VALUES (?, ?)').run(tag, sku);
  db.query('DELETE FROM product_texts WHERE rowid = ?').run(put.number);
  db.query('INSERT INTO product_texts (rowid, sku, name, description, tags) VALUES (?, ?, ?, ?, ?)').run(
    put.number,
    sku,
    name,
    description,
    tags.join(' '),
  );
}

/** The first reply to a request counts: a record of it may have been published twice. */
function putReply(db: Database, reply: ProductReply): void {
  const put = 'INSERT INTO replies (request_id, body) VALUES (?, ?) ON CONFLICT (request_id) DO NOTHING';
  db.query(put).run(reply.requestId, JSON.stringify(reply));
}

export interface ProductFilter {
  /** Words, each of which a product must have, or a word that begins so; empty: any. */
  readonly search: string;
  /** Empty: any. */
  readonly tag: string;
  /** Null: any. */
  readonly state: Product['state'] | null;
}

export interface ProductPage {
  readonly products: readonly Product[];
  /** The sku to give as `after` for the next page; null at the end. */
  readonly next: string | null;
}

/** Reads the folded catalogue. */
export class Products {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  find(sku: string): Product | null {
    const row = this.#db.query<Row, [string]>('SELECT body FROM products WHERE sku = ?').get(sku);
    return row === null ? null : (JSON.parse(row.body) as Product);
  }

  /** Products after this sku, by sku. */
  page({ search, tag, state }: ProductFilter, after: string, limit: number): ProductPage {
    const where = ['sku > ?'];
    const values: string[] = [after];
    if (search !== '') {
      const expression = searchExpression(search);
      if (expression === null) return { products: [], next: null }; // nothing but marks, which no word has
      where.push('number IN (SELECT rowid FROM product_texts WHERE product_texts MATCH ?)');
      values.push(expression);
    }
    if (tag !== '') {
      where.push('sku IN (SELECT sku FROM product_tags WHERE tag = ?)');
      values.push(tag);
    }
    if (state !== null) {
      where.push('state = ?');
      values.push(state);
    }
    const rows = this.#db
      .query<Row, (string | number)[]>(
        `SELECT body FROM products WHERE ${where.join(' AND ')} ORDER BY sku LIMIT ?`,
      )
      .all(...values, limit + 1);
    const products = rows.slice(0, limit).map(({ body }) => JSON.parse(body) as Product);
    return { products, next: rows.length > limit ? (products.at(-1)?.sku ?? null) : null };
  }

  /** What became of a request, where that is folded; undefined while it is not. */
  replyTo(requestId: string): ProductReply | undefined {
    const row = this.#db.query<Row, [string]>('SELECT body FROM replies WHERE request_id = ?').get(requestId);
    return row === null ? undefined : (JSON.parse(row.body) as ProductReply);
  }
}

interface Row {
  readonly body: string;
}
