import type { Database } from 'bun:sqlite';
import { TransportError } from '../../../../core/mod.ts';
import { BUSY_TIMEOUT_MS } from './database.ts';
import { isBusy, runtimeError } from './errors.ts';

/** Who is told how a writer's transactions end, and how long one waits. */
export interface WriterOptions {
  /** After each transaction in which `notifyAfterCommit` was called. Must not throw. */
  readonly onCommitted?: () => void;
  /** What a piece of work had written is undone: what was remembered of it must be forgotten. Must not throw. */
  readonly onUndone?: () => void;
  /** The file itself failed, and why. Must not throw. */
  readonly onFailed?: (reason: string) => void;
  /** How long a write waits for other processes' writes before it gives up. Default 10,000. */
  readonly writeTimeoutMs?: number;
  /** Whether each transaction is flushed to the disk. Without it a power cut may take the last ones. Default true. */
  readonly fsync?: boolean;
}

/** How long a write waits for other processes' writes before it gives up. */
const WRITE_TIMEOUT_MS = 10_000;
/** Between two attempts to get the write lock. SQLite's own waiting would block the event loop. */
const LOCK_RETRY_MS = 1;
/** Where another keeps it for long, asking all the time would only cost time. */
const MAX_LOCK_RETRY_MS = 20;
const LOCK_RETRY_GROWTH = 1.2;
/** More pieces than this can't wait: the disk is too slow for what is asked of it. */
const MAX_QUEUE = 65_536;
/** At most so many pieces of work share a transaction, and thereby one flush to disk. */
const MAX_GROUP = 256;

export interface WriteOptions {
  /** False for what need not survive a power cut, such as a heartbeat: then no flush to disk. Default true. */
  readonly durable?: boolean;
}

interface Work {
  readonly run: () => unknown;
  readonly durable: boolean;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: unknown };

/**
 * Runs pieces of work on a database, first come first served, each all or nothing. What is waiting at the
 * same time shares a transaction and its flush to disk (group commit); a piece that throws undoes only itself.
 */
export class Writer {
  readonly #database: Database;
  readonly #options: WriterOptions;
  readonly #queue: Work[] = [];
  #draining: Promise<void> | null = null;
  #notify = false;
  #closed = false;
  #synchronous: 'FULL' | 'NORMAL' = 'FULL';

  constructor(database: Database, options: WriterOptions = {}) {
    this.#database = database;
    this.#options = options;
  }

  /** Resolves with the work's result once it is committed; rejects with what it threw, or 'unavailable'. */
  write<T>(run: () => T, options: WriteOptions = {}): Promise<T> {
    if (this.#closed) return Promise.reject(new TransportError('closed', 'The data file is closed.'));
    if (this.#queue.length >= MAX_QUEUE) {
      const message = `${MAX_QUEUE} writes wait for the disk already. Try again later.`;
      return Promise.reject(new TransportError('unavailable', message));
    }
    return new Promise<T>((resolve, reject) => {
      const { durable = true } = options;
      this.#queue.push({ run, durable, resolve: resolve as (value: unknown) => void, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** For work in progress: tell others once its transaction is committed. */
  notifyAfterCommit(): void {
    this.#notify = true;
  }

  /** Finishes what waits, then takes no more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#draining;
  }

  async #drain(): Promise<void> {
    // One turn of the event loop, so that what comes in at the same time shares the transaction.
    await new Promise<void>((resolve) => setImmediate(resolve));
    const { writeTimeoutMs: timeoutMs = WRITE_TIMEOUT_MS } = this.#options;
    let giveUpAt = performance.now() + timeoutMs;
    let retryMs = LOCK_RETRY_MS;
    while (this.#queue.length > 0) {
      const error = this.#tryGroup();
      if (error === null) {
        giveUpAt = performance.now() + timeoutMs;
        retryMs = LOCK_RETRY_MS;
      } else if (isBusy(error) && performance.now() < giveUpAt) {
        await Bun.sleep(retryMs);
        retryMs = Math.min(MAX_LOCK_RETRY_MS, retryMs * LOCK_RETRY_GROWTH);
      } else {
        const reason = this.#failure(error);
        for (const work of this.#queue.splice(0, MAX_GROUP)) work.reject(reason);
      }
    }
    this.#draining = null;
  }

  /** Takes the lock and commits what waits, without giving way in between; returns why it got no lock, or null. */
  #tryGroup(): unknown {
    const group = this.#queue.slice(0, MAX_GROUP);
    const { fsync = true } = this.#options;
    const error = this.#tryLock(fsync && group.some((work) => work.durable) ? 'FULL' : 'NORMAL');
    if (error !== null) return error;
    this.#queue.splice(0, group.length);
    this.#commitGroup(group);
    return null;
  }

  #tryLock(level: 'FULL' | 'NORMAL'): unknown {
    try {
      this.#rollBack(); // left over where a failing disk kept even that from being done
      this.#synchronize(level);
      this.#database.run('PRAGMA busy_timeout = 0');
      this.#database.run('BEGIN IMMEDIATE');
      return null;
    } catch (error) {
      return error; // `#drain` decides whether to try again.
    } finally {
      this.#database.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    }
  }

  #rollBack(): void {
    if (this.#database.inTransaction) this.#database.run('ROLLBACK');
  }

  /** What the file failed with, as the ports promise it; told to who watches over the file. */
  #failure(error: unknown): unknown {
    const reason = runtimeError(this.#database.filename, error);
    if (reason instanceof TransportError && reason.code === 'unavailable')
      this.#options.onFailed?.(reason.message);
    return reason;
  }

  #synchronize(level: 'FULL' | 'NORMAL'): void {
    if (this.#synchronous === level) return;
    this.#database.run(`PRAGMA synchronous = ${level}`);
    this.#synchronous = level;
  }

  /** The write lock is held. Runs the group, commits, and only then tells anybody how it went. */
  #commitGroup(group: readonly Work[]): void {
    this.#notify = false;
    let outcomes: readonly Outcome[];
    try {
      outcomes = group.map((work) => this.#attempt(work));
      this.#database.run('COMMIT');
    } catch (error) {
      // The transaction as a whole failed: nothing of the group is done.
      this.#undo();
      const reason = this.#failure(error);
      for (const work of group) work.reject(reason);
      return;
    }
    if (this.#notify) this.#options.onCommitted?.();
    for (const [index, work] of group.entries()) {
      const outcome = outcomes[index] as Outcome;
      if (outcome.ok) work.resolve(outcome.value);
      else work.reject(outcome.error);
    }
  }

  #undo(): void {
    try {
      this.#rollBack();
    } catch {
      // The disk fails so badly that not even this can be done: it is, before the next transaction begins.
    }
    this.#options.onUndone?.();
  }

  #attempt(work: Work): Outcome {
    this.#database.run('SAVEPOINT work');
    try {
      const value = work.run();
      this.#database.run('RELEASE work');
      return { ok: true, value };
    } catch (error) {
      // A full disk or the like ends the whole transaction by itself: then the group fails with it.
      if (!this.#database.inTransaction) throw error;
      this.#database.run('ROLLBACK TO work');
      this.#database.run('RELEASE work');
      this.#options.onUndone?.();
      return { ok: false, error: this.#failure(error) };
    }
  }
}
