import { BenchFailure } from '../measure/failure.ts';
import { type Spread, spreadOf } from '../measure/statistics.ts';
import type { HeldJob } from './jobs.ts';
import type { TakeoverSetup } from './setups.ts';

/** When what happened, on the clock of `performance.now()`. */
export interface Marks {
  readonly killedAt: number;
  readonly rebalancedAt: number;
}

/** The times of one take-over, in milliseconds. */
interface TakeoverTimes {
  /** From the kill until the group said that the survivor owns all partitions. */
  readonly rebalanceMs: number;
  /** From there until the first job of a taken partition was reported completed. */
  readonly firstMs: number;
  /** From there until one of each taken partition was. */
  readonly readyMs: number;
  /** From there until all were. */
  readonly doneMs: number;
}

/** One take-over. */
export interface Takeover extends TakeoverTimes {
  /** How long it takes to read the taken partitions' jobs and keep nothing; null where jobs are not in Kafka. */
  readonly floorMs: number | null;
  /** `completed` reports beyond one a job: what was redelivered may be told twice. */
  readonly repeats: number;
  /** The most memory that the survivor ever had; null where the system doesn't tell. */
  readonly peakRssBytes: number | null;
}

/** Everything that was measured of one setup, and what its repetitions came to. */
export interface TakeoverRow {
  readonly setup: TakeoverSetup;
  readonly repetitions: readonly Takeover[];
  readonly rebalanceMs: Spread | null;
  readonly firstMs: Spread | null;
  readonly readyMs: Spread | null;
  readonly doneMs: Spread | null;
  readonly floorMs: Spread | null;
  /** Why it was given up; null where all went well. There are no figures then. */
  readonly failure: string | null;
}

/** The times, from when each job was seen completed. Throws `BenchFailure` where one never was, or too early to be true. */
export function timesOfTakeover(
  jobs: readonly HeldJob[],
  seenAt: (job: HeldJob) => number,
  { killedAt, rebalancedAt }: Marks,
): TakeoverTimes {
  const firstOf = new Map<number, number>();
  let last = 0;
  for (const job of jobs) {
    const at = seenAt(job);
    if (Number.isNaN(at)) throw new BenchFailure(`the job of customer ${job.customer} never went on`);
    firstOf.set(job.partition, Math.min(at, firstOf.get(job.partition) ?? at));
    last = Math.max(last, at);
  }
  const firsts = [...firstOf.values()];
  const since = (at: number): number => at - rebalancedAt;
  const firstMs = since(Math.min(...firsts));
  if (firstMs < 0)
    throw new BenchFailure('a job went on before its partition was taken over: it was no take-over');
  return {
    rebalanceMs: rebalancedAt - killedAt,
    firstMs,
    readyMs: since(Math.max(...firsts)),
    doneMs: since(last),
  };
}

/** Sums the repetitions up; of what failed there are no figures. */
export function takeoverRow(
  setup: TakeoverSetup,
  repetitions: readonly Takeover[],
  failure: string | null,
): TakeoverRow {
  const spread = (of: (each: Takeover) => number | null): Spread | null => {
    const values = repetitions.map(of).filter((each) => each !== null);
    return failure !== null || values.length === 0 ? null : spreadOf(values);
  };
  return {
    setup,
    repetitions,
    rebalanceMs: spread((each) => each.rebalanceMs),
    firstMs: spread((each) => each.firstMs),
    readyMs: spread((each) => each.readyMs),
    doneMs: spread((each) => each.doneMs),
    floorMs: spread((each) => each.floorMs),
    failure,
  };
}
