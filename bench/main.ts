// bun bench: how fast bills are made, beside the floor of the same run.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Surroundings } from './deploy/surroundings.ts';
import { type BenchOptions, OptionsError, readOptions, usage } from './options.ts';
import { commit, machine } from './report/machine.ts';
import { NOT_MEASURED, printed } from './report/print.ts';
import { Progress } from './report/progress.ts';
import { type Measured, type Results, rowsOf } from './report/results.ts';
import { type Hold, measure, stepsPerSetup } from './run.ts';
import { setupsFor } from './setup.ts';

const RESULTS_DIR = resolve(import.meta.dir, 'results');

async function bench(options: BenchOptions): Promise<number> {
  const startedAt = new Date().toISOString();
  const surroundings = await Surroundings.open(setupsFor(options), options);
  const { setups, directory, cluster, database, leftOut } = surroundings;
  const hold: Hold = { deployment: null };
  const stop = (code: number) => async (): Promise<void> => {
    await hold.deployment?.stop();
    await surroundings.close();
    process.exit(code);
  };
  process.once('SIGINT', () => void stop(130)());
  process.once('SIGTERM', () => void stop(143)());
  const about = { machine: machine(directory), commit: commit() };
  const progress = new Progress(process.stderr, setups.length * stepsPerSetup(options));
  const measured: Measured[] = [];
  for (const setup of setups) measured.push(await measure(setup, surroundings, options, progress, hold));
  progress.clear();
  await surroundings.close();
  const results: Results = {
    format: 1,
    startedAt,
    finishedAt: new Date().toISOString(),
    ...about,
    options,
    broker: cluster?.description ?? null,
    postgres: database?.description ?? null,
    rows: rowsOf(measured),
    leftOut,
    notMeasured: NOT_MEASURED,
  };
  const file = save(results, options);
  process.stdout.write(`${printed(results)}\n\nEvery repetition is in ${file}\n`);
  return measured.some(({ failure }) => failure !== null) ? 1 : 0;
}

function save(results: Results, { out }: BenchOptions): string {
  const name = `${results.startedAt.replaceAll(':', '').slice(0, 17)}Z.json`;
  const file = out === null ? resolve(RESULTS_DIR, name) : resolve(out);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  return file;
}

async function main(args: readonly string[]): Promise<number> {
  let options: BenchOptions | null;
  try {
    options = readOptions(args);
  } catch (error) {
    // a wrong option is the user's to mend: the message alone, no stack
    if (!(error instanceof OptionsError)) throw error;
    process.stderr.write(`${error.message}\nSee bun bench --help.\n`);
    return 2;
  }
  if (options === null) {
    process.stdout.write(usage);
    return 0;
  }
  return bench(options);
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  // nothing could be measured: say why in one line, with what to do where the error knows it
  process.stderr.write(
    `The bench could not go on: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  return 1;
});
