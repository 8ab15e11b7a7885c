// bun bench: how fast bills are made, beside the floor of the same run.
import { accessSync, constants, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { OptionsError } from '../test/support/flags.ts';
import { measureAll } from './all.ts';
import { Surroundings } from './deploy/surroundings.ts';
import { type BenchOptions, readOptions, usage } from './options.ts';
import { writeCharts } from './report/charts.ts';
import { commit, machine } from './report/machine.ts';
import { NOT_MEASURED, printed } from './report/print.ts';
import { FORMAT, type Results, rowsOf } from './report/results.ts';
import type { Hold } from './run.ts';
import { leftOutOf, setupsFor } from './setup.ts';

/** Whoever stopped the bench ends the process with a code of its own. */
const STOPPED = 130;
const RESULTS_DIR = resolve(import.meta.dir, 'results');

async function bench(options: BenchOptions): Promise<number> {
  const startedAt = new Date().toISOString();
  const file = outFile(options, startedAt);
  const surroundings = await Surroundings.open(setupsFor(options), options);
  const { directory, cluster, database } = surroundings;
  const hold: Hold = { deployment: null, isStopping: false };
  const stop = async (code: number): Promise<void> => {
    hold.isStopping = true;
    await hold.deployment?.stop();
    await surroundings.close();
    process.exit(code);
  };
  process.once('SIGINT', () => void stop(130));
  process.once('SIGTERM', () => void stop(143));
  const about = { machine: machine(directory), commit: commit() };
  const all = await measureAll(surroundings, options, hold, process.stderr);
  if (all === null) return STOPPED;
  await surroundings.close();
  const results: Results = {
    format: FORMAT,
    startedAt,
    finishedAt: new Date().toISOString(),
    ...about,
    options,
    broker: cluster?.description ?? null,
    postgres: database?.description ?? null,
    rows: rowsOf(all.measured),
    floors: all.floors,
    leftOut: [...leftOutOf(options), ...surroundings.leftOut],
    notMeasured: NOT_MEASURED,
  };
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  const charts = writeCharts(results, file);
  const written = [`Every repetition is in ${file}`, ...charts.map((chart) => `A chart is in ${chart}`)];
  process.stdout.write(`${printed(results)}\n\n${written.join('\n')}\n`);
  return [...results.rows, ...results.floors].some(({ failure }) => failure !== null) ? 1 : 0;
}

/** Where the JSON goes: found out before anything is measured. Throws `OptionsError` where it can't be written. */
function outFile({ out }: BenchOptions, startedAt: string): string {
  const file = resolve(out ?? join(RESULTS_DIR, `${startedAt.replaceAll(':', '').slice(0, 17)}Z.json`));
  try {
    mkdirSync(dirname(file), { recursive: true });
    accessSync(dirname(file), constants.W_OK);
    if (existsSync(file)) accessSync(file, constants.W_OK);
    if (existsSync(file) && !statSync(file).isFile()) throw new Error('there is something else of this name');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new OptionsError(`--out ${file} can't be written: ${reason}`, { cause: error });
  }
  return file;
}

async function main(args: readonly string[]): Promise<number> {
  try {
    const [first, ...rest] = args;
    // loaded here only: nothing of it is needed for bills
    if (first === 'orders') return await (await import('./orders/main.ts')).benchOrders(rest);
    if (first === 'compare') return (await import('./compare.ts')).compare(rest);
    if (first === 'restore') return await (await import('./restore.ts')).benchRestore(rest);
    const options = readOptions(args);
    if (options !== null) return await bench(options);
    process.stdout.write(usage);
    return 0;
  } catch (error) {
    // a wrong option is the user's to mend: the message alone, no stack
    if (!(error instanceof OptionsError)) throw error;
    process.stderr.write(`${error.message}\nSee bun bench --help.\n`);
    return 2;
  }
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  // nothing could be measured: say why in one line, with what to do where the error knows it
  process.stderr.write(
    `The bench could not go on: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  return 1;
});
