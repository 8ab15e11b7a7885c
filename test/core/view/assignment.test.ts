import fc from 'fast-check';
import { assignPartitions } from '../../../core/view/assignment.ts';
import { assert, test } from '../../harness.ts';

const cluster = fc.record({
  ids: fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 8 }),
  partitions: fc.integer({ min: 1, max: 40 }),
  copies: fc.integer({ min: 0, max: 3 }),
});
const runs = { numRuns: 150 };

/** So many ids, the same in every run. */
const idsOf = (count: number, round: number): string[] =>
  Array.from({ length: count }, (_, at) => `instance-${round}-${at}`);

test('every partition has an owner and as many standbys as there are instances for, all different', () => {
  fc.assert(
    fc.property(cluster, ({ ids, partitions, copies }) => {
      const assigned = assignPartitions(ids, partitions, copies);
      assert.equal(assigned.length, partitions);
      for (const holders of assigned) {
        assert.equal(holders.length, Math.min(ids.length, 1 + copies));
        assert.equal(new Set(holders).size, holders.length);
        assert.ok(holders.every((each) => ids.includes(each)));
      }
    }),
    runs,
  );
});

test('nobody owns more than one partition more than another', () => {
  fc.assert(
    fc.property(cluster, ({ ids, partitions, copies }) => {
      const owners = assignPartitions(ids, partitions, copies).map(([owner]) => owner);
      const loads = ids.map((id) => owners.filter((owner) => owner === id).length);
      assert.ok(Math.max(...loads) - Math.min(...loads) <= 1);
    }),
    runs,
  );
});

test('all who know the same instances, in whatever order, come to the same', () => {
  fc.assert(
    fc.property(cluster, ({ ids, partitions, copies }) => {
      const reversed = [...ids].reverse();
      const one = assignPartitions(ids, partitions, copies);
      assert.deepEqual(assignPartitions([...reversed, ...ids], partitions, copies), one);
    }),
    runs,
  );
});

test('when instances die, one after the other, each next standby becomes the owner', () => {
  fc.assert(
    fc.property(cluster, ({ ids, partitions, copies }) => {
      const before = assignPartitions(ids, partitions, copies);
      for (const [partition, holders] of before.entries()) {
        const left = new Set(ids);
        for (const [at, holder] of holders.entries()) {
          if (at + 1 === holders.length) break;
          left.delete(holder);
          assert.equal(assignPartitions([...left], partitions, copies)[partition]?.[0], holders[at + 1]);
        }
      }
    }),
    { numRuns: 40 },
  );
});

test('who owned a partition before a newcomer took it stays as its first standby', () => {
  fc.assert(
    fc.property(cluster, fc.uuid(), ({ ids, partitions }, newcomer) => {
      const before = assignPartitions(ids, partitions, 1);
      const after = assignPartitions([...ids, newcomer], partitions, 1);
      for (const [partition, [owner, standby]] of after.entries()) {
        if (owner === newcomer && !ids.includes(newcomer)) assert.equal(standby, before[partition]?.[0]);
      }
    }),
    runs,
  );
});

test('when an instance comes or goes, few partitions change hands beyond its own', () => {
  for (const [instances, partitions] of [
    [2, 12],
    [3, 12],
    [5, 12],
    [3, 60],
    [10, 100],
  ] as const) {
    let moved = 0;
    const rounds = 40;
    for (let round = 0; round < rounds; round++) {
      const ids = idsOf(instances, round);
      const before = assignPartitions(ids, partitions, 0);
      const after = assignPartitions(ids.slice(1), partitions, 0);
      moved += before.filter(([owner], partition) => owner !== after[partition]?.[0]).length;
    }
    // with no choice but to move what the instance had, it would be partitions / instances
    const least = (rounds * partitions) / instances;
    assert.ok(moved <= least * 1.6, `${moved} moved of ${instances}/${partitions}, at least ${least}`);
  }
});

test('without instances nobody has anything', () => {
  assert.deepEqual(assignPartitions([], 2, 1), [[], []]);
});
