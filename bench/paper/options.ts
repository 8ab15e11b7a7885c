import { OptionsError, oneOf, parseFlags, whole, wholes } from '../../test/support/flags.ts';
import type { Limits } from './model.ts';

/** What shall be computed, from which file. */
export interface PaperOptions {
  readonly file: string;
  readonly store: string;
  readonly files: boolean;
  /** Null: as the file has it. */
  readonly brokerUs: number | null;
  readonly engines: readonly number[];
  readonly limits: Limits;
}

/** Each limit: its default, and what it is. `busy` and `follower` are percent. */
const LIMITS = {
  cores: [8, "cores of a broker's machine; a process of ours takes one core"],
  busy: [70, 'percent of a core, a network or a disk that is planned with'],
  network: [1_250, "a broker's network each way, in MB/s; 1250 is 10 Gbit/s"],
  disk: [500, "a broker's disk, in MB/s written"],
  replicas: [3, 'copies of each partition'],
  follower: [50, "percent of a leader's processor time that a follower takes for the same records"],
  'broker-partitions': [4_000, 'partitions that a broker can have, with those that it follows'],
  'engine-partitions': [4, 'partitions of each topic for an engine'],
  topics: [6, "topics of a bill's way, the jobs' among them"],
  members: [1_000, 'members of a consumer group at most'],
  'heartbeat-bytes': [800, 'of the record by which a process tells all others each second that it lives'],
  'heartbeat-us': [10, 'processor time in µs to read one of those'],
} as const satisfies Record<string, readonly [fallback: number, help: string]>;

const MAX_LIMIT = 100_000_000;
const names = Object.keys(LIMITS) as (keyof typeof LIMITS)[];

export const paperUsage = `Usage: bun bench paper FILE.json [options]

Computes, from the processor time a bill that a run of bun bench on Kafka has measured and from the limits below, what
10, 100 and 1,000 engines would do, what else they would need, and what stops them first. Nothing is run.

  --store NAME          the row of the file: where jobs are kept (default kafka)
  --files on|off        the row of the file: with a file for each bill or without (default off)
  --broker-us N         the broker's processor time a bill in µs (default: as the file has it)
  --engines LIST        engine processes (default 10,100,1000)
${names.map((name) => `  ${`--${name} N`.padEnd(22)}${LIMITS[name][1]} (default ${LIMITS[name][0]})`).join('\n')}
  --help                print this
`;

/** Reads the arguments; null where help is asked for. Throws `OptionsError`. */
export function readPaperOptions(args: readonly string[]): PaperOptions | null {
  const [file, rest] = args[0]?.startsWith('-') === false ? [args[0], args.slice(1)] : [null, args];
  const { given, flags } = parseFlags(rest, ['store', 'files', 'broker-us', 'engines', ...names], ['help']);
  if (flags.help === true) return null;
  if (file === null)
    throw new OptionsError(
      'bun bench paper takes a JSON file of bun bench first: see bun bench paper --help',
    );
  const limit = (name: keyof typeof LIMITS, max: number = MAX_LIMIT): number =>
    whole(name, given[name], { fallback: LIMITS[name][0], min: 1, max });
  return {
    file,
    store: oneOf('store', given.store, ['kafka', 'sqlite', 'postgres', 'memory']) ?? 'kafka',
    files: (oneOf('files', given.files, ['on', 'off']) ?? 'off') === 'on',
    brokerUs: whole('broker-us', given['broker-us'], { fallback: null, min: 1, max: MAX_LIMIT }),
    engines:
      given.engines === undefined
        ? [10, 100, 1_000]
        : wholes('engines', given.engines, { fallback: 1, min: 1, max: 1_000_000 }),
    limits: {
      cores: limit('cores'),
      busy: limit('busy', 100) / 100,
      networkMBs: limit('network'),
      diskMBs: limit('disk'),
      replicas: limit('replicas', 10),
      followerPart: limit('follower', 100) / 100,
      partitionsABroker: limit('broker-partitions'),
      partitionsAnEngine: limit('engine-partitions'),
      topics: limit('topics'),
      members: limit('members'),
      heartbeatBytes: limit('heartbeat-bytes'),
      heartbeatUs: limit('heartbeat-us'),
    },
  };
}
