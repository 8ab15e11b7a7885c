import { describeFloor } from '../alone/floor.ts';
import type { FloorRow } from '../alone/measure.ts';
import type { BenchOptions } from '../options.ts';
import { counted, describe, variedOf } from '../setup.ts';
import { cpuOf, cpuUsPerBill, mean, sum } from './cpu.ts';
import { type Names, namesOf } from './names.ts';
import type { Results, Row, TimesSummary } from './results.ts';
import { figure, percent, table, times } from './table.ts';

export const NOT_MEASURED =
  'Not measured: the network and TLS (all is on one machine, and the bench itself reads the log there too), replication ' +
  'and several machines, a cold disk cache, start-up and recovery, logs of millions of bills, the processor time ' +
  'of a database or of a broker that is not the bench’s own. Other work on the machine shows in the figures: compare ratios of one bench, not figures of two.';

const WIDTH = 110;

/** Everything that people shall read of a bench. */
export function printed(results: Results): string {
  const { rows, options, floors } = results;
  const names = namesOf(variedOf(options));
  const parts = [describeMachine(results), throughput(rows, options, names)];
  if (rows.some(({ latencyMs }) => latencyMs !== null)) parts.push(latency(rows, options, names));
  if (rows.some(({ latencyMs }) => latencyMs?.toFile)) parts.push(toFiles(rows, names));
  if (rows.some(({ peakRssBytes }) => peakRssBytes !== null)) parts.push(processes(rows, names));
  if (floors.length > 0) parts.push(alone(floors));
  return [
    ...parts,
    ...printedFailures(rows, floors, options),
    ...results.leftOut,
    wrapped(results.notMeasured),
  ].join('\n\n');
}

/** What was given up, and why. */
export function printedFailures(
  rows: readonly Row[],
  floors: readonly FloorRow[],
  options: BenchOptions,
): readonly string[] {
  const varied = variedOf(options);
  return [
    ...rows.map(({ setup, failure }) => ({ what: describe(setup, varied), failure })),
    ...floors.map(({ floor, failure }) => ({ what: describeFloor(floor), failure })),
  ].flatMap(({ what, failure }) => (failure === null ? [] : [`FAILED ${what}: ${failure}`]));
}

/** Where the figures come from, in a few lines. */
export function describeMachine({
  machine,
  commit,
  broker,
  postgres,
}: Pick<Results, 'machine' | 'commit' | 'broker' | 'postgres'>): string {
  const { cpu, cores, memoryGiB, system, runtime, fileSystem, loadBefore } = machine;
  const lines = [
    `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}, ${runtime}, ${fileSystem}`,
    `load before ${loadBefore}; commit ${commit === null ? 'unknown' : `${commit.hash.slice(0, 12)}${commit.dirty ? ' with changes' : ''}`}`,
  ];
  if (broker !== null) lines.push(`Kafka: ${broker}`);
  if (postgres !== null) lines.push(`PostgreSQL: ${postgres}`);
  if (fileSystem === 'tmpfs')
    lines.push(
      'The data lie in memory (tmpfs): what a disk would cost is missing. Set TMPDIR to a real disk.',
    );
  return lines.join('\n');
}

const several = (counts: readonly number[], what: string): string => {
  const [only] = counts;
  return counts.length === 1 && only !== undefined ? counted(only, what) : `${counts.join(', ')} ${what}s`;
};

function throughput(rows: readonly Row[], options: BenchOptions, names: Names): string {
  const { bills, repeat, partitions, engines } = options;
  const title =
    `THROUGHPUT: bills/s from POST to the last completed bill (files on: to the last file)\n` +
    `${figure(bills)} bills at once, ${counted(repeat, 'repetition')}, ${several(partitions, 'partition')}, ${several(engines, 'engine')}`;
  const headers = [
    ...names.headers,
    'min',
    'median',
    'max',
    'of floor',
    'of baseline',
    'CPU µs/bill',
    'peak MB',
  ];
  const cells = rows.map((row) => [
    ...names.cellsOf(row.setup),
    figure(row.billsPerSecond?.min),
    row.failure === null ? figure(row.billsPerSecond?.median) : 'failed',
    figure(row.billsPerSecond?.max),
    percent(row.ofFloor),
    times(row.ofBaseline),
    figure(cpuUsPerBill(row)),
    figure(megabytes(sum(row.peakRssBytes))),
  ]);
  return `${title}\n\n${table(headers, cells, names.headers.length)}`;
}

const PERCENTILES = ['p50', 'p90', 'p99', 'p99.9', 'max'];

const percentiles = (summary: TimesSummary | null | undefined): readonly string[] => [
  figure(summary?.p50.median),
  figure(summary?.p90.median),
  figure(summary?.p99.median),
  figure(summary?.p999.median),
  figure(summary?.max),
];

function latency(rows: readonly Row[], { rates, seconds, repeat }: BenchOptions, names: Names): string {
  const title =
    `LATENCY in ms, from when a bill was to be sent to its completed record\n` +
    `${rates.join(', ')} bills/s offered at random times for ${seconds} s, ${counted(repeat, 'repetition')}: medians of their percentiles, the worst of all`;
  const headers = [...names.headers, ...PERCENTILES, 'p50/floor', 'p99/floor', 'p50/baseline'];
  const cells = rows.map(({ setup, latencyMs }) => [
    ...names.cellsOf(setup),
    ...percentiles(latencyMs),
    times(latencyMs?.p50OfFloor),
    times(latencyMs?.p99OfFloor),
    times(latencyMs?.p50OfBaseline),
  ]);
  const late = Math.max(0, ...rows.flatMap((row) => row.latency.map(({ sentLateMs }) => sentLateMs)));
  const note = `The bench itself sent up to ${figure(late)} ms late; that is in the times.`;
  return `${title}\n\n${table(headers, cells, names.headers.length)}\n\n${note}`;
}

function toFiles(rows: readonly Row[], names: Names): string {
  const title = 'LATENCY in ms, from when a bill was to be sent to its file';
  const cells = rows.flatMap(({ setup, latencyMs }) =>
    latencyMs?.toFile ? [[...names.cellsOf(setup), ...percentiles(latencyMs.toFile)]] : [],
  );
  return `${title}\n\n${table([...names.headers, ...PERCENTILES], cells, names.headers.length)}`;
}

/** Parts of the work alone, in the bench's own process. */
function alone(floors: readonly FloorRow[]): string {
  const title =
    'FLOORS: bills/s where nothing is done but this, in batches of 1,000 bills\n' +
    `${figure(floors[0]?.bills)} bills, ${counted(floors[0]?.repetitions.length ?? 0, 'repetition')}`;
  const cells = floors.map(({ floor, billsPerSecond, failure, repetitions }) => [
    describeFloor(floor),
    figure(billsPerSecond?.min),
    failure === null ? figure(billsPerSecond?.median) : 'failed',
    figure(billsPerSecond?.max),
    figure(mean(repetitions.map(({ cpuUsPerBill: us }) => us))),
    figure(mean(repetitions.flatMap(({ brokerCpuUsPerBill: us }) => us ?? []))),
  ]);
  return `${title}\n\n${table(['alone', 'min', 'median', 'max', 'CPU µs/bill', 'broker µs'], cells, 1)}`;
}

const PARTS = ['coordinator', 'engine', 'crm'] as const;
const SHORT = { coordinator: 'coord', engine: 'eng.', crm: 'CRM' } as const;

function processes(rows: readonly Row[], names: Names): string {
  const title = 'PROCESSES: processor time a bill (throughput part) and the most memory; engines together';
  const headers = [
    ...names.headers,
    ...PARTS.map((part) => `${SHORT[part]} µs`),
    ...PARTS.map((part) => `${SHORT[part]} MB`),
    'bench µs',
    'broker µs',
  ];
  const cells = rows.map((row) => [
    ...names.cellsOf(row.setup),
    ...PARTS.map((part) => figure(sum(cpuOf(row), part))),
    ...PARTS.map((part) => figure(megabytes(sum(row.peakRssBytes, part)))),
    figure(mean(row.throughput.map(({ benchCpuUsPerBill }) => benchCpuUsPerBill))),
    figure(mean(row.throughput.flatMap(({ brokerCpuUsPerBill }) => brokerCpuUsPerBill ?? []))),
  ]);
  return `${title}\n\n${table(headers, cells, names.headers.length)}`;
}

const megabytes = (bytes: number | null): number | null => (bytes === null ? null : bytes / 1e6);

export function wrapped(text: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line.length + word.length + 1 > WIDTH) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}
