import { pause } from '../../pause.ts';
import type { Compaction, KeyRow } from './compaction-table.ts';
import type { LogFile } from './log-file.ts';

/** The first look comes so long after opening, so that what is opened for a moment only does not begin. */
const FIRST_LOOK_MS = 1_000;
/** Fewer records than this aren't worth it. */
const MIN_RECORDS = 100;
/** So many keys are remembered at once (invariant 7); with more, the rest waits for the next time. */
const MAX_KEYS = 100_000;
/** So many records are looked at in a step, and deleted for so long; others get to read and write in between. */
const RECORDS_A_STEP = 1_000;
const DELETE_MS = 3;
const PAUSE_MS = 5;
const END = Number.MAX_SAFE_INTEGER;

export interface CompactorOptions {
  /** Each partition is compacted at most so often, by all processes together. */
  readonly compactionEveryMs: number;
  /** The log's time, in milliseconds since 1970 UTC. */
  readonly now: () => number;
}

/**
 * Drops from compacted topics what a later record of the same key replaced, once both are older than the topic's lag.
 * As Kafka's cleaner does, it takes the keys of what came since the last time, and then passes through the partition
 * up to there; and it begins only when as much has come as was left, so that a record is passed over twice on average.
 *
 * Several processes need no lock: a record that was replaced stays replaced, so it does not matter who deletes it or
 * how often. A claim in the file sees to it that usually one does. Who dies in the middle leaves the rest to the next.
 */
export class Compactor {
  readonly #file: LogFile;
  readonly #options: CompactorOptions;
  readonly #closing: AbortController = new AbortController();
  readonly #running: Promise<void>;

  constructor(file: LogFile, options: CompactorOptions) {
    this.#file = file;
    this.#options = options;
    this.#running = this.#run();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { compactionEveryMs } = this.#options;
    await idle(Math.min(FIRST_LOOK_MS, compactionEveryMs), this.#closing.signal);
    while (!this.#closing.signal.aborted) {
      try {
        await this.#compactAll();
      } catch {
        // The disk is full or the file locked for long: it is tried again, and those who publish are told.
      }
      await idle(compactionEveryMs, this.#closing.signal);
    }
  }

  async #compactAll(): Promise<void> {
    for (const compaction of this.#file.read(() => this.#file.compactions.all())) {
      if (this.#closing.signal.aborted) return;
      const nowMs = this.#options.now();
      const before = nowMs - this.#options.compactionEveryMs;
      const isClaimed =
        compaction.claimedMs !== null && compaction.claimedMs > before && compaction.claimedMs <= nowMs;
      if (isClaimed || !this.#isWorthIt(compaction, nowMs)) continue;
      const isOurs = await this.#write(() => this.#file.compactions.claim(compaction, nowMs, before));
      if (isOurs) await this.#compact(compaction, nowMs - compaction.lagMs);
    }
  }

  /** Whether enough records, all of them old enough, came since the last time. */
  #isWorthIt(compaction: Compaction, nowMs: number): boolean {
    const needed = Math.max(MIN_RECORDS, compaction.kept);
    const [row] = this.#keys(compaction, compaction.cleanedTo + needed - 1, END, 1);
    return row !== undefined && row.timestampMs < nowMs - compaction.lagMs;
  }

  async #compact(compaction: Compaction, olderThanMs: number): Promise<void> {
    const { latest, end } = await this.#collect(compaction, olderThanMs);
    if (end === compaction.cleanedTo) return;
    let kept = 0;
    for (let from = 0; ; ) {
      const rows = this.#keys(compaction, from, end, RECORDS_A_STEP);
      const last = rows.at(-1);
      if (last === undefined) break;
      const replaced = rows.filter(({ key, offset }) => offset < (latest.get(nameOf(key)) ?? 0));
      kept += rows.length - replaced.length;
      await this.#deleteAll(compaction, replaced);
      if (!(await this.#goOn())) return;
      from = last.offset + 1;
    }
    await this.#write(() => this.#file.compactions.finish(compaction, end, kept));
  }

  /** The last offset of each key among what came since the last time and is old enough, and where that ends. */
  async #collect(
    compaction: Compaction,
    olderThanMs: number,
  ): Promise<{ readonly latest: ReadonlyMap<string, number>; readonly end: number }> {
    const latest = new Map<string, number>();
    let end = compaction.cleanedTo;
    for (;;) {
      const rows = this.#keys(compaction, end, END, RECORDS_A_STEP);
      for (const { offset, timestampMs, key } of rows) {
        if (timestampMs >= olderThanMs || latest.size >= MAX_KEYS) return { latest, end };
        // without a key nothing replaces it
        if (key !== null) latest.set(nameOf(key), offset);
        end = offset + 1;
      }
      if (rows.length < RECORDS_A_STEP || !(await this.#goOn())) return { latest, end };
    }
  }

  async #deleteAll(compaction: Compaction, rows: readonly KeyRow[]): Promise<void> {
    let next = 0;
    while (next < rows.length && !this.#closing.signal.aborted) {
      next = await this.#write(() => {
        const until = performance.now() + DELETE_MS;
        let done = next;
        for (; done < rows.length && performance.now() < until; done++)
          this.#file.compactions.delete(compaction, rows[done]?.offset ?? -1);
        return done;
      });
      if (next < rows.length) await this.#goOn();
    }
  }

  /** Lets others have their turn; false where it is to end. */
  async #goOn(): Promise<boolean> {
    await pause(PAUSE_MS, this.#closing.signal);
    return !this.#closing.signal.aborted;
  }

  #keys(compaction: Compaction, from: number, to: number, limit: number): readonly KeyRow[] {
    return this.#file.read(() => this.#file.compactions.keys(compaction, from, to, limit));
  }

  /** What a power cut takes back of it is done again. */
  #write<T>(run: () => T): Promise<T> {
    return this.#file.writer.write(run, { durable: false });
  }
}

/** A key as the name of an entry in a map; a text and bytes never have the same. A missing key has that of no record. */
function nameOf(key: KeyRow['key']): string {
  if (key === null) return '';
  return typeof key === 'string' ? `t${key}` : `b${Buffer.from(key).toString('hex')}`;
}

/** Waits, and does not keep the process alive for it. */
function idle(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    timer.unref();
    signal.addEventListener('abort', end, { once: true });
  });
}
