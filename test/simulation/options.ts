import { availableParallelism } from 'node:os';
import { FAULT_KINDS, type FaultKind } from '../../core/simulation/faults.ts';
import type { Backing, SimulationOptions } from '../../core/simulation/options.ts';
import { namesOf, OptionsError, parseFlags, type WholeRange, whole as wholeOf } from '../support/flags.ts';

/** What of a simulation a command line can say; plants by name. */
export interface RunOptions extends Omit<SimulationOptions, 'seed' | 'scenario' | 'plant' | 'tell'> {
  readonly plant?: string;
}

/** What the command shall do, checked. */
export type Task =
  | { readonly kind: 'help' }
  | { readonly kind: 'replay'; readonly seed: number; readonly run: RunOptions }
  | {
      readonly kind: 'schedules';
      readonly schedules: number;
      /** The first seed; null: any. */
      readonly from: number | null;
      readonly workers: number;
      /** It ends early with so many violations. */
      readonly violations: number;
      readonly json: string | null;
      readonly run: RunOptions;
    }
  | {
      readonly kind: 'plants';
      /** So many schedules a plant has to be caught in. */
      readonly schedules: number;
      readonly from: number | null;
      readonly workers: number;
      readonly json: string | null;
      readonly run: RunOptions;
    };

interface Option {
  readonly placeholder: string;
  readonly help: string;
}

const WHAT = {
  schedules: {
    placeholder: 'N',
    help: 'simulate so many schedules, each of a seed of its own (default 10000)',
  },
  from: { placeholder: 'SEED', help: 'the first of their seeds (default: a random one, which is printed)' },
  seed: { placeholder: 'SEED', help: 'replay one schedule, and tell its story' },
  plant: { placeholder: 'NAME', help: 'build a fault in, which is to be caught' },
  workers: { placeholder: 'N', help: 'processes to run them in (default: one for each core)' },
  violations: { placeholder: 'N', help: 'end early with so many violations (default 5)' },
  json: { placeholder: 'FILE', help: 'write the figures there too' },
} satisfies Record<string, Option>;

const RUN = {
  steps: { placeholder: 'N', help: 'steps with faults, at least 200 (default: by the seed)' },
  workflows: { placeholder: 'N', help: 'workflows that are accepted' },
  engines: { placeholder: 'N', help: 'engines' },
  answerers: { placeholder: 'N', help: 'answerers' },
  partitions: { placeholder: 'N', help: 'partitions of each topic' },
  backing: { placeholder: 'NAME', help: 'atomic or in-order' },
  faults: { placeholder: 'LIST', help: 'weights of kinds of fault, as crash=3,slow=0; 0 is off' },
  only: { placeholder: 'LIST', help: 'these kinds of fault and no others, as crash,slow; or none' },
  suppress: { placeholder: 'LIST', help: 'injections that are not made, by their ordinals, as 0-4,9' },
} satisfies Record<string, Option>;

const SWITCHES = {
  plants: 'build each planted fault in, and tell after how many schedules it is caught',
  help: 'print this',
} as const;

const lines = (options: Readonly<Record<string, Option>>): string =>
  Object.entries(options)
    .map(([name, { placeholder, help }]) => `  ${`--${name} ${placeholder}`.padEnd(19)}${help}`)
    .join('\n');

export const usage: string = `Usage: bun run simulate [options]

Runs engines, answerers and folds of the real core over a log, a store and a clock that are simulated, breaks them at
every point, and checks the invariants of ARCHITECTURE.md after each step. What it does follows from the seed alone.

${lines(WHAT)}
${Object.entries(SWITCHES)
  .map(([name, help]) => `  ${`--${name}`.padEnd(19)}${help}`)
  .join('\n')}

How each run is made; what is left out follows from its seed:
${lines(RUN)}

Kinds of fault: ${FAULT_KINDS.slice(0, 8).join(', ')},
${FAULT_KINDS.slice(8).join(', ')}.

Ends with 0 where all held, with 1 where something was broken (or a planted fault was not caught), with 2 for options
that can't be used. See docs/simulation.md.
`;

type Name = keyof typeof WHAT | keyof typeof RUN;
type Given = Readonly<Partial<Record<Name, string>>>;

const MAX_SEED = Number.MAX_SAFE_INTEGER;
const MAX_SCHEDULES = 1_000_000_000;
const CAUGHT_WITHIN = 10_000;

/** Reads the arguments. Throws `OptionsError`. */
export function readOptions(args: readonly string[]): Task {
  const { given, flags } = parseFlags(args, namesOf({ ...WHAT, ...RUN }), namesOf(SWITCHES));
  if (flags.help === true) return { kind: 'help' };
  const run = runOptions(given);
  if (given.seed !== undefined) {
    refuse(
      '--seed replays one schedule',
      given,
      ['schedules', 'from', 'workers', 'violations', 'json'],
      flags,
    );
    return { kind: 'replay', seed: whole('seed', given.seed, { fallback: 0, min: 0, max: MAX_SEED }), run };
  }
  const shared = {
    from: whole('from', given.from, { fallback: null, min: 0, max: MAX_SEED - MAX_SCHEDULES }),
    workers: whole('workers', given.workers, { fallback: availableParallelism(), min: 1, max: 256 }),
    json: given.json ?? null,
    run,
  };
  const schedules = (fallback: number): number =>
    whole('schedules', given.schedules, { fallback, min: 1, max: MAX_SCHEDULES });
  if (flags.plants === true) {
    refuse('--plants builds each in', given, ['plant', 'violations'], {});
    return { kind: 'plants', schedules: schedules(CAUGHT_WITHIN), ...shared };
  }
  const violations = whole('violations', given.violations, { fallback: 5, min: 1, max: 1_000 });
  return { kind: 'schedules', schedules: schedules(10_000), violations, ...shared };
}

/** Options that contradict another. */
function refuse(why: string, given: Given, names: readonly Name[], flags: { plants?: boolean }): void {
  const found =
    names.find((name) => given[name] !== undefined) ?? (flags.plants === true ? 'plants' : undefined);
  if (found !== undefined) throw new OptionsError(`${why}: leave --${found} out`);
}

/** Seeds are the longest numbers that a number can be. */
const whole = <F extends number | null>(
  name: string,
  text: string | undefined,
  range: WholeRange<F>,
): number | F => wholeOf(name, text, { ...range, digits: 16 });

function runOptions(given: Given): RunOptions {
  const number = (name: keyof typeof RUN, min: number, max: number): object =>
    given[name] === undefined ? {} : { [name]: whole(name, given[name], { fallback: min, min, max }) };
  return {
    ...number('steps', 200, 1_000_000),
    ...number('workflows', 1, 1_000),
    ...number('engines', 1, 64),
    ...number('answerers', 1, 64),
    ...number('partitions', 1, 64),
    ...(given.backing === undefined ? {} : { backing: backingOf(given.backing) }),
    ...faultsOf(given),
    ...(given.suppress === undefined ? {} : { suppress: ordinalsOf(given.suppress) }),
    ...(given.plant === undefined ? {} : { plant: given.plant }),
  };
}

function backingOf(text: string): Backing {
  if (text === 'atomic' || text === 'in-order') return text;
  throw new OptionsError(`--backing "${text}" can't be used: give atomic or in-order`);
}

function faultsOf({ faults, only }: Given): Pick<RunOptions, 'faults'> {
  if (faults !== undefined && only !== undefined)
    throw new OptionsError('--only and --faults contradict each other: leave one out');
  if (faults !== undefined) return { faults: weightsOf(faults) };
  if (only === undefined) return {};
  const kinds = only === 'none' ? [] : only.split(',');
  const unknown = kinds.find((kind) => !FAULT_KINDS.some((each) => each === kind));
  if (unknown !== undefined)
    throw new OptionsError(
      `--only "${unknown}" can't be used: give none, or some of ${FAULT_KINDS.join(', ')}, separated by commas`,
    );
  return {
    faults: Object.fromEntries(FAULT_KINDS.filter((kind) => !kinds.includes(kind)).map((kind) => [kind, 0])),
  };
}

function weightsOf(text: string): Partial<Record<FaultKind, number>> {
  const entries = text.split(',').map((part) => {
    const [name = '', weight = ''] = part.split('=');
    const kind = FAULT_KINDS.find((each) => each === name);
    if (kind === undefined || !/^\d{1,3}$/.test(weight))
      throw new OptionsError(
        `--faults "${part}" can't be used: give KIND=WEIGHT with a weight from 0 to 999 and one of ${FAULT_KINDS.join(', ')}`,
      );
    return [kind, Number(weight)] as const;
  });
  return Object.fromEntries(entries);
}

function ordinalsOf(text: string): ReadonlySet<number> {
  const ordinals = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(part);
    if (match === null)
      throw new OptionsError(
        `--suppress "${part}" can't be used: give ordinals and ranges of them, as 0-4,9`,
      );
    const first = Number(match[1]);
    for (let ordinal = first; ordinal <= Number(match[2] ?? first); ordinal++) ordinals.add(ordinal);
  }
  return ordinals;
}

/** The command that replays this run. */
export function commandOf(seed: number, run: RunOptions): string {
  const { faults, suppress, plant, ...rest } = run;
  const parts = Object.entries(rest).map(([name, value]) => `--${name} ${value}`);
  if (plant !== undefined) parts.push(`--plant ${/^[\w-]+$/.test(plant) ? plant : `'${plant}'`}`);
  if (faults !== undefined) parts.push(...faultsText(faults));
  if (suppress !== undefined && suppress.size > 0) parts.push(`--suppress ${rangesOf(suppress)}`);
  return ['bun run simulate', `--seed ${seed}`, ...parts].join(' ');
}

/** `--only` where kinds are off and no other weight is given. */
function faultsText(faults: NonNullable<RunOptions['faults']>): readonly string[] {
  const weights = Object.entries(faults);
  if (weights.length === 0) return [];
  if (weights.some(([, weight]) => weight !== 0))
    return [`--faults ${weights.map(([kind, weight]) => `${kind}=${weight}`).join(',')}`];
  return [`--only ${FAULT_KINDS.filter((kind) => faults[kind] !== 0).join(',') || 'none'}`];
}

function rangesOf(ordinals: ReadonlySet<number>): string {
  const ranges: { first: number; last: number }[] = [];
  for (const ordinal of [...ordinals].sort((one, other) => one - other)) {
    const range = ranges.at(-1);
    if (range !== undefined && ordinal === range.last + 1) range.last = ordinal;
    else ranges.push({ first: ordinal, last: ordinal });
  }
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}
