import { type IncomingRecord, type Reader, type Transport, topics } from '../../core/mod.ts';

const BATCH = 10_000;
const POLL_MS = 100;
/** Nothing new for so long while bills are outstanding: they are given up as lost. */
const STALLED_MS = 60_000;

/** What a measurement could not get, or got wrongly; nothing measured counts then. */
export class BenchFailure extends Error {
  override readonly name = 'BenchFailure';
}

/** Follows `workflow-events` beside the services, and remembers when it saw each bill completed. */
export class Completions {
  /** `performance.now()` at which each workflow-id was first seen completed. */
  readonly seenAt: Map<string, number> = new Map();
  /** How often a bill was seen completed again. */
  repeats = 0;
  /** Those of measurements before: seen again, they are repeats. */
  private readonly earlier: Set<string> = new Set();
  private readonly reader: Reader;
  private readonly assertAlive: () => void;

  private constructor(reader: Reader, assertAlive: () => void) {
    this.reader = reader;
    this.assertAlive = assertAlive;
  }

  /** Begins at the end of the topic as it is now. `assertAlive` throws where a process has died. */
  static async open(transport: Transport, assertAlive: () => void): Promise<Completions> {
    const ends = await transport.endOffsets(topics.workflowEvents);
    const reader = await transport.read({
      topics: [topics.workflowEvents],
      from: (_, partition) => ends[partition] ?? 0,
    });
    return new Completions(reader, assertAlive);
  }

  /** Begins another measurement. */
  begin(): void {
    for (const workflowId of this.seenAt.keys()) this.earlier.add(workflowId);
    this.seenAt.clear();
    this.repeats = 0;
  }

  /** Throws `BenchFailure` unless exactly these were seen since the measurement began. */
  assertExactly(workflowIds: readonly string[]): void {
    const lost = workflowIds.filter((id) => !this.seenAt.has(id));
    if (lost.length === 0 && this.seenAt.size === workflowIds.length) return;
    throw new BenchFailure(
      `${workflowIds.length} bills were asked for and ${this.seenAt.size} completed; lost are ${lost.length}: ${lost.slice(0, 3).join(', ')}`,
    );
  }

  /** Reads until `isDone` says so. Throws `BenchFailure` where a bill failed, a process died or nothing more comes. */
  async until(isDone: () => boolean, outstanding: () => string): Promise<void> {
    let lastNews = performance.now();
    while (!isDone()) {
      this.assertAlive();
      const records = await this.reader.poll({ maxRecords: BATCH, waitMs: POLL_MS });
      const now = performance.now();
      if (this.note(records, now)) lastNews = now;
      else if (now - lastNews > STALLED_MS)
        throw new BenchFailure(`${outstanding()}: nothing came for ${STALLED_MS / 1000} s`);
    }
  }

  close(): Promise<void> {
    return this.reader.close();
  }

  private note(records: readonly IncomingRecord[], now: number): boolean {
    let isNews = false;
    for (const { key, value } of records) {
      const status = typeof value === 'string' ? statusOf(value) : null;
      if (status === null || typeof key !== 'string') continue;
      if (status === 'failed' || status === 'parked' || status === 'cancelled')
        throw new BenchFailure(`the bill ${key} ended as ${status}: ${String(value).slice(0, 500)}`);
      isNews = true;
      if (status !== 'completed') continue;
      if (this.seenAt.has(key) || this.earlier.has(key)) this.repeats++;
      else this.seenAt.set(key, now);
    }
    return isNews;
  }
}

/** The status in a report, which stands before all that a customer could name so; no time is spent on the rest. */
function statusOf(report: string): string | null {
  return /"status":"([a-z]+)"/.exec(report)?.[1] ?? null;
}
