import { billWorkflowId, type IncomingRecord, type Reader, type Transport, topics } from '../../core/mod.ts';
import { customerOf } from '../customers.ts';
import { BenchFailure } from './failure.ts';
import { type Bill, Sightings } from './sightings.ts';

const BATCH = 10_000;
const POLL_MS = 100;
/** Nothing new for so long while bills are outstanding: they are given up as lost. */
const STALLED_MS = 60_000;
/** So many of those that are lost are named. */
const NAMED = 3;

/** Follows `workflow-events` beside the services, and remembers when it saw each bill completed. */
export class Completions {
  /** Times are those of `performance.now()`. */
  readonly seen: Sightings = new Sightings();
  /** When it saw each bill's job wait for an answer; only where that is asked for. */
  readonly waiting: Sightings | null;
  private readonly reader: Reader;
  private readonly assertAlive: () => void;

  private constructor(reader: Reader, assertAlive: () => void, waiting: Sightings | null) {
    this.waiting = waiting;
    this.reader = reader;
    this.assertAlive = assertAlive;
  }

  /**
   * Begins at the end of the topic as it is now. `assertAlive` throws where a process has died. With `waiting` it sees
   * also which jobs wait.
   */
  static async open(
    transport: Transport,
    assertAlive: () => void,
    { waiting = false }: { readonly waiting?: boolean } = {},
  ): Promise<Completions> {
    const ends = await transport.endOffsets(topics.workflowEvents);
    const reader = await transport.read({
      topics: [topics.workflowEvents],
      from: (_, partition) => ends[partition] ?? 0,
    });
    return new Completions(reader, assertAlive, waiting ? new Sightings() : null);
  }

  /** Begins another measurement, of so many bills. */
  begin(bills: number): void {
    this.seen.begin(bills);
    this.waiting?.begin(bills);
  }

  /** Throws `BenchFailure` unless exactly these were seen since the measurement began. */
  assertExactly(bills: Iterable<Bill>): void {
    const lost: string[] = [];
    let lostCount = 0;
    let asked = 0;
    for (const bill of bills) {
      asked++;
      if (!Number.isNaN(this.seen.seenAt(bill))) continue;
      lostCount++;
      if (lost.length < NAMED) lost.push(billWorkflowId(bill.runId, customerOf(bill.customer)));
    }
    const { count, strangers } = this.seen;
    if (lostCount === 0 && count === asked && strangers === 0) return;
    throw new BenchFailure(
      `${asked} bills were asked for and ${count + strangers} completed; lost are ${lostCount}: ${lost.join(', ')}`,
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
      if (status === 'waiting') this.waiting?.note(key, now);
      if (status !== 'completed') continue;
      this.seen.note(key, now);
    }
    return isNews;
  }
}

/** The status in a report, which stands before all that a customer could name so; no time is spent on the rest. */
function statusOf(report: string): string | null {
  return /"status":"([a-z]+)"/.exec(report)?.[1] ?? null;
}
