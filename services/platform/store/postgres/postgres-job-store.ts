import { type Job, type JobChange, type JobStore, TransportError } from '../../../../core/mod.ts';
import type { StoreHealth } from '../health.ts';
import { Database } from './database.ts';
import {
  countEarly,
  countOpen,
  remove,
  saveAll,
  selectConflicts,
  selectDue,
  selectJobs,
  selectNextDue,
  upsert,
} from './job-table.ts';

export interface PostgresJobStoreOptions {
  /** Connections at most; they are made as they are needed. Default 4. */
  readonly maxConnections?: number;
  /** How long making a connection may take, in milliseconds. Default 5,000. */
  readonly connectTimeoutMs?: number;
  /** How long the server may work on one statement, in milliseconds. Default 10,000. */
  readonly statementTimeoutMs?: number;
}

/** A statement has at most so many jobs; more are several statements. */
const MAX_JOBS = 5_000;
/** So often all is tried again that was refused, where then nothing is found that could have been the reason. */
const MAX_ATTEMPTS = 5;
/** Far above any time in milliseconds, and within PostgreSQL's bigint. */
const MAX_MS = Number.MAX_SAFE_INTEGER;

/**
 * Opens a job store in a PostgreSQL database (12 or newer) that engines on any machine share. It doesn't wait for the
 * database: the first call connects, and makes the table `requite_jobs` where it is missing. While the database is
 * away every call throws `TransportError` ('unavailable') with what to mend; the same call may succeed later.
 *
 * `url` is `postgres://user:password@host:port/database`. Of its parameters, `sslmode=require` (or `verify-full`)
 * encrypts, `search_path=NAME` puts the table into a schema, and `prepare=false` is for a pooler that gives
 * connections away between transactions (pgbouncer): then no prepared statements and no settings of a session are
 * used. What is saved is on the server's disk, unless its `fsync` is off.
 *
 * Throws `BackingError` where `url` is no such address.
 */
export function openPostgresJobStore(url: string, options: PostgresJobStoreOptions = {}): JobStore {
  const { maxConnections = 4, connectTimeoutMs = 5_000, statementTimeoutMs = 10_000 } = options;
  return new PostgresJobStore(new Database(url, { maxConnections, connectTimeoutMs, statementTimeoutMs }));
}

class PostgresJobStore implements JobStore {
  readonly #database: Database;
  /** How the database stands. */
  readonly health: StoreHealth;

  constructor(database: Database) {
    this.#database = database;
    this.health = database.health;
  }

  async load(workflowIds: readonly string[]): Promise<Map<string, Job>> {
    this.#database.assertOpen();
    const jobs = new Map<string, Job>();
    for (const ids of chunks([...new Set(workflowIds)])) {
      for (const job of await this.#database.run((sql) => selectJobs(sql, ids)))
        jobs.set(job.workflowId, job);
    }
    return jobs;
  }

  async due(partitions: readonly number[], nowMs: number, limit: number): Promise<readonly Job[]> {
    const until = Math.min(Math.floor(nowMs), MAX_MS);
    return this.#database.run((sql) => selectDue(sql, [...new Set(partitions)], until, limit));
  }

  async nextDueMs(partitions: readonly number[]): Promise<number | null> {
    return this.#database.run((sql) => selectNextDue(sql, partitions));
  }

  /**
   * Each statement is all or nothing; of the changes of several, some may be saved when it throws. Where the
   * connection breaks before the answer, nobody knows whether the last one was. Both are safe: the caller's batch is
   * delivered again, finds the revisions that were saved, and does what is left; and what a server may yet do of a
   * statement long given up is refused by compare-and-set, or refuses ours. With `allOrNone` all is one statement,
   * however much it is.
   */
  async save(
    changes: readonly JobChange[],
    options: { readonly allOrNone?: boolean } = {},
  ): Promise<readonly string[]> {
    this.#database.assertOpen();
    const inOrder = changes.toSorted((one, other) => compare(one.job.workflowId, other.job.workflowId));
    return options.allOrNone === true && changes.length > 0
      ? this.#saveAll(inOrder)
      : this.#saveEach(changes, inOrder);
  }

  async #saveAll(changes: readonly JobChange[]): Promise<readonly string[]> {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      if (await this.#database.run((sql) => saveAll(sql, changes))) return [];
      const conflicts = await this.#database.run((sql) => selectConflicts(sql, changes));
      if (conflicts.length > 0) return conflicts;
    }
    const message =
      'The jobs are changed by others again and again, so that they could not be saved together.';
    throw new TransportError('unavailable', message);
  }

  async #saveEach(changes: readonly JobChange[], inOrder: readonly JobChange[]): Promise<readonly string[]> {
    const saved = new Set<string>();
    const write = async (some: readonly JobChange[], statement: typeof upsert): Promise<void> => {
      for (const chunk of chunks(some)) {
        for (const id of await this.#database.run((sql) => statement(sql, chunk))) saved.add(id);
      }
    };
    await write(
      inOrder.filter(({ forget }) => forget !== true),
      upsert,
    );
    await write(
      inOrder.filter(({ forget }) => forget === true),
      remove,
    );
    return changes.map(({ job }) => job.workflowId).filter((id) => !saved.has(id));
  }

  async countOpen(partition: number): Promise<number> {
    return this.#database.run((sql) => countOpen(sql, partition));
  }

  async countEarly(partition: number): Promise<number> {
    return this.#database.run((sql) => countEarly(sql, partition));
  }

  /** That it is PostgreSQL: which database it is, its address does not tell for good. */
  async id(): Promise<string> {
    return 'postgres';
  }

  async close(): Promise<void> {
    await this.#database.close();
  }
}

/** By UTF-16 units: any order will do that is the same for all. */
const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

function chunks<T>(all: readonly T[]): (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / MAX_JOBS) }, (_, index) =>
    all.slice(index * MAX_JOBS, (index + 1) * MAX_JOBS),
  );
}
