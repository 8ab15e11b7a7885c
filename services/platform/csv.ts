// CSV (RFC 4180) while it comes, in UTF-8.
import { once } from 'node:events';
import { CsvError, type Info, parse } from 'csv-parse';

export interface CsvRow {
  /** The line of the file on which it ends, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/** What of the bytes is no CSV. Where it is in the file, and what to do; nothing of the file is quoted. */
export class CsvFault extends Error {
  override readonly name = 'CsvFault';
  readonly line: number;

  constructor(message: string, { line, cause }: { readonly line: number; readonly cause: unknown }) {
    super(message, { cause });
    this.line = line;
  }
}

/** The longest row, in bytes. */
const ROW_MAX_BYTES = 65_536;

/**
 * The rows, the header's too; empty lines are passed over, and a byte order mark is no part of the first field. All rows
 * have as many columns as the first. Throws `CsvFault`, and what reading the chunks throws.
 */
export async function* csvRows(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<CsvRow> {
  const parser = parse({
    bom: false, // decoding has taken it
    skip_empty_lines: true,
    info: true,
    max_record_size: ROW_MAX_BYTES,
  });
  const left = new AbortController();
  const feeding = feed(parser, chunks, left.signal);
  // it is awaited below; till then its end is nobody's to handle
  feeding.catch(() => undefined);
  let line = 1;
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: Info }>) {
      line = info.lines;
      yield { line, fields: record };
    }
    await feeding;
  } catch (error) {
    throw error instanceof CsvError ? faultOf(error, line) : error;
  } finally {
    left.abort();
    parser.destroy();
  }
}

type Parser = ReturnType<typeof parse>;

async function feed(parser: Parser, chunks: AsyncIterable<Uint8Array>, left: AbortSignal): Promise<void> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const write = async (text: string): Promise<void> => {
    if (!parser.write(text)) await once(parser, 'drain', { signal: left });
  };
  try {
    for await (const chunk of chunks) {
      await write(decode(() => decoder.decode(chunk, { stream: true })));
      if (left.aborted) return;
    }
    const rest = decode(() => decoder.decode());
    if (rest !== '') await write(rest);
    parser.end();
  } catch (error) {
    // the reader of the rows is told by the parser
    parser.destroy(error as Error);
  }
}

function decode(decoded: () => string): string {
  try {
    return decoded();
  } catch (cause) {
    // TypeError for bytes that are no UTF-8; it says no more than that
    throw new CsvFault('the file is not in UTF-8: save it as "CSV UTF-8" and send it again', {
      line: 0,
      cause,
    });
  }
}

function faultOf(error: CsvError, last: number): CsvFault {
  const { lines } = error as { readonly lines?: unknown };
  const line = typeof lines === 'number' ? lines : last;
  const fault = (what: string): CsvFault => new CsvFault(what, { line, cause: error });
  switch (error.code) {
    case 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH':
      return fault('the row has not as many columns as the header: quote fields that contain a comma');
    case 'CSV_QUOTE_NOT_CLOSED':
      return fault('a quote is opened and not closed: close it, or double quotes that are part of a field');
    case 'INVALID_OPENING_QUOTE':
    case 'CSV_INVALID_CLOSING_QUOTE':
    case 'CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE':
      return fault('a quote stands inside a field: quote the whole field, and double the quotes in it');
    case 'CSV_MAX_RECORD_SIZE':
      return fault(`the row has more than ${ROW_MAX_BYTES} bytes: look for a quote that is not closed`);
    default:
      return fault('the row is no CSV: look at its quotes and commas');
  }
}
