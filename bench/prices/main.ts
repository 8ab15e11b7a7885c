// bun bench prices: what each guarantee costs, in one run.

import { measureAll } from '../all.ts';
import { measureChecks } from '../alone/checks.ts';
import { Surroundings } from '../deploy/surroundings.ts';
import { commit, machine } from '../report/machine.ts';
import { outFile, writeJson } from '../report/out-file.ts';
import { NOT_MEASURED } from '../report/print.ts';
import { FORMAT, rowsOf } from '../report/results.ts';
import type { Hold } from '../run.ts';
import { STOPPED, stopOnSignals } from '../stop.ts';
import { pricesUsage, readPricesOptions } from './options.ts';
import { pricesOn, setupsOf } from './prices.ts';
import { type PricesResults, printedPrices } from './report.ts';

/** Runs the bench; returns the exit code. Throws `OptionsError` for arguments that can't be used. */
export async function benchPrices(args: readonly string[]): Promise<number> {
  const options = readPricesOptions(args);
  if (options === null) {
    process.stdout.write(pricesUsage);
    return 0;
  }
  const startedAt = new Date().toISOString();
  const file = outFile(options.out, startedAt, 'prices');
  const [partitions = 1] = options.partitions;
  const [engines = 1] = options.engines;
  const [rate = 0] = options.rates;
  const prices = options.logs.flatMap((log) => pricesOn(log, { partitions, engines, rate }));
  const surroundings = await Surroundings.open(setupsOf(prices), options);
  const hold: Hold = { deployment: null, isStopping: false };
  stopOnSignals(hold, async () => {
    await hold.deployment?.stop();
    await surroundings.close();
  });
  const about = { machine: machine(surroundings.directory), commit: commit() };
  const checks = measureChecks();
  const all = await measureAll(surroundings, options, hold, process.stderr);
  if (all === null) return STOPPED;
  await surroundings.close();
  const measured = new Set(surroundings.setups.map(({ log }) => log));
  const results: PricesResults = {
    format: FORMAT,
    startedAt,
    finishedAt: new Date().toISOString(),
    ...about,
    options,
    broker: surroundings.cluster?.description ?? null,
    postgres: null,
    rows: rowsOf(all.measured),
    floors: all.floors,
    leftOut: surroundings.leftOut,
    notMeasured: NOT_MEASURED,
    prices: prices.filter(({ setup }) => measured.has(setup.log)),
    checks,
  };
  writeJson(file, results);
  process.stdout.write(`${printedPrices(results)}\n\nEvery repetition is in ${file}\n`);
  return [...results.rows, ...results.floors].some(({ failure }) => failure !== null) ? 1 : 0;
}
