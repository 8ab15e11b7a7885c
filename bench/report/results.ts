import type { FloorRow } from '../alone/measure.ts';
import type { Latency } from '../measure/latency.ts';
import { type Spread, spreadOf, type Times } from '../measure/statistics.ts';
import type { Throughput } from '../measure/throughput.ts';
import type { BenchOptions } from '../options.ts';
import type { Setup } from '../setup.ts';
import type { Commit, Machine } from './machine.ts';

/** Everything that was measured of one setup. */
export interface Measured {
  readonly setup: Setup;
  readonly throughput: readonly Throughput[];
  /** Empty where no rate was offered. */
  readonly latency: readonly Latency[];
  /** The most memory that each process had, in bytes, by process; null where the system doesn't tell. */
  readonly peakRssBytes: Readonly<Record<string, number>> | null;
  /** Why it was given up; null where all went well. */
  readonly failure: string | null;
}

/** A measured setup with what its repetitions came to. */
export interface Row extends Measured {
  readonly billsPerSecond: Spread | null;
  /** Median to median, of the floor on the same log and of the same shape; null where there is none, and for the floor itself. */
  readonly ofFloor: number | null;
  /** Median to median, of the baseline with the same files, partitions and rate; its engine is one. */
  readonly ofBaseline: number | null;
  readonly latencyMs: LatencySummary | null;
}

/** Over the repetitions: percentiles, each with its spread, and the worst of all. */
interface LatencySummary extends TimesSummary {
  /** Until the file was there; null where files are off. */
  readonly toFile: TimesSummary | null;
  /** Median to median. */
  readonly p50OfFloor: number | null;
  readonly p99OfFloor: number | null;
  readonly p50OfBaseline: number | null;
}

/** In milliseconds. */
export interface TimesSummary {
  readonly p50: Spread;
  readonly p90: Spread;
  readonly p99: Spread;
  readonly p999: Spread;
  readonly max: number;
}

/** Raised when the JSON changes so that older readers would misread it. */
export const FORMAT = 2;

/** The JSON of a bench. */
export interface Results {
  readonly format: typeof FORMAT;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly commit: Commit | null;
  readonly machine: Machine;
  readonly options: BenchOptions;
  /** The cluster and the database, in words; null where none was used. */
  readonly broker: string | null;
  readonly postgres: string | null;
  readonly rows: readonly Row[];
  /** Parts of the work alone. */
  readonly floors: readonly FloorRow[];
  /** What was left out, and why. */
  readonly leftOut: readonly string[];
  readonly notMeasured: string;
}

/** Sums up what was measured without a failure, and holds it against floor and baseline of the same bench. */
export function rowsOf(measured: readonly Measured[]): readonly Row[] {
  return measured.map((each) => {
    const floor = floorOf(each, measured);
    const baseline = baselineOf(each, measured);
    const speed = speedOf(each);
    return {
      ...each,
      billsPerSecond: speed,
      ofFloor: ratio(speed?.median, floor && speedOf(floor)?.median),
      ofBaseline: ratio(speed?.median, baseline && speedOf(baseline)?.median),
      latencyMs: latencyOf(each, floor, baseline),
    };
  });
}

function floorOf({ setup }: Measured, measured: readonly Measured[]): Measured | undefined {
  if (setup.system === 'floor') return undefined;
  const { log, partitions, engines, rate, fsync } = setup;
  return measured.find(
    ({ setup: other }) =>
      other.system === 'floor' &&
      other.log === log &&
      (log === 'kafka' || (other.fsync ?? true) === (fsync ?? true)) &&
      other.partitions === partitions &&
      other.engines === engines &&
      other.rate === rate,
  );
}

function baselineOf({ setup }: Measured, measured: readonly Measured[]): Measured | undefined {
  if (setup.system !== 'requite') return undefined;
  const { files, partitions, rate } = setup;
  return measured.find(
    ({ setup: other }) =>
      other.system === 'baseline' &&
      other.files === files &&
      other.partitions === partitions &&
      other.rate === rate,
  );
}

const speedOf = ({ throughput, failure }: Measured): Spread | null =>
  throughput.length === 0 || failure !== null
    ? null
    : spreadOf(throughput.map(({ billsPerSecond }) => billsPerSecond));

const ratio = (value: number | undefined, other: number | undefined): number | null =>
  value === undefined || other === undefined ? null : value / other;

const timesToCompleted = (measured: Measured | undefined): readonly Times[] =>
  measured === undefined || measured.failure !== null
    ? []
    : measured.latency.map(({ toCompleted }) => toCompleted);

function latencyOf(
  measured: Measured,
  floor: Measured | undefined,
  baseline: Measured | undefined,
): LatencySummary | null {
  const times = summaryOf(timesToCompleted(measured));
  if (times === null) return null;
  const [ofFloor, ofBaseline] = [floor, baseline].map((other) => summaryOf(timesToCompleted(other)));
  return {
    ...times,
    toFile: summaryOf(measured.latency.flatMap(({ toFile }) => (toFile === null ? [] : [toFile]))),
    p50OfFloor: ratio(times.p50.median, ofFloor?.p50.median),
    p99OfFloor: ratio(times.p99.median, ofFloor?.p99.median),
    p50OfBaseline: ratio(times.p50.median, ofBaseline?.p50.median),
  };
}

function summaryOf(times: readonly Times[]): TimesSummary | null {
  if (times.length === 0) return null;
  return {
    p50: spreadOf(times.map(({ p50 }) => p50)),
    p90: spreadOf(times.map(({ p90 }) => p90)),
    p99: spreadOf(times.map(({ p99 }) => p99)),
    p999: spreadOf(times.map(({ p999 }) => p999)),
    max: Math.max(...times.map(({ max }) => max)),
  };
}
