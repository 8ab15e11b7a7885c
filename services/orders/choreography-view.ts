import { type IncomingRecord, isoTime, OrderTime, TIME_COLUMNS, type TimeColumn } from '../../core/mod.ts';
import { type Database, recordValue } from '../platform/view/index.ts';

/** The view's table; raise the version with any change, and every instance rebuilds its file from the log. */
export const TIMES_VIEW_VERSION = 1;
export const TIMES_VIEW_DDL = `
CREATE TABLE times (
  id TEXT PRIMARY KEY,
  first_at TEXT NOT NULL,
  content_hash TEXT,
  ${TIME_COLUMNS.map((column) => `${column} TEXT`).join(',\n  ')}
) STRICT, WITHOUT ROWID;
CREATE INDEX times_by_first ON times (first_at, id);
`;

/** A row of the table of times: the order's id, and when each service had done its part; null until then. */
export type TimesRow = { readonly ID: string } & Readonly<Record<TimeColumn, string | null>>;

/** Folds `order-times`: of each column the first record counts, with the time at which it came to the log. */
export function foldTimes(db: Database, records: readonly IncomingRecord[]): void {
  for (const { value, timestampMs } of records) {
    const { orderId, column, since, contentHash = null } = recordValue<OrderTime>(value, OrderTime);
    const time = timestampMs > 0 ? isoTime(timestampMs) : since;
    // the column is one of those that the schema names
    db.query(
      `INSERT INTO times (id, first_at, ${column}, content_hash) VALUES (?1, ?2, ?2, ?3)
       ON CONFLICT (id) DO UPDATE SET ${column} = coalesce(${column}, ?2), content_hash = coalesce(content_hash, ?3)`,
    ).run(orderId, time, contentHash);
  }
}

/** Where a page of the list begins: after this row. */
export interface TimesCursor {
  readonly firstAt: string;
  readonly id: string;
}

interface Stored extends Readonly<Record<TimeColumn, string | null>> {
  readonly id: string;
  readonly first_at: string;
}

/** Reads the table of times. */
export class TimesTable {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  find(id: string): TimesRow | undefined {
    const row = this.#db.query<Stored, [string]>('SELECT * FROM times WHERE id = ?').get(id);
    return row === null ? undefined : rowOf(row);
  }

  /** The hash of what the order was dispatched with; undefined while there is no such order. */
  contentOf(id: string): string | undefined {
    const row = this.#db
      .query<{ content_hash: string | null }, [string]>('SELECT content_hash FROM times WHERE id = ?')
      .get(id);
    return row?.content_hash ?? undefined;
  }

  /** The newest first; `next` is where the next page begins, null at the end. */
  page(
    limit: number,
    after: TimesCursor | null,
  ): { readonly rows: readonly TimesRow[]; readonly next: TimesCursor | null } {
    const where = after === null ? '' : 'WHERE (first_at, id) < (?2, ?3)';
    const found = this.#db
      .query<Stored, (string | number)[]>(
        `SELECT * FROM times ${where} ORDER BY first_at DESC, id DESC LIMIT ?1`,
      )
      .all(limit + 1, ...(after === null ? [] : [after.firstAt, after.id]));
    const rows = found.slice(0, limit);
    const last = rows.at(-1);
    const next = found.length > limit && last ? { firstAt: last.first_at, id: last.id } : null;
    return { rows: rows.map(rowOf), next };
  }
}

function rowOf(stored: Stored): TimesRow {
  const times = TIME_COLUMNS.map((column): [TimeColumn, string | null] => [column, stored[column]]);
  return { ID: stored.id, ...(Object.fromEntries(times) as Record<TimeColumn, string | null>) };
}
