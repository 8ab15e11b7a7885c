import { billWorkflowId } from '../../core/mod.ts';
import { customerOf } from '../customers.ts';
import type { Deployment } from '../deploy/deployment.ts';
import { arrivalTimes } from './arrivals.ts';
import { filesWritten } from './bills.ts';
import { billsOf } from './sightings.ts';
import { type Times, timesOf } from './statistics.ts';

/** One repetition: bills one by one, at the times when they were to be sent. */
export interface Latency {
  readonly bills: number;
  /** Bills offered each second, as the drawn times of arrival came to. */
  readonly offered: number;
  /** From when each was to be sent until a reader of the log saw it completed. */
  readonly toCompleted: Times;
  /** Until its file was there; null where files are off. */
  readonly toFile: Times | null;
  /** How late the bench itself sent at worst; it counts as part of the times. */
  readonly sentLateMs: number;
}

export interface LatencyOptions {
  readonly rate: number;
  readonly seconds: number;
  readonly seed: number;
}

/** Offers bills at a rate, whatever becomes of them (open loop). Throws `BenchFailure` where one is lost. */
export async function measureLatency(
  deployment: Deployment,
  { rate, seconds, seed }: LatencyOptions,
  onProgress: (done: number) => void,
): Promise<Latency> {
  const { completions, setup } = deployment;
  const { seen } = completions;
  const times = arrivalTimes(Math.round(rate * seconds), rate, seed);
  const bills = times.length;
  completions.begin(bills);
  const start = performance.now();
  const startWall = Date.now();
  let sentLateMs = 0;
  let replied = 0;
  let failure: { readonly error: unknown } | null = null;
  const runIds: string[] = new Array(bills).fill('');
  const sendOne = async (customer: number): Promise<void> => {
    try {
      runIds[customer] = await deployment.post(
        JSON.stringify({ customerIdentifiers: [customerOf(customer)] }),
      );
      replied++;
    } catch (error) {
      failure ??= { error }; // thrown by whoever waits for the completions
    }
  };
  const sending = async (): Promise<void> => {
    for (const [at, time] of times.entries()) {
      const intendedAt = start + time;
      await Bun.sleep(Math.max(0, intendedAt - performance.now()));
      if (failure !== null) return;
      sentLateMs = Math.max(sentLateMs, performance.now() - intendedAt);
      void sendOne(at); // never rejects; that each was answered is waited for below
    }
  };
  const isDone = (): boolean => {
    if (failure !== null) throw failure.error;
    onProgress(seen.count);
    return seen.count >= bills && replied === bills;
  };
  const outstanding = (): string => `${bills - seen.count} of ${bills} bills are lost`;
  await Promise.all([sending(), completions.until(isDone, outstanding)]);

  const runOf = (customer: number): string => runIds[customer] ?? '';
  completions.assertExactly(billsOf(bills, runOf));
  const idAt = (at: number): string => billWorkflowId(runOf(at), customerOf(at));
  const written = setup.files
    ? await filesWritten(deployment.billsDir, bills, idAt, () => deployment.assertAlive())
    : null;
  const last = runIds.at(-1);
  if (last !== undefined) await deployment.settled(last);
  const toCompleted = times.map(
    (time, customer) => seen.seenAt({ runId: runOf(customer), customer }) - (start + time),
  );
  return {
    bills,
    offered: (bills / (times.at(-1) || 1000)) * 1000,
    toCompleted: timesOf(toCompleted),
    toFile:
      written === null
        ? null
        : timesOf(times.map((time, at) => (written[at] ?? Number.NaN) - (startWall + time))),
    sentLateMs,
  };
}
