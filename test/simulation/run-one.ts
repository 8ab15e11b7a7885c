import type { SimulationOptions, SimulationResult } from '../../core/simulation/options.ts';
import { simulate } from '../../core/simulation/simulate.ts';
import { plants } from '../core/simulation/plants.ts';
import { OptionsError } from '../support/flags.ts';
import type { RunOptions } from './options.ts';

/** What a command line says as the simulator takes it. Throws `OptionsError` for a plant that there isn't. */
export function simulationOf(seed: number, { plant: name, ...rest }: RunOptions): SimulationOptions {
  if (name === undefined) return { seed, ...rest };
  const plant = plants.find((each) => each.name === name);
  if (plant === undefined)
    throw new OptionsError(
      `--plant "${name}" can't be used: give one of ${plants.map((each) => each.name).join(', ')}`,
    );
  return { seed, ...rest, plant };
}

/** The other way round: what a command line has to say for this run. */
export function runOf({
  seed: _seed,
  scenario: _scenario,
  plant,
  tell: _tell,
  ...rest
}: SimulationOptions): RunOptions {
  return plant === undefined ? rest : { ...rest, plant: plant.name };
}

/** Simulates. Where the simulator itself fails, that is what is found: a long run is not lost for it. */
export async function simulated(options: SimulationOptions): Promise<SimulationResult> {
  try {
    return await simulate(options);
  } catch (error) {
    const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const violation = {
      invariant: 'progress',
      message: `the simulation itself failed: ${said}`,
      step: 0,
    } as const;
    return { seed: options.seed, steps: 0, injections: [], violation, story: [], coverage: {} };
  }
}
