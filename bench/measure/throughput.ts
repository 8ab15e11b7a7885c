import { billWorkflowId, MAX_RUN_SIZE } from '../../core/mod.ts';
import { customerOf } from '../customers.ts';
import type { Deployment } from '../deploy/deployment.ts';
import { assertNoFiles, filesWritten } from './bills.ts';
import { ownProcessor, processorUsPerBill } from './processor.ts';
import { billsOf } from './sightings.ts';
import { latestOf } from './statistics.ts';

/** One repetition: so many bills at once. */
export interface Throughput {
  readonly bills: number;
  /** From the first POST to the last bill: its `completed` record, or where files are on its file, if that is later. */
  readonly ms: number;
  readonly billsPerSecond: number;
  /** `completed` records beyond one a bill; what is redelivered may be told twice. */
  readonly repeats: number;
  /** Processor time a bill, by process; null where the system doesn't tell. */
  readonly cpuUsPerBill: Readonly<Record<string, number>> | null;
  /** Processor time that the bench itself took a bill, for reading the log and the clock. */
  readonly benchCpuUsPerBill: number;
  /** Processor time that the broker took a bill; null where it is not the bench's own. */
  readonly brokerCpuUsPerBill: number | null;
}

/** Bills customers 0 and up, so many, as fast as it goes. Throws `BenchFailure` where one is lost. */
export async function measureThroughput(
  deployment: Deployment,
  bills: number,
  onProgress: (done: number) => void,
): Promise<Throughput> {
  const { completions, processes, setup } = deployment;
  const { seen } = completions;
  completions.begin(bills);
  // the first before the clock starts; what is asked for later is made while the first is worked on
  const first = bodyFrom(0, bills);
  const usedBefore = processes.map((each) => each.usage());
  const benchUsPer = ownProcessor();
  const brokerBefore = deployment.brokerUsage();
  const startWall = Date.now();
  const start = performance.now();
  const runIds: string[] = [];
  let isPosted = false;
  const posting = async (): Promise<void> => {
    for (let from = 0; from < bills; from += MAX_RUN_SIZE)
      runIds.push(await deployment.post(from === 0 ? first : bodyFrom(from, bills)));
    isPosted = true;
  };
  const isDone = (): boolean => {
    onProgress(seen.count);
    return seen.count >= bills && isPosted;
  };
  const outstanding = (): string => `${bills - seen.count} of ${bills} bills are lost`;
  await Promise.all([posting(), completions.until(isDone, outstanding)]);
  const benchCpuUsPerBill = benchUsPer(bills);

  const runOf = (customer: number): string => runIds[Math.floor(customer / MAX_RUN_SIZE)] ?? '';
  completions.assertExactly(billsOf(bills, runOf));
  let ms = seen.lastAt() - start;
  if (setup.files) {
    const idAt = (at: number): string => billWorkflowId(runOf(at), customerOf(at));
    const written = await filesWritten(deployment.billsDir, bills, idAt, () => deployment.assertAlive());
    ms = Math.max(ms, latestOf(written) - startWall);
  } else assertNoFiles(deployment.billsDir);
  for (const runId of runIds) await deployment.settled(runId);
  const brokerCpuUsPerBill = processorUsPerBill(brokerBefore, deployment.brokerUsage(), bills);
  const used = processes.map((each, at) => {
    const us = processorUsPerBill(usedBefore[at] ?? null, each.usage(), bills);
    return us === null ? null : [each.name, us];
  });
  return {
    bills,
    ms,
    billsPerSecond: (bills / ms) * 1000,
    repeats: seen.repeats,
    cpuUsPerBill: used.every((each) => each !== null) ? Object.fromEntries(used) : null,
    brokerCpuUsPerBill,
    benchCpuUsPerBill,
  };
}

/** A POST's body for the customers from this one on, as many as one takes. */
function bodyFrom(from: number, bills: number): string {
  const count = Math.min(MAX_RUN_SIZE, bills - from);
  return JSON.stringify({
    customerIdentifiers: Array.from({ length: count }, (_, at) => customerOf(from + at)),
  });
}
