import type { Latency } from '../measure/latency.ts';
import type { Spread } from '../measure/statistics.ts';
import { spreadOf } from '../measure/statistics.ts';
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
  /** Median to median, of the floor on the same log; null where there is none, and for the floor itself. */
  readonly ofFloor: number | null;
  /** Median to median, of the baseline with the same files. */
  readonly ofBaseline: number | null;
  readonly latencyMs: LatencySummary | null;
}

/** Over the repetitions: the median of p50 and of p99, each with its spread, and the worst of all. */
interface LatencySummary {
  readonly p50: Spread;
  readonly p90: Spread;
  readonly p99: Spread;
  readonly max: number;
  readonly fileP50: Spread | null;
  readonly fileP99: Spread | null;
  /** Median p50 to median p50. */
  readonly p50OfFloor: number | null;
  readonly p50OfBaseline: number | null;
}

/** The JSON of a bench. */
export interface Results {
  readonly format: 1;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly commit: Commit | null;
  readonly machine: Machine;
  readonly options: BenchOptions;
  /** The cluster and the database, in words; null where none was used. */
  readonly broker: string | null;
  readonly postgres: string | null;
  readonly rows: readonly Row[];
  /** What was left out, and why. */
  readonly leftOut: readonly string[];
  readonly notMeasured: string;
}

/** Sums up what was measured without a failure, and holds it against floor and baseline of the same bench. */
export function rowsOf(measured: readonly Measured[]): readonly Row[] {
  const speeds = new Map(measured.map((each) => [each, speedOf(each)]));
  const times = new Map(
    measured.map((each) => [
      each,
      each.failure === null ? each.latency.map(({ toCompleted }) => toCompleted.p50) : [],
    ]),
  );
  return measured.map((each) => {
    const { system, log, files } = each.setup;
    const floor =
      system === 'floor'
        ? undefined
        : measured.find(({ setup }) => setup.system === 'floor' && setup.log === log);
    const baseline =
      system !== 'requite'
        ? undefined
        : measured.find(({ setup }) => setup.system === 'baseline' && setup.files === files);
    const speed = speeds.get(each) ?? null;
    const speedRatio = (other: Measured | undefined): number | null =>
      ratio(speed?.median, other && speeds.get(other)?.median);
    const timeRatio = (other: Measured | undefined): number | null =>
      ratio(medianOf(times.get(each)), medianOf(other && times.get(other)));
    return {
      ...each,
      billsPerSecond: speed,
      ofFloor: speedRatio(floor),
      ofBaseline: speedRatio(baseline),
      latencyMs: latencyOf(each.failure === null ? each.latency : [], timeRatio(floor), timeRatio(baseline)),
    };
  });
}

const speedOf = ({ throughput, failure }: Measured): Spread | null =>
  throughput.length === 0 || failure !== null
    ? null
    : spreadOf(throughput.map(({ billsPerSecond }) => billsPerSecond));

const medianOf = (values: readonly number[] | undefined): number | undefined =>
  values === undefined || values.length === 0 ? undefined : spreadOf(values).median;

const ratio = (value: number | undefined, other: number | undefined): number | null =>
  value === undefined || other === undefined ? null : value / other;

function latencyOf(
  latency: readonly Latency[],
  p50OfFloor: number | null,
  p50OfBaseline: number | null,
): LatencySummary | null {
  if (latency.length === 0) return null;
  const completed = latency.map(({ toCompleted }) => toCompleted);
  const files = latency.flatMap(({ toFile }) => (toFile === null ? [] : [toFile]));
  return {
    p50: spreadOf(completed.map(({ p50 }) => p50)),
    p90: spreadOf(completed.map(({ p90 }) => p90)),
    p99: spreadOf(completed.map(({ p99 }) => p99)),
    max: Math.max(...completed.map(({ max }) => max)),
    fileP50: files.length === 0 ? null : spreadOf(files.map(({ p50 }) => p50)),
    fileP99: files.length === 0 ? null : spreadOf(files.map(({ p99 }) => p99)),
    p50OfFloor,
    p50OfBaseline,
  };
}
