import type { BenchOptions } from '../options.ts';
import type { Results, Row } from './results.ts';
import { figure, table } from './table.ts';

export const NOT_MEASURED =
  'Not measured: the network and TLS (all is on one machine, and the bench itself reads the log there too), replication ' +
  'and several machines, a cold disk cache, start-up and recovery, logs of millions of bills, the processor time ' +
  'of a database or of a broker that is not the bench’s own. Other work on the machine shows in the figures: compare ratios of one bench, not figures of two.';

const WIDTH = 110;

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** Everything that people shall read of a bench. */
export function printed(results: Results): string {
  const { rows, options } = results;
  const parts = [head(results), throughput(rows, options)];
  if (rows.some(({ latencyMs }) => latencyMs !== null)) parts.push(latency(rows, options));
  if (rows.some(({ peakRssBytes }) => peakRssBytes !== null)) parts.push(processes(rows));
  const failures = rows.flatMap(({ setup, failure }) =>
    failure === null ? [] : [`FAILED ${nameOf(setup).join(' ')}: ${failure}`],
  );
  return [...parts, ...failures, ...results.leftOut, wrapped(results.notMeasured)].join('\n\n');
}

function head({ machine, commit, broker, postgres }: Results): string {
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

type Named = Row['setup'];

const nameOf = ({ log, system, store, files, tracing }: Named): readonly string[] => [
  log,
  tracing === undefined ? system : `${system}, tracing ${tracing}`,
  store ?? '–',
  system === 'floor' ? '–' : files ? 'on' : 'off',
];

const NAMES = ['log', 'system', 'jobs in', 'files'];

function throughput(rows: readonly Row[], { bills, repeat, partitions, engines }: BenchOptions): string {
  const title =
    `THROUGHPUT: bills/s from POST to the last completed bill (files on: to the last file)\n` +
    `${figure(bills)} bills at once, ${counted(repeat, 'repetition')}, ${counted(partitions, 'partition')}, ${counted(engines, 'engine')}`;
  const headers = [...NAMES, 'min', 'median', 'max', 'of floor', 'of baseline', 'CPU µs/bill', 'peak MB'];
  const cells = rows.map((row) => [
    ...nameOf(row.setup),
    figure(row.billsPerSecond?.min),
    row.failure === null ? figure(row.billsPerSecond?.median) : 'failed',
    figure(row.billsPerSecond?.max),
    percent(row.ofFloor),
    times(row.ofBaseline),
    figure(sum(cpuOf(row))),
    figure(megabytes(sum(row.peakRssBytes))),
  ]);
  return `${title}\n\n${table(headers, cells, NAMES.length)}`;
}

function latency(rows: readonly Row[], { rate, seconds, repeat }: BenchOptions): string {
  const title =
    `LATENCY in ms, from when a bill was to be sent to its completed record, and to its file\n` +
    `${rate} bills/s offered at random times for ${seconds} s, ${counted(repeat, 'repetition')}: medians of their percentiles, the worst of all`;
  const headers = [
    ...NAMES,
    'p50',
    'p90',
    'p99',
    'max',
    'file p50',
    'file p99',
    'p50 of floor',
    'of baseline',
  ];
  const cells = rows.map(({ setup, latencyMs }) => [
    ...nameOf(setup),
    figure(latencyMs?.p50.median),
    figure(latencyMs?.p90.median),
    figure(latencyMs?.p99.median),
    figure(latencyMs?.max),
    figure(latencyMs?.fileP50?.median),
    figure(latencyMs?.fileP99?.median),
    times(latencyMs?.p50OfFloor),
    times(latencyMs?.p50OfBaseline),
  ]);
  const late = Math.max(0, ...rows.flatMap((row) => row.latency.map(({ sentLateMs }) => sentLateMs)));
  const note = `The bench itself sent up to ${figure(late)} ms late; that is in the times.`;
  return `${title}\n\n${table(headers, cells, NAMES.length)}\n\n${note}`;
}

const PARTS = ['coordinator', 'engine', 'crm'] as const;
const SHORT = { coordinator: 'coord.', engine: 'engine', crm: 'CRM' } as const;

function processes(rows: readonly Row[]): string {
  const title = 'PROCESSES: processor time a bill (throughput part) and the most memory; engines together';
  const headers = [
    ...NAMES,
    ...PARTS.map((part) => `${SHORT[part]} µs`),
    ...PARTS.map((part) => `${SHORT[part]} MB`),
    'bench µs',
    'broker µs',
  ];
  const cells = rows.map((row) => [
    ...nameOf(row.setup),
    ...PARTS.map((part) => figure(sum(cpuOf(row), part))),
    ...PARTS.map((part) => figure(megabytes(sum(row.peakRssBytes, part)))),
    figure(mean(row.throughput.map(({ benchCpuUsPerBill }) => benchCpuUsPerBill))),
    figure(mean(row.throughput.flatMap(({ brokerCpuUsPerBill }) => brokerCpuUsPerBill ?? []))),
  ]);
  return `${title}\n\n${table(headers, cells, NAMES.length)}`;
}

type ByProcess = Readonly<Record<string, number>>;

/** Processor time a bill by process, the mean of the repetitions: one alone is too short for the kernel's 10 ms. */
function cpuOf({ throughput: repetitions }: Row): ByProcess | null {
  const names = Object.keys(repetitions[0]?.cpuUsPerBill ?? {});
  if (names.length === 0) return null;
  return Object.fromEntries(
    names.map((name) => [name, mean(repetitions.map(({ cpuUsPerBill }) => cpuUsPerBill?.[name] ?? 0)) ?? 0]),
  );
}

/** Of the processes whose names begin so. */
function sum(values: ByProcess | null, part = ''): number | null {
  if (values === null) return null;
  return Object.entries(values).reduce(
    (total, [name, value]) => total + (name.startsWith(part) ? value : 0),
    0,
  );
}

const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((total, value) => total + value, 0) / values.length;

const megabytes = (bytes: number | null): number | null => (bytes === null ? null : bytes / 1e6);

const percent = (value: number | null): string =>
  value === null ? '–' : `${(value * 100).toFixed(value < 0.1 ? 1 : 0)} %`;

const times = (value: number | null | undefined): string => (value == null ? '–' : `${figure(value)}×`);

function wrapped(text: string): string {
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
