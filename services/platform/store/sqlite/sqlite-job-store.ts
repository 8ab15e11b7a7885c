import type { Database } from 'bun:sqlite';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Job, type JobChange, type JobStore, TransportError } from '../../../../core/mod.ts';
import { StoreHealth } from '../health.ts';
import { type FileSchema, openDatabase } from './database.ts';
import { openingError, runtimeError } from './errors.ts';
import { JOB_SCHEMA, JobTable } from './job-table.ts';
import { Writer, type WriterOptions } from './writer.ts';

/** What tells this store from another. */
const STORE_ID = `
CREATE TABLE store_id (id TEXT NOT NULL) STRICT;
INSERT INTO store_id VALUES ('sqlite:' || lower(hex(randomblob(8))));
`;

/** 'ReqJ': a file that holds nothing but jobs. */
const JOB_FILE: FileSchema = { applicationId: 0x5265714a, migrations: [JOB_SCHEMA, STORE_ID] };

/** An open file with a jobs' table, and who writes to it. */
export interface JobFile {
  readonly database: Database;
  readonly table: JobTable;
  readonly writer: Writer;
  readonly health: StoreHealth;
}

/** A job store over a jobs' table; `onClose` frees what it stands on. */
export class SqliteJobStore implements JobStore {
  readonly #database: Database;
  readonly #table: JobTable;
  readonly #writer: Writer;
  readonly #onClose: () => Promise<void>;
  readonly #id: string | null;
  /** How its file stands. */
  readonly health: StoreHealth;
  #closed = false;

  constructor({ database, table, writer, health }: JobFile, onClose: () => Promise<void>, id: string | null) {
    this.#id = id;
    this.#database = database;
    this.#table = table;
    this.#writer = writer;
    this.health = health;
    this.#onClose = onClose;
  }

  async load(workflowIds: readonly string[]): Promise<Map<string, Job>> {
    return this.#read(() => this.#table.load(workflowIds));
  }

  async due(partitions: readonly number[], nowMs: number, limit: number): Promise<readonly Job[]> {
    return this.#read(() => this.#table.due(partitions, nowMs, limit));
  }

  async nextDueMs(partitions: readonly number[]): Promise<number | null> {
    return this.#read(() => this.#table.nextDueMs(partitions));
  }

  async save(
    changes: readonly JobChange[],
    options: { readonly allOrNone?: boolean } = {},
  ): Promise<readonly string[]> {
    this.#assertOpen();
    return this.#writer.write(() => this.#table.save(changes, options.allOrNone));
  }

  async countOpen(partition: number): Promise<number> {
    return this.#read(() => this.#table.countOpen(partition));
  }

  async countEarly(partition: number): Promise<number> {
    return this.#read(() => this.#table.countEarly(partition));
  }

  async id(): Promise<string | null> {
    return this.#id;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#onClose();
  }

  /** One snapshot for all that the call reads. */
  #read<T>(read: () => T): T {
    this.#assertOpen();
    return readSnapshot(this.#database, read, this.health);
  }

  #assertOpen(): void {
    if (this.#closed) throw new TransportError('closed', 'The job store is closed.');
  }
}

/**
 * Runs synchronous reads on one snapshot of the database; throws `TransportError` for SQLite's errors, of which
 * `health` is told.
 */
export function readSnapshot<T>(database: Database, read: () => T, health: StoreHealth): T {
  try {
    database.run('BEGIN');
    try {
      return read();
    } finally {
      if (database.inTransaction) database.run('COMMIT');
    }
  } catch (error) {
    // SQLite's codes become those of the ports.
    const reason = runtimeError(database.filename, error);
    if (reason instanceof TransportError && reason.code === 'unavailable') health.failed(reason.message);
    throw reason;
  }
}

/** Opens (or makes, with its folders) a job store in a file of its own. Throws `DataFileError`. */
export function openSqliteJobStore(
  file: string,
  options: Pick<WriterOptions, 'writeTimeoutMs' | 'fsync'> = {},
): JobStore {
  try {
    mkdirSync(dirname(file), { recursive: true });
  } catch (error) {
    // Named for the person who set the path.
    throw openingError(dirname(file), error);
  }
  const database = openDatabase(file, JOB_FILE);
  const writer = new Writer(database, { ...options, onFailed: (reason) => health.failed(reason) });
  const touch = database.prepare('UPDATE store_id SET id = id');
  const health = new StoreHealth('sqlite', () => writer.write(() => touch.run()));
  const row = database.query<{ id: string }, []>('SELECT id FROM store_id').get();
  const close = async (): Promise<void> => {
    health.close();
    await writer.close();
    database.close();
  };
  const opened = { database, table: new JobTable(database), writer, health };
  return new SqliteJobStore(opened, close, row?.id ?? null);
}
