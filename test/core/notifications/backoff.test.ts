import { backoffAfter } from '../../../core/mod.ts';
import { assert, test } from '../../harness.ts';

const policy = { attempts: 10, backoffMs: 1_000, maxBackoffMs: 60_000 };

test('the wait doubles with each try, between half of it and all of it, up to the longest', () => {
  for (const [tried, fullMs] of [
    [1, 1_000],
    [2, 2_000],
    [6, 32_000],
    [7, 60_000],
    [100, 60_000],
  ] as const) {
    const ms = backoffAfter(policy, tried, 'a job');
    assert.ok(ms >= fullMs / 2 && ms <= fullMs, `${ms} after ${tried}`);
  }
});

test('the jitter follows from job and try: the same in every replay, and spread over the jobs', () => {
  const waits = Array.from({ length: 1_000 }, (_, at) => backoffAfter(policy, 6, `job ${at}`));
  assert.deepEqual(
    waits,
    Array.from({ length: 1_000 }, (_, at) => backoffAfter(policy, 6, `job ${at}`)),
  );
  const mean = waits.reduce((sum, ms) => sum + ms, 0) / waits.length;
  assert.ok(Math.abs(mean - 24_000) < 1_000, `mean ${mean}`);
  assert.ok(Math.min(...waits) < 16_500 && Math.max(...waits) > 31_500);
  assert.ok(new Set(waits).size > 900);
});

test('a wait is a whole number of milliseconds, and never none', () => {
  const ms = backoffAfter({ attempts: 1, backoffMs: 1, maxBackoffMs: 1 }, 1, 'a');
  assert.equal(ms, 1);
});
