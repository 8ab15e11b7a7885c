import type { Database } from 'bun:sqlite';
import {
  type IncomingRecord,
  type Position,
  type Reader,
  type Transport,
  TransportError,
} from '../../../core/mod.ts';
import type { Logger } from '../log.ts';
import { pause } from '../pause.ts';
import { foldedLog, nameFoldedLog, type OpenedFile, openViewFile, resetTables } from './file.ts';
import { type Apply, Fold } from './fold.ts';
import { Waiters } from './waiters.ts';

const MAX_RECORDS = 2_000;
const POLL_MS = 1_000;
const FIRST_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 2_000;

export interface ViewOptions {
  readonly transport: Transport;
  /** The SQLite file, this process's own. Made anew from the log where it is missing, damaged or of another version. */
  readonly file: string;
  /** Of tables and fold together: raise it when either changes. */
  readonly version: number;
  /** Creates the view's tables. Names that begin with `view_` are the view's own. */
  readonly ddl: string;
  readonly topics: readonly string[];
  /** The fold. It runs inside a transaction; a record that makes it throw is left out and counted. */
  readonly apply: Apply;
  readonly logger: Logger;
}

/** A materialized view: topics folded into tables of an instance's own file. */
export interface View {
  /** For reading. Only `apply` writes. */
  readonly db: Database;
  /** Records that `apply` could not digest since the view was opened. */
  readonly refused: number;
  /** Waits until all that was on its topics when called is applied; false when the time is over. Throws `TransportError`. */
  caughtUp(timeoutMs: number): Promise<boolean>;
  /** Waits until the record at this position is applied; false when the time is over. */
  appliedTo(position: Position, timeoutMs: number): Promise<boolean>;
  /** Calls after each applied batch; returns how to end that. */
  onApplied(listener: (records: readonly IncomingRecord[]) => void): () => void;
  /**
   * A waiting read: the probe's value as soon as it is not undefined, probed now and after each batch; undefined
   * when the time is over. Throws `TransportError` ('unavailable') when too many wait.
   */
  waitFor<T>(probe: () => T | undefined, timeoutMs: number): Promise<T | undefined>;
  /** 'running', or what it waits for. */
  readiness(): string;
  close(): Promise<void>;
}

/** Opens a view and begins to fold, in the background: the log may be away. Throws `ViewFileError`. */
export async function openView(options: ViewOptions): Promise<View> {
  const { file, topics, logger } = options;
  const opened = openViewFile(options);
  if (opened.rebuilt !== null)
    logger.warn({ file, reason: opened.rebuilt }, 'the view is rebuilt from the log');
  else logger.debug({ file, topics }, 'opened the view');
  return new LogView(options, opened);
}

class LogView implements View {
  readonly db: Database;
  readonly #options: ViewOptions;
  readonly #waiters: Waiters = new Waiters();
  readonly #listeners: Set<(records: readonly IncomingRecord[]) => void> = new Set();
  readonly #loop: Promise<void>;
  #fold: Fold;
  #reader: Reader | null = null;
  /** The next offsets that the reader would give, once all before is applied; they pass over what holds no record. */
  readonly #passed: Map<string, number> = new Map();
  #partitions: readonly Position[] = [];
  #problem: string | null = null;
  /** Whether it has once applied what was on the topics when it began. */
  #isCurrent = false;
  #closed = false;
  readonly #closing: AbortController = new AbortController();

  constructor(options: ViewOptions, { db }: OpenedFile) {
    this.#options = options;
    this.db = db;
    this.#fold = new Fold(db, options.apply, options.logger);
    this.#loop = this.#run();
  }

  get refused(): number {
    return this.#fold.refused;
  }

  async caughtUp(timeoutMs: number): Promise<boolean> {
    const giveUpAt = performance.now() + timeoutMs;
    const ends = await withinMs(this.#ends(), timeoutMs);
    if (ends === null) return false;
    const reached = await this.waitFor(() => this.#reached(ends) || undefined, giveUpAt - performance.now());
    return reached ?? false;
  }

  async appliedTo({ topic, partition, offset }: Position, timeoutMs: number): Promise<boolean> {
    const reached = await this.waitFor(
      () => this.#fold.next(topic, partition) > offset || undefined,
      timeoutMs,
    );
    return reached ?? false;
  }

  onApplied(listener: (records: readonly IncomingRecord[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  waitFor<T>(probe: () => T | undefined, timeoutMs: number): Promise<T | undefined> {
    return this.#waiters.wait(probe, timeoutMs);
  }

  readiness(): string {
    if (this.#closed) return 'closed';
    if (this.#problem !== null) return this.#problem;
    return this.#isCurrent ? 'running' : 'catching up with the log';
  }

  async close(): Promise<void> {
    if (this.#closed) return this.#loop;
    this.#closed = true;
    this.#closing.abort();
    this.#waiters.close();
    await this.#dropReader();
    await this.#loop;
    this.db.close();
  }

  async #run(): Promise<void> {
    let backoffMs = 0;
    let firstEnds: readonly Position[] | null = null;
    while (!this.#closed) {
      try {
        firstEnds ??= await this.#begin();
        this.#isCurrent ||= this.#reached(firstEnds);
        await this.#advance();
        this.#isCurrent ||= this.#reached(firstEnds);
        this.#recovered();
        backoffMs = 0;
      } catch (error) {
        // whatever it is (log away, disk full), the only thing that helps is to try again from what is applied
        if (this.#closed) break;
        this.#failed(error);
        await this.#dropReader();
        backoffMs = Math.min(MAX_BACKOFF_MS, Math.max(FIRST_BACKOFF_MS, backoffMs * 2));
        await pause(backoffMs, this.#closing.signal);
      }
    }
    await this.#dropReader();
  }

  /** Where the log ends now. A view that has folded another log, or one that was made anew, begins again. */
  async #begin(): Promise<readonly Position[]> {
    const log = await this.#options.transport.logId();
    const ends = await this.#ends();
    const folded = foldedLog(this.db);
    const isAhead = ends.some(({ topic, partition, offset }) => this.#fold.next(topic, partition) > offset);
    if (folded !== null && folded !== log)
      this.#beginAgain(`it is of another log, ${folded}; this is ${log}`);
    else if (isAhead) this.#beginAgain('it is ahead of the log, whose topics were made anew');
    nameFoldedLog(this.db, log);
    this.#partitions = ends;
    return ends;
  }

  #beginAgain(reason: string): void {
    const { file, logger, apply } = this.#options;
    logger.warn({ file, reason }, 'the view is rebuilt from the log');
    resetTables(this.db, this.#options);
    this.#fold = new Fold(this.db, apply, logger);
    this.#passed.clear();
  }

  async #advance(): Promise<void> {
    const { transport, topics } = this.#options;
    this.#reader ??= await transport.read({
      topics,
      from: (topic, partition) => this.#fold.next(topic, partition),
    });
    if (this.#closed) return;
    const records = await this.#reader.poll({ maxRecords: MAX_RECORDS, waitMs: POLL_MS });
    if (this.#closed) return;
    const applied = this.#fold.apply(records);
    const hasMoved = this.#notePositions(this.#reader);
    if (applied.length > 0) this.#notify(applied);
    else if (hasMoved) this.#waiters.notify();
  }

  #notePositions(reader: Reader): boolean {
    let hasMoved = false;
    for (const { topic, partition } of this.#partitions) {
      const position = reader.position(topic, partition);
      const place = `${partition} ${topic}`;
      hasMoved ||= this.#passed.get(place) !== position;
      this.#passed.set(place, position);
    }
    return hasMoved;
  }

  /** The next offset of the partition that is not yet dealt with. */
  #next(topic: string, partition: number): number {
    return Math.max(this.#fold.next(topic, partition), this.#passed.get(`${partition} ${topic}`) ?? 0);
  }

  #notify(records: readonly IncomingRecord[]): void {
    this.#waiters.notify();
    for (const listener of this.#listeners) {
      try {
        listener(records);
      } catch (error) {
        // the batch is applied: a listener's defect must not have it applied again
        this.#options.logger.error({ err: error }, 'a listener of the view failed');
      }
    }
  }

  async #ends(): Promise<readonly Position[]> {
    const { transport, topics } = this.#options;
    const ends = await Promise.all(topics.map((topic) => transport.endOffsets(topic)));
    return topics.flatMap((topic, at) =>
      (ends[at] ?? []).map((offset, partition) => ({ topic, partition, offset })),
    );
  }

  #reached(ends: readonly Position[]): boolean {
    return ends.every(({ topic, partition, offset }) => this.#next(topic, partition) >= offset);
  }

  #failed(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    const isExpected = error instanceof TransportError;
    if (this.#problem !== reason) {
      this.#options.logger.warn(
        { file: this.#options.file, ...(isExpected ? { reason } : { err: error }) },
        'the view can not go on now; trying again',
      );
    }
    this.#problem = reason;
  }

  #recovered(): void {
    if (this.#problem === null || this.#closed) return;
    this.#options.logger.info({ file: this.#options.file }, 'the view goes on');
    this.#problem = null;
  }

  async #dropReader(): Promise<void> {
    const reader = this.#reader;
    this.#reader = null;
    try {
      await reader?.close();
    } catch (error) {
      // it is thrown away anyway; the next one reads from what is applied
      this.#options.logger.debug({ err: error }, 'a reader did not close');
    }
  }
}

/** The promise's value, or null when it takes longer. */
async function withinMs<T>(promise: Promise<T>, ms: number): Promise<T | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), Math.max(0, ms));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
