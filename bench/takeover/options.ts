import type { JobStoreKind } from '../../services/platform/backing.ts';
import { namesOf, OptionsError, oneOf, parseFlags, someOf, whole, wholes } from '../../test/support/flags.ts';
import type { Log } from '../options.ts';
import { takeoverSetups } from './setups.ts';

/** What lies there for the survivor: an answer for one job of each partition that it takes over, or for every job. */
const ANSWERS = ['few', 'all'] as const;
export type Answers = (typeof ANSWERS)[number];

const STORES = ['embedded', 'kafka', 'sqlite', 'postgres'] as const;

/** What a bench of take-overs shall do, checked. */
export interface TakeoverOptions {
  /** Jobs that wait in the partitions of the engine that is killed. */
  readonly jobs: number;
  readonly logs: readonly Log[];
  /** Whether the logs were named: one that can't be had is then an error, and not just left out. */
  readonly logsAsked: boolean;
  /** Null: every job store that each log can have and that outlives a process. */
  readonly stores: readonly JobStoreKind[] | null;
  /** With jobs in Kafka: copies of each partition's jobs, each number a row. */
  readonly standby: readonly number[];
  readonly answers: readonly Answers[];
  readonly partitions: number;
  readonly repeat: number;
  readonly out: string | null;
  readonly wipe: boolean;
}

const options = {
  jobs: ['N', 'jobs that wait in the partitions of the engine that is killed (default 100000)'],
  broker: ['NAME', 'embedded, kafka or both (default both)'],
  store: ['LIST', 'job stores: embedded, kafka, sqlite, postgres (default: each that the log can have)'],
  standby: ['LIST', 'with jobs in Kafka, copies at the other engine: 0,1 (default both)'],
  answers: ['LIST', 'few: one job of each partition is answered, the others later; all (default few)'],
  partitions: ['N', 'partitions of each topic; each of the two engines has half (default 12)'],
  repeat: ['N', 'repetitions of each measurement (default 3)'],
  out: ['FILE', 'where the JSON goes (default bench/results/takeover-<time>.json)'],
} as const satisfies Record<string, readonly [placeholder: string, help: string]>;

const switches = {
  wipe: "delete our topics where BROKERS has them already, with all that's in them",
  help: 'print this',
} as const;

export const takeoverUsage: string = `Usage: bun bench takeover [options]

Kills one of two engines with kill -9 while its jobs wait for answers, and measures how long the other needs: until the
group has rebalanced, from there until a job that was taken over goes on, and until one goes on in every partition that
was taken over. All jobs must then end as completed, each once, or there are no figures.

${Object.entries(options)
  .map(([name, [placeholder, help]]) => `  ${`--${name} ${placeholder}`.padEnd(20)}${help}`)
  .join('\n')}
${Object.entries(switches)
  .map(([name, help]) => `  ${`--${name}`.padEnd(20)}${help}`)
  .join('\n')}

BROKERS, the KAFKA_ settings, POSTGRES_URL and TMPDIR as for bun bench. See bench/README.md for how to read it.
`;

/** Reads the arguments; null where help is asked for. Throws `OptionsError`. */
export function readTakeoverOptions(args: readonly string[]): TakeoverOptions | null {
  const { given, flags } = parseFlags(args, namesOf(options), namesOf(switches));
  if (flags.help === true) return null;
  const logs = oneOf('broker', given.broker, ['embedded', 'kafka', 'both'] as const);
  const read: TakeoverOptions = {
    jobs: whole('jobs', given.jobs, { fallback: 100_000, min: 1, max: 10_000_000 }),
    logs: logs === null || logs === 'both' ? ['embedded', 'kafka'] : [logs],
    logsAsked: logs !== null,
    stores: given.store === undefined ? null : someOf('store', given.store, STORES),
    standby: given.standby === undefined ? [0, 1] : wholes('standby', given.standby, COPIES),
    answers: given.answers === undefined ? ['few'] : someOf('answers', given.answers, ANSWERS),
    partitions: whole('partitions', given.partitions, { fallback: 12, min: 2, max: 1_024 }),
    repeat: whole('repeat', given.repeat, { fallback: 3, min: 1, max: 1_000 }),
    out: given.out ?? null,
    wipe: flags.wipe === true,
  };
  checkTogether(read);
  return read;
}

/** There is one other engine to keep a copy. */
const COPIES = { fallback: 1, min: 0, max: 1 } as const;

function checkTogether(options: TakeoverOptions): void {
  const { jobs, partitions, stores, logs } = options;
  if (jobs < partitions)
    throw new OptionsError(
      `--jobs ${jobs} are too few: each partition that is taken over must have one; give --jobs ${partitions} or more`,
    );
  const setups = takeoverSetups(options);
  for (const store of stores ?? [])
    if (!setups.some((setup) => setup.store === store))
      throw new OptionsError(
        `--store ${store} can't be had with --broker ${logs.join(' and ')}: beside Kafka give kafka, sqlite or postgres, beside the embedded log embedded or sqlite`,
      );
}
