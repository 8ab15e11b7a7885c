import type { NotificationChannel, Problem } from '../../core/mod.ts';
import type { Database } from '../platform/view/index.ts';
import type { NotificationStatus } from './view-fold.ts';

/** A notification as the view has it. */
export interface NotificationRow {
  readonly id: string;
  readonly orderId: string;
  readonly channel: NotificationChannel;
  readonly status: NotificationStatus;
  /** Which beginning of it this is, from 1. */
  readonly round: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** When it is tried again, where it waits for that. */
  readonly nextAttemptAt: string | null;
  readonly problem: Problem | null;
  /** Of a mail, masked. */
  readonly recipient: string | null;
  readonly subject: string | null;
  /** How often it was tried, in all rounds. */
  readonly attempts: number;
}

/** One attempt. */
export interface AttemptRow {
  readonly round: number;
  readonly time: string;
  readonly outcome: string;
  readonly status: number | null;
  readonly reason: string;
}

export interface RetryRow {
  readonly round: number;
  readonly time: string;
  readonly by: string | null;
}

export interface ListQuery {
  readonly orderId: string;
  readonly status: string;
  readonly channel: string;
  /** The last one of the page before. */
  readonly after: NotificationRow | null;
  readonly limit: number;
}

interface Stored extends Omit<NotificationRow, 'problem'> {
  readonly problem: string | null;
}

const COLUMNS = `id, order_id AS orderId, channel, status, round, created_at AS createdAt, updated_at AS updatedAt,
  next_attempt_at AS nextAttemptAt, problem, recipient, subject,
  (SELECT count(*) FROM attempts a WHERE a.id = notifications.id AND a.outcome <> 'put-off') AS attempts`;

/** At most so many attempts of one notification are told, the latest. */
const ATTEMPTS_MAX = 500;

/** What is asked of the view of notifications. */
export class NotificationQueries {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  find(id: string): NotificationRow | null {
    const row = this.#db.query<Stored, [string]>(`SELECT ${COLUMNS} FROM notifications WHERE id = ?`).get(id);
    return row === null ? null : rowOf(row);
  }

  /** The newest orders first. */
  list({ orderId, status, channel, after, limit }: ListQuery): readonly NotificationRow[] {
    const conditions: readonly (readonly [string, readonly string[]])[] = [
      ...(orderId === '' ? [] : ([['order_id = ?', [orderId]]] as const)),
      ...(status === '' ? [] : ([['status = ?', [status]]] as const)),
      ...(channel === '' ? [] : ([['channel = ?', [channel]]] as const)),
      ...(after === null ? [] : ([['(created_at, id) < (?, ?)', [after.createdAt, after.id]]] as const)),
    ];
    const where = conditions.map(([sql]) => sql).join(' AND ');
    const select = `SELECT ${COLUMNS} FROM notifications ${where === '' ? '' : `WHERE ${where}`}
      ORDER BY created_at DESC, id DESC LIMIT ?`;
    const values = conditions.flatMap(([, each]) => each);
    return this.#db
      .query<Stored, (string | number)[]>(select)
      .all(...values, limit)
      .map(rowOf);
  }

  /** The oldest first. */
  attempts(id: string): readonly AttemptRow[] {
    return this.#db
      .query<AttemptRow, [string]>(
        `SELECT * FROM (SELECT round, tried, time, outcome, status, reason FROM attempts WHERE id = ?
         ORDER BY round DESC, tried DESC, time DESC LIMIT ${ATTEMPTS_MAX}) ORDER BY round, tried, time`,
      )
      .all(id);
  }

  retries(id: string): readonly RetryRow[] {
    return this.#db
      .query<RetryRow, [string]>('SELECT round, time, by FROM retries WHERE id = ? ORDER BY round')
      .all(id);
  }

  /** How many notifications stand where. */
  standing(): readonly { readonly channel: string; readonly status: string; readonly count: number }[] {
    return this.#db
      .query<{ channel: string; status: string; count: number }, []>(
        'SELECT channel, status, count(*) AS count FROM notifications GROUP BY channel, status',
      )
      .all();
  }

  /** How many attempts came out how. */
  outcomes(): readonly { readonly channel: string; readonly outcome: string; readonly count: number }[] {
    return this.#db
      .query<{ channel: string; outcome: string; count: number }, []>(
        'SELECT channel, outcome, count(*) AS count FROM attempts GROUP BY channel, outcome',
      )
      .all();
  }

  /** How many retries somebody asked for. */
  retried(): readonly { readonly channel: string; readonly count: number }[] {
    return this.#db
      .query<{ channel: string; count: number }, []>(
        'SELECT channel, count(*) AS count FROM retries GROUP BY channel',
      )
      .all();
  }
}

function rowOf(row: Stored): NotificationRow {
  return { ...row, problem: row.problem === null ? null : (JSON.parse(row.problem) as Problem) };
}
