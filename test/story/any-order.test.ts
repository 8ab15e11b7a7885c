// Any subset of the services, started in any order: none ends, each says how it stands, and what was asked for meanwhile
// is done once the others are there. SEED=… plays a run again.
import { afterEach, describe, expect, test } from 'bun:test';
import { services } from '../../services/catalogue.ts';
import { AnyOrderLab } from './any-order-lab.ts';
import { Work } from './any-order-work.ts';
import { seededRandom } from './seeded.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const TEST_MS = 600_000;
const ALL: readonly string[] = Object.keys(services);
/** Those that take work: without one of them nothing can be asked for. */
const DOORS = ['coordinator', 'orders-service'];

let lab: AnyOrderLab | null = null;
afterEach(async () => {
  await lab?.close();
  lab = null;
});

const { below, shuffled } = seededRandom(SEED);

/** Starts them one after the other, each a moment after the one before, and waits until all answer. */
async function launch(lab: AnyOrderLab, names: readonly string[]): Promise<void> {
  for (const name of names) await lab.launch(name);
  await lab.allLive();
}

describe(`any subset of the services, started in any order (SEED=${SEED})`, () => {
  const order = shuffled(ALL);
  const count = 1 + below(ALL.length - 1);
  const drawn = order.slice(0, count);
  const first = drawn.some((name) => DOORS.includes(name)) ? drawn : [...drawn, DOORS[below(2)] ?? ''];
  const rest = order.filter((name) => !first.includes(name));
  console.log(`SEED=${SEED}: ${first.join(', ')}; then ${rest.join(', ')}`);

  test(
    `${first.length} of ${ALL.length} take work, and the ${rest.length} that come later do theirs`,
    async () => {
      lab = await AnyOrderLab.make();
      await launch(lab, first);
      // ready, or in words what it waits for
      const standings = await lab.standings();
      expect([...standings.keys()].sort()).toEqual([...first].sort());
      for (const { said } of standings.values()) expect(said).not.toBe('');
      const early = new Work(lab, 'early', first);
      await early.ask();
      await launch(lab, rest);
      await lab.allReady();
      await early.expectDone();
      const late = new Work(lab, 'late', ALL);
      await late.ask();
      await late.expectDone();
      await late.expectShipped();
    },
    TEST_MS,
  );

  const small = shuffled(ALL).slice(0, 2 + below(3));
  test(
    `${small.join(', ')}, and nobody else: live, and each says how it stands`,
    async () => {
      lab = await AnyOrderLab.make();
      await launch(lab, small);
      const standings = await lab.standings();
      expect([...standings.keys()].sort()).toEqual([...small].sort());
      for (const { said } of standings.values()) expect(said).not.toBe('');
      await lab.allReady();
    },
    TEST_MS,
  );

  const whole = shuffled(ALL);
  test(
    `all ${ALL.length} in one process, named in any order, from the first POST on`,
    async () => {
      lab = await AnyOrderLab.make();
      await lab.launch(...whole);
      await lab.allLive();
      const early = new Work(lab, 'early', ALL);
      await early.ask();
      await early.expectDone();
      await lab.allReady();
      const late = new Work(lab, 'late', ALL);
      await late.ask();
      await late.expectDone();
      await late.expectShipped();
    },
    TEST_MS,
  );
});
