import { Database } from 'bun:sqlite';
import { DataFileError, isBusy, openingError } from './errors.ts';

/** How long an open, or a read, waits for another process's lock. */
export const BUSY_TIMEOUT_MS = 5_000;
/** The WAL is copied back once it has so many pages (of 4 KiB). */
const CHECKPOINT_PAGES = 4_000;
/** What a WAL may keep once it is copied back, where something held it up for long and it has grown. */
const WAL_LIMIT_BYTES = 64 * 1024 * 1024;
/** Between two attempts to open a file that another process is just making. */
const OPEN_RETRY_MS = 5;

/** What a file of ours holds. `migrations[n]` leads from version n to n + 1; versions are `user_version`. */
export interface FileSchema {
  /** Marks the file as ours (`PRAGMA application_id`). */
  readonly applicationId: number;
  readonly migrations: readonly string[];
}

/**
 * Opens a database that several processes use at once, and makes or upgrades its tables: write-ahead log,
 * durable at commit. Throws `DataFileError`.
 */
export function openDatabase(path: string, schema: FileSchema): Database {
  const giveUpAt = performance.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      return attemptOpen(path, schema);
    } catch (error) {
      // Turning on the write-ahead log doesn't wait for locks by itself: try again while another does it.
      if (!isBusy(error) || performance.now() > giveUpAt) throw openingError(path, error);
      Bun.sleepSync(OPEN_RETRY_MS);
    }
  }
}

function attemptOpen(path: string, schema: FileSchema): Database {
  const database = new Database(path, { create: true });
  try {
    database.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    checkOurs(database, path, schema);
    database.run('PRAGMA journal_mode = WAL');
    database.run('PRAGMA synchronous = FULL');
    database.run(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    database.run(`PRAGMA journal_size_limit = ${WAL_LIMIT_BYTES}`);
    migrate(database, path, schema);
    return database;
  } catch (error) {
    // Nothing may stay open behind a failed attempt; the caller names the error.
    database.close();
    throw error;
  }
}

/**
 * Refuses another program's database before anything in it is touched. It looks in one snapshot: between two looks
 * another process of ours may make the tables, and they would seem a stranger's.
 */
function checkOurs(database: Database, path: string, schema: FileSchema): void {
  const isOurs = database.transaction(() => {
    const applicationId = pragma(database, 'application_id');
    if (applicationId !== 0) return applicationId === schema.applicationId;
    return database.query('SELECT 1 FROM sqlite_schema LIMIT 1').get() === null;
  });
  if (isOurs.deferred()) return;
  const message = `${path} is a database of another program or purpose. Name another place for ours.`;
  throw new DataFileError('not-ours', path, message);
}

function migrate(database: Database, path: string, schema: FileSchema): void {
  const newest = schema.migrations.length;
  const upgrade = database.transaction(() => {
    const version = pragma(database, 'user_version');
    if (version > newest) throw newerVersion(path, version, newest);
    for (const step of schema.migrations.slice(version)) database.run(step);
    database.run(`PRAGMA application_id = ${schema.applicationId}`);
    database.run(`PRAGMA user_version = ${newest}`);
  });
  const version = pragma(database, 'user_version');
  if (version > newest) throw newerVersion(path, version, newest);
  if (version < newest) upgrade.immediate();
}

function newerVersion(path: string, version: number, newest: number): DataFileError {
  const message =
    `${path} has format ${version}, this Requite knows up to ${newest}. ` +
    'Run the newer Requite that wrote it, or name another data directory.';
  return new DataFileError('newer-version', path, message);
}

function pragma(database: Database, name: 'application_id' | 'user_version'): number {
  const row = database.query(`PRAGMA ${name}`).get() as Record<string, number>;
  return row[name] ?? 0;
}
