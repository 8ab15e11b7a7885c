// requite run: starts a bill run and watches it.
import { existsSync } from 'node:fs';
import { UsageError } from '../platform/topics/arguments.ts';
import { plural } from '../platform/topics/table.ts';
import { EXIT, type Surroundings } from './command.ts';
import { follow } from './follow.ts';
import { preview } from './preview.ts';
import { type Coordinator, coordinatorOf } from './reach.ts';
import type { Asking } from './remote.ts';
import { runSpec } from './specs.ts';
import { type GivenWords, helpOf, readWords, textOf } from './words.ts';

interface Accepted {
  readonly runId: string;
  readonly count: number;
  readonly duplicates?: readonly string[];
}

/** Carries out `run`. */
export async function run(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const given = readWords(runSpec, words);
  if (given === null) {
    surroundings.out(helpOf(runSpec));
    return EXIT.done;
  }
  assertOneSource(given);
  assertPreviewable(given);
  const coordinator = coordinatorOf(surroundings, textOf(given, 'url'));
  if (given.values.preview === true) return await preview(given, coordinator, surroundings);
  const json = given.values.json === true;
  const accepted = await start(given, coordinator);
  if (given.values.detach === true) {
    const { runId, count } = accepted;
    const said = `Run ${runId}: ${plural(count, 'customer')}. To watch it: ${coordinator.command(`watch ${runId}`)}\n`;
    surroundings.out(json ? `${JSON.stringify(accepted)}\n` : said);
    return EXIT.done;
  }
  if (!json) surroundings.err(`Run ${accepted.runId}: ${plural(accepted.count, 'customer')}\n`);
  return await follow(accepted.runId, coordinator, surroundings, json);
}

/** Throws `UsageError` unless customers are named in exactly one way. */
function assertOneSource({ words, values }: GivenWords): void {
  const sources = [words.length > 0, values.csv !== undefined, values.all === true].filter(Boolean);
  if (sources.length !== 1)
    throw new UsageError('Say which customers, in one way: identifiers, --csv FILE or --all.');
}

/** Throws `UsageError` for options that go with --preview alone, and for those that don't go with it. */
function assertPreviewable({ words, values }: GivenWords): void {
  if (values.preview !== true) {
    if (values.format === undefined && values.out === undefined) return;
    throw new UsageError('--format and --out go with --preview: requite bill shows a bill that is made.');
  }
  if (words.length === 0)
    throw new UsageError('--preview takes identifiers: there is no preview of --csv or --all.');
  const foreign = ['label', 'run-id', 'detach'].filter((name) => values[name] !== undefined);
  if (foreign.length > 0)
    throw new UsageError(`--preview starts no run, and takes no --${foreign.join(', --')}.`);
}

/** What the options say of a run, as POST /runs takes it. */
function optionsOf(given: GivenWords): Readonly<Record<string, string>> {
  const options = {
    label: textOf(given, 'label'),
    billDate: textOf(given, 'bill-date'),
    billingPeriod: textOf(given, 'billing-period'),
    runId: textOf(given, 'run-id'),
  };
  return Object.fromEntries(
    Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** Starts it. The request is named, so that an answer that is lost on its way starts no second run. */
async function start(given: GivenWords, coordinator: Coordinator): Promise<Accepted> {
  const options = optionsOf(given);
  if (given.words.length > 0)
    return (await coordinator.client().start({ customerIdentifiers: given.words, ...options })).accepted;
  const headers: Record<string, string> =
    options.runId === undefined ? { 'idempotency-key': crypto.randomUUID() } : {};
  const file = textOf(given, 'csv');
  const asking: Asking =
    file === undefined
      ? { headers, repeatable: true, json: { customers: 'all', ...options } }
      : upload(file, headers, options);
  return await coordinator.remote.json<Accepted>('/runs', { method: 'POST', ...asking });
}

/** A CSV file on its way, as it is read. Standard input can't be read twice, so it is sent once. */
function upload(
  file: string,
  headers: Record<string, string>,
  query: Readonly<Record<string, string>>,
): Asking {
  const isInput = file === '-';
  if (!isInput && !existsSync(file)) throw new UsageError(`There is no file ${file}.`);
  return {
    query,
    headers: { ...headers, 'content-type': 'text/csv' },
    repeatable: !isInput,
    body: () => (isInput ? Bun.stdin.stream() : Bun.file(file)),
  };
}
