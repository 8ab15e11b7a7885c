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
import { foldedLog, nameFoldedLog, openViewFile, resetTables } from './file.ts';
import { type Apply, Fold } from './fold.ts';

const MAX_RECORDS = 2_000;
/** Records that are longer are heavy, in characters or bytes: at most so many of them are applied in one transaction. */
const HEAVY_LENGTH = 64 * 1024;
const HEAVY_AT_ONCE = 4;
const POLL_MS = 1_000;
const FIRST_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 2_000;

export interface FoldingOptions {
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

/** What was done: the records that were applied, and the partitions that have caught up with it. */
export interface Advance {
  readonly records: readonly IncomingRecord[];
  readonly caughtUp: readonly number[];
}

/**
 * Folds topics, or some of their partitions, into a file in the background, from where the file stands. It goes on by
 * itself after whatever stops it, and begins again where the file is of another log.
 */
export class Folding {
  readonly db: Database;
  readonly #options: FoldingOptions;
  readonly #onAdvance: (advance: Advance) => void;
  #fold: Fold;
  #reader: Reader | null = null;
  /** What the reader reads. */
  #read: readonly Position[] = [];
  /** The next offsets that the reader would give, once all before is applied; they pass over what holds no record. */
  readonly #passed: Map<string, number> = new Map();
  /** Null: every partition that there is. */
  #assigned: readonly number[] | null;
  #hasBegun = false;
  /** For each assigned partition that has not caught up yet: where its topics ended when it was assigned. */
  readonly #targets: Map<number, readonly Position[]> = new Map();
  readonly #current: Set<number> = new Set();
  #problem: string | null = null;
  #closed = false;
  /** Ended when there is something else to do than to wait. */
  #pausing: AbortController = new AbortController();
  readonly #loop: Promise<void>;

  /** Throws `ViewFileError`. `onAdvance` must not throw. */
  constructor(
    options: FoldingOptions,
    assigned: readonly number[] | null,
    onAdvance: (advance: Advance) => void,
  ) {
    const { file, topics, apply, logger } = options;
    const { db, rebuilt } = openViewFile(options);
    if (rebuilt !== null) logger.warn({ file, reason: rebuilt }, 'the view is rebuilt from the log');
    else logger.debug({ file, topics }, 'opened the view');
    this.db = db;
    this.#options = options;
    this.#assigned = assigned;
    this.#onAdvance = onAdvance;
    this.#fold = new Fold(db, apply, logger);
    this.#loop = this.#run();
  }

  /** Records that `apply` could not digest. */
  get refused(): number {
    return this.#fold.refused;
  }

  /** Folds these partitions from now on. What others left in the file stays, for when they are assigned again. */
  assign(partitions: readonly number[]): void {
    if (this.#assigned !== null && isSame(this.#assigned, partitions)) return;
    this.#assigned = partitions;
    for (const partition of [...this.#current]) if (!partitions.includes(partition)) this.#forget(partition);
    for (const partition of [...this.#targets.keys()])
      if (!partitions.includes(partition)) this.#forget(partition);
    void this.#dropReader();
    this.#wake();
  }

  /** Whether the partition is assigned and has caught up with the log as it was at its assignment. */
  isCurrent(partition: number): boolean {
    return this.#current.has(partition);
  }

  /** The assigned partitions that have caught up. */
  current(): readonly number[] {
    return [...this.#current].sort((one, other) => one - other);
  }

  /** Whether the record at this position is applied. */
  hasApplied({ topic, partition, offset }: Position): boolean {
    return this.#fold.next(topic, partition) > offset;
  }

  /** The next offset of this partition to be applied. */
  nextOffset(topic: string, partition: number): number {
    return this.#fold.next(topic, partition);
  }

  /** Where the topics end now. */
  async ends(): Promise<readonly Position[]> {
    const { transport, topics } = this.#options;
    const ends = await Promise.all(topics.map((topic) => transport.endOffsets(topic)));
    return topics.flatMap((topic, at) =>
      (ends[at] ?? []).map((offset, partition) => ({ topic, partition, offset })),
    );
  }

  reached(ends: readonly Position[]): boolean {
    return ends.every(({ topic, partition, offset }) => this.#next(topic, partition) >= offset);
  }

  /** 'running', or what it waits for. */
  readiness(): string {
    if (this.#closed) return 'closed';
    if (this.#problem !== null) return this.#problem;
    const isCurrent = this.#hasBegun && (this.#assigned ?? []).every((each) => this.#current.has(each));
    return isCurrent && this.#targets.size === 0 ? 'running' : 'catching up with the log';
  }

  async close(): Promise<void> {
    if (this.#closed) return this.#loop;
    this.#closed = true;
    this.#wake();
    await this.#dropReader();
    await this.#loop;
    this.db.close();
  }

  async #run(): Promise<void> {
    let backoffMs = 0;
    while (!this.#closed) {
      try {
        if (!this.#hasBegun) await this.#begin();
        if (this.#assigned?.length === 0) await pause(POLL_MS, this.#pausing.signal);
        else await this.#advance();
        this.#recovered();
        backoffMs = 0;
      } catch (error) {
        // whatever it is (log away, disk full), the only thing that helps is to try again from what is applied
        if (this.#closed) break;
        this.#failed(error);
        await this.#dropReader();
        backoffMs = Math.min(MAX_BACKOFF_MS, Math.max(FIRST_BACKOFF_MS, backoffMs * 2));
        await pause(backoffMs, this.#pausing.signal);
      }
    }
    await this.#dropReader();
  }

  /** A view that has folded another log, or one that was made anew, begins again. */
  async #begin(): Promise<void> {
    const log = await this.#options.transport.logId();
    const ends = await this.ends();
    const folded = foldedLog(this.db);
    const isAhead = ends.some(({ topic, partition, offset }) => this.#fold.next(topic, partition) > offset);
    if (folded !== null && folded !== log)
      this.#beginAgain(`it is of another log, ${folded}; this is ${log}`);
    else if (isAhead) this.#beginAgain('it is ahead of the log, whose topics were made anew');
    nameFoldedLog(this.db, log);
    this.#hasBegun = true;
  }

  #beginAgain(reason: string): void {
    const { file, logger, apply } = this.#options;
    logger.warn({ file, reason }, 'the view is rebuilt from the log');
    resetTables(this.db, this.#options);
    this.#fold = new Fold(this.db, apply, logger);
    this.#passed.clear();
  }

  async #advance(): Promise<void> {
    const reader = this.#reader ?? (await this.#openReader());
    if (reader === null || this.#reader !== reader) return;
    const caughtUpBefore = this.#settle();
    if (caughtUpBefore.length > 0) this.#onAdvance({ records: [], caughtUp: caughtUpBefore });
    let records: readonly IncomingRecord[];
    try {
      records = await reader.poll({ maxRecords: MAX_RECORDS, waitMs: POLL_MS });
    } catch (error) {
      // closed in the middle of the poll, because other partitions are to be read
      if (this.#reader !== reader) return;
      throw error;
    }
    if (this.#closed || this.#reader !== reader) return;
    const slices = slicesOf(records);
    for (const slice of slices.slice(0, -1)) {
      const applied = this.#fold.apply(slice);
      if (applied.length > 0) this.#onAdvance({ records: applied, caughtUp: [] });
      await pause(0); // others get their turn
      if (this.#closed || this.#reader !== reader) return;
    }
    const applied = this.#fold.apply(slices.at(-1) ?? []);
    const hasMoved = this.#notePositions(reader);
    const caughtUp = this.#settle();
    if (applied.length > 0 || hasMoved || caughtUp.length > 0)
      this.#onAdvance({ records: applied, caughtUp });
  }

  /** A reader of what is assigned; null where that changed meanwhile. */
  async #openReader(): Promise<Reader | null> {
    const { transport, topics } = this.#options;
    const assigned = this.#assigned;
    const ends = (await this.ends()).filter(({ partition }) => assigned?.includes(partition) ?? true);
    if (this.#assigned !== assigned || this.#closed) return null;
    this.#read = ends;
    for (const partition of new Set(ends.map((end) => end.partition))) {
      if (this.#current.has(partition) || this.#targets.has(partition)) continue;
      this.#targets.set(
        partition,
        ends.filter((end) => end.partition === partition),
      );
    }
    const reader = await transport.read({
      topics,
      ...(assigned === null ? {} : { partitions: assigned }),
      from: (topic, partition) => this.#fold.next(topic, partition),
    });
    if (this.#assigned === assigned && !this.#closed) {
      this.#reader = reader;
      return reader;
    }
    await this.#closeReader(reader);
    return null;
  }

  /** The partitions that have come to where the log ended when they were assigned. */
  #settle(): readonly number[] {
    const caughtUp = [...this.#targets].flatMap(([partition, ends]) =>
      this.reached(ends) ? [partition] : [],
    );
    for (const partition of caughtUp) {
      this.#targets.delete(partition);
      this.#current.add(partition);
    }
    return caughtUp;
  }

  #forget(partition: number): void {
    this.#current.delete(partition);
    this.#targets.delete(partition);
  }

  #notePositions(reader: Reader): boolean {
    let hasMoved = false;
    for (const { topic, partition } of this.#read) {
      const position = reader.position(topic, partition);
      hasMoved ||= this.#passed.get(`${partition} ${topic}`) !== position;
      this.#passed.set(`${partition} ${topic}`, position);
    }
    return hasMoved;
  }

  /** The next offset of the partition that is not yet dealt with. */
  #next(topic: string, partition: number): number {
    return Math.max(this.#fold.next(topic, partition), this.#passed.get(`${partition} ${topic}`) ?? 0);
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

  #wake(): void {
    this.#pausing.abort();
    this.#pausing = new AbortController();
    if (this.#closed) this.#pausing.abort();
  }

  async #dropReader(): Promise<void> {
    const reader = this.#reader;
    this.#reader = null;
    if (reader !== null) await this.#closeReader(reader);
  }

  async #closeReader(reader: Reader): Promise<void> {
    try {
      await reader.close();
    } catch (error) {
      // it is thrown away anyway; the next one reads from what is applied
      this.#options.logger.debug({ err: error }, 'a reader did not close');
    }
  }
}

/** A batch in its order, in slices of a few heavy records at most: those can take long, and nothing else is done meanwhile. */
function slicesOf(records: readonly IncomingRecord[]): readonly (readonly IncomingRecord[])[] {
  const slices: IncomingRecord[][] = [[]];
  let heavy = 0;
  for (const record of records) {
    if ((record.value?.length ?? 0) > HEAVY_LENGTH && ++heavy > HEAVY_AT_ONCE) {
      slices.push([]);
      heavy = 1;
    }
    slices.at(-1)?.push(record);
  }
  return slices;
}

function isSame(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((each) => other.includes(each));
}
