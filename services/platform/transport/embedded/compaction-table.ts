import type { Database, Statement } from 'bun:sqlite';

/** A partition of a compacted topic, and how far it has been compacted. */
export interface Compaction {
  readonly topic: number;
  readonly partition: number;
  readonly lagMs: number;
  /** Before this offset there is one record a key. */
  readonly cleanedTo: number;
  /** So many records are before it. */
  readonly kept: number;
  /** When somebody last began with it, in the log's time; null for never. */
  readonly claimedMs: number | null;
}

export interface KeyRow {
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: string | Uint8Array | null;
}

/** What compaction reads and writes; each call is part of whatever transaction its caller runs. */
export class CompactionTable {
  readonly #topics: Statement<{ topic: number; partitions: number; lagMs: number }, []>;
  readonly #state: Statement<{ cleanedTo: number; kept: number; claimedMs: number }, [number, number]>;
  readonly #claim: Statement<unknown, [number, number, number, number]>;
  readonly #finish: Statement<unknown, [number, number, number, number]>;
  readonly #keys: Statement<KeyRow, [number, number, number, number, number]>;
  readonly #delete: Statement<unknown, [number, number, number]>;

  constructor(database: Database) {
    this.#topics = database.prepare(
      'SELECT id AS topic, partitions, compaction_lag_ms AS lagMs FROM topics ' +
        'WHERE compacted = 1 AND compaction_lag_ms IS NOT NULL ORDER BY id',
    );
    this.#state = database.prepare(
      'SELECT cleaned_to AS cleanedTo, kept, claimed_ms AS claimedMs FROM compactions ' +
        'WHERE topic = ? AND partition = ?',
    );
    this.#claim = database.prepare(
      'INSERT INTO compactions (topic, partition, cleaned_to, kept, claimed_ms) VALUES (?1, ?2, 0, 0, ?3) ' +
        // a claim from the future is from before the clock was set back
        'ON CONFLICT DO UPDATE SET claimed_ms = ?3 WHERE claimed_ms <= ?4 OR claimed_ms > ?3',
    );
    this.#finish = database.prepare(
      'UPDATE compactions SET cleaned_to = ?, kept = ? WHERE topic = ? AND partition = ?',
    );
    this.#keys = database.prepare(
      'SELECT offset, timestamp_ms AS timestampMs, key FROM records ' +
        'WHERE topic = ? AND partition = ? AND offset >= ? AND offset < ? ORDER BY offset LIMIT ?',
    );
    this.#delete = database.prepare('DELETE FROM records WHERE topic = ? AND partition = ? AND offset = ?');
  }

  /** Every partition that is to be compacted from time to time. */
  all(): readonly Compaction[] {
    return this.#topics.all().flatMap(({ topic, partitions, lagMs }) =>
      Array.from({ length: partitions }, (_, partition) => {
        const state = this.#state.get(topic, partition) ?? { cleanedTo: 0, kept: 0, claimedMs: null };
        return { topic, partition, lagMs, ...state };
      }),
    );
  }

  /** Takes it on, unless somebody has since `before`; whether this is so. */
  claim({ topic, partition }: Compaction, nowMs: number, before: number): boolean {
    return this.#claim.run(topic, partition, nowMs, before).changes === 1;
  }

  finish({ topic, partition }: Compaction, cleanedTo: number, kept: number): void {
    this.#finish.run(cleanedTo, kept, topic, partition);
  }

  /** The keys of records from `from` to before `to`, at most `limit`. */
  keys({ topic, partition }: Compaction, from: number, to: number, limit: number): readonly KeyRow[] {
    return this.#keys.all(topic, partition, from, to, limit);
  }

  delete({ topic, partition }: Compaction, offset: number): void {
    this.#delete.run(topic, partition, offset);
  }
}
