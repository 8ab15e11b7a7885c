import { billWorkflowId } from '../../core/mod.ts';
import type { Deployment } from '../deploy/deployment.ts';
import { arrivalTimes } from './arrivals.ts';
import { filesWritten } from './bills.ts';
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

interface Sent {
  readonly customer: string;
  /** `performance.now()` at which it was to be sent. */
  readonly intendedAt: number;
  readonly runId: string;
}

/** Offers bills at a rate, whatever becomes of them (open loop). Throws `BenchFailure` where one is lost. */
export async function measureLatency(
  deployment: Deployment,
  customers: readonly string[],
  { rate, seconds, seed }: LatencyOptions,
  onProgress: (done: number) => void,
): Promise<Latency> {
  const { completions, setup } = deployment;
  const times = arrivalTimes(Math.round(rate * seconds), rate, seed);
  completions.begin();
  const start = performance.now();
  const startWall = Date.now();
  let sentLateMs = 0;
  let failure: { readonly error: unknown } | null = null;
  const sent: Sent[] = [];
  const sendOne = async (customer: string, intendedAt: number): Promise<void> => {
    try {
      sent.push({
        customer,
        intendedAt,
        runId: await deployment.post(JSON.stringify({ customerIdentifiers: [customer] })),
      });
    } catch (error) {
      failure ??= { error }; // thrown by whoever waits for the completions
    }
  };
  const sending = async (): Promise<void> => {
    const replies: Promise<void>[] = [];
    for (const [at, time] of times.entries()) {
      const intendedAt = start + time;
      await Bun.sleep(Math.max(0, intendedAt - performance.now()));
      if (failure !== null) return;
      sentLateMs = Math.max(sentLateMs, performance.now() - intendedAt);
      replies.push(sendOne(customers[at] ?? '', intendedAt));
    }
    await Promise.all(replies);
  };
  const isDone = (): boolean => {
    if (failure !== null) throw failure.error;
    onProgress(completions.seenAt.size);
    return completions.seenAt.size >= times.length && sent.length === times.length;
  };
  const outstanding = (): string =>
    `${times.length - completions.seenAt.size} of ${times.length} bills are lost`;
  await Promise.all([sending(), completions.until(isDone, outstanding)]);

  const idOf = ({ runId, customer }: Sent): string => billWorkflowId(runId, customer);
  completions.assertExactly(sent.map(idOf));
  const toCompleted = sent.map(
    (each) => (completions.seenAt.get(idOf(each)) ?? Number.NaN) - each.intendedAt,
  );
  const written = setup.files
    ? await filesWritten(deployment.billsDir, sent.map(idOf), () => deployment.assertAlive())
    : null;
  const last = sent.at(-1);
  if (last !== undefined) await deployment.settled(last.runId);
  const wallOf = (each: Sent): number => startWall + (each.intendedAt - start);
  return {
    bills: times.length,
    offered: (times.length / (times.at(-1) || 1000)) * 1000,
    toCompleted: timesOf(toCompleted),
    toFile:
      written === null
        ? null
        : timesOf(sent.map((each) => (written.get(idOf(each)) ?? Number.NaN) - wallOf(each))),
    sentLateMs,
  };
}
