import { Database } from 'bun:sqlite';
import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode, isBusy } from '../store/sqlite/errors.ts';

/** Marks a file as a view of ours ('RqVw'). */
const APPLICATION_ID = 0x52_71_56_77;
/** The format of the bookkeeping below; the view's own version is kept beside it. */
const FORMAT = 1;
/** How long an opening waits for another process that has the file, which may be about to end. */
const BUSY_TIMEOUT_MS = 5_000;
/** At most so much of the file is held in memory. */
const CACHE_KIB = 16 * 1024;
const INSTANCE = 'instance';

const BOOKKEEPING = `
  CREATE TABLE view_meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE view_offsets (topic TEXT, partition INTEGER, next INTEGER NOT NULL, PRIMARY KEY (topic, partition)) WITHOUT ROWID;
`;

export interface ViewFileOptions {
  readonly file: string;
  /** Of the fold: tables and meaning. A file of another version is rebuilt. */
  readonly version: number;
  /** Creates the view's tables. */
  readonly ddl: string;
}

export interface OpenedFile {
  readonly db: Database;
  /** Why what was there could not be used, if it couldn't. */
  readonly rebuilt: string | null;
}

/** A view's file that can't be used; the message says what to do. */
export class ViewFileError extends Error {
  override readonly name = 'ViewFileError';
}

/**
 * Opens a view's file for this process alone, and makes it anew where it is missing, damaged or of another
 * version: what it held is in the log. Throws `ViewFileError` where the file is another program's or in use.
 */
export function openViewFile(options: ViewFileOptions): OpenedFile {
  mkdirSync(dirname(options.file), { recursive: true });
  try {
    const opened = attempt(options);
    if (typeof opened !== 'string') return { db: opened, rebuilt: null };
    return { db: remake(options), rebuilt: opened };
  } catch (error) {
    if (isBusy(error)) {
      const message = `${options.file} is in use by another process: stop it, or give this one another port.`;
      throw new ViewFileError(message, { cause: error });
    }
    throw error;
  }
}

/** Deletes a view's file and what SQLite keeps beside it. */
export function removeViewFile(file: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${file}${suffix}`, { force: true });
}

/** Empties an open view, so that it can be folded from the start. */
export function resetTables(db: Database, options: Pick<ViewFileOptions, 'version' | 'ddl'>): void {
  const instance = readMeta(db, INSTANCE);
  const reset = db.transaction(() => {
    const found = db
      .query("SELECT type, name FROM sqlite_schema WHERE type IN ('view', 'table') ORDER BY type DESC")
      .all();
    for (const { type, name } of found as { type: string; name: string }[]) {
      if (!name.startsWith('sqlite_')) db.run(`DROP ${type} IF EXISTS "${name.replaceAll('"', '""')}"`);
    }
    createTables(db, options);
    if (instance !== null) writeMeta(db, INSTANCE, instance);
  });
  reset.exclusive();
}

/** The log that the view was folded from; null where it has not begun. */
export function foldedLog(db: Database): string | null {
  return readMeta(db, 'log');
}

export function nameFoldedLog(db: Database, log: string): void {
  writeMeta(db, 'log', log);
}

/** The id of the instance whose file this is, made at first: with the file it keeps its partitions through restarts. */
export function instanceOf(db: Database): string {
  const instance = readMeta(db, INSTANCE) ?? crypto.randomUUID();
  writeMeta(db, INSTANCE, instance);
  return instance;
}

function readMeta(db: Database, name: string): string | null {
  const found = db.query<{ value: string }, [string]>('SELECT value FROM view_meta WHERE name = ?').get(name);
  return found?.value ?? null;
}

function writeMeta(db: Database, name: string, value: string): void {
  db.query('INSERT OR REPLACE INTO view_meta VALUES (?, ?)').run(name, value);
}

/** The database, or why it must be made anew. */
function attempt(options: ViewFileOptions): Database | string {
  let db: Database | null = null;
  try {
    db = connect(options.file);
    const standing = inspect(db, options);
    if (standing === 'fresh') create(db, options);
    if (standing === 'fresh' || standing === 'usable') return db;
    db.close();
    return standing;
  } catch (error) {
    db?.close();
    // a view that can't be read is made anew from the log; everything else is for a person
    if (/^SQLITE_(CORRUPT|NOTADB)/.test(errorCode(error))) return 'it is damaged';
    throw error;
  }
}

function remake(options: ViewFileOptions): Database {
  removeViewFile(options.file);
  const db = connect(options.file);
  create(db, options);
  return db;
}

function connect(file: string): Database {
  const db = new Database(file, { create: true });
  try {
    db.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    // one process a file: two folds of one log would count everything twice
    db.run('PRAGMA locking_mode = EXCLUSIVE');
    db.run('PRAGMA journal_mode = WAL');
    // a power cut may take the last commits, offsets included: they are read again
    db.run('PRAGMA synchronous = NORMAL');
    // what a batch is about lies all over the file: with SQLite's 2 MB every other page would be read anew each time
    db.run(`PRAGMA cache_size = -${CACHE_KIB}`);
    db.run('BEGIN EXCLUSIVE; COMMIT');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** 'fresh', 'usable', or why it can't be used. */
function inspect(db: Database, { file, version }: ViewFileOptions): string {
  const { application_id: id } = db.query('PRAGMA application_id').get() as { application_id: number };
  const isEmpty = db.query('SELECT 1 FROM sqlite_schema LIMIT 1').get() === null;
  if (isEmpty) return 'fresh';
  if (id !== APPLICATION_ID) {
    throw new ViewFileError(
      `${file} is a database of another program: move it away, or name another data directory.`,
    );
  }
  const [check] = db.query('PRAGMA quick_check(1)').values();
  if (check?.[0] !== 'ok') return 'it is damaged';
  const found = db.query("SELECT value FROM view_meta WHERE name = 'version'").get() as {
    value: string;
  } | null;
  return found?.value === `${FORMAT}.${version}`
    ? 'usable'
    : `it has version ${found?.value ?? 'unknown'}, not ${FORMAT}.${version}`;
}

function create(db: Database, options: ViewFileOptions): void {
  db.transaction(() => createTables(db, options)).exclusive();
}

function createTables(db: Database, { version, ddl }: Pick<ViewFileOptions, 'version' | 'ddl'>): void {
  db.run(BOOKKEEPING);
  db.run(ddl);
  db.query("INSERT INTO view_meta VALUES ('version', ?)").run(`${FORMAT}.${version}`);
  db.run(`PRAGMA application_id = ${APPLICATION_ID}`);
}
