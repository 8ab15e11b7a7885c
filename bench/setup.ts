import type { JobStoreKind } from '../services/platform/backing.ts';
import { type BenchOptions, canHave, type Log, type System, type Tracing } from './options.ts';

/** How much there is of everything, and how much is asked of it. */
export interface Shape {
  /** Of each topic. */
  readonly partitions: number;
  /** Engine processes. */
  readonly engines: number;
  /** Bills offered each second in the latency part; 0: none is measured. */
  readonly rate: number;
}

/** One thing to measure. */
export interface Setup extends Shape {
  readonly log: Log;
  readonly system: System;
  /** Where jobs are kept; null for the floor and the baseline, which keep none. */
  readonly store: JobStoreKind | null;
  readonly files: boolean;
  /** Of our services; left out: as they come. */
  readonly tracing?: Tracing;
  /** Whether the embedded log and jobs in SQLite are flushed to the disk; left out: as they come, so they are. */
  readonly fsync?: boolean;
  /** Our services number bills in a series; left out: a bill has its workflow-id. */
  readonly numbers?: 'gapless';
}

/** The job stores that are measured on each log where none is named. */
const STORES: Readonly<Record<Log, readonly JobStoreKind[]>> = {
  embedded: ['embedded', 'sqlite', 'memory'],
  kafka: ['kafka', 'sqlite', 'postgres', 'memory'],
};

/** Everything to measure, each log's floor and baseline before what is held against them. */
export function setupsFor(options: BenchOptions): readonly Setup[] {
  return options.logs
    .flatMap((log) => setupsOn(log, options))
    .filter(({ system }) => options.systems.includes(system));
}

/** Which combinations make no sense, and why. */
export function leftOutOf({ partitions, engines }: BenchOptions): readonly string[] {
  return partitions.flatMap((count) => {
    const tooMany = engines.filter((each) => each > count);
    if (tooMany.length === 0) return [];
    const [has, would] = count === 1 ? ['1 partition', 'all but one'] : [`${count} partitions`, 'some'];
    return [`LEFT OUT: ${tooMany.join(' and ')} engines on ${has}: ${would} would have nothing to do.`];
  });
}

function setupsOn(log: Log, options: BenchOptions): readonly Setup[] {
  const { stores, partitions, engines, rates } = options;
  const kept = stores === null ? STORES[log] : stores.filter((store) => canHave(log, store));
  if (kept.length === 0) return [];
  return partitions.flatMap((each) =>
    engines
      .filter((count) => count <= each)
      .flatMap((count, at) =>
        rates.flatMap((rate) =>
          setupsOf(log, { partitions: each, engines: count, rate }, kept, options).filter(
            // the baseline has one engine only, and so is measured once for all of ours
            ({ system }) => system !== 'baseline' || at === 0,
          ),
        ),
      ),
  );
}

function setupsOf(
  log: Log,
  shape: Shape,
  stores: readonly JobStoreKind[],
  { files, tracing, fsync, numbers }: BenchOptions,
): readonly Setup[] {
  const floor: Setup = { log, system: 'floor', store: null, files: false, ...shape };
  // a broker flushes as it likes, whatever our services are told
  const floors = log === 'embedded' ? eachOf(floor, 'fsync', fsync) : [floor];
  const baseline: readonly Setup[] =
    log === 'kafka'
      ? files.map((on) => ({ ...floor, system: 'baseline', files: on, engines: 1 }) as const)
      : [];
  const flushedWays = (setup: Setup): readonly Setup[] =>
    isFlushed(setup) ? eachOf(setup, 'fsync', fsync) : [setup];
  const withJobs = stores
    .filter((store) => store !== 'memory')
    .flatMap((store) => flushedWays({ ...floor, system: 'jobs-floor', store }));
  const ours = stores.flatMap((store) =>
    files.flatMap((on) => {
      const setup: Setup = { ...floor, system: 'requite', store, files: on };
      const traced = flushedWays(setup).flatMap((each) => eachOf(each, 'tracing', tracing));
      return traced.flatMap((each) =>
        numbers.map((given) => (given === undefined ? each : { ...each, numbers: given })),
      );
    }),
  );
  return [...floors, ...withJobs, ...baseline, ...ours];
}

/** Whether it decides nothing, and so has no bills to write. */
export const isFloor = (system: System): boolean => system === 'floor' || system === 'jobs-floor';

/** Whether FSYNC changes anything here. */
const isFlushed = ({ log, store }: Setup): boolean => log === 'embedded' || store === 'sqlite';

/** The setup with each of these values, or as it is where none is given. */
const eachOf = <K extends 'fsync' | 'tracing'>(
  setup: Setup,
  name: K,
  values: readonly Setup[K][] | null,
): readonly Setup[] => (values === null ? [setup] : values.map((value) => ({ ...setup, [name]: value })));

/** Tells setups apart: the same text for the same setup. */
export const keyOf = ({
  log,
  system,
  store,
  files,
  tracing,
  fsync,
  numbers,
  partitions,
  engines,
  rate,
}: Setup): string =>
  JSON.stringify([
    log,
    system,
    store,
    files,
    tracing ?? null,
    ...(fsync === undefined ? [] : [fsync]),
    ...(numbers === undefined ? [] : [numbers]),
    partitions,
    engines,
    rate,
  ]);

/** What tells setups apart: of their shape only what is measured in several. */
export type Varied = Readonly<Record<keyof Shape, boolean>>;

export function variedOf({ partitions, engines, rates }: BenchOptions): Varied {
  return { partitions: partitions.length > 1, engines: engines.length > 1, rate: rates.length > 1 };
}

/** The setup in a few words, for people. */
export function describe(setup: Setup, varied: Varied): string {
  const { log, system, store, files, tracing, fsync, numbers, partitions, engines, rate } = setup;
  const kept = store === null ? [] : [`jobs in ${store}`];
  const what = isFloor(system) ? kept : [...kept, files ? 'files' : 'no files'];
  const shape = [
    ...(varied.partitions ? [counted(partitions, 'partition')] : []),
    ...(varied.engines ? [counted(engines, 'engine')] : []),
    ...(varied.rate ? [`${rate} bills/s`] : []),
  ];
  const traced = tracing === undefined ? [] : [`tracing ${tracing}`];
  const flushed = fsync === undefined ? [] : [`fsync ${fsync ? 'on' : 'off'}`];
  const numbered = numbers === undefined ? [] : [`numbers ${numbers}`];
  return [log, system, ...what, ...flushed, ...traced, ...numbered, ...shape].join(', ');
}

export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
