import type { Database } from '../../platform/view/index.ts';

/** A dead letter as the view has it: all but the record itself. */
export interface LetterRow {
  readonly partition: number;
  readonly offset: number;
  readonly timeMs: number;
  readonly reason: string;
  readonly detail: string;
  /** '' where the letter doesn't say. */
  readonly topic: string;
  readonly originPartition: number | null;
  readonly originOffset: number | null;
  readonly key: string | null;
  /** `partition/offset` of the letter whose replay was refused again. */
  readonly replayOf: string | null;
  /** When it was replayed last, ISO 8601; null where it never was. */
  readonly replayedAt: string | null;
}

/** Which letters are wanted; null: whatever they are. */
export interface LetterFilter {
  readonly reason: string | null;
  readonly topic: string | null;
  /** Whether also those that were replayed. */
  readonly withReplayed: boolean;
}

/** How many letters there are of a reason and a topic. */
export interface LetterReason {
  readonly reason: string;
  /** '' where the letters don't say. */
  readonly topic: string;
  readonly count: number;
  readonly latestMs: number;
}

export interface LetterPlace {
  readonly partition: number;
  readonly offset: number;
}

const COLUMNS = `l.partition, l.log_offset AS offset, l.time_ms AS timeMs, l.reason, l.detail, l.origin_topic AS topic,
  l.origin_partition AS originPartition, l.origin_offset AS originOffset, l.key, l.replay_of AS replayOf,
  r.replayed_at AS replayedAt`;
const FROM = 'FROM dead_letters l LEFT JOIN dead_letter_replays r USING (partition, log_offset)';

/** So many letters are counted, and so many reasons told. */
export const LETTERS_COUNTED = 100_000;
const REASONS_MAX = 100;

/** What is asked of the view about dead letters. */
export class LetterQueries {
  private readonly db: Database;

  constructor(db: Database) {
    this.db = db;
  }

  find({ partition, offset }: LetterPlace): LetterRow | null {
    const select = `SELECT ${COLUMNS} ${FROM} WHERE l.partition = ? AND l.log_offset = ?`;
    return this.db.query<LetterRow, [number, number]>(select).get(partition, offset);
  }

  /** Those after a place, by partition and offset. */
  list(filter: LetterFilter, after: LetterPlace | null, limit: number): readonly LetterRow[] {
    const { partition, offset } = after ?? { partition: -1, offset: -1 };
    const { reason, topic, withReplayed } = filter;
    const conditions = ['(l.partition, l.log_offset) > (?, ?)'];
    const values: (string | number)[] = [partition, offset];
    const only = (condition: string, value: string | null): void => {
      if (value === null) return;
      conditions.push(condition);
      values.push(value);
    };
    only('l.reason = ?', reason);
    only('l.origin_topic = ?', topic);
    if (!withReplayed) conditions.push('r.replayed_at IS NULL');
    const select = `SELECT ${COLUMNS} ${FROM} WHERE ${conditions.join(' AND ')} ORDER BY l.partition, l.log_offset LIMIT ?`;
    return this.db.query<LetterRow, (string | number)[]>(select).all(...values, limit);
  }

  /** What was refused and not replayed, the most frequent first; `LETTERS_COUNTED` of them are looked at. */
  reasons(): readonly LetterReason[] {
    const select = `SELECT reason, topic, COUNT(*) AS count, MAX(timeMs) AS latestMs
      FROM (SELECT l.reason, l.origin_topic AS topic, l.time_ms AS timeMs ${FROM} WHERE r.replayed_at IS NULL
      LIMIT ${LETTERS_COUNTED}) GROUP BY reason, topic ORDER BY count DESC, reason, topic LIMIT ${REASONS_MAX}`;
    return this.db.query<LetterReason, []>(select).all();
  }
}
