import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { CacheEntry, JobCache } from '../../../../services/platform/store/kafka/cache.ts';
import { MemoryJobCache } from '../../../../services/platform/store/kafka/memory-cache.ts';
import { WriteBehindJobCache } from '../../../../services/platform/store/kafka/write-behind-cache.ts';
import { until } from '../../../support/until.ts';
import { Behind, put, removed } from './copies.ts';

/** Of the property: few, so that they meet. */
const JOBS = 6;
const PARTITIONS = [0, 1];
/** More than two or three entries of the property. */
const FEW_CHARACTERS = 1_000;

interface Step {
  readonly what: 'restore' | 'remove' | 'apply' | 'load' | 'count' | 'clear';
  readonly id: number;
}

const idsOf = (partition: number): string[] =>
  Array.from({ length: JOBS }, (_, at) => `job-${at}`).filter((_, at) => at % 2 === partition);

/** All that can be asked of a partition. */
function toldOf(cache: JobCache, partition: number): unknown[] {
  const ids = idsOf(partition);
  const jobs = [...cache.load(ids)].map(([name, { revision }]) => [name, revision]).sort();
  return [jobs, ids.map((id) => cache.revision(id)?.revision ?? 0), cache.position(partition)];
}

/** The topic beside the copies: what a copy lacks is read from there. */
class Topic {
  readonly #records: { readonly partition: number; readonly entry: CacheEntry; readonly next: number }[] = [];

  add(partition: number, entry: CacheEntry, next: number): void {
    this.#records.push({ partition, entry, next });
  }

  bringUp(copy: JobCache, partition: number): void {
    const position = copy.position(partition) ?? 0;
    for (const each of this.#records)
      if (each.partition === partition && each.next > position)
        copy.apply(partition, [each.entry], each.next);
  }
}

function step(caches: readonly JobCache[], topic: Topic, { what, id }: Step, next: number): void {
  const [name, partition] = [`job-${id}`, id % 2];
  if (what === 'load' || what === 'count') {
    const asked = caches.map((cache) =>
      what === 'load'
        ? [...cache.load([name]).keys()]
        : [
            cache.countOpen(partition),
            cache.nextDueMs(PARTITIONS),
            cache.due(PARTITIONS, next * 500, 2).map(({ workflowId }) => workflowId),
          ],
    );
    expect(asked[0]).toEqual(asked[1]);
    return;
  }
  const entry = what === 'remove' ? removed(name) : put(name, partition, next);
  if (what !== 'clear') topic.add(partition, entry, next);
  for (const cache of caches) {
    if (what === 'clear') {
      cache.clear(partition);
      topic.bringUp(cache, partition);
    } else if (what === 'apply') cache.apply(partition, [entry], next);
    else cache.restore(partition, [entry], next);
  }
}

const entries = (from: number, count: number): CacheEntry[] =>
  Array.from({ length: count }, (_, at) => put(`job-${from + at}`, 0, 1));

describe('a copy that is written behind a take-over', () => {
  test('knows what is restored before any of it is written, and writes it by itself', async () => {
    const behind = new Behind();
    const cache = new WriteBehindJobCache(behind);
    cache.restore(0, entries(0, 10), 10);
    cache.restore(0, [put('job-3', 0, 2), removed('job-4')], 12);
    cache.apply(0, [], 13);
    const asked = [cache.position(0), cache.countOpen(0), cache.countEarly(0), cache.nextDueMs([0])];
    expect(asked).toEqual([13, 0, 0, 1_000]);
    expect(cache.due([0], 1_500, 100)).toHaveLength(8);
    expect([...cache.load(['job-3', 'job-4']).values()].map(({ revision }) => revision)).toEqual([2]);
    expect(behind.applied).toBe(0);
    await until('all to be written', () => behind.position(0) === 13);
    // what changed twice came once
    expect(behind.applied).toBe(10);
    expect(toldOf(behind, 0)).toEqual(toldOf(cache, 0));
  });

  test('goes on where the copy behind has something already, without waiting', () => {
    const behind = new Behind();
    behind.apply(0, entries(0, 1), 1);
    const cache = new WriteBehindJobCache(behind);
    cache.restore(0, [put('job-7', 0, 1)], 2);
    cache.apply(1, [put('job-8', 1, 1)], 1);
    expect([behind.position(0), behind.position(1)]).toEqual([2, 1]);
  });

  test('keeps no more than it may: what came first is written', () => {
    const behind = new Behind();
    const cache = new WriteBehindJobCache(behind, FEW_CHARACTERS);
    for (let at = 0; at < 100; at++) cache.restore(0, entries(at, 1), at + 1);
    expect(behind.position(0)).toBeGreaterThan(90);
    expect(behind.position(0)).toBeLessThan(100);
    expect(cache.due([0], 1_000, 1_000)).toHaveLength(100);
    expect(behind.position(0)).toBe(100);
  });

  test('what the copy behind refuses stays, is told with the next change, and goes there when it can', async () => {
    const behind = new Behind();
    const cache = new WriteBehindJobCache(behind);
    cache.restore(0, entries(0, 10), 10);
    cache.restore(1, [put('job-77', 1, 1)], 1);
    behind.refuses = true;
    await until('a write to fail', () => behind.refused > 0);
    expect(() => cache.apply(0, [put('job-3', 0, 2)], 11)).toThrow('the disk is full');
    expect([cache.position(0), cache.revision('job-3')?.revision]).toEqual([10, 1]);
    behind.refuses = false;
    cache.apply(0, [put('job-3', 0, 2)], 11);
    await until('all to be written', () => behind.position(0) === 11 && behind.position(1) === 1);
    expect(behind.revision('job-3')?.revision).toBe(2);
  });

  test('closing writes what waits', () => {
    const behind = new Behind();
    const atClose: (number | null)[] = [];
    behind.close = () => {
      atClose.push(behind.position(0));
    };
    const cache = new WriteBehindJobCache(behind);
    cache.restore(0, entries(0, 10), 10);
    cache.close();
    expect(atClose).toEqual([10]);
  });

  test('property: it knows what a plain copy knows, and after a crash the topic has all that the copy behind lacks', () => {
    const what = fc.constantFrom<Step['what']>('restore', 'remove', 'apply', 'load', 'count', 'clear');
    const steps = fc.array(fc.record({ what, id: fc.nat(JOBS - 1) }), { maxLength: 60 });
    const check = (taken: readonly Step[], maxCharacters: number): void => {
      const behind = new MemoryJobCache();
      const cache = new WriteBehindJobCache(behind, maxCharacters);
      const plain = new MemoryJobCache();
      const topic = new Topic();
      for (const [at, each] of taken.entries()) step([cache, plain], topic, each, at + 1);
      for (const each of PARTITIONS) expect(toldOf(cache, each)).toEqual(toldOf(plain, each));
      for (const each of PARTITIONS) topic.bringUp(behind, each);
      for (const each of PARTITIONS) expect(toldOf(behind, each)).toEqual(toldOf(plain, each));
      cache.destroy();
    };
    fc.assert(fc.property(steps, fc.constantFrom(0, FEW_CHARACTERS, 1_000_000), check), { numRuns: 500 });
  });
});
