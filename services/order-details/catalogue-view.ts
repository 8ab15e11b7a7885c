import { decode, type IncomingRecord, orderTopics, StockLevel, TransportError } from '../../core/mod.ts';
import { pause } from '../platform/pause.ts';
import type { Platform } from '../platform/service.ts';
import { type Database, openView, type View } from '../platform/view/index.ts';

const VERSION = 1;
const DDL = 'CREATE TABLE products (product TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;';

/** SQLite's name for a database in memory: the catalogue is small, and an instance without a port has no file of its own. */
const IN_MEMORY = ':memory:';

/** How long orders wait at a time for the view to reach the log's end, in milliseconds; a stop waits for that. */
const CATCH_UP_MS = 2_000;
const RETRY_MS = 250;

/** The products that there are: whatever the warehouse has a level of, be it zero. */
export class Catalogue {
  readonly #view: View;

  private constructor(view: View) {
    this.#view = view;
  }

  /** Opens the catalogue, and waits for as long as it takes until it has read what is on the log. */
  static async open({ backing, logger, stopping }: Platform): Promise<Catalogue> {
    const view = await openView({
      transport: backing.transport,
      file: IN_MEMORY,
      version: VERSION,
      ddl: DDL,
      topics: [orderTopics.warehouseInventory],
      apply: foldProducts,
      logger,
    });
    const catalogue = new Catalogue(view);
    while (stopping?.aborted !== true) {
      try {
        await catalogue.catchUp();
        return catalogue;
      } catch (error) {
        // the log is away or the topic long: everything waits for it, and the view says why in its readiness
        if (!(error instanceof TransportError && error.canRetry)) {
          await catalogue.close();
          throw error;
        }
        await pause(RETRY_MS, stopping);
      }
    }
    await catalogue.close();
    throw new TransportError('closed', 'Stopped while waiting for the products.');
  }

  has(product: string): boolean {
    const known = this.#view.db.query<{ found: number }, [string]>(
      'SELECT 1 AS found FROM products WHERE product = ?',
    );
    return known.get(product) !== null;
  }

  /** Reads all that is on the log now. Throws `TransportError` ('unavailable') where that takes too long. */
  async catchUp(): Promise<void> {
    if (await this.#view.caughtUp(CATCH_UP_MS)) return;
    throw new TransportError('unavailable', 'the products on the log are not all read yet');
  }

  /** 'running', or what it waits for. */
  readiness(): string {
    return this.#view.readiness();
  }

  close(): Promise<void> {
    return this.#view.close();
  }
}

/** Throws for what is no stock level of its key; the view then leaves out that record alone. */
function foldProducts(db: Database, records: readonly IncomingRecord[]): void {
  const put = db.query('INSERT OR IGNORE INTO products (product) VALUES (?)');
  const remove = db.query('DELETE FROM products WHERE product = ?');
  for (const { key, value } of records) {
    if (typeof key !== 'string') throw new Error('the key is not the text of a product');
    if (value === null) {
      remove.run(key);
      continue;
    }
    const level = decode<StockLevel>(value, StockLevel);
    if (!level.ok) throw new Error(`${level.reason}: ${level.detail}`);
    if (level.value.product !== key) throw new Error('the product is not the key');
    put.run(key);
  }
}
