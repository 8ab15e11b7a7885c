// bun bench orders: the orders ecosystem, beside its floors of the same run.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { choreographyTopicSpecs, orderTopicSpecs, type Transport, topicSpecs } from '../../core/mod.ts';
import { type Cluster, openCluster } from '../deploy/kafka.ts';
import { spreadOf } from '../measure/statistics.ts';
import type { Log } from '../options.ts';
import { commit, machine } from '../report/machine.ts';
import { outFile, writeJson } from '../report/out-file.ts';
import { Progress } from '../report/progress.ts';
import { OrdersDeployment } from './deployment.ts';
import { recordsFloor } from './floor.ts';
import { ordersPerSecond, waitingReads } from './flow.ts';
import { measureLookups } from './lookups.ts';
import { type OrdersOptions, ordersUsage, readOrdersOptions } from './options.ts';
import { measureRebuild, type Rebuild } from './rebuild.ts';
import { printedOrders } from './report.ts';
import type { FlowResult, OrdersResults } from './results.ts';

const WARM_UP_ORDERS = 300;
/** The event bus, as it is called where nobody says otherwise: a validated order enters the choreography. */
const BUS = 'events';

/** Runs the bench; returns the exit code. Throws `OptionsError` for arguments that can't be used. */
export async function benchOrders(args: readonly string[]): Promise<number> {
  const options = readOrdersOptions(args);
  if (options === null) {
    process.stdout.write(ordersUsage);
    return 0;
  }
  const startedAt = new Date().toISOString();
  const file = outFile(options.out, startedAt, 'orders');
  const directory = mkdtempSync(join(tmpdir(), 'requite-bench-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  const cluster = options.logs.includes('kafka') ? await openCluster(options.wipe) : null;
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    process.once(signal, () => void Promise.resolve(cluster?.close()).finally(() => process.exit(code)));
  try {
    const about = { startedAt, machine: machine(directory), commit: commit(), options };
    const found = await measureAll(options, directory, cluster);
    const results: OrdersResults = { ...about, broker: cluster?.description ?? null, ...found };
    writeJson(file, results);
    process.stdout.write(`${printedOrders(results)}\n\nEverything is in ${file}\n`);
    return 0;
  } finally {
    await cluster?.close();
  }
}

async function measureAll(
  options: OrdersOptions,
  directory: string,
  cluster: Cluster | null,
): Promise<Pick<OrdersResults, 'flows' | 'rebuilds'>> {
  const steps = options.logs.length * (options.instances.length + (options.rebuild > 0 ? 1 : 0));
  const progress = new Progress(process.stderr, steps, 'orders');
  const flows: FlowResult[] = [];
  const rebuilds: (Rebuild & { readonly log: Log })[] = [];
  let count = 0;
  /** Empty ground: a directory, and no topics of ours on the cluster. */
  const ground = async (log: Log) => {
    if (log === 'kafka') await cluster?.clear();
    const kafkaEnv = log === 'kafka' ? (cluster?.env ?? {}) : {};
    return { directory: join(directory, String(++count)), kafkaEnv, partitions: options.partitions };
  };
  for (const log of options.logs) {
    for (const instances of options.instances) {
      progress.begin(`${log}, ${instances} instance${instances === 1 ? '' : 's'}`);
      const deployment = await OrdersDeployment.open({ ...(await ground(log)), instances });
      try {
        await deployment.start();
        flows.push(await measureFlow(deployment, log, instances, options, progress));
      } finally {
        await deployment.stop();
      }
      progress.end();
    }
    if (options.rebuild === 0) continue;
    progress.begin(`${log}, rebuild of a view of ${options.rebuild} orders`);
    const tick = (part: number): void => progress.tick(part, options.rebuild);
    rebuilds.push({ log, ...(await measureRebuild(await ground(log), options.rebuild, tick)) });
    progress.end();
  }
  progress.clear();
  return { flows, rebuilds };
}

async function measureFlow(
  deployment: OrdersDeployment,
  log: Log,
  instances: number,
  options: OrdersOptions,
  progress: Progress,
): Promise<FlowResult> {
  const { orders, repeat, rate, seconds, partitions, lookups } = options;
  const { transport } = deployment.backing;
  const tick = (part: number): void => progress.tick(part, orders);
  await ordersPerSecond(deployment, Math.min(orders, WARM_UP_ORDERS), () => {});
  const before = await recordsOn(transport);
  const flow: number[] = [];
  for (let at = 0; at < repeat; at++) flow.push(await ordersPerSecond(deployment, orders, tick));
  const recordsAnOrder = ((await recordsOn(transport)) - before) / (orders * repeat);
  const reads: Awaited<ReturnType<typeof waitingReads>>[] = [];
  for (let seed = 1; seed <= repeat; seed++)
    reads.push(await waitingReads(deployment, { rate, seconds, seed }));
  const looked = instances < 2 ? null : await measureLookups(deployment, lookups);
  // the floor has the machine to itself, as the services had it
  await deployment.stopInstances();
  const floor: number[] = [];
  for (let at = 0; at < repeat; at++)
    floor.push(await recordsFloor(transport, { orders, recordsAnOrder, partitions }));
  return {
    log,
    instances,
    ordersPerSecond: spreadOf(flow),
    recordsAnOrder,
    floor: spreadOf(floor),
    post: reads.map((each) => each.post),
    get: reads.map((each) => each.get),
    lookups: looked,
  };
}

async function recordsOn(transport: Transport): Promise<number> {
  const specs = [...topicSpecs(1), ...orderTopicSpecs(1), ...choreographyTopicSpecs(1, BUS)];
  const names = specs.map(({ name }) => name);
  const ends = await Promise.all(names.map((name) => transport.endOffsets(name)));
  return ends.flat().reduce((sum, end) => sum + end, 0);
}
