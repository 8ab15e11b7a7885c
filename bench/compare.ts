// bun bench compare: two results beside each other.
import { OptionsError, parseFlags } from '../test/support/flags.ts';
import { describeFloor } from './alone/floor.ts';
import { cpuUsPerBill, mean } from './report/cpu.ts';
import { namesOf } from './report/names.ts';
import type { Row } from './report/results.ts';
import { readSaved, type Saved } from './report/saved.ts';
import { figure, table, times } from './report/table.ts';
import { counted, describe, keyOf, type Shape, type Varied } from './setup.ts';

const usage = `Usage: bun bench compare A B

Prints, for each row that both JSON files of bun bench have, how B's figures stand to A's: 2.00× is twice as many bills
a second, and for times and processor time twice as long. Rows that only one of them has are named below.

Figures of two runs have two moments of the machine in them: what holds better is "of floor", each held against the
floor of its own run.
`;

/** Runs the command; returns the exit code. Throws `OptionsError` for arguments or files that can't be used. */
export function compare(args: readonly string[]): number {
  const files = args.filter((arg) => !arg.startsWith('-'));
  const { flags } = parseFlags(
    args.filter((arg) => arg.startsWith('-')),
    [],
    ['help'],
  );
  if (flags.help === true) {
    process.stdout.write(usage);
    return 0;
  }
  const [a, b, more] = files;
  if (a === undefined || b === undefined || more !== undefined)
    throw new OptionsError(
      `bun bench compare takes two JSON files of bun bench, and got ${files.length}: see bun bench compare --help`,
    );
  const [before, after] = [readSaved(a), readSaved(b)];
  process.stdout.write(`A: ${about(a, before)}\nB: ${about(b, after)}\n\n${compared(before, after)}\n`);
  return 0;
}

function about(file: string, { startedAt, commit, machine, options }: Saved): string {
  const { cpu, cores, runtime, fileSystem } = machine;
  const at =
    commit === null ? 'unknown commit' : `${commit.hash.slice(0, 12)}${commit.dirty ? ' with changes' : ''}`;
  const amounts = `${figure(options.bills)} bills, ${counted(options.repeat, 'repetition')}`;
  return `${file}\n   ${startedAt.slice(0, 19)}, ${at}, ${amounts}; ${cpu}, ${cores} cores, ${runtime}, ${fileSystem}`;
}

/** The tables, for people. */
export function compared(a: Saved, b: Saved): string {
  const varied = variedIn([...a.rows, ...b.rows]);
  const names = namesOf(varied);
  const pairs = paired(a.rows, b.rows, ({ setup }) => keyOf(setup));
  const headers = [
    ...names.headers,
    'A bills/s',
    'B bills/s',
    'bills/s',
    'of floor',
    'p50',
    'p99',
    'CPU/bill',
  ];
  const cells = pairs.both.map(([one, other]) => [
    ...names.cellsOf(one.setup),
    figure(one.billsPerSecond?.median),
    figure(other.billsPerSecond?.median),
    ratio(other.billsPerSecond?.median, one.billsPerSecond?.median),
    ratio(other.ofFloor, one.ofFloor),
    ratio(other.latencyMs?.p50.median, one.latencyMs?.p50.median),
    ratio(other.latencyMs?.p99.median, one.latencyMs?.p99.median),
    ratio(cpuUsPerBill(other), cpuUsPerBill(one)),
  ]);
  const parts =
    cells.length === 0
      ? ['No row is in both.']
      : [`B BESIDE A: medians, B's over A's\n\n${table(headers, cells, names.headers.length)}`];
  if (a.floors.length > 0 && b.floors.length > 0) parts.push(floors(a.floors, b.floors));
  const only = [
    ...pairs.onlyA.map((row) => `Only in A: ${describe(row.setup, varied)}`),
    ...pairs.onlyB.map((row) => `Only in B: ${describe(row.setup, varied)}`),
  ];
  return [...parts, ...(only.length === 0 ? [] : [only.join('\n')])].join('\n\n');
}

function floors(a: Saved['floors'], b: Saved['floors']): string {
  const { both } = paired(a, b, ({ floor }) => describeFloor(floor));
  const cpu = ({ repetitions }: Saved['floors'][number]): number | null =>
    mean(repetitions.map(({ cpuUsPerBill: us }) => us));
  const cells = both.map(([one, other]) => [
    describeFloor(one.floor),
    figure(one.billsPerSecond?.median),
    figure(other.billsPerSecond?.median),
    ratio(other.billsPerSecond?.median, one.billsPerSecond?.median),
    ratio(cpu(other), cpu(one)),
  ]);
  return `FLOORS\n\n${table(['alone', 'A bills/s', 'B bills/s', 'bills/s', 'CPU/bill'], cells, 1)}`;
}

const ratio = (value: number | null | undefined, other: number | null | undefined): string =>
  value === null || value === undefined || other === null || other === undefined ? '–' : times(value / other);

interface Pairs<T> {
  readonly both: readonly (readonly [T, T])[];
  readonly onlyA: readonly T[];
  readonly onlyB: readonly T[];
}

function paired<T>(a: readonly T[], b: readonly T[], key: (each: T) => string): Pairs<T> {
  const [ofA, ofB] = [a, b].map((all) => new Map(all.map((each) => [key(each), each]))) as [
    Map<string, T>,
    Map<string, T>,
  ];
  return {
    both: a.flatMap((each) => {
      const other = ofB.get(key(each));
      return other === undefined ? [] : [[each, other] as const];
    }),
    onlyA: a.filter((each) => !ofB.has(key(each))),
    onlyB: b.filter((each) => !ofA.has(key(each))),
  };
}

function variedIn(rows: readonly Row[]): Varied {
  const varies = (of: keyof Shape): boolean => {
    // the baseline's engine is always one: that alone tells no rows apart
    const kept = rows.filter(({ setup }) => of !== 'engines' || setup.system !== 'baseline');
    return new Set(kept.map(({ setup }) => setup[of])).size > 1;
  };
  return { partitions: varies('partitions'), engines: varies('engines'), rate: varies('rate') };
}
