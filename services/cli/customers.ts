// requite customers: lists, shows and stores customers of the CRM.
import { printable } from '../../core/mod.ts';
import { UsageError } from '../platform/topics/arguments.ts';
import { plural, table } from '../platform/topics/table.ts';
import { EXIT, type Surroundings } from './command.ts';
import { Refused } from './errors.ts';
import { ProgressLine } from './progress.ts';
import { crmOf } from './reach.ts';
import type { Remote } from './remote.ts';
import { customersSpec } from './specs.ts';
import { type GivenWords, helpOf, readWords, textOf, wholeOf } from './words.ts';

const PAGE = 1_000;

interface Listed {
  readonly customerIdentifier: string;
  readonly name: string;
  readonly currency: string;
  readonly address: { readonly city: string; readonly country: string };
}

/** Carries out `customers`. */
export async function customers(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const given = readWords(customersSpec, words);
  if (given === null || words.length === 0) {
    surroundings.out(helpOf(customersSpec));
    return words.length === 0 ? EXIT.usage : EXIT.done;
  }
  const [name, word, ...more] = given.words;
  const crm = crmOf(surroundings, textOf(given, 'crm-url'));
  const json = given.values.json === true;
  if (name === 'list' && word === undefined) return await list(given, crm, surroundings, json);
  if (name === 'list') throw new UsageError('list takes no other word: show shows one customer.');
  if (name !== 'show' && name !== 'put')
    throw new UsageError(`There is no command "${name ?? ''}": choose among list, show, put.`);
  if (word === undefined || more.length > 0)
    throw new UsageError(
      `${name} takes ${name === 'show' ? "a customer's identifier" : 'a file'}, one word.`,
    );
  if (name === 'put') return await put(word, crm, surroundings, json);
  const customer = await crm.json(`/customers/${encodeURIComponent(word)}`);
  surroundings.out(`${JSON.stringify(customer, null, 2)}\n`);
  return EXIT.done;
}

async function list(given: GivenWords, crm: Remote, { out }: Surroundings, json: boolean): Promise<number> {
  let left = wholeOf(given, 'limit', Number.MAX_SAFE_INTEGER, 100_000_000);
  const rows: (readonly string[])[] = [];
  for (let after = textOf(given, 'after') ?? ''; left > 0; ) {
    const limit = Math.min(PAGE, left);
    const page = await crm.json<{ readonly customers: readonly Listed[] }>('/customers', {
      query: { limit, after },
    });
    for (const customer of page.customers) {
      if (json) out(`${JSON.stringify(customer)}\n`);
      else rows.push(rowOf(customer));
    }
    left -= page.customers.length;
    if (page.customers.length < limit) break;
    after = page.customers.at(-1)?.customerIdentifier ?? '';
  }
  if (!json) out(rows.length === 0 ? 'There are none.\n' : `${table(COLUMNS, rows)}\n`);
  return EXIT.done;
}

const COLUMNS = ['CUSTOMER', 'NAME', 'CITY', 'COUNTRY', 'CURRENCY'].map(
  (title) => ({ title, align: 'left' }) as const,
);

function rowOf({ customerIdentifier, name, address, currency }: Listed): readonly string[] {
  return [customerIdentifier, name, address.city, address.country, currency].map(printable);
}

async function put(file: string, crm: Remote, surroundings: Surroundings, json: boolean): Promise<number> {
  const given = customersIn(await textIn(file), file);
  const stopped = surroundings.interruption();
  const line = new ProgressLine(surroundings);
  const counts = { created: 0, updated: 0 };
  const begun = performance.now();
  for (const [at, customer] of given.entries()) {
    if (stopped.aborted) {
      line.end();
      surroundings.err(`Stopped behind customer ${at} of ${given.length}: the same again does no harm.\n`);
      return EXIT.interrupted;
    }
    const { status } = await store(customer, at, crm, line);
    counts[status === 201 ? 'created' : 'updated']++;
    const rate = (at + 1) / Math.max(0.001, (performance.now() - begun) / 1_000);
    const left = { rate, secondsLeft: (given.length - at - 1) / rate };
    if (given.length > 1) line.show({ done: at + 1, total: given.length, unit: 'customers', ...left });
  }
  line.end();
  const { created, updated } = counts;
  surroundings.out(
    json
      ? `${JSON.stringify(counts)}\n`
      : `${plural(given.length, 'customer')}: ${created} created, ${updated} updated\n`,
  );
  return EXIT.done;
}

/** A customer twice is the same customer, so it is sent again where its fate is not known. */
async function store(customer: unknown, at: number, crm: Remote, line: ProgressLine): Promise<Response> {
  try {
    return await crm.ask('/customers', { method: 'POST', json: customer, repeatable: true });
  } catch (error) {
    line.end();
    if (!(error instanceof Refused)) throw error;
    const behind = at === 0 ? '' : ` The ${at} before it are stored.`;
    const { status, code } = error;
    throw new Refused(`Customer ${at + 1} is refused: ${error.message}${behind}`, {
      status,
      code,
      cause: error,
    });
  }
}

async function textIn(file: string): Promise<string> {
  if (file === '-') return await Bun.stdin.text();
  const found = Bun.file(file);
  if (!(await found.exists())) throw new UsageError(`There is no file ${file}.`);
  return await found.text();
}

/** The customers of a text: one as JSON, an array, or a line each. Throws `UsageError`. */
function customersIn(text: string, file: string): readonly unknown[] {
  const whole = parsed(text);
  if (whole.ok) return Array.isArray(whole.value) ? whole.value : [whole.value];
  const lines = text.split('\n').map((line, at) => ({ line: line.trim(), number: at + 1 }));
  return lines
    .filter(({ line }) => line !== '')
    .map(({ line, number }) => {
      const one = parsed(line);
      if (one.ok) return one.value;
      throw new UsageError(`${file}, line ${number} is no JSON: ${one.reason}`);
    });
}

function parsed(text: string): { ok: true; value: unknown } | { ok: false; reason: string } {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}
