import { afterEach, expect, test } from 'bun:test';
import { TooManyWaits } from '../../../core/mod.ts';
import { WAITERS_MAX } from '../../../services/platform/view/index.ts';
import { ViewBench } from './support.ts';

const benches: ViewBench[] = [];
afterEach(async () => {
  for (const bench of benches.splice(0)) await bench.close();
});

test('reads that wait are bounded in each instance, and those whose clients are gone make room for others', async () => {
  const bench = await ViewBench.make();
  benches.push(bench);
  const view = await bench.open();
  const never = (): undefined => undefined;
  const clients = new AbortController();
  const waiting = Array.from({ length: WAITERS_MAX }, () => view.waitFor(never, 600_000, clients.signal));
  await expect(view.waitFor(never, 600_000)).rejects.toThrow(TooManyWaits);
  clients.abort();
  expect(new Set(await Promise.all(waiting))).toEqual(new Set([undefined]));
  expect(await view.waitFor(never, 1)).toBeUndefined();
  expect(await view.waitFor(never, 600_000, clients.signal)).toBeUndefined();
});
