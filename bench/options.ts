import type { JobStoreKind } from '../services/platform/backing.ts';
import { namesOf, OptionsError, oneOf, parseFlags, someOf, whole, wholes } from '../test/support/flags.ts';

export type Log = 'embedded' | 'kafka';

/** off: nothing is traced; on: as services come, a part is sampled; all: every trace is. */
const TRACING = ['off', 'on', 'all'] as const;
export type Tracing = (typeof TRACING)[number];

/** What is run: the same records with no logic, these with the jobs saved as well, the original lab's way, or our services. */
const SYSTEMS = ['floor', 'jobs-floor', 'baseline', 'requite'] as const;
/** What is run where none is named. */
const USUAL: readonly System[] = ['floor', 'baseline', 'requite'];
export type System = (typeof SYSTEMS)[number];

const STORES = ['embedded', 'kafka', 'sqlite', 'postgres', 'memory'] as const;

/** What a bench shall do, checked. */
export interface BenchOptions {
  /** Bills of one throughput repetition. */
  readonly bills: number;
  readonly logs: readonly Log[];
  /** Whether the logs were named: one that can't be had is then an error, and not just left out. */
  readonly logsAsked: boolean;
  /** Of each topic; each number is measured with each of `engines` that it is enough for. */
  readonly partitions: readonly number[];
  /** Engine processes. */
  readonly engines: readonly number[];
  /** Null: every job store that each log can have. */
  readonly stores: readonly JobStoreKind[] | null;
  readonly files: readonly boolean[];
  /** How our services trace, each a setup of its own; null: as they come. */
  readonly tracing: readonly Tracing[] | null;
  /** Whether the embedded log and jobs in SQLite are flushed to the disk, each a setup of its own; null: as they come. */
  readonly fsync: readonly boolean[] | null;
  /** Who numbers our bills, each a setup of its own; undefined: the bill's workflow-id. */
  readonly numbers: readonly ('gapless' | undefined)[];
  readonly systems: readonly System[];
  /** A directory for CPU profiles of our services; null: none. */
  readonly profile: string | null;
  /** Bills offered each second in the latency part; 0 alone leaves that part out. */
  readonly rates: readonly number[];
  /** How long the latency part of a repetition offers bills. */
  readonly seconds: number;
  readonly repeat: number;
  readonly seed: number;
  /** The JSON file to write; null: one named by the time, in bench/results. */
  readonly out: string | null;
  /** Whether topics that are on BROKERS already may be deleted. */
  readonly wipe: boolean;
}

interface Option {
  readonly placeholder: string;
  readonly help: string;
}

const options = {
  bills: { placeholder: 'N', help: 'bills of one throughput repetition (default 10000)' },
  broker: { placeholder: 'NAME', help: 'embedded, kafka or both (default both)' },
  partitions: { placeholder: 'LIST', help: 'partitions of each topic, such as 1,4,12,48 (default 4)' },
  engines: {
    placeholder: 'LIST',
    help: 'engine processes, such as 1,2,4; at most one a partition (default 1)',
  },
  store: {
    placeholder: 'LIST',
    help: 'job stores: embedded, kafka, sqlite, postgres, memory (default: each that the log can have)',
  },
  files: { placeholder: 'on|off', help: 'whether each bill becomes a file (default: once each way)' },
  tracing: {
    placeholder: 'LIST',
    help: 'off, on (one trace in ten, as services come on Kafka), all (as they come on the embedded log): measured side by side',
  },
  fsync: {
    placeholder: 'LIST',
    help: 'on (as services come), off: of the embedded log and of jobs in SQLite, measured side by side',
  },
  numbers: {
    placeholder: 'LIST',
    help: 'workflow-id (default: bills have no numbers of a series, which is not how services come), gapless',
  },
  rate: {
    placeholder: 'LIST',
    help: 'bills offered each second in the latency part, such as 10,50,200; 0 leaves it out (default 50)',
  },
  seconds: { placeholder: 'N', help: 'how long a latency part offers bills (default 5)' },
  repeat: { placeholder: 'N', help: 'repetitions of each measurement (default 3)' },
  seed: { placeholder: 'N', help: 'of the customers and of the times of arrival (default 1)' },
  systems: {
    placeholder: 'LIST',
    help: 'floor, jobs-floor (the floor with jobs saved), baseline, requite (default all but jobs-floor)',
  },
  profile: { placeholder: 'DIR', help: "write a CPU profile of each of our services' processes there" },
  out: {
    placeholder: 'FILE',
    help: 'where the JSON goes, and beside it the charts (default bench/results/<time>.json)',
  },
} satisfies Record<string, Option>;

const switches = {
  wipe: "delete our topics where BROKERS has them already, with all that's in them",
  help: 'print this',
} as const;

export const usage = `Usage: bun bench [options]
       bun bench compare A B        two of its JSON files beside each other (see bun bench compare --help)
       bun bench orders [options]   the orders ecosystem (see bun bench orders --help)
       bun bench restore [options]  jobs that come back from Kafka (see bun bench restore --help)
       bun bench takeover [options] an engine killed while its jobs wait (see bun bench takeover --help)
       bun bench prices [options]   what each guarantee costs (see bun bench prices --help)
       bun bench paper FILE         what many engines would do, computed (see bun bench paper --help)

Measures bills a second and the time from POST to bill, over real processes, and the floors beside them: the same records
through the same client with no logic; the same jobs into the same store, and the same files, with nothing else. On
Kafka the original lab's way (kafkajs, one message at a time) runs too. A LIST has its values separated by commas; each
combination is measured. Where partitions, engines or rates are several, charts (SVG) are drawn beside the JSON.

${Object.entries(options)
  .map(([name, { placeholder, help }]) => `  ${`--${name} ${placeholder}`.padEnd(20)}${help}`)
  .join('\n')}
${Object.entries(switches)
  .map(([name, help]) => `  ${`--${name}`.padEnd(20)}${help}`)
  .join('\n')}

Environment:
  BROKERS            a Kafka or Redpanda cluster, with the services' KAFKA_ settings; unset: one of the bench's own
  POSTGRES_URL       a PostgreSQL where a database can be created; unset: one of the bench's own
  TMPDIR             where data and bills go while it runs: give it a real disk

See bench/README.md for what is measured and how to read it.
`;

/** Reads the arguments; null where help is asked for. Throws `OptionsError`. */
export function readOptions(args: readonly string[]): BenchOptions | null {
  const { given, flags } = parseFlags(args, namesOf(options), namesOf(switches));
  if (flags.help === true) return null;
  const logs = oneOf('broker', given.broker, ['embedded', 'kafka', 'both'] as const);
  const read: BenchOptions = {
    bills: whole('bills', given.bills, { fallback: 10_000, min: 1, max: 10_000_000 }),
    logs: logs === null || logs === 'both' ? ['embedded', 'kafka'] : [logs],
    logsAsked: logs !== null,
    partitions: wholes('partitions', given.partitions, { fallback: 4, min: 1, max: 1024 }),
    engines: wholes('engines', given.engines, { fallback: 1, min: 1, max: 64 }),
    stores: given.store === undefined ? null : someOf('store', given.store, STORES),
    files: filesOf(oneOf('files', given.files, ['on', 'off'] as const)),
    tracing: given.tracing === undefined ? null : someOf('tracing', given.tracing, TRACING),
    fsync: given.fsync === undefined ? null : switchesOf(someOf('fsync', given.fsync, ON_OFF)),
    numbers: someOf('numbers', given.numbers ?? 'workflow-id', NUMBERS).map((each) =>
      each === 'gapless' ? each : undefined,
    ),
    systems: given.systems === undefined ? USUAL : someOf('systems', given.systems, SYSTEMS),
    profile: given.profile ?? null,
    rates: wholes('rate', given.rate, { fallback: 50, min: 0, max: 100_000 }),
    seconds: whole('seconds', given.seconds, { fallback: 5, min: 1, max: 3_600 }),
    repeat: whole('repeat', given.repeat, { fallback: 3, min: 1, max: 1_000 }),
    seed: whole('seed', given.seed, { fallback: 1, min: 0, max: 4_294_967_295 }),
    out: given.out ?? null,
    wipe: flags.wipe === true,
  };
  checkTogether(read);
  return read;
}

const NUMBERS = ['workflow-id', 'gapless'] as const;

const ON_OFF = ['on', 'off'] as const;

const switchesOf = (given: readonly (typeof ON_OFF)[number][]): readonly boolean[] =>
  given.map((each) => each === 'on');

const filesOf = (given: 'on' | 'off' | null): readonly boolean[] =>
  given === null ? [false, true] : [given === 'on'];

const MAX_OFFERED = 1_000_000;

function checkTogether({ engines, partitions, stores, logs, rates, seconds }: BenchOptions): void {
  const [fewest, most] = [Math.min(...engines), Math.max(...partitions)];
  if (fewest > most) {
    throw new OptionsError(
      `--engines ${fewest} needs as many partitions, or some engines would have none: give --partitions ${fewest} or more`,
    );
  }
  const [, second] = rates;
  if (rates.includes(0) && second !== undefined)
    throw new OptionsError('--rate 0 leaves the latency part out: give it alone, or rates above it');
  const rate = Math.max(...rates);
  if (rate * seconds > MAX_OFFERED) {
    throw new OptionsError(
      `--rate ${rate} for --seconds ${seconds} offers more than ${MAX_OFFERED} bills: give less of one`,
    );
  }
  for (const store of stores ?? [])
    if (!logs.some((log) => canHave(log, store)))
      throw new OptionsError(
        `--store ${store} is part of the other log: beside Kafka give kafka, sqlite, postgres or memory, beside the embedded log embedded, sqlite, postgres or memory`,
      );
}

/** Whether a log can have this job store beside it. */
export function canHave(log: Log, store: JobStoreKind): boolean {
  return store === 'embedded' || store === 'kafka' ? store === log : true;
}
