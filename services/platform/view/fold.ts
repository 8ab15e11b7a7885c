import type { Database } from 'bun:sqlite';
import type { IncomingRecord } from '../../../core/mod.ts';
import type { Logger } from '../log.ts';
import { errorCode } from '../store/sqlite/errors.ts';

/** So many refused records are logged one by one; after that, every thousandth. */
const LOGGED_REFUSALS = 10;

/** Applies records to a view's tables. Throws for a batch with a record that it can't digest. */
export type Apply = (db: Database, records: readonly IncomingRecord[]) => void;

/** The fold of a view: its tables and the offsets up to which they are folded change in one transaction. */
export class Fold {
  /** Records that `apply` could not digest. */
  refused = 0;
  readonly #db: Database;
  readonly #apply: Apply;
  readonly #logger: Logger;
  readonly #next: Map<string, number> = new Map();

  constructor(db: Database, apply: Apply, logger: Logger) {
    this.#db = db;
    this.#apply = apply;
    this.#logger = logger;
    const rows = db.query('SELECT topic, partition, next FROM view_offsets').all() as OffsetRow[];
    for (const { topic, partition, next } of rows) this.#next.set(keyOf(topic, partition), next);
  }

  /** The next offset to apply. */
  next(topic: string, partition: number): number {
    return this.#next.get(keyOf(topic, partition)) ?? 0;
  }

  /** Applies a batch, leaving out what is applied already. Throws only what no record is to blame for. */
  apply(records: readonly IncomingRecord[]): readonly IncomingRecord[] {
    const fresh = records.filter(({ topic, partition, offset }) => offset >= this.next(topic, partition));
    if (fresh.length === 0) return fresh;
    try {
      this.#commit(fresh, true);
    } catch (error) {
      if (isEnvironmental(error)) throw error;
      // some record of the batch is to blame: find it, and go on with the others
      for (const record of fresh) this.#applyAlone(record);
    }
    return fresh;
  }

  #applyAlone(record: IncomingRecord): void {
    try {
      this.#commit([record], true);
    } catch (error) {
      if (isEnvironmental(error)) throw error;
      // no message may stop a partition (invariant 8): step over it, count it, say where it lies
      this.#commit([record], false);
      this.#report(record, error);
    }
  }

  #report({ topic, partition, offset }: IncomingRecord, error: unknown): void {
    this.refused++;
    if (this.refused > LOGGED_REFUSALS && this.refused % 1000 !== 0) return;
    const reason = error instanceof Error ? error.message : String(error);
    this.#logger.warn(
      { topic, partition, offset, refused: this.refused, reason },
      'the view left out a record that it could not digest',
    );
  }

  #commit(records: readonly IncomingRecord[], digest: boolean): void {
    const ends = new Map<string, OffsetRow>();
    for (const { topic, partition, offset } of records)
      ends.set(keyOf(topic, partition), { topic, partition, next: offset + 1 });
    const put = this.#db.query(
      'INSERT OR REPLACE INTO view_offsets (topic, partition, next) VALUES (?, ?, ?)',
    );
    this.#db.transaction(() => {
      if (digest) this.#apply(this.#db, records);
      for (const { topic, partition, next } of ends.values()) put.run(topic, partition, next);
    })();
    for (const [key, { next }] of ends) this.#next.set(key, next);
  }
}

interface OffsetRow {
  readonly topic: string;
  readonly partition: number;
  readonly next: number;
}

const keyOf = (topic: string, partition: number): string => `${partition} ${topic}`;

/** A full disk or a damaged file is no record's fault: skipping records would lose them. */
function isEnvironmental(error: unknown): boolean {
  return /^SQLITE_(FULL|IOERR|CORRUPT|NOTADB|BUSY|LOCKED|NOMEM|READONLY|CANTOPEN|PERM|AUTH)/.test(
    errorCode(error),
  );
}
