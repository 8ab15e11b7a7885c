import { afterEach, expect, test } from 'bun:test';
import { TransportError } from '../../../core/mod.ts';
import { WAITERS_MAX } from '../../../services/platform/view/index.ts';
import { until } from '../../support/until.ts';
import { countThings, flaky, TOPIC, things, ViewBench } from './support.ts';

const WAIT_MS = 5_000;
const benches: ViewBench[] = [];

afterEach(async () => {
  for (const bench of benches.splice(0)) await bench.close();
});

async function newBench(): Promise<ViewBench> {
  const bench = await ViewBench.make();
  benches.push(bench);
  return bench;
}

test('folds all partitions, what was there before and what comes later', async () => {
  const bench = await newBench();
  await bench.publish('a', 'b', 'c');
  const view = await bench.open();
  expect(await view.caughtUp(WAIT_MS)).toBe(true);
  expect(things(view)).toEqual({ a: 1, b: 1, c: 1 });
  await bench.publish('a', 'd');
  expect(await view.caughtUp(WAIT_MS)).toBe(true);
  expect(things(view)).toEqual({ a: 2, b: 1, c: 1, d: 1 });
  expect(view.readiness()).toBe('running');
});

test('waits for one record by its position, and gives up in time on one that does not come', async () => {
  const bench = await newBench();
  const view = await bench.open();
  const waiting = view.appliedTo({ topic: TOPIC, partition: 1, offset: 0 }, WAIT_MS);
  await bench.publish('a', 'b');
  expect(await waiting).toBe(true);
  expect(await view.appliedTo({ topic: TOPIC, partition: 1, offset: 1 }, 20)).toBe(false);
});

test('a waiting read resolves with the batch that brings it; any number may wait for the same', async () => {
  const bench = await newBench();
  const view = await bench.open();
  const probe = (): number | undefined => things(view).late;
  const waiting = Array.from({ length: 50 }, () => view.waitFor(probe, WAIT_MS));
  const broken = view.waitFor(() => {
    if (things(view).late === 1) throw new Error('of this read only');
    return undefined;
  }, WAIT_MS);
  expect(await view.waitFor(probe, 0)).toBeUndefined();
  expect(await view.waitFor(probe, 20)).toBeUndefined();
  await bench.publish('late');
  expect(new Set(await Promise.all(waiting))).toEqual(new Set([1]));
  await expect(broken).rejects.toThrow('of this read only');
});

test('more waiting reads than the limit are told that it is too much; closing ends them all', async () => {
  const bench = await newBench();
  const view = await bench.open();
  const waiting = Array.from({ length: WAITERS_MAX }, () => view.waitFor(() => undefined, WAIT_MS));
  await expect(view.waitFor(() => undefined, WAIT_MS)).rejects.toThrow(TransportError);
  await view.close();
  expect(new Set(await Promise.all(waiting))).toEqual(new Set([undefined]));
});

test('listeners hear of each applied batch until they stop; one that throws harms nobody', async () => {
  const bench = await newBench();
  const view = await bench.open();
  const heard: unknown[] = [];
  view.onApplied(() => {
    throw new Error('a defect');
  });
  const stop = view.onApplied((records) => heard.push(...records.map(({ value }) => value)));
  await bench.publish('a');
  await until('the listener', () => heard.length > 0);
  stop();
  await bench.publish('b');
  expect(await view.caughtUp(WAIT_MS)).toBe(true);
  expect(heard).toEqual(['a']);
  expect(things(view)).toEqual({ a: 1, b: 1 });
});

test('a record that can not be digested is left out, counted and named by its place; the others count', async () => {
  const bench = await newBench();
  await bench.publish('a', 'poison', 'b', 'c', 'd');
  const view = await bench.open();
  expect(await view.caughtUp(WAIT_MS)).toBe(true);
  expect(things(view)).toEqual({ a: 1, b: 1, c: 1, d: 1 });
  expect(view.refused).toBe(1);
  const warning = bench.logged.find(({ refused }) => refused === 1);
  expect(warning).toMatchObject({
    level: 40,
    topic: TOPIC,
    partition: 1,
    offset: 0,
    reason: 'can not digest it',
  });
  expect(JSON.stringify(bench.logged)).not.toContain('poison');
  await view.close();
  expect(things(await bench.open())).toEqual({ a: 1, b: 1, c: 1, d: 1 });
});

test('a full disk is no record’s fault: nothing is left out, and it goes on when there is room', async () => {
  const bench = await newBench();
  await bench.publish('a', 'b');
  let isFull = true;
  const view = await bench.open({
    apply: (db, records) => {
      if (isFull) throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
      countThings(db, records);
    },
  });
  await until('it to say so', () => view.readiness().includes('disk is full'));
  isFull = false;
  expect(await view.caughtUp(WAIT_MS)).toBe(true);
  expect([things(view), view.refused]).toEqual([{ a: 1, b: 1 }, 0]);
});

test('with the log away it keeps trying, says so once, and misses nothing', async () => {
  const bench = await newBench();
  const log = flaky(bench.log);
  log.isAway = true;
  const view = await bench.open({ transport: log.transport });
  await expect(view.caughtUp(WAIT_MS)).rejects.toThrow('no broker answers');
  await until('it to say so', () => view.readiness() === 'no broker answers');
  log.isAway = false;
  await bench.publish('a');
  expect(await view.caughtUp(WAIT_MS)).toBe(true);
  await until('it to be ready', () => view.readiness() === 'running');
  log.isAway = true;
  await bench.publish('b', 'c');
  await until('it to notice', () => view.readiness() !== 'running');
  log.isAway = false;
  await until('it to be back', () => view.readiness() === 'running');
  expect(await view.caughtUp(WAIT_MS)).toBe(true);
  expect(things(view)).toEqual({ a: 1, b: 1, c: 1 });
  expect(bench.messages().filter((message) => String(message).includes('can not go on'))).toHaveLength(2);
});
