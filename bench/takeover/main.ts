// bun bench takeover: how long until an engine's waiting jobs go on elsewhere, once it is killed.
import { Surroundings } from '../deploy/surroundings.ts';
import { failureText } from '../measure/failure.ts';
import { commit, machine } from '../report/machine.ts';
import { outFile, writeJson } from '../report/out-file.ts';
import { Progress } from '../report/progress.ts';
import { STOPPED, stopOnSignals } from '../stop.ts';
import type { Engines } from './engines.ts';
import { takeOver } from './measure.ts';
import { readTakeoverOptions, type TakeoverOptions, takeoverUsage } from './options.ts';
import { printedTakeover, type TakeoverResults } from './report.ts';
import { describeTakeover, type TakeoverSetup, takeoverSetups } from './setups.ts';
import { type Takeover, type TakeoverRow, takeoverRow } from './times.ts';

/** Runs the bench; returns the exit code. Throws `OptionsError` for arguments that can't be used. */
export async function benchTakeover(args: readonly string[]): Promise<number> {
  const options = readTakeoverOptions(args);
  if (options === null) {
    process.stdout.write(takeoverUsage);
    return 0;
  }
  const startedAt = new Date().toISOString();
  const file = outFile(options.out, startedAt, 'takeover');
  const surroundings = await Surroundings.open(takeoverSetups(options), options);
  const hold: Hold = { engines: null, isStopping: false };
  stopOnSignals(hold, async () => {
    await hold.engines?.stop();
    await surroundings.close();
  });
  const { cluster, database, leftOut } = surroundings;
  const about = { machine: machine(surroundings.directory), commit: commit() };
  const rows = await measureAll(surroundings, options, hold);
  if (hold.isStopping) return STOPPED;
  await surroundings.close();
  const results: TakeoverResults = {
    startedAt,
    finishedAt: new Date().toISOString(),
    ...about,
    options,
    broker: cluster?.description ?? null,
    postgres: database?.description ?? null,
    rows,
    leftOut,
  };
  writeJson(file, results);
  process.stdout.write(`${printedTakeover(results)}\n\nEvery repetition is in ${file}\n`);
  return rows.some(({ failure }) => failure !== null) ? 1 : 0;
}

interface Hold {
  engines: Engines | null;
  isStopping: boolean;
}

async function measureAll(
  surroundings: Surroundings<TakeoverSetup>,
  options: TakeoverOptions,
  hold: Hold,
): Promise<readonly TakeoverRow[]> {
  const { setups } = surroundings;
  const { jobs, repeat } = options;
  const progress = new Progress(process.stderr, setups.length * repeat, 'jobs');
  const rows: TakeoverRow[] = [];
  for (const setup of setups) {
    const repetitions: Takeover[] = [];
    let failure: string | null = null;
    for (let i = 1; i <= repeat && failure === null && !hold.isStopping; i++) {
      progress.begin(`${describeTakeover(setup)}: ${i}`);
      const tick = (_what: string, done: number): void => progress.tick(done, jobs);
      try {
        repetitions.push(await takeOver(setup, await surroundings.ground(setup), options, hold, tick));
      } catch (error) {
        // a lost job or a dead engine is a result of this setup; the others can still be measured
        failure = failureText(error);
        progress.end(repeat - i);
      }
      progress.end();
    }
    rows.push(takeoverRow(setup, repetitions, failure));
  }
  progress.clear();
  return rows;
}
