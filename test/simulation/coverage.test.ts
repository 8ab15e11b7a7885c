import { expect, test } from 'bun:test';
import { faultPoints } from '../../core/simulation/faults.ts';
import type { Backing } from '../../core/simulation/options.ts';
import { simulate } from '../../core/simulation/simulate.ts';

const WITHIN = 4_000;

for (const backing of ['atomic', 'in-order'] as const satisfies readonly Backing[]) {
  test(`every kind of fault is injected at each of its points (${backing})`, async () => {
    const missing = new Set(faultPoints(backing));
    for (let seed = 0; seed < WITHIN && missing.size > 0; seed++) {
      const { coverage } = await simulate({ seed, backing });
      for (const name of Object.keys(coverage)) missing.delete(name);
    }
    expect([...missing]).toEqual([]);
  }, 120_000);
}
