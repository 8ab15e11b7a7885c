// What every CI run simulates: the same schedules each time, and some that nobody has seen.
import { expect, test } from 'bun:test';
import type { RunOptions } from './options.ts';
import { commandOf } from './options.ts';
import { type Batch, Pool } from './pool.ts';
import { violationText } from './print.ts';
import { emptyTally, merge, type Tally } from './tally.ts';

const FIXED = 1_500;
const FRESH = 500;
const BATCH = 50;
const AS_THEY_COME: RunOptions = {};

async function tallyOf(from: number, schedules: number): Promise<Tally> {
  const tally = emptyTally();
  const pool = new Pool(2);
  const batches = Array.from(
    { length: Math.ceil(schedules / BATCH) },
    (_, nth): Batch => ({
      from: from + nth * BATCH,
      schedules: BATCH,
      untilViolation: false,
      run: AS_THEY_COME,
    }),
  );
  try {
    await pool.run(batches.values(), (part) => merge(tally, part));
  } finally {
    pool.stop();
  }
  return tally;
}

/** Whoever reads a failure needs the seed only. */
const told = ({ findings }: Tally): readonly string[] =>
  findings.map(({ seed, violation }) => `${commandOf(seed, AS_THEY_COME)}: ${violationText(violation)}`);

test(`${FIXED} schedules that are always the same break no invariant`, async () => {
  const tally = await tallyOf(1, FIXED);
  expect(told(tally)).toEqual([]);
  expect(tally.schedules).toBe(FIXED);
  expect(tally.steps).toBeGreaterThanOrEqual(FIXED * 200);
});

test(`${FRESH} schedules that nobody has seen break no invariant`, async () => {
  const from = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  const tally = await tallyOf(from, FRESH);
  expect(told(tally)).toEqual([]);
  expect(tally.schedules).toBe(FRESH);
});
