import { decideBatch } from '../../../core/mod.ts';
import { billingScenario as scenario } from '../../../core/simulation/billing-scenario.ts';
import type { Plant, SimulationOptions, Violation } from '../../../core/simulation/options.ts';
import { simulate } from '../../../core/simulation/simulate.ts';
import type { AnyKeyedFold, Emitted, States } from '../../../core/view/keyed-fold.ts';
import type { Job } from '../../../core/workflow/job.ts';
import { assert, test } from '../../harness.ts';

const SEEDS = 24;

test('through crashes, zombies, cancels and an engine that knows the first version alone, numbers are 1 to n', async () => {
  let numbers = 0;
  for (let seed = 0; seed < SEEDS; seed++) {
    const { violation, story } = await simulate({ seed, scenario, tell: true });
    assert.deepEqual([seed, violation], [seed, null]);
    const told = story.flatMap((line) => /"number":"(IE0000000A-\d{4}-\d{6})"/.exec(line)?.[1] ?? []);
    numbers += new Set(told).size;
  }
  assert.ok(numbers > SEEDS, `there is something to be numbered: ${numbers}`);
});

/** The same fold, but for what it makes of a bill that wants a number. */
const numbering =
  (fold: (real: AnyKeyedFold, message: unknown, states: States<unknown>) => readonly Emitted[]) =>
  (real: AnyKeyedFold): AnyKeyedFold =>
    real.name === 'bill-numbers' ? { ...real, fold: (message, states) => fold(real, message, states) } : real;

const emitted = (result: ReturnType<AnyKeyedFold['fold']>): readonly Emitted[] =>
  'refused' in result ? [] : result;

const origin = { topic: '', partition: 0, offset: 0, timestampMs: 0, headers: {} };

/** The job as if it had asked nothing that can't be taken back. */
const revocable = (job: Job): Job => ({
  ...job,
  steps: job.steps.map(({ irrevocable: _, ...step }) => step),
});

const PLANTS: readonly Plant[] = [
  {
    name: 'forgets whom it gave a number',
    fold: numbering((real, message, states) => {
      const forgetful: States<unknown> = {
        get: (key) => (key.startsWith('bill/') ? undefined : states.get(key)),
        set: (key, state) => states.set(key, state),
      };
      return emitted(real.fold(message, forgetful, origin));
    }),
  },
  {
    name: 'counts in memory',
    fold: (real) => {
      let count = 0;
      return numbering((fold, message, states) => {
        const counting: States<unknown> = {
          get: (key) => (key.startsWith('series/') ? { count } : states.get(key)),
          set: (key, state) => {
            if (key.startsWith('series/')) ({ count } = state as { count: number });
            states.set(key, state);
          },
        };
        return emitted(fold.fold(message, counting, origin));
      })(real);
    },
  },
  {
    name: 'cancels what is being numbered',
    decisions: {
      decideBatch: (taken, stored, context) => {
        const jobs = new Map([...stored.jobs].map(([id, job]) => [id, revocable(job)]));
        return decideBatch(taken, { ...stored, jobs }, context);
      },
    },
  },
];

async function caught(options: Omit<SimulationOptions, 'seed'>, within: number): Promise<Violation | null> {
  for (let seed = 0; seed < within; seed++) {
    const { violation } = await simulate({ seed, scenario, ...options });
    if (violation !== null) return violation;
  }
  return null;
}

for (const plant of PLANTS) {
  test(`a numbering that ${plant.name} is caught`, async () => {
    const violation = await caught({ plant, faults: { command: 5 } }, 400);
    assert.ok(violation !== null, 'it is not caught');
  });
}
