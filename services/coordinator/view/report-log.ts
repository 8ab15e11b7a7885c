// The reports that the view has taken in, as they came. They are much alike, so that many together, compressed, take a
// tenth of the room; what is not written to the file, and once more when it is checkpointed, costs no time either.
import type { Database, Statement } from '../../platform/view/index.ts';

/** A report as it is kept. */
export interface KeptReport {
  /** The id of the job's report before it; null for its first. */
  readonly previous: number | null;
  /** W3C trace context of its record; null where it had none. */
  readonly traceparent: string | null;
  /** Of its record, in the job's partition of `workflow-events`. */
  readonly offset: number;
  /** The record's value, as it came. */
  readonly value: string;
}

/** What a chunk says of each report before their texts: its length is in UTF-16 units. */
type Entry = readonly [length: number, previous: number | null, traceparent: string | null, offset: number];

/** A chunk, unpacked: the texts of its reports begin at `start`, one after the other. */
interface Chunk {
  readonly first: number;
  readonly entries: readonly Entry[];
  readonly text: string;
  readonly start: number;
}

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
      const entries = chunk.map(({ value, previous, traceparent, offset }): Entry => {
        return [value.length, previous, traceparent, offset];
      });
      const text = `${JSON.stringify(entries)}\n${chunk.map(({ value }) => value).join('')}`;
      this.#put.run(last + to, Bun.zstdCompressSync(text, { level: LEVEL }));
      from = to;
    }
  }

  /** The report of this id; null where there is none. */
  find(id: number): KeptReport | null {
    const chunk = this.#chunkOf(id);
    if (chunk === null) return null;
    const { first, entries, text } = chunk;
    const place = id - first;
    const entry = entries[place];
    if (entry === undefined) return null;
    const [length, previous, traceparent, offset] = entry;
    const start = entries.slice(0, place).reduce((sum, [before]) => sum + before, chunk.start);
    return { previous, traceparent, offset, value: text.slice(start, start + length) };
  }

  /** The texts of the reports up to this id that were kept together with it, the first of which has the id `first`. */
  upTo(id: number): { readonly first: number; readonly values: readonly string[] } | null {
    const chunk = this.#chunkOf(id);
    if (chunk === null || id < chunk.first) return null;
    const { first, entries, text } = chunk;
    const values: string[] = [];
    let { start } = chunk;
    for (const [length] of entries.slice(0, id - first + 1)) {
      values.push(text.slice(start, start + length));
      start += length;
    }
    return { first, values };
  }

  #chunkOf(id: number): Chunk | null {
    const row = this.#find.get(id);
    if (row === null) return null;
    const text = utf8.decode(Bun.zstdDecompressSync(row.body));
    const head = text.indexOf('\n');
    const entries = JSON.parse(text.slice(0, head)) as readonly Entry[];
    return { first: row.last - entries.length + 1, entries, text, start: head + 1 };
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
