import { Database, type Statement } from 'bun:sqlite';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Job, TransportError } from '../../../../core/mod.ts';
import { errorCode, isBusy, openingError } from '../sqlite/errors.ts';
import { JOB_SCHEMA, JobTable } from '../sqlite/job-table.ts';
import { type CacheEntry, DamagedCacheError, isJob, type JobCache, type JobEntry } from './cache.ts';

/** 'ReqC', as `PRAGMA application_id`. */
const APPLICATION_ID = 0x52657143;
const FORMAT = 1;
/** So many processes of one group can share a data directory, each with a file of its own. */
const SLOTS = 64;
/**
 * A deletion is readable on the topic for a day (delete.retention.ms). A copy that has not been at the topic's end for
 * half of that could miss one, and is made anew.
 */
const MAX_AGE_MS = 12 * 60 * 60 * 1000;

const SCHEMA = `
${JOB_SCHEMA}
CREATE TABLE source (name TEXT NOT NULL) STRICT;
CREATE TABLE positions (partition INTEGER PRIMARY KEY, next INTEGER NOT NULL, at_ms INTEGER NOT NULL) STRICT;
`;

/**
 * The copy in a file. The file is held exclusively while it is open, so that no other process writes to it: each takes
 * the first that is free. A crash loses at most the last changes together with the positions that they brought about
 * (WAL, synchronous=NORMAL), which are then read from the topic again.
 */
class SqliteJobCache implements JobCache {
  readonly #path: string;
  readonly #database: Database;
  readonly #table: JobTable;
  readonly #put: Statement<unknown, [string, number, number, string, number, number | null, string]>;
  readonly #remove: Statement<unknown, [string]>;
  readonly #find: Statement<{ revision: number; partition: number }, [string]>;
  readonly #position: Statement<{ next: number; at_ms: number }, [number]>;
  readonly #move: Statement<unknown, [number, number, number]>;
  readonly #now: () => number;

  constructor(path: string, database: Database, now: () => number) {
    this.#path = path;
    this.#database = database;
    this.#now = now;
    this.#table = new JobTable(database);
    this.#put = database.prepare(
      'INSERT INTO jobs (workflow_id, partition, revision, status, open, wake_at, body) VALUES (?, ?, ?, ?, ?, ?, ?) ' +
        'ON CONFLICT (workflow_id) DO UPDATE SET partition = excluded.partition, revision = excluded.revision, ' +
        'status = excluded.status, open = excluded.open, wake_at = excluded.wake_at, body = excluded.body',
    );
    this.#remove = database.prepare('DELETE FROM jobs WHERE workflow_id = ?');
    this.#find = database.prepare('SELECT revision, partition FROM jobs WHERE workflow_id = ?');
    this.#position = database.prepare('SELECT next, at_ms FROM positions WHERE partition = ?');
    this.#move = database.prepare(
      'INSERT OR REPLACE INTO positions (partition, next, at_ms) VALUES (?, ?, ?)',
    );
  }

  position(partition: number): number | null {
    return this.#attempt(() => {
      const row = this.#position.get(partition);
      if (row === null || this.#now() - row.at_ms > MAX_AGE_MS) return null;
      return row.next;
    });
  }

  apply(partition: number, entries: readonly CacheEntry[], next: number): void {
    this.#transact(() => {
      for (const entry of entries) {
        if (isJob(entry)) this.#putOne(partition, entry);
        else this.#remove.run(entry.workflowId);
      }
      this.#move.run(partition, next, this.#now());
    });
  }

  restore(partition: number, entries: readonly CacheEntry[], next: number): void {
    this.apply(partition, entries, next);
  }

  clear(partition: number): void {
    this.#transact(() => {
      this.#database.run('DELETE FROM jobs WHERE partition = ?', [partition]);
      this.#database.run('DELETE FROM positions WHERE partition = ?', [partition]);
    });
  }

  load(workflowIds: readonly string[]): ReadonlyMap<string, Job> {
    return this.#attempt(() => this.#table.load(workflowIds));
  }

  revision(workflowId: string): { readonly revision: number; readonly partition: number } | null {
    return this.#attempt(() => this.#find.get(workflowId));
  }

  due(partitions: readonly number[], nowMs: number, limit: number): readonly Job[] {
    return this.#attempt(() => this.#table.due(partitions, nowMs, limit));
  }

  nextDueMs(partitions: readonly number[]): number | null {
    return this.#attempt(() => this.#table.nextDueMs(partitions));
  }

  countOpen(partition: number): number {
    return this.#attempt(() => this.#table.countOpen(partition));
  }

  countEarly(partition: number): number {
    return this.#attempt(() => this.#table.countEarly(partition));
  }

  close(): void {
    try {
      // statements that were prepared keep the file open, and locked, until they are collected: it is let go by this
      this.#database.run('PRAGMA journal_mode = DELETE');
      this.#database.run('PRAGMA locking_mode = NORMAL');
      this.#database.query('SELECT 1 FROM source').get();
    } catch {
      // it stays locked for as long as this process lives: the next one to ask takes another file
    }
    this.#database.close();
  }

  destroy(): void {
    // the lock lasts until it is closed: nobody else can have opened it before its files are gone
    removeFiles(this.#path);
    this.#database.close();
  }

  #putOne(partition: number, { workflowId, body, facts }: JobEntry): void {
    const { revision, status, wakeAtMs } = facts;
    this.#put.run(workflowId, partition, revision, status, facts.isOpen ? 1 : 0, wakeAtMs, body);
  }

  #transact(work: () => void): void {
    this.#attempt(() => {
      this.#database.run('BEGIN');
      try {
        work();
        this.#database.run('COMMIT');
      } finally {
        if (this.#database.inTransaction) this.#database.run('ROLLBACK');
      }
    });
  }

  #attempt<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw failureOf(this.#path, error);
    }
  }
}

/** Opens the first file in `directory` that no other process has, for what is copied from `source`. Throws `DataFileError`. */
export function openSqliteCache(directory: string, source: string, now: () => number = Date.now): JobCache {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    // named for the person who set the path
    throw openingError(directory, error);
  }
  for (let slot = 0; ; slot++) {
    const path = join(directory, `${slot}.db`);
    try {
      return new SqliteJobCache(path, openOrMakeAnew(path, source), now);
    } catch (error) {
      // another process has this one
      if (!isBusy(error) || slot === SLOTS - 1) throw openingError(path, error);
    }
  }
}

/** Deletes a copy that is damaged or of another topic; everything in it can be read again. */
function openOrMakeAnew(path: string, source: string): Database {
  try {
    const database = open(path);
    if (database.query<{ name: string }, []>('SELECT name FROM source').get()?.name === source)
      return database;
    if (isEmpty(database)) {
      database.run('INSERT INTO source VALUES (?)', [source]);
      return database;
    }
    // the lock goes with the contents: emptied, never unlinked, so that nobody else can take the same file meanwhile
    empty(database, source);
    return database;
  } catch (error) {
    // what is no database of ours can't be locked either: whoever else opens it now finds the same and does the same
    if (!isUnusable(error)) throw error;
    removeFiles(path);
    const database = open(path);
    database.run('INSERT INTO source VALUES (?)', [source]);
    return database;
  }
}

function removeFiles(path: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${path}${suffix}`, { force: true });
}

function open(path: string): Database {
  const database = new Database(path, { create: true });
  try {
    database.run('PRAGMA busy_timeout = 0');
    // with the write-ahead log this keeps its index in memory, and takes the lock for as long as the file is open
    database.run('PRAGMA locking_mode = EXCLUSIVE');
    database.run('PRAGMA journal_mode = WAL');
    database.run('PRAGMA synchronous = NORMAL');
    database.run('BEGIN IMMEDIATE');
    try {
      prepare(database);
      database.run('COMMIT');
    } finally {
      if (database.inTransaction) database.run('ROLLBACK');
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function prepare(database: Database): void {
  const pragma = (name: string): number =>
    database.query<Record<string, number>, []>(`PRAGMA ${name}`).get()?.[name] ?? 0;
  if (pragma('application_id') === APPLICATION_ID && pragma('user_version') === FORMAT) return;
  const isNew = database.query('SELECT 1 FROM sqlite_schema LIMIT 1').get() === null;
  if (!isNew) throw new DamagedCacheError('it is of another format');
  database.run(SCHEMA);
  database.run(`PRAGMA application_id = ${APPLICATION_ID}`);
  database.run(`PRAGMA user_version = ${FORMAT}`);
}

function isEmpty(database: Database): boolean {
  return database.query('SELECT 1 FROM source').get() === null;
}

function empty(database: Database, source: string): void {
  database.transaction(() => {
    for (const table of ['jobs', 'positions', 'source']) database.run(`DELETE FROM ${table}`);
    database.run('INSERT INTO source VALUES (?)', [source]);
  })();
}

function isUnusable(error: unknown): boolean {
  return error instanceof DamagedCacheError || /^SQLITE_(CORRUPT|NOTADB)/.test(errorCode(error));
}

function failureOf(path: string, error: unknown): unknown {
  if (isUnusable(error)) return new DamagedCacheError(`${path} is damaged`, { cause: error });
  const code = errorCode(error);
  if (!code.startsWith('SQLITE_')) return error;
  const hint = code.startsWith('SQLITE_FULL') ? 'the disk is full: make room' : 'see the cause; it may pass';
  return new TransportError('unavailable', `${path}: ${code}, ${hint}.`, { cause: error });
}
