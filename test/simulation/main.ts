// bun run simulate: the real core over a simulated world, broken at every point, seed by seed.
import { accessSync, constants, existsSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Progress } from '../../bench/report/progress.ts';
import { shrink } from '../../core/simulation/shrink.ts';
import { tellStory } from '../../core/simulation/story.ts';
import { plants } from '../core/simulation/plants.ts';
import { OptionsError } from '../support/flags.ts';
import { commandOf, type RunOptions, readOptions, type Task, usage } from './options.ts';
import { type Batch, Pool } from './pool.ts';
import { coverageOf, leastOf, type PlantRow, plantLines, summaryLines, violationText } from './print.ts';
import { runOf, simulated, simulationOf } from './run-one.ts';
import { emptyTally, type Finding, merge } from './tally.ts';

type Of<K extends Task['kind']> = Extract<Task, { readonly kind: K }>;

/** Schedules that a worker simulates at once: enough to keep it busy, few enough to end soon. */
const BATCH = 25;
/** So many violations are shrunk and told; of the others the command says enough. */
const TOLD = 3;
const STORY_LINES = 400;
const STOPPED = 130;

const print = (lines: readonly string[]): void => void process.stdout.write(`${lines.join('\n')}\n`);

async function replay({ seed, run }: Of<'replay'>): Promise<number> {
  const result = await simulated({ ...simulationOf(seed, run), tell: true });
  print(tellStory(result));
  return result.violation === null ? 0 : 1;
}

async function schedules(task: Of<'schedules'>): Promise<number> {
  const { run, workers, violations, json } = task;
  const from = task.from ?? anySeed();
  simulationOf(from, run); // refuses a plant that there isn't, before anything starts
  checkWritable(json);
  const tally = emptyTally();
  const startedAt = performance.now();
  const progress = new Progress(process.stderr, 1, 'schedules');
  const announce = (): void => {
    if (process.stderr.isTTY === true) progress.begin(`seeds from ${from}`);
    else process.stderr.write(`simulating ${task.schedules} schedules, seeds from ${from}\n`);
  };
  const stopped = await overPool(
    workers,
    batches(task, from, () => tally.violations >= violations),
    (part) => {
      merge(tally, part);
      progress.tick(tally.schedules, task.schedules);
    },
    announce,
  );
  progress.clear();
  const tookMs = performance.now() - startedAt;
  if (stopped) print([`stopped after ${tally.schedules} of ${task.schedules} schedules`]);
  print(summaryLines({ tally, run, from, workers, tookMs }));
  if (json !== null) {
    const coverage = Object.fromEntries(coverageOf(tally, run));
    writeFileSync(
      json,
      `${JSON.stringify({ from, tookMs, workers, ...tally, coverage, least: leastOf(coverageOf(tally, run)) }, null, 2)}\n`,
    );
  }
  const findings = tally.findings.slice(0, violations);
  if (stopped && findings.length > 0) print(findings.flatMap((each) => findingLines(each, run)));
  if (!stopped) await tellFindings(findings, task);
  return stopped ? STOPPED : tally.violations > 0 ? 1 : 0;
}

function* batches(
  { schedules: all, run }: Of<'schedules'>,
  from: number,
  isEnough: () => boolean,
): Generator<Batch> {
  for (let done = 0; done < all && !isEnough(); done += BATCH)
    yield { from: from + done, schedules: Math.min(BATCH, all - done), untilViolation: false, run };
}

const findingLines = ({ seed, violation }: Finding, run: RunOptions): readonly string[] => [
  '',
  `seed ${seed}: ${violationText(violation)}`,
  `  ${commandOf(seed, run)}`,
];

/** Shrinks the first findings and tells their stories, with the command that replays each. */
async function tellFindings(findings: readonly Finding[], { run }: Of<'schedules'>): Promise<void> {
  for (const [index, finding] of findings.entries()) {
    const [, heading = '', command = ''] = findingLines(finding, run);
    print(['', heading]);
    if (index >= TOLD) {
      print([command]);
      continue;
    }
    const { seed } = finding;
    const options = simulationOf(seed, run);
    const { options: smallest, tries } = await shrink(options, await simulated(options), simulated);
    const result = await simulated({ ...smallest, tell: true });
    const story = tellStory(result);
    print([
      `shrunk in ${tries} tries; this replays it:`,
      `  ${commandOf(seed, runOf(smallest))}`,
      '',
      ...(story.length > STORY_LINES ? ['…', ...story.slice(-STORY_LINES)] : story),
    ]);
  }
}

async function allPlants(task: Of<'plants'>): Promise<number> {
  const from = task.from ?? anySeed();
  checkWritable(task.json);
  const rows = new Map<string, PlantRow>();
  let broken = 0;
  const progress = new Progress(process.stderr, 1, 'planted faults');
  const all = plants.map(
    ({ name }): Batch => ({
      from,
      schedules: task.schedules,
      untilViolation: true,
      run: { ...task.run, plant: name },
    }),
  );
  const stopped = await overPool(
    task.workers,
    all.values(),
    ({ schedules: counted, unplanted, findings: [first] }, { run }) => {
      const plant = run.plant ?? '';
      const tried = counted + unplanted;
      broken = Math.max(broken, unplanted);
      rows.set(plant, {
        plant,
        caughtAfter: first === undefined ? null : tried,
        schedules: tried,
        seed: first?.seed ?? null,
        violation: first?.violation ?? null,
      });
      progress.tick(rows.size, plants.length);
    },
    () => progress.begin(`seeds from ${from}`),
  );
  progress.clear();
  const found = plants.flatMap(({ name }) => rows.get(name) ?? []);
  print(plantLines(found));
  if (task.json !== null) writeFileSync(task.json, `${JSON.stringify({ from, plants: found }, null, 2)}\n`);
  if (stopped) return STOPPED;
  if (broken > 0)
    print([
      '',
      `${broken} or more of these schedules break without a plant too, and were left out: bun run simulate`,
    ]);
  const missed = found.filter(({ caughtAfter }) => caughtAfter === null).length;
  print([
    '',
    missed === 0 ? `all ${found.length} are caught` : `${missed} of ${found.length} are not caught`,
  ]);
  return missed === 0 ? 0 : 1;
}

/** Has the batches done; true where Ctrl-C ended it early, which it may do once it is announced. */
async function overPool(
  workers: number,
  work: Iterator<Batch>,
  onDone: Parameters<Pool['run']>[1],
  announce: () => void,
): Promise<boolean> {
  const pool = new Pool(workers);
  let stopped = false;
  const stop = (): void => {
    stopped = true;
    pool.stop();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  announce();
  try {
    await pool.run(work, onDone);
  } finally {
    pool.stop();
    // a signal may come twice, from the terminal and from who started us: what there is so far is told all the same
    if (!stopped) {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    }
  }
  return stopped;
}

const anySeed = (): number => crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;

/** Found out before anything runs. */
function checkWritable(file: string | null): void {
  if (file === null) return;
  try {
    accessSync(dirname(resolve(file)), constants.W_OK);
    if (existsSync(file) && !statSync(file).isFile()) throw new Error('there is something else of this name');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new OptionsError(`--json ${file} can't be written: ${reason}`, { cause: error });
  }
}

async function main(args: readonly string[]): Promise<number> {
  try {
    const task = readOptions(args);
    switch (task.kind) {
      case 'help':
        process.stdout.write(usage);
        return 0;
      case 'replay':
        return await replay(task);
      case 'schedules':
        return await schedules(task);
      case 'plants':
        return await allPlants(task);
      default:
        return task satisfies never;
    }
  } catch (error) {
    // a wrong option is the user's to mend: the message alone, no stack
    if (!(error instanceof OptionsError)) throw error;
    process.stderr.write(`${error.message}\nSee bun run simulate --help.\n`);
    return 2;
  }
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
});
