import { castOf } from './deploy/cast.ts';
import { Deployment } from './deploy/deployment.ts';
import type { Surroundings } from './deploy/surroundings.ts';
import { failureText } from './measure/failure.ts';
import { type Latency, measureLatency } from './measure/latency.ts';
import { measureThroughput, type Throughput } from './measure/throughput.ts';
import type { BenchOptions } from './options.ts';
import type { Progress } from './report/progress.ts';
import type { Measured } from './report/results.ts';
import { describe, type Setup, variedOf } from './setup.ts';

/** The first bills of a deployment are not counted: groups join, code is compiled, caches fill. */
const WARM_UP_BILLS = 2_000;
/** And so long bills are then offered one by one, where latency counts: it takes other code than many at once do. */
const WARM_UP_SECONDS = 10;

/** Starting and warming up, and the repetitions. */
export function stepsOf({ rate }: Setup, { repeat }: BenchOptions): number {
  return 1 + repeat * (rate === 0 ? 1 : 2);
}

/** What a run of the bench holds open, so that whoever stops it can end it. */
export interface Hold {
  deployment: Deployment | null;
  isStopping: boolean;
}

/** Deploys one setup, measures it, and ends it. What fails is told in the result; the others can still be measured. */
export async function measure(
  setup: Setup,
  surroundings: Surroundings,
  options: BenchOptions,
  progress: Progress,
  hold: Hold,
): Promise<Measured> {
  const { rate } = setup;
  const { bills, seconds } = options;
  const throughput: Throughput[] = [];
  const latency: Latency[] = [];
  let peakRssBytes: Measured['peakRssBytes'] = null;
  let failure: string | null = null;
  let stepsLeft = stepsOf(setup, options);
  const what = describe(setup, variedOf(options));
  const step = async <T>(
    part: string,
    whole: number,
    work: (tick: (done: number) => void) => Promise<T>,
  ): Promise<T> => {
    progress.begin(`${what}: ${part}`);
    const result = await work((done) => progress.tick(done, whole));
    progress.end();
    stepsLeft--;
    return result;
  };
  try {
    const warmUpBills = Math.min(bills, WARM_UP_BILLS);
    const deployment = await step('starting, warming up', warmUpBills, async (tick) => {
      const started = await Deployment.start(
        setup,
        castOf(setup, options),
        await surroundings.ground(setup),
        options,
      );
      hold.deployment = started;
      await measureThroughput(started, warmUpBills, tick);
      const warmUpSeconds = Math.min(seconds, WARM_UP_SECONDS);
      if (rate > 0)
        await measureLatency(started, { rate, seconds: warmUpSeconds, seed: options.seed }, () => {});
      return started;
    });
    for (let i = 1; i <= options.repeat; i++) {
      throughput.push(
        await step(`throughput ${i}`, bills, (tick) => measureThroughput(deployment, bills, tick)),
      );
      if (rate === 0) continue;
      const seed = options.seed + i; // other times of arrival in each repetition
      latency.push(
        await step(`latency ${i}`, rate * seconds, (tick) =>
          measureLatency(deployment, { rate, seconds, seed }, tick),
        ),
      );
    }
    peakRssBytes = peaksOf(deployment);
  } catch (error) {
    // a bill lost, or a process dead, is a result of the bench; anything else is a defect of its own
    failure = failureText(error);
    progress.end(stepsLeft);
  } finally {
    await hold.deployment?.stop();
    hold.deployment = null;
  }
  return { setup, throughput, latency, peakRssBytes, failure };
}

function peaksOf({ processes }: Deployment): Measured['peakRssBytes'] {
  const peaks = processes.map((each) => [each.name, each.usage()?.peakRssBytes] as const);
  if (peaks.some(([, bytes]) => bytes === undefined)) return null;
  return Object.fromEntries(peaks.map(([name, bytes]) => [name, bytes ?? 0]));
}
