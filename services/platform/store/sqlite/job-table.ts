import type { Database, Statement } from 'bun:sqlite';
import { isOpen, type Job, type JobChange } from '../../../../core/mod.ts';

/** The jobs' table, for a file of its own or beside a log. The columns repeat what the indexes need of `body`. */
export const JOB_SCHEMA = `
CREATE TABLE jobs (
  workflow_id TEXT NOT NULL UNIQUE,
  partition INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  status TEXT NOT NULL,
  open INTEGER NOT NULL,
  wake_at INTEGER,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX jobs_due ON jobs (partition, wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX jobs_open ON jobs (partition) WHERE open = 1;
CREATE INDEX jobs_early ON jobs (partition) WHERE status = 'early';
`;

interface DueRow {
  readonly rowid: number;
  readonly wake_at: number;
}

type JobColumns = [string, number, number, string, number, number | null, string];

/** Reads and writes the jobs' table; each call is part of whatever transaction its caller runs. */
export class JobTable {
  readonly #body: Statement<{ body: string }, [string]>;
  readonly #revision: Statement<{ revision: number }, [string]>;
  readonly #bodyByRow: Statement<{ body: string }, [number]>;
  readonly #due: Statement<DueRow, [number, number, number]>;
  readonly #nextDue: Statement<{ wake_at: number | null }, [number]>;
  readonly #open: Statement<{ count: number }, [number]>;
  readonly #early: Statement<{ count: number }, [number]>;
  readonly #insert: Statement<unknown, JobColumns>;
  readonly #forget: Statement<unknown, [string, number]>;
  readonly #update: Statement<
    unknown,
    [number, number, string, number, number | null, string, string, number]
  >;

  constructor(database: Database) {
    this.#body = database.prepare('SELECT body FROM jobs WHERE workflow_id = ?');
    this.#revision = database.prepare('SELECT revision FROM jobs WHERE workflow_id = ?');
    this.#bodyByRow = database.prepare('SELECT body FROM jobs WHERE rowid = ?');
    this.#due = database.prepare(
      'SELECT rowid, wake_at FROM jobs WHERE partition = ? AND wake_at <= ? ORDER BY wake_at LIMIT ?',
    );
    this.#nextDue = database.prepare(
      'SELECT min(wake_at) AS wake_at FROM jobs WHERE partition = ? AND wake_at IS NOT NULL',
    );
    this.#open = database.prepare('SELECT count(*) AS count FROM jobs WHERE partition = ? AND open = 1');
    this.#early = database.prepare(
      "SELECT count(*) AS count FROM jobs WHERE partition = ? AND status = 'early'",
    );
    this.#insert = database.prepare(
      'INSERT INTO jobs (workflow_id, partition, revision, status, open, wake_at, body) ' +
        'VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    );
    this.#forget = database.prepare('DELETE FROM jobs WHERE workflow_id = ? AND revision = ?');
    this.#update = database.prepare(
      'UPDATE jobs SET partition = ?, revision = ?, status = ?, open = ?, wake_at = ?, body = ? ' +
        'WHERE workflow_id = ? AND revision = ?',
    );
  }

  load(workflowIds: readonly string[]): Map<string, Job> {
    const jobs = new Map<string, Job>();
    for (const workflowId of workflowIds) {
      const row = this.#body.get(workflowId);
      if (row !== null) jobs.set(workflowId, JSON.parse(row.body) as Job);
    }
    return jobs;
  }

  due(partitions: readonly number[], nowMs: number, limit: number): readonly Job[] {
    const rows = [...new Set(partitions)].flatMap((partition) => this.#due.all(partition, nowMs, limit));
    rows.sort((one, other) => one.wake_at - other.wake_at);
    return rows.slice(0, limit).flatMap(({ rowid }) => {
      const row = this.#bodyByRow.get(rowid);
      return row === null ? [] : [JSON.parse(row.body) as Job];
    });
  }

  nextDueMs(partitions: readonly number[]): number | null {
    let next: number | null = null;
    for (const partition of partitions) {
      const wakeAt = this.#nextDue.get(partition)?.wake_at ?? null;
      if (wakeAt !== null && (next === null || wakeAt < next)) next = wakeAt;
    }
    return next;
  }

  /**
   * Saves what it can, or with `allOrNone` nothing unless all of it; returns the workflow-ids whose stored revision was
   * another. The caller's transaction has the write lock.
   */
  save(changes: readonly JobChange[], allOrNone = false): string[] {
    const conflicts = allOrNone ? changes.filter((change) => !this.#fits(change)) : [];
    if (conflicts.length > 0) return conflicts.map(({ job }) => job.workflowId);
    return changes.filter((change) => !this.#saveOne(change)).map(({ job }) => job.workflowId);
  }

  #fits({ job }: JobChange): boolean {
    return (this.#revision.get(job.workflowId)?.revision ?? 0) === job.revision - 1;
  }

  #saveOne({ job, forget }: JobChange): boolean {
    const { workflowId, partition, revision, status, wakeAtMs } = job;
    if (forget === true) return this.#forget.run(workflowId, revision - 1).changes === 1;
    const open = isOpen(job) ? 1 : 0;
    const body = JSON.stringify(job);
    const result =
      revision === 1
        ? this.#insert.run(workflowId, partition, revision, status, open, wakeAtMs, body)
        : this.#update.run(partition, revision, status, open, wakeAtMs, body, workflowId, revision - 1);
    return result.changes === 1;
  }

  countOpen(partition: number): number {
    return this.#open.get(partition)?.count ?? 0;
  }

  countEarly(partition: number): number {
    return this.#early.get(partition)?.count ?? 0;
  }
}
