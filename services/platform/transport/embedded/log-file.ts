import type { Database } from 'bun:sqlite';
import { accessSync, constants, mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { StoreHealth } from '../../store/health.ts';
import { openDatabase } from '../../store/sqlite/database.ts';
import { openingError } from '../../store/sqlite/errors.ts';
import { JobTable } from '../../store/sqlite/job-table.ts';
import { readSnapshot } from '../../store/sqlite/sqlite-job-store.ts';
import { Writer } from '../../store/sqlite/writer.ts';
import { Bell } from './bell.ts';
import { CompactionTable } from './compaction-table.ts';
import { GroupTable } from './group-table.ts';
import { RecordTable } from './record-table.ts';
import { LOG_FILE } from './schema.ts';

const DATABASE_NAME = 'requite.db';
const BELL_NAME = 'requite.bell';

/** The files that this process has open, by the real path of their directory. */
const openFiles = new Map<string, LogFile>();

/** How a data directory is used; the first to open it in a process decides. */
interface LogFileOptions {
  /** How often to look for others' records where watching files doesn't work. */
  readonly fallbackPollMs: number;
  /** Whether each transaction is flushed to the disk. */
  readonly fsync: boolean;
}

/** A data directory as this process has it open: one connection, one queue of writes, one bell for all users. */
export class LogFile {
  readonly database: Database;
  readonly writer: Writer;
  readonly bell: Bell;
  readonly records: RecordTable;
  readonly compactions: CompactionTable;
  readonly groups: GroupTable;
  readonly jobs: JobTable;
  /** How the file stands. */
  readonly health: StoreHealth;
  readonly #directory: string;
  #users = 1;

  /** Opens the directory, or shares what is open. Throws `DataFileError`. Each use ends with `release`. */
  static acquire(dataDir: string, options: LogFileOptions): LogFile {
    const directory = makeDirectory(dataDir);
    const open = openFiles.get(directory);
    if (open !== undefined) {
      open.#users++;
      return open;
    }
    const file = LogFile.#open(directory, options);
    openFiles.set(directory, file);
    return file;
  }

  static #open(directory: string, options: LogFileOptions): LogFile {
    const path = join(directory, DATABASE_NAME);
    const database = openDatabase(path, LOG_FILE);
    try {
      return new LogFile(directory, database, options);
    } catch (error) {
      // A damaged table, or a bell that can't be made: nothing may stay open behind it.
      database.close();
      throw openingError(path, error);
    }
  }

  private constructor(directory: string, database: Database, { fallbackPollMs, fsync }: LogFileOptions) {
    this.#directory = directory;
    this.database = database;
    const version = this.database.prepare<{ data_version: number }, []>('PRAGMA data_version');
    let seen = -1;
    const hasChanged = (): boolean => {
      const before = seen;
      try {
        seen = version.get()?.data_version ?? -1;
      } catch {
        return true; // the disk fails: who is woken reads, and is told
      }
      return seen !== before;
    };
    this.bell = new Bell(join(directory, BELL_NAME), hasChanged, fallbackPollMs);
    this.writer = new Writer(this.database, {
      fsync,
      onCommitted: () => this.bell.ring(),
      onUndone: () => this.records.forget(),
      onFailed: (reason) => this.health.failed(reason),
    });
    this.records = new RecordTable(this.database);
    const touch = this.database.prepare('UPDATE log_id SET id = id');
    this.health = new StoreHealth('embedded', () => this.writer.write(() => touch.run()));
    this.compactions = new CompactionTable(this.database);
    this.groups = new GroupTable(this.database);
    this.jobs = new JobTable(this.database);
  }

  /** Reads on one snapshot; gives way to nothing in between. */
  read<T>(read: () => T): T {
    return readSnapshot(this.database, read, this.health);
  }

  async release(): Promise<void> {
    this.#users--;
    if (this.#users > 0) return;
    openFiles.delete(this.#directory);
    this.health.close();
    await this.writer.close();
    this.bell.close();
    this.database.close();
  }
}

function makeDirectory(dataDir: string): string {
  try {
    mkdirSync(dataDir, { recursive: true });
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
    return realpathSync(dataDir);
  } catch (error) {
    // Named for the person who set the directory.
    throw openingError(dataDir, error);
  }
}
