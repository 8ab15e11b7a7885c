import { Database } from 'bun:sqlite';
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type IncomingRecord, type Position, type Reader, type Transport, TransportError } from '../../../core/mod.ts';
import type { Logger } from '../log.ts';

export interface ViewOptions {
  readonly transport: Transport;
  /** The view's own SQLite file; it can be deleted at any time and is built again from the log. */
  readonly file: string;
  /** The version of `ddl` and `apply`: a file of another version is built again. */
  readonly version: number;
  readonly ddl: string;
  readonly topics: readonly string[];
  /** Folds a batch into the tables. Must not depend on anything but tables and records. */
  readonly apply: (db: Database, records: readonly IncomingRecord[]) => void;
  readonly logger: Logger;
}

/** A materialized view: topics folded into tables, with waiting reads. */
export interface View {
  readonly db: Database;
  /** Waits until all is applied that was on the topics when called; false when time is over first. */
  caughtUp(timeoutMs: number): Promise<boolean>;
  /** Waits until the record at this position is applied; false when time is over first. */
  appliedTo(position: Position, timeoutMs: number): Promise<boolean>;
  /** Calls the listener after each applied batch; returns how to end that. */
  onApplied(listener: () => void): () => void;
  /** Waits until `probe` gives something, asking it again after each applied batch; undefined when time is over. */
  waitFor<T>(probe: () => T | undefined, timeoutMs: number): Promise<T | undefined>;
  /** 'running', or what it waits for. */
  readiness(): string;
  close(): Promise<void>;
}

export type { Database } from 'bun:sqlite';

/** Where an instance keeps its view: its port tells it from others of its kind; port 0 means one of its own. */
export function viewFile(dataDir: string, service: string, port: number): string {
  return join(dataDir, 'views', `${service}-${port === 0 ? `pid${process.pid}` : port}.db`);
}

/** At most so many waiting reads at once; one more is refused as `unavailable`. */
export const MAX_WAITERS = 10_000;

const BATCH = 2000;
const POLL_MS = 500;
const MAX_BACKOFF_MS = 5_000;

/** Opens a view and starts folding from where its file stands. */
export async function openView(options: ViewOptions): Promise<View> {
  const view = new SqliteView(options, openFile(options));
  await view.start();
  return view;
}

function openFile(options: ViewOptions): Database {
  mkdirSync(dirname(options.file), { recursive: true });
  try {
    return prepare(options);
  } catch (error) {
    // damaged, or not SQLite at all: a view holds nothing that the log has not
    options.logger.warn({ err: error, file: options.file }, 'the view is damaged: building it again from the log');
    removeFile(options.file);
    return prepare(options);
  }
}

function removeFile(file: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
}

function prepare(options: ViewOptions): Database {
  const db = new Database(options.file, { create: true, strict: true });
  try {
    db.run('PRAGMA journal_mode = WAL');
    db.run('PRAGMA synchronous = NORMAL');
    const found = db.query<{ user_version: number }, []>('PRAGMA user_version').get()?.user_version ?? 0;
    const check = db.query<{ quick_check: string }, []>('PRAGMA quick_check(1)').get()?.quick_check;
    if (check !== 'ok') throw new Error(`quick_check: ${check}`);
    if (found === options.version) return db;
    if (found !== 0) throw new Error(`it has version ${found}, this program has ${options.version}`);
    db.transaction(() => {
      db.run('CREATE TABLE view_offsets (topic TEXT, partition INTEGER, next INTEGER NOT NULL, PRIMARY KEY (topic, partition)) WITHOUT ROWID');
      db.run(options.ddl);
      db.run(`PRAGMA user_version = ${options.version}`);
    })();
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

class SqliteView implements View {
  db: Database;
  private readonly options: ViewOptions;
  private readonly next: Map<string, number> = new Map();
  private readonly listeners: Set<() => void> = new Set();
  private waiters = 0;
  private closing = false;
  private problem: string | null = null;
  private ended: Promise<void> = Promise.resolve();
  private wakeUp: () => void = () => undefined;

  constructor(options: ViewOptions, db: Database) {
    this.options = options;
    this.db = db;
  }

  async start(): Promise<void> {
    this.readOffsets();
    if (await this.isAheadOfLog()) {
      this.options.logger.warn({ file: this.options.file }, 'the view is of another log: building it again');
      this.db.close();
      removeFile(this.options.file);
      this.db = prepare(this.options);
      this.next.clear();
    }
    this.ended = this.run();
  }

  async caughtUp(timeoutMs: number): Promise<boolean> {
    const deadline = performance.now() + timeoutMs;
    for (const topic of this.options.topics) {
      const ends = await this.options.transport.endOffsets(topic);
      for (const [partition, end] of ends.entries()) {
        if (end > 0 && !(await this.appliedTo({ topic, partition, offset: end - 1 }, deadline - performance.now()))) return false;
      }
    }
    return true;
  }

  async appliedTo({ topic, partition, offset }: Position, timeoutMs: number): Promise<boolean> {
    return (await this.waitFor(() => ((this.next.get(`${topic}/${partition}`) ?? 0) > offset ? true : undefined), timeoutMs)) === true;
  }

  onApplied(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async waitFor<T>(probe: () => T | undefined, timeoutMs: number): Promise<T | undefined> {
    const now = probe();
    if (now !== undefined || timeoutMs <= 0 || this.closing) return now;
    if (this.waiters >= MAX_WAITERS) throw new TransportError('unavailable', `${MAX_WAITERS} reads wait already: try again later`);
    this.waiters++;
    try {
      return await this.waitOn(probe, timeoutMs);
    } finally {
      this.waiters--;
    }
  }

  private waitOn<T>(probe: () => T | undefined, timeoutMs: number): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const end = (found: T | undefined): void => {
        clearTimeout(timer);
        this.listeners.delete(listener);
        resolve(found);
      };
      const listener = (): void => {
        try {
          const found = probe();
          if (found !== undefined || this.closing) end(found);
        } catch (error) {
          // the probe's failure belongs to the reader, not to the fold that woke it
          clearTimeout(timer);
          this.listeners.delete(listener);
          reject(error);
        }
      };
      const timer = setTimeout(() => end(undefined), timeoutMs);
      this.listeners.add(listener);
    });
  }

  readiness(): string {
    return this.problem ?? 'running';
  }

  async close(): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    this.wakeUp();
    for (const listener of [...this.listeners]) listener();
    await this.ended;
    this.db.close();
  }

  private readOffsets(): void {
    const rows = this.db.query<{ topic: string; partition: number; next: number }, []>('SELECT topic, partition, next FROM view_offsets').all();
    for (const { topic, partition, next } of rows) this.next.set(`${topic}/${partition}`, next);
  }

  /** Whether the file stands past the log's end: then the log was made anew, and the file is of an older one. */
  private async isAheadOfLog(): Promise<boolean> {
    for (const topic of this.options.topics) {
      const ends = await this.options.transport.endOffsets(topic);
      if (ends.some((end, partition) => (this.next.get(`${topic}/${partition}`) ?? 0) > end)) return true;
    }
    return false;
  }

  private async run(): Promise<void> {
    let reader: Reader | null = null;
    let backoffMs = 50;
    while (!this.closing) {
      try {
        reader ??= await this.options.transport.read({ topics: this.options.topics, from: (topic, partition) => this.next.get(`${topic}/${partition}`) ?? 0 });
        const records = await reader.poll({ maxRecords: BATCH, waitMs: POLL_MS });
        if (records.length > 0) this.fold(records);
        if (this.problem !== null) this.options.logger.info({ file: this.options.file }, 'the view goes on');
        this.problem = null;
        backoffMs = 50;
      } catch (error) {
        // the log or the disk is away: the view stays as it is and tries again, having said so once
        if (this.problem === null) this.options.logger.error({ err: error, file: this.options.file }, 'the view can not go on; trying again');
        this.problem = error instanceof Error ? error.message : String(error);
        await reader?.close().catch(() => undefined); // the next round makes a new one
        reader = null;
        if (!this.closing) await this.pause(backoffMs);
        backoffMs = Math.min(MAX_BACKOFF_MS, backoffMs * 2);
      }
    }
    await reader?.close();
  }

  private fold(records: readonly IncomingRecord[]): void {
    try {
      this.applyAll(records);
    } catch (error) {
      if (records.length === 1) throw error;
      // one of them can't be folded: find it, so that the others count
      for (const record of records) this.foldOne(record);
    }
    for (const listener of [...this.listeners]) listener();
  }

  private foldOne(record: IncomingRecord): void {
    try {
      this.applyAll([record]);
    } catch (error) {
      const { topic, partition, offset } = record;
      this.options.logger.error({ err: error, topic, partition, offset }, 'the view passes over a record that it can not fold');
      this.write([record], () => undefined);
    }
  }

  private applyAll(records: readonly IncomingRecord[]): void {
    this.write(records, () => this.options.apply(this.db, records));
  }

  private write(records: readonly IncomingRecord[], apply: () => void): void {
    const moved = new Map<string, IncomingRecord>();
    for (const record of records) moved.set(`${record.topic}/${record.partition}`, record);
    const save = this.db.query('INSERT INTO view_offsets (topic, partition, next) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET next = excluded.next');
    this.db.transaction(() => {
      apply();
      for (const { topic, partition, offset } of moved.values()) save.run(topic, partition, offset + 1);
    })();
    for (const [key, { offset }] of moved) this.next.set(key, offset + 1);
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
