import type { OutgoingRecord, Transport } from '../../core/mod.ts';
import { jobsTopicOf } from '../../services/platform/store/kafka/jobs-topic.ts';
import type { Ground } from '../deploy/deployment.ts';
import { Completions } from '../measure/completions.ts';
import { BenchFailure } from '../measure/failure.ts';
import { readingMs } from '../measure/reading.ts';
import { Engines } from './engines.ts';
import { answerOf, type HeldJob, jobsIn, workflowOf } from './jobs.ts';
import type { TakeoverOptions } from './options.ts';
import { rebalanced } from './owners.ts';
import type { TakeoverSetup } from './setups.ts';
import { type Marks, type Takeover, timesOfTakeover } from './times.ts';

const PUBLISHED_AT_ONCE = 5_000;
/** The engines have had nothing to do for so long when one is killed: offsets are committed, copies have caught up. */
const QUIET_MS = 2_000;

/** What the bench does just now, for people, and how many of the jobs it has come to. */
export type OnStep = (what: string, done: number) => void;

/** One take-over on an empty ground. Throws `BenchFailure` where a job is lost, doubled or fails, or an engine dies. */
export async function takeOver(
  setup: TakeoverSetup,
  ground: Ground,
  options: TakeoverOptions,
  hold: { engines: Engines | null },
  onStep: OnStep,
): Promise<Takeover> {
  const engines = await Engines.start(setup, ground, options);
  hold.engines = engines;
  try {
    return await once(engines, setup, options, onStep);
  } finally {
    hold.engines = null;
    await engines.stop();
  }
}

async function once(
  engines: Engines,
  { store, answers }: TakeoverSetup,
  { jobs: count, partitions }: TakeoverOptions,
  onStep: OnStep,
): Promise<Takeover> {
  const { doomed, survivor, doomedPartitions, owners } = engines;
  const { transport } = engines.backing;
  const assertAlive = (): void => engines.assertAlive();
  const jobs = jobsIn(doomedPartitions, partitions, count);
  const completions = await Completions.open(transport, assertAlive, { waiting: true });
  const { seen, waiting } = completions;
  completions.begin((jobs.at(-1)?.customer ?? 0) + 1);
  const waitFor = (what: string, isThere: () => number, wanted: number): Promise<void> =>
    completions.until(
      () => {
        onStep(what, isThere());
        return isThere() >= wanted;
      },
      () => `${what}: ${isThere()} of ${wanted}`,
    );
  await Promise.all([
    publish(transport, jobs, workflowOf),
    waitFor('jobs that wait', () => waiting?.count ?? 0, count),
  ]);
  await Bun.sleep(QUIET_MS);
  const floorMs =
    store === 'kafka' ? await readingMs(transport, jobsTopicOf('engine'), doomedPartitions) : null;

  const [first, rest] = answers === 'all' ? [jobs, []] : firstOfEach(jobs);
  // it does nothing more from here on, and so the answers lie there when it dies
  doomed.freeze();
  await publish(transport, first, answerOf);
  if (seen.count > 0) throw new BenchFailure('a job went on before the engine was killed: give fewer --jobs');
  await doomed.kill();
  const killedAt = performance.now();
  const [rebalancedAt] = await Promise.all([
    rebalanced(owners, partitions, assertAlive),
    waitFor('jobs resumed', () => seen.count, first.length),
  ]);
  if (rebalancedAt < killedAt - LOOK_MS)
    throw new BenchFailure('the group had rebalanced before the engine was killed: give fewer --jobs');
  await Promise.all([publish(transport, rest, answerOf), waitFor('jobs done', () => seen.count, count)]);
  completions.assertExactly(jobs);
  await completions.close();
  const marks: Marks = { killedAt, rebalancedAt };
  const times = timesOfTakeover(jobs, (job) => seen.seenAt(job), marks);
  return { ...times, floorMs, repeats: seen.repeats, peakRssBytes: survivor.usage()?.peakRssBytes ?? null };
}

/** Two looks at who owns what lie about so far from each other. */
const LOOK_MS = 100;

async function publish(
  transport: Transport,
  jobs: readonly HeldJob[],
  recordOf: (job: HeldJob) => OutgoingRecord,
): Promise<void> {
  for (let from = 0; from < jobs.length; from += PUBLISHED_AT_ONCE)
    await transport.publish(jobs.slice(from, from + PUBLISHED_AT_ONCE).map(recordOf));
}

/** The first job of each partition, and all others. */
function firstOfEach(jobs: readonly HeldJob[]): readonly [readonly HeldJob[], readonly HeldJob[]] {
  const first = new Map<number, HeldJob>();
  for (const job of jobs) if (!first.has(job.partition)) first.set(job.partition, job);
  return [[...first.values()], jobs.filter((job) => first.get(job.partition) !== job)];
}
