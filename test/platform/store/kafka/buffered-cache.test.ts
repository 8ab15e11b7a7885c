import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { BufferedJobCache } from '../../../../services/platform/store/kafka/buffered-cache.ts';
import type { CacheEntry, JobCache } from '../../../../services/platform/store/kafka/cache.ts';
import { MemoryJobCache } from '../../../../services/platform/store/kafka/memory-cache.ts';
import { Behind, put, removed } from './copies.ts';

const MANY = 10_000;
/** Of the property: few, so that they meet. */
const JOBS = 6;

const many = (partition: number, from: number): CacheEntry[] =>
  Array.from({ length: MANY }, (_, at) => put(`job-${from + at}`, partition, 1));

interface Step {
  readonly what: 'put' | 'restore' | 'remove' | 'load' | 'write' | 'clear';
  readonly id: number;
}

/** Does a step with a copy; returns how many jobs it has told of. */
function done(cache: JobCache, { what, id }: Step, offset: number): number {
  const [name, partition] = [`job-${id}`, id % 2];
  if (what === 'load') return cache.load([name]).size;
  if (what === 'write') return cache.countOpen(partition);
  if (what === 'clear') cache.clear(partition);
  else if (what === 'restore') cache.restore(partition, [put(name, partition, offset)], offset);
  else cache.apply(partition, [what === 'put' ? put(name, partition, offset) : removed(name)], offset);
  return 0;
}

function known(cache: JobCache): [string, number][] {
  const ids = Array.from({ length: JOBS }, (_, at) => `job-${at}`);
  return [...cache.load(ids)].map(([name, { revision }]): [string, number] => [name, revision]).sort();
}

function opened(): { behind: Behind; cache: BufferedJobCache } {
  const behind = new Behind();
  return { behind, cache: new BufferedJobCache(behind) };
}

describe('a copy that takes its changes many at a time', () => {
  test('knows at once what it was told, and the copy behind only later, each job once', () => {
    const { behind, cache } = opened();
    cache.apply(0, [put('a', 0, 1), put('b', 0, 1)], 2);
    cache.apply(0, [put('a', 0, 2), removed('b')], 4);
    expect(cache.position(0)).toBe(4);
    expect(cache.revision('a')).toMatchObject({ revision: 2, partition: 0 });
    expect(cache.revision('b')).toBeNull();
    expect([...cache.load(['a', 'b']).values()].map(({ revision }) => revision)).toEqual([2]);
    expect([behind.applied, behind.position(0)]).toEqual([0, null]);
    expect(cache.nextDueMs([0])).toBe(2_000);
    expect([behind.applied, behind.position(0)]).toEqual([2, 4]);
  });

  test('a job that was asked for, begins and ends before anything is written never goes to the copy behind', () => {
    const { behind, cache } = opened();
    const rounds = 4_000;
    for (let at = 0; at < rounds; at++) {
      const id = `job-${at}`;
      expect(cache.load([id]).size).toBe(0);
      cache.apply(0, [put(id, 0, 1)], 2 * at + 1);
      cache.apply(0, [removed(id)], 2 * at + 2);
    }
    expect([behind.applied, cache.position(0), cache.countOpen(0)]).toEqual([0, 2 * rounds, 0]);
    // its position went there meanwhile, so that not all is read again where the process is killed
    const { behind: killed, cache: unflushed } = opened();
    for (let at = 0; at < rounds; at++) {
      unflushed.load([`job-${at}`]);
      unflushed.apply(0, [put(`job-${at}`, 0, 1), removed(`job-${at}`)], 2 * at + 2);
    }
    expect(killed.position(0)).toBe(5_000);
  });

  test('a job that the copy behind has is removed there, though it was begun anew meanwhile', () => {
    const { behind, cache } = opened();
    cache.load(['a', 'b']);
    cache.apply(0, [put('a', 0, 1), put('b', 0, 1)], 2);
    cache.countOpen(0); // both are written
    cache.apply(0, [removed('a'), removed('b')], 4);
    cache.load(['a', 'b']);
    cache.apply(0, [put('a', 0, 1)], 5);
    cache.apply(0, [removed('a')], 6);
    expect(cache.countOpen(0)).toBe(0);
    expect([...behind.load(['a', 'b']).keys()]).toEqual([]);
  });

  test('property: whatever comes, it knows what a copy without a buffer knows, and so does the copy behind once written to', () => {
    const what = fc.constantFrom<Step['what']>('put', 'restore', 'remove', 'load', 'write', 'clear');
    const step = fc.record({ what, id: fc.nat(JOBS - 1) });
    const check = (steps: readonly Step[]): void => {
      const { behind, cache } = opened();
      const plain = new MemoryJobCache();
      for (const [at, each] of steps.entries())
        expect(done(cache, each, at + 1)).toBe(done(plain, each, at + 1));
      cache.countOpen(0); // writes what waits
      expect(known(behind)).toEqual(known(plain));
      expect([behind.position(0), behind.position(1)]).toEqual([plain.position(0), plain.position(1)]);
      expect(known(cache)).toEqual(known(plain));
    };
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), check), { numRuns: 500 });
  });

  test('what is asked over all jobs counts what waits too', () => {
    const { cache } = opened();
    cache.apply(1, [put('a', 1, 1)], 1);
    expect(cache.due([1], 5_000, 10).map(({ workflowId }) => workflowId)).toEqual(['a']);
    cache.apply(1, [removed('a')], 2);
    expect([cache.due([1], 5_000, 10), cache.countOpen(1), cache.countEarly(1)]).toEqual([[], 0, 0]);
  });

  test('with many waiting they go to the copy behind, and all can still be loaded', () => {
    const { behind, cache } = opened();
    for (let at = 0; at < 5; at++) cache.apply(at, many(at, at * MANY), MANY);
    expect(behind.applied).toBe(5 * MANY);
    const ids = Array.from({ length: 5 * MANY }, (_, at) => `job-${at}`);
    expect(cache.load(ids).size).toBe(5 * MANY);
    expect(cache.load(['nobody']).size).toBe(0);
    cache.apply(0, [put('nobody', 0, 1)], MANY + 1);
    expect(cache.load(['nobody']).size).toBe(1);
  });

  test('what the copy behind refuses stays, and goes there when it can', () => {
    const { behind, cache } = opened();
    behind.refuses = true;
    expect(() => cache.apply(0, many(0, 0), MANY)).toThrow('the disk is full');
    expect(cache.revision('job-7')).toMatchObject({ revision: 1 });
    expect(() => cache.countOpen(0)).toThrow('the disk is full');
    behind.refuses = false;
    cache.apply(0, [put('job-7', 0, 2)], MANY + 1);
    expect([behind.applied, behind.position(0)]).toEqual([MANY, MANY + 1]);
    expect(behind.load(['job-7']).get('job-7')?.revision).toBe(2);
  });

  test('a partition that is cleared is forgotten, with what waited for it', () => {
    const { behind, cache } = opened();
    cache.apply(0, [put('a', 0, 1)], 1);
    cache.apply(1, [put('b', 1, 1)], 1);
    cache.clear(0);
    expect([cache.position(0), cache.position(1)]).toEqual([null, 1]);
    expect([...cache.load(['a', 'b']).keys()]).toEqual(['b']);
    cache.countOpen(1);
    expect([...behind.load(['a', 'b']).keys()]).toEqual(['b']);
  });

  test('closing writes what waits', () => {
    const kept: number[] = [];
    class Closing extends Behind {
      override close(): void {
        kept.push(this.applied);
      }
    }
    const cache = new BufferedJobCache(new Closing());
    cache.apply(0, [put('a', 0, 1)], 1);
    cache.close();
    expect(kept).toEqual([1]);
  });
});
