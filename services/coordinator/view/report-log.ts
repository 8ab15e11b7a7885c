// The reports that the view has taken in, as they came. They are much alike, so that many together, compressed, take a
// tenth of the room; what is not written to the file, and once more when it is checkpointed, costs no time either.
import type { Database, Statement } from '../../platform/view/index.ts';

/** A report as it is kept. */
export interface KeptReport {
  /** The id of the job's report before it; null for its first. */
  readonly previous: number | null;
  /** W3C trace context of its record; null where it had none. */
  readonly traceparent: string | null;
  /** The record's value, as it came. */
  readonly value: string;
}

/** What a chunk says of each report before their texts: its length is in UTF-16 units. */
type Entry = readonly [length: number, previous: number | null, traceparent: string | null];

/** A chunk is closed with so many reports, or once they have so many characters: a reader unpacks it whole. */
const CHUNK_REPORTS = 64;
const CHUNK_LENGTH = 128 * 1024;
/** The fastest: a higher one makes it little smaller. */
const LEVEL = 1;

const utf8 = new TextDecoder();

/** Keeps reports by ids that count from 1, in the order in which they are appended. */
export class ReportLog {
  readonly #last: Statement<{ last: number | null }, []>;
  readonly #put: Statement;
  readonly #find: Statement<{ last: number; body: Uint8Array }, [number]>;

  constructor(db: Database) {
    this.#last = db.prepare('SELECT max(last) AS last FROM report_chunks');
    this.#put = db.prepare('INSERT INTO report_chunks VALUES (?, ?)');
    this.#find = db.prepare('SELECT last, body FROM report_chunks WHERE last >= ? ORDER BY last LIMIT 1');
  }

  /** The id of the latest; 0 where there is none. */
  last(): number {
    return this.#last.get()?.last ?? 0;
  }

  /** Appends reports, the first of which gets the id after `last`. */
  append(last: number, reports: readonly KeptReport[]): void {
    for (let from = 0; from < reports.length; ) {
      const to = endOfChunk(reports, from);
      const chunk = reports.slice(from, to);
      const entries = chunk.map(({ value, previous, traceparent }): Entry => {
        return [value.length, previous, traceparent];
      });
      const text = `${JSON.stringify(entries)}\n${chunk.map(({ value }) => value).join('')}`;
      this.#put.run(last + to, Bun.zstdCompressSync(text, { level: LEVEL }));
      from = to;
    }
  }

  /** The report of this id; null where there is none. */
  find(id: number): KeptReport | null {
    const row = this.#find.get(id);
    if (row === null) return null;
    const text = utf8.decode(Bun.zstdDecompressSync(row.body));
    const head = text.indexOf('\n');
    const entries = JSON.parse(text.slice(0, head)) as readonly Entry[];
    const place = id - (row.last - entries.length) - 1;
    const entry = entries[place];
    if (entry === undefined) return null;
    const [length, previous, traceparent] = entry;
    const start = entries.slice(0, place).reduce((sum, [before]) => sum + before, head + 1);
    return { previous, traceparent, value: text.slice(start, start + length) };
  }
}

function endOfChunk(reports: readonly KeptReport[], from: number): number {
  let length = 0;
  let to = from;
  while (to < reports.length && to - from < CHUNK_REPORTS && length < CHUNK_LENGTH) {
    length += reports[to]?.value.length ?? 0;
    to++;
  }
  return to;
}
