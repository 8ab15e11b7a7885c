import { namesOf, OptionsError, oneOf, parseFlags, someOf, whole } from '../support/flags.ts';

/** What can be done to a run, by the name that `--faults` takes. */
const FAULTS = {
  engine: 'kill -9 of an engine',
  crm: 'kill -9 of a CRM',
  coordinator: 'kill -9 of a coordinator',
  service: 'kill -9 of a service of the orders ecosystem',
  broker: 'kill -9 of a broker, the next one when all replicas are in sync again',
  freeze: 'SIGSTOP of a process, and SIGCONT later',
  zombie: 'a freeze that outlives the session: the group has put the member out when it wakes',
  store: 'the job store away: PostgreSQL killed and restarted, or SQLite locked by somebody else',
  disk: "the bills' file system full (a tmpfs, which takes root)",
  duplicates: 'records of every topic published again, shuffled',
  joins: 'engines that join and leave, cleanly',
  broken: 'records that nobody can read',
} as const;
export type FaultKind = keyof typeof FAULTS;

export type System = 'billing' | 'orders';
type Store = 'sqlite' | 'postgres' | 'kafka';

/** Which of them a system can suffer. */
export const FAULTS_OF: Readonly<Record<System, readonly FaultKind[]>> = {
  billing: [
    'engine',
    'crm',
    'coordinator',
    'broker',
    'freeze',
    'zombie',
    'store',
    'disk',
    'duplicates',
    'joins',
    'broken',
  ],
  orders: ['service', 'broker', 'freeze', 'zombie', 'store', 'duplicates'],
};

/** What a run shall be, checked. */
export interface ChaosOptions {
  readonly system: System;
  readonly seed: number;
  /** Workflows to be accepted; of the orders ecosystem: orders. */
  readonly workflows: number;
  /** Faults go on for so long at least. */
  readonly minutes: number;
  readonly engines: number;
  readonly crms: number;
  readonly coordinators: number;
  readonly partitions: number;
  readonly brokers: 1 | 3;
  readonly store: Store;
  readonly faults: readonly FaultKind[];
  readonly freezeUpToMs: number;
  /** How long a silent member of a group keeps its partitions. */
  readonly sessionMs: number;
  /** Joins and leaves that there must have been, together. */
  readonly joins: number;
  /** Proven injections of each kind without which a run says nothing. */
  readonly least: number;
  readonly json: string | null;
  readonly keep: boolean;
}

/** A run of so many workflows is a long one, of which more is asked. */
const LONG = 100_000;
const LEAST = 3;
const LEAST_OF_LONG = 20;

const options = {
  seed: ['N', 'of customers, runs and faults (default 1)'],
  workflows: ['N', 'workflows to be accepted (default 5000; the long run has 100000)'],
  minutes: ['N', 'faults go on for so long at least; 0.5 is half a minute (default 2)'],
  engines: ['N', 'engines (default 3)'],
  crms: ['N', 'CRMs; the last engine and the last CRM share a process (default 2)'],
  coordinators: ['N', 'coordinators (default 2)'],
  partitions: ['N', 'partitions of each topic (default 12)'],
  brokers: ['1|3', 'Kafka brokers; three keep three copies, of which two must have a write (default 3)'],
  'job-store': ['NAME', 'kafka, postgres or sqlite (default kafka)'],
  faults: ['LIST', 'some of those below, separated by commas (default all that the system can suffer)'],
  'freeze-up-to': ['TIME', 'the longest freeze, such as 90s (default 20s)'],
  session: ['TIME', 'how long a silent member keeps its partitions (default 6s)'],
  joins: ['N', 'joins and leaves that there must be, together (default: as "least")'],
  least: ['N', 'proven injections of each kind that a run must have (default 3, of a long run 20)'],
  system: ['NAME', 'billing, or orders: the orders ecosystem (default billing)'],
  json: ['FILE', 'where the report goes as JSON'],
} as const satisfies Record<string, readonly [placeholder: string, help: string]>;

const switches = {
  keep: 'keep the directory: data, bills and a log of each process',
  help: 'print this',
} as const;

export const usage = `Usage: bun run chaos [options]

Kills, freezes and starves real processes on a real Kafka while workflows are accepted, and then has a checker that
shares no code with them say whether each accepted workflow ended in exactly one bill or one visible failure.

${Object.entries(options)
  .map(([name, [placeholder, help]]) => `  ${`--${name} ${placeholder}`.padEnd(20)}${help}`)
  .join('\n')}
${Object.entries(switches)
  .map(([name, help]) => `  ${`--${name}`.padEnd(20)}${help}`)
  .join('\n')}

Faults:
${Object.entries(FAULTS)
  .map(([name, help]) => `  ${name.padEnd(13)}${help}`)
  .join('\n')}

Exit code: 0 all is as it must be; 1 it is not; 2 the run proves nothing (wrong options, or too few proven injections
of a kind). Needs Java 17 and Maven, and for --job-store postgres PostgreSQL's programs. See docs/chaos.md.
`;

type Given = Readonly<Partial<Record<keyof typeof options, string>>>;

/** Reads the arguments; null where help is asked for. Throws `OptionsError`. */
export function readOptions(args: readonly string[]): ChaosOptions | null {
  const { given, flags } = parseFlags(args, namesOf(options), namesOf(switches));
  if (flags.help === true) return null;
  const system = oneOf('system', given.system, ['billing', 'orders']) ?? 'billing';
  const workflows = whole('workflows', given.workflows, { fallback: 5_000, min: 1, max: 1_000_000 });
  const least = whole('least', given.least, {
    fallback: workflows >= LONG ? LEAST_OF_LONG : LEAST,
    min: 0,
    max: 10_000,
  });
  const read: ChaosOptions = {
    system,
    seed: whole('seed', given.seed, { fallback: 1, min: 0, max: 4_294_967_295 }),
    workflows,
    minutes: minutesOf(given.minutes),
    engines: whole('engines', given.engines, { fallback: 3, min: 1, max: 32 }),
    crms: whole('crms', given.crms, { fallback: 2, min: 1, max: 32 }),
    coordinators: whole('coordinators', given.coordinators, { fallback: 2, min: 1, max: 32 }),
    partitions: whole('partitions', given.partitions, { fallback: 12, min: 1, max: 256 }),
    brokers: (oneOf('brokers', given.brokers, ['1', '3']) ?? '3') === '3' ? 3 : 1,
    store: oneOf('job-store', given['job-store'], ['kafka', 'postgres', 'sqlite']) ?? 'kafka',
    faults: faultsOf(given.faults, system),
    freezeUpToMs: timeOf('freeze-up-to', given['freeze-up-to'], 20_000),
    sessionMs: timeOf('session', given.session, 6_000),
    joins: whole('joins', given.joins, { fallback: least, min: 0, max: 10_000 }),
    least,
    json: given.json ?? null,
    keep: flags.keep === true,
  };
  checkTogether(read, given);
  return read;
}

function minutesOf(text: string | undefined): number {
  if (text === undefined) return 2;
  const value = /^\d{1,4}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (value > 0 && value <= 1_440) return value;
  throw new OptionsError(`--minutes "${text}" can't be used: give minutes above 0, up to 1440, such as 0.5`);
}

function timeOf(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const [, digits = '', unit = ''] = /^(\d{1,5})(ms|s)$/.exec(text) ?? [];
  const ms = Number(digits) * (unit === 's' ? 1_000 : 1);
  if (digits !== '' && ms >= 1_000 && ms <= 600_000) return ms;
  throw new OptionsError(
    `--${name} "${text}" can't be used: give a time from 1s to 600s, such as 90s or 1500ms`,
  );
}

function faultsOf(text: string | undefined, system: System): readonly FaultKind[] {
  const possible = FAULTS_OF[system];
  return text === undefined
    ? possible
    : someOf('faults', text, possible, `${system} can suffer ${possible.join(', ')}`);
}

function checkTogether({ engines, crms, partitions, faults, ...rest }: ChaosOptions, given: Given): void {
  if (engines > partitions || crms > partitions)
    throw new OptionsError(
      `--partitions ${partitions} are too few: each engine and CRM needs one of its own`,
    );
  if (faults.includes('zombie') && rest.freezeUpToMs <= rest.sessionMs)
    throw new OptionsError(
      `--freeze-up-to ${rest.freezeUpToMs} ms never outlives a session of ${rest.sessionMs} ms: give more, or leave "zombie" out of --faults`,
    );
  if (given.joins !== undefined && !faults.includes('joins'))
    throw new OptionsError('--joins needs the fault "joins": add it to --faults');
  if (rest.store === 'kafka' && given.faults !== undefined && faults.includes('store'))
    throw new OptionsError('--job-store kafka has no store but the brokers: leave "store" out of --faults');
}
