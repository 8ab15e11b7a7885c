import { describeFloor, floorsFor, standingOf } from './alone/floor.ts';
import { type FloorRow, measureFloor } from './alone/measure.ts';
import type { Surroundings } from './deploy/surroundings.ts';
import type { BenchOptions } from './options.ts';
import { Progress, type Screen } from './report/progress.ts';
import type { Measured } from './report/results.ts';
import { type Hold, measure, stepsOf } from './run.ts';
import type { Setup } from './setup.ts';

/** So often what a broker does for the first time is run uncounted: a cold JVM would make what is measured first look slow. */
const BROKER_WARM_UP_REPETITIONS = 2;
/** More would warm it no more. */
const BROKER_WARM_UP_BILLS = 100_000;

export interface All {
  readonly measured: readonly Measured[];
  readonly floors: readonly FloorRow[];
}

/** Measures every setup, and then each part alone. Null where it was stopped. */
export async function measureAll(
  surroundings: Surroundings,
  options: BenchOptions,
  hold: Hold,
  screen: Screen,
): Promise<All | null> {
  const { setups } = surroundings;
  const parts = floorsFor(setups, options);
  const onCold = new Set([
    setups.find(({ log }) => log === 'kafka'),
    // transactions are code of their own in a broker
    setups.find(({ store }) => store === 'kafka'),
  ]);
  const warmUp = {
    ...options,
    repeat: BROKER_WARM_UP_REPETITIONS,
    bills: Math.min(options.bills, BROKER_WARM_UP_BILLS),
  };
  const stepsFor = (setup: Setup): number =>
    stepsOf(setup, options) + (onCold.has(setup) ? stepsOf(setup, warmUp) : 0);
  const steps = setups.reduce((sum, setup) => sum + stepsFor(setup), parts.length);
  const progress = new Progress(screen, steps);
  const measured: Measured[] = [];
  for (const setup of setups) {
    if (onCold.has(setup)) {
      progress.preface = 'warming the broker up, ';
      await measure(setup, surroundings, warmUp, progress, hold); // what fails here fails below again, and is told there
      progress.preface = '';
    }
    if (hold.isStopping) return null;
    measured.push(await measure(setup, surroundings, options, progress, hold));
    if (hold.isStopping) return null;
  }
  const floors: FloorRow[] = [];
  for (const part of parts) {
    progress.begin(`alone: ${describeFloor(part)}`);
    floors.push(await measureFloor(part, () => surroundings.ground(standingOf(part)), options));
    progress.end();
    if (hold.isStopping) return null;
  }
  progress.clear();
  return { measured, floors };
}
