import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { type Assignment, balance } from '../../../services/platform/transport/balance.ts';
import { fairShares } from '../../../services/platform/transport/embedded/fetch.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];

function meant(assignments: readonly Assignment[]): (string | null)[] {
  return assignments.map(({ owner, heir }) => heir ?? owner);
}

const groups = fc.array(fc.shuffledSubarray(NAMES, { minLength: 1 }), { minLength: 1, maxLength: 8 });

test('every partition is meant for one member, and no member for two more than another', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 20 }), groups, (count, history) => {
      let current: Assignment[] = [];
      for (const members of history) {
        current = balance(count, members, current);
        const loads = members.map((member) => meant(current).filter((each) => each === member).length);
        expect(loads.reduce((sum, load) => sum + load, 0)).toBe(count);
        expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(1);
      }
    }),
  );
});

test('a living owner keeps its partition until it hands it over', () => {
  fc.assert(
    fc.property(groups, (history) => {
      let current: Assignment[] = [];
      for (const members of history) {
        const next = balance(12, members, current);
        for (const { partition, owner } of current) {
          if (owner !== null && members.includes(owner)) expect(next[partition]?.owner).toBe(owner);
        }
        current = next;
      }
    }),
  );
});

test('nothing moves when nobody came or went', () => {
  const shared = balance(7, ['a', 'b', 'c'], []);
  expect(balance(7, ['a', 'b', 'c'], shared)).toEqual(shared);
  expect(balance(7, ['c', 'a', 'b'], shared)).toEqual(shared);
});

test('who leaves gives only its own partitions away', () => {
  const shared = balance(6, ['a', 'b', 'c'], []);
  const after = balance(6, ['a', 'c'], shared);
  for (const { partition, owner } of shared) if (owner !== 'b') expect(after[partition]?.owner).toBe(owner);
  expect(after.every(({ heir }) => heir === null)).toBe(true);
});

test('an heir that dies before the hand-over inherits nothing', () => {
  const alone = balance(4, ['a'], []);
  const promised = balance(4, ['a', 'b'], alone);
  expect(promised.filter(({ heir }) => heir === 'b').length).toBe(2);
  expect(balance(4, ['a'], promised)).toEqual(alone);
});

test('shares are fair, and nothing is left over while somebody wants it', () => {
  expect(fairShares([100, 1, 100], 11)).toEqual([5, 1, 5]);
  expect(fairShares([2, 2], 10)).toEqual([2, 2]);
  expect(fairShares([5, 5, 5], 2).reduce((sum, share) => sum + share, 0)).toBe(2);
  expect(fairShares([], 5)).toEqual([]);
});
