// bun bench: how fast bills are made, beside the floor of the same run.
import { OptionsError } from '../test/support/flags.ts';
import { measureAll } from './all.ts';
import { Surroundings } from './deploy/surroundings.ts';
import { type BenchOptions, readOptions, usage } from './options.ts';
import { writeCharts } from './report/charts.ts';
import { commit, machine } from './report/machine.ts';
import { outFile, writeJson } from './report/out-file.ts';
import { NOT_MEASURED, printed } from './report/print.ts';
import { FORMAT, type Results, rowsOf } from './report/results.ts';
import type { Hold } from './run.ts';
import { leftOutOf, setupsFor } from './setup.ts';
import { STOPPED, stopOnSignals } from './stop.ts';

async function bench(options: BenchOptions): Promise<number> {
  const startedAt = new Date().toISOString();
  const file = outFile(options.out, startedAt);
  const surroundings = await Surroundings.open(setupsFor(options), options);
  const { directory, cluster, database } = surroundings;
  const hold: Hold = { deployment: null, isStopping: false };
  stopOnSignals(hold, async () => {
    await hold.deployment?.stop();
    await surroundings.close();
  });
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
  writeJson(file, results);
  const charts = writeCharts(results, file);
  const written = [`Every repetition is in ${file}`, ...charts.map((chart) => `A chart is in ${chart}`)];
  process.stdout.write(`${printed(results)}\n\n${written.join('\n')}\n`);
  return [...results.rows, ...results.floors].some(({ failure }) => failure !== null) ? 1 : 0;
}

async function main(args: readonly string[]): Promise<number> {
  try {
    const [first, ...rest] = args;
    // loaded here only: nothing of it is needed for bills
    if (first === 'orders') return await (await import('./orders/main.ts')).benchOrders(rest);
    if (first === 'compare') return (await import('./compare.ts')).compare(rest);
    if (first === 'restore') return await (await import('./restore.ts')).benchRestore(rest);
    if (first === 'takeover') return await (await import('./takeover/main.ts')).benchTakeover(rest);
    if (first === 'prices') return await (await import('./prices/main.ts')).benchPrices(rest);
    if (first === 'paper') return (await import('./paper/main.ts')).paper(rest);
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
