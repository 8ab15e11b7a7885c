import type { CheckRow } from '../alone/checks.ts';
import { describeFloor } from '../alone/floor.ts';
import type { FloorRow } from '../alone/measure.ts';
import { cpuUsPerBill, mean } from '../report/cpu.ts';
import { describeMachine, printedFailures, wrapped } from '../report/print.ts';
import type { Results, Row } from '../report/results.ts';
import { figure, percent, table, times } from '../report/table.ts';
import { counted, keyOf } from '../setup.ts';
import type { Price } from './prices.ts';

/** The JSON: a bench's, with what the prices are made of. */
export interface PricesResults extends Results {
  readonly prices: readonly Price[];
  readonly checks: readonly CheckRow[];
}

/** What one row of the table says; null where something was not measured. */
export interface Priced {
  readonly price: Price;
  readonly row: Row | null;
  /** Bills/s over the other row's. */
  readonly speedRatio: number | null;
  /** Processor time a bill above the other row's, in µs: our processes and, where it is known, the broker. */
  readonly moreUs: number | null;
}

/** Holds each row against its own. */
export function priced(prices: readonly Price[], rows: readonly Row[]): readonly Priced[] {
  const byKey = new Map(rows.map((row) => [keyOf(row.setup), row]));
  return prices.map((price) => {
    const row = byKey.get(keyOf(price.setup)) ?? null;
    const other = price.against === null ? null : (byKey.get(keyOf(price.against)) ?? null);
    const [speed, otherSpeed] = [row?.billsPerSecond?.median, other?.billsPerSecond?.median];
    const [us, otherUs] = [allUs(row), allUs(other)];
    return {
      price,
      row,
      speedRatio: speed === undefined || otherSpeed === undefined ? null : speed / otherSpeed,
      moreUs: us === null || otherUs === null ? null : us - otherUs,
    };
  });
}

/** µs of processor a bill: our processes and the broker; null where it failed or the system doesn't tell. */
function allUs(row: Row | null): number | null {
  if (row === null || row.failure !== null) return null;
  const ours = cpuUsPerBill(row);
  return ours === null ? null : ours + (brokerUs(row) ?? 0);
}

const brokerUs = (row: Row | null): number | null =>
  row === null ? null : mean(row.throughput.flatMap(({ brokerCpuUsPerBill }) => brokerCpuUsPerBill ?? []));

/** Everything that people shall read of it. */
export function printedPrices(results: PricesResults): string {
  const { options, rows, floors, checks, leftOut, notMeasured } = results;
  const parts = [
    describeMachine(results),
    `PRICES: ${figure(options.bills)} bills at once, ${counted(options.repeat, 'repetition')}, ` +
      `${counted(options.partitions[0] ?? 0, 'partition')}, ${counted(options.engines[0] ?? 0, 'engine')}; medians; times at ${options.rates[0]} bills/s offered`,
    ...logsOf(results).map((log) => pricesTable(log, results)),
    partsAlone(floors),
    checksTable(checks),
    ...printedFailures(rows, floors, options),
    ...leftOut,
    wrapped(notMeasured),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

const logsOf = ({ prices }: PricesResults): readonly string[] => [
  ...new Set(prices.map(({ setup }) => setup.log)),
];

function pricesTable(log: string, { prices, rows }: PricesResults): string {
  const numbered = priced(
    prices.filter(({ setup }) => setup.log === log),
    rows,
  );
  const numberOf = (key: string): string =>
    String(numbered.findIndex(({ price }) => keyOf(price.setup) === key) + 1);
  const cells = numbered.map(({ price, row, speedRatio, moreUs }, at) => [
    String(at + 1),
    price.guarantee,
    row?.failure === null ? figure(row.billsPerSecond?.median) : 'failed',
    percent(row?.ofFloor),
    price.against === null ? '' : `of ${numberOf(keyOf(price.against))}`,
    times(speedRatio),
    figure(allUs(row)),
    moreUs === null ? '–' : `${moreUs < 0 ? '−' : '+'}${figure(Math.abs(moreUs))}`,
    figure(row?.latencyMs?.p50.median),
    figure(row?.latencyMs?.p99.median),
  ]);
  const headers = [log, '', 'bills/s', 'of floor', 'against', 'speed', 'µs/bill', 'more', 'p50 ms', 'p99 ms'];
  return table(headers, cells, 2);
}

function partsAlone(floors: readonly FloorRow[]): string {
  if (floors.length === 0) return '';
  const cells = floors.map(({ floor, billsPerSecond, repetitions }) => [
    describeFloor(floor),
    figure(billsPerSecond?.median),
    figure(mean(repetitions.map(({ cpuUsPerBill: us }) => us))),
    figure(billsPerSecond === null ? null : 1e6 / billsPerSecond.median),
  ]);
  return `ALONE, in the bench's own process\n\n${table(['', 'bills/s', 'CPU µs/bill', 'µs that pass'], cells, 1)}`;
}

function checksTable(checks: readonly CheckRow[]): string {
  const cells = checks.map(({ kind, checkedUs, uncheckedUs }) => [
    kind,
    figure(checkedUs),
    figure(uncheckedUs),
    figure(Math.max(0, checkedUs - uncheckedUs)),
  ]);
  const sum = (of: (row: CheckRow) => number): number => checks.reduce((total, row) => total + of(row), 0);
  const total = ['all five', sum((row) => row.checkedUs), sum((row) => row.uncheckedUs)] as const;
  const last = [total[0], figure(total[1]), figure(total[2]), figure(Math.max(0, total[1] - total[2]))];
  const title = 'VALIDATION: µs to read a record of a bill, with the check against its schema and without';
  return `${title}\n\n${table(['record', 'checked', 'unchecked', 'the check'], [...cells, last], 1)}`;
}
