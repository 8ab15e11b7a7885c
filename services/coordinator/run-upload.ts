// A run whose customers come as a CSV file: as the body, or in a form. The file is read while it comes.
import { CsvFault, csvRows } from '../platform/csv.ts';
import { formParts, HttpProblem, type StreamedBody } from '../platform/http/index.ts';
import { CustomerList } from './customers.ts';
import { checked } from './intake.ts';
import { ALL_CUSTOMERS, type Asked } from './request.ts';
import { OPTION_FIELDS, parseRunOptions, type RunOptions } from './run-options.ts';

export const CSV = 'text/csv';
export const FORM = 'multipart/form-data';

/** The column of the customers; capitals, spaces, hyphens and underscores in its name don't count. */
const COLUMN = 'customerIdentifier';
/** The longest field of a form, in bytes. */
const FIELD_MAX_BYTES = 4_096;

type Texts = ReadonlyMap<string, string>;

/** Reads an upload. `query` is the request's. Throws `HttpProblem`: 400 that says line and column, 408, 413. */
export async function readUpload(body: StreamedBody, query: Texts): Promise<Asked> {
  return body.type === CSV ? await fromCsv(body, query) : await fromForm(body);
}

async function fromCsv(body: StreamedBody, query: Texts): Promise<Asked> {
  const charset = body.parameter('charset') ?? 'utf-8';
  if (!/^utf-?8$/i.test(charset)) {
    const detail = 'The file is to be in UTF-8: send it so, with "Content-Type: text/csv; charset=utf-8".';
    throw new HttpProblem({ status: 415, code: 'unsupported-media-type', detail });
  }
  // before a long file is read
  const options = optionsIn(query);
  return some(options, await customersIn(body.chunks));
}

async function fromForm(body: StreamedBody): Promise<Asked> {
  const fields = new Map<string, string>();
  let customers: CustomerList | null = null;
  for await (const { name, fileName, chunks } of formParts(body)) {
    // a browser sends a file's part without a name where none was chosen
    if (fileName === '') continue;
    if (fileName !== null) {
      if (customers !== null) throw refused('several-files', 'The form has more than one file: send one.');
      customers = await customersIn(chunks);
    } else {
      if (fields.has(name))
        throw refused('invalid-form', `The form has "${shown(name)}" twice: send it once.`);
      fields.set(name, await textOf(name, chunks));
    }
  }
  const { customers: which = '', ...rest } = Object.fromEntries(fields);
  const options = optionsIn(new Map(Object.entries(rest)));
  if (which !== '' && (which !== 'all' || customers !== null))
    throw refused('invalid-customers', ALL_CUSTOMERS);
  if (which === 'all') return { all: options };
  if (customers === null)
    throw refused('missing-file', `The form has no file: choose a CSV file with the column ${COLUMN}.`);
  return some(options, customers);
}

function some({ runId, content }: RunOptions, customers: CustomerList): Asked {
  const request = { customerIdentifiers: customers.identifiers(), ...content };
  return { some: { content: request, runId, duplicates: customers.duplicates() } };
}

/** Options as texts; empty ones were left empty in a form. */
function optionsIn(texts: Texts): RunOptions {
  const given = [...texts].filter(([, text]) => text !== '');
  const unknown = given.find(([name]) => !OPTION_FIELDS.includes(name));
  if (unknown !== undefined) {
    const detail = `There is no option "${shown(unknown[0])}": there are ${OPTION_FIELDS.join(', ')}.`;
    throw refused('unknown-field', detail);
  }
  const fields = new Map<string, unknown>(given);
  const period = texts.get('period') ?? '';
  if (period !== '') fields.set('period', intervalOf(period));
  return checked(parseRunOptions(fields));
}

/** `2026-11-01/2026-12-01` as a period; other texts as they are, for the complaint about periods. */
function intervalOf(text: string): unknown {
  const [from, to, ...more] = text.split('/');
  return to === undefined || more.length > 0 ? text : { from, to };
}

async function customersIn(chunks: AsyncIterable<Uint8Array>): Promise<CustomerList> {
  const customers = new CustomerList();
  let column: number | null = null;
  try {
    for await (const { line, fields } of csvRows(chunks)) {
      if (column === null) column = columnIn(fields, line);
      else checked(customers.add(fields[column], () => `Line ${line}: the column ${COLUMN}`));
    }
  } catch (error) {
    if (!(error instanceof CsvFault)) throw error;
    const where = error.line === 0 ? 'The file' : `Line ${error.line}`;
    throw refused('invalid-csv', `${where}: ${error.message}.`);
  }
  if (column === null) throw refused('no-identifiers', `The file is empty: ${EXPECTED}.`);
  if (customers.size === 0)
    throw refused('no-identifiers', `The file has a header and no customer: ${EXPECTED}.`);
  return customers;
}

const EXPECTED = `send a header line with the column ${COLUMN}, and a line for each customer`;

function columnIn(header: readonly string[], line: number): number {
  const names = header.map((name) => name.toLowerCase().replace(/[\s_-]/g, ''));
  const at = names.indexOf(COLUMN.toLowerCase());
  if (at < 0) {
    const detail = `Line ${line}: there is no column ${COLUMN}: ${EXPECTED}. Columns are separated by commas.`;
    throw refused('missing-column', detail);
  }
  if (names.lastIndexOf(COLUMN.toLowerCase()) === at) return at;
  throw refused(
    'missing-column',
    `Line ${line}: the column ${COLUMN} is there twice: leave one of them out.`,
  );
}

async function textOf(name: string, chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > FIELD_MAX_BYTES)
      throw refused(
        'invalid-form',
        `The field "${shown(name)}" is too long: send at most ${FIELD_MAX_BYTES} bytes.`,
      );
    parts.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(parts));
}

const shown = (name: string): string => name.slice(0, 40);

const refused = (code: string, detail: string): HttpProblem => new HttpProblem({ status: 400, code, detail });
