import { billWorkflowId, MAX_RUN_SIZE } from '../../core/mod.ts';
import type { Deployment } from '../deploy/deployment.ts';
import { assertNoFiles, filesWritten } from './bills.ts';

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

/** Bills all customers as fast as it goes. Throws `BenchFailure` where one is lost. */
export async function measureThroughput(
  deployment: Deployment,
  customers: readonly string[],
  onProgress: (done: number) => void,
): Promise<Throughput> {
  const { completions, processes, setup } = deployment;
  const bills = customers.length;
  const slices = Array.from({ length: Math.ceil(bills / MAX_RUN_SIZE) }, (_, at) =>
    customers.slice(at * MAX_RUN_SIZE, (at + 1) * MAX_RUN_SIZE),
  );
  const bodies = slices.map((customerIdentifiers) => JSON.stringify({ customerIdentifiers }));
  completions.begin();
  const usedBefore = processes.map((each) => each.usage());
  const benchBefore = process.cpuUsage();
  const brokerBefore = deployment.brokerUsage();
  const startWall = Date.now();
  const start = performance.now();
  const runIds: string[] = [];
  const posting = async (): Promise<void> => {
    for (const body of bodies) runIds.push(await deployment.post(body));
  };
  const isDone = (): boolean => {
    onProgress(completions.seenAt.size);
    return completions.seenAt.size >= bills && runIds.length === bodies.length;
  };
  const outstanding = (): string => `${bills - completions.seenAt.size} of ${bills} bills are lost`;
  await Promise.all([posting(), completions.until(isDone, outstanding)]);
  const benchUsed = process.cpuUsage(benchBefore);

  const workflowIds = runIds.flatMap((runId, at) =>
    (slices[at] ?? []).map((id) => billWorkflowId(runId, id)),
  );
  completions.assertExactly(workflowIds);
  let ms = latest(completions.seenAt.values()) - start;
  if (setup.files) {
    const written = await filesWritten(deployment.billsDir, workflowIds, () => deployment.assertAlive());
    ms = Math.max(ms, latest(written.values()) - startWall);
  } else assertNoFiles(deployment.billsDir);
  for (const runId of runIds) await deployment.settled(runId);
  const brokerUsed = deployment.brokerUsage();
  const used = processes.map((each, at) => {
    const [before, after] = [usedBefore[at], each.usage()];
    return before && after ? [each.name, ((after.cpuMs - before.cpuMs) * 1000) / bills] : null;
  });
  return {
    bills,
    ms,
    billsPerSecond: (bills / ms) * 1000,
    repeats: completions.repeats,
    cpuUsPerBill: used.every((each) => each !== null) ? Object.fromEntries(used) : null,
    brokerCpuUsPerBill:
      brokerBefore && brokerUsed ? ((brokerUsed.cpuMs - brokerBefore.cpuMs) * 1000) / bills : null,
    benchCpuUsPerBill: (benchUsed.user + benchUsed.system) / bills,
  };
}

/** The largest, without spreading 100,000 arguments. */
function latest(times: Iterable<number>): number {
  let last = 0;
  for (const time of times) if (time > last) last = time;
  return last;
}
