import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { type GroupStanding, type TopicStanding, topics } from '../../../core/mod.ts';
import { readersOf, sizeOf } from '../../../services/platform/topics/lag.ts';
import { NEEDED_GROUPS, planTrim, TRIMMED_BY_DEFAULT } from '../../../services/platform/topics/plan.ts';

const topic = (name: string, ...partitions: [start: number, end: number][]): TopicStanding => ({
  name,
  partitions: partitions.map(([start, end]) => ({ start, end })),
});
/** A group that has committed these offsets in partitions 0, 1, …; null where it has not. */
const group = (name: string, of: string, ...offsets: (number | null)[]): GroupStanding => ({
  group: name,
  committed: offsets.flatMap((offset, partition) =>
    offset === null ? [] : [{ topic: of, partition, offset }],
  ),
});

test('deletes what all groups have passed: in each partition what lies before their least offset', () => {
  const plan = planTrim(
    topic('orders', [0, 100], [10, 50]),
    [group('a', 'orders', 80, 50), group('b', 'orders', 100, 20)],
    [],
  );
  expect(plan).toMatchObject({
    kind: 'trim',
    positions: [
      { topic: 'orders', partition: 0, offset: 80 },
      { topic: 'orders', partition: 1, offset: 20 },
    ],
    deletes: 90,
    records: 140,
    keptFor: [
      { group: 'a', lag: 20 },
      { group: 'b', lag: 30 },
    ],
  });
});

test('a group that has committed nothing in a partition keeps all of that partition', () => {
  const groups = [group('a', 'orders', 100, 50), group('b', 'orders', null, 50)];
  const plan = planTrim(topic('orders', [0, 100], [0, 50]), groups, []);
  expect(plan).toMatchObject({ positions: [{ partition: 1, offset: 50 }], deletes: 50 });
});

test('a topic on which no group has committed is left alone, whatever groups do elsewhere', () => {
  const plan = planTrim(topic('orders', [0, 100]), [group('a', 'others', 100)], []);
  expect(plan).toMatchObject({ kind: 'protected', reason: 'no group has committed anything on it' });
});

for (const [name, needed] of Object.entries(NEEDED_GROUPS)) {
  test(`${name} is left alone until ${needed} has committed on it, though others have read it all`, () => {
    const full = topic(name, [0, 100]);
    const audit = group('audit', name, 100);
    const idle = group(needed, 'elsewhere', 5);
    expect(planTrim(full, [audit, idle], [])).toMatchObject({ kind: 'protected' });
    expect(JSON.stringify(planTrim(full, [audit, idle], []))).toContain(`--without ${needed}`);
    expect(planTrim(full, [audit], [needed])).toMatchObject({ kind: 'trim', deletes: 100 });
    expect(planTrim(full, [audit, group(needed, name, 7)], [])).toMatchObject({ kind: 'trim', deletes: 7 });
    expect(planTrim(full, [audit, group(needed, name, 7)], [needed])).toMatchObject({ deletes: 7 });
  });
}

test('what views are made of, and evidence, is not trimmed by default', () => {
  for (const name of [topics.billingRuns, topics.customers, topics.workflowEvents, topics.deadLetters])
    expect(TRIMMED_BY_DEFAULT).not.toContain(name);
});

test('an empty topic has nothing to delete, and needs nobody', () => {
  expect(planTrim(topic(topics.workflowQueue, [3, 3]), [], [])).toMatchObject({ kind: 'nothing' });
});

test('what was deleted before is not deleted again', () => {
  const plan = planTrim(topic('orders', [80, 100]), [group('a', 'orders', 80)], []);
  expect(plan).toMatchObject({ kind: 'nothing', keptFor: [{ group: 'a', lag: 20 }] });
  expect(planTrim(topic('orders', [90, 100]), [group('a', 'orders', 80)], [])).toMatchObject({
    kind: 'nothing',
    keptFor: [{ group: 'a', lag: 10 }],
  });
});

test('a commit beyond the end, from a topic that had the name before, keeps everything', () => {
  const plan = planTrim(topic('orders', [0, 10]), [group('a', 'orders', 500), group('b', 'orders', 10)], []);
  expect(plan).toMatchObject({ kind: 'nothing', keptFor: [{ group: 'a', lag: 10 }] });
});

test('property: no group loses a record that it has not passed, and nothing that all have passed is left', () => {
  const partition = fc.tuple(fc.nat(50), fc.nat(50)).map(([start, size]) => ({ start, end: start + size }));
  const committed = fc.array(fc.option(fc.nat(120)), { maxLength: 4 });
  const cases = fc.tuple(
    fc.array(partition, { minLength: 1, maxLength: 4 }),
    fc.array(committed, { maxLength: 4 }),
  );
  fc.assert(
    fc.property(cases, ([partitions, offsets]) => {
      const standing = { name: 'orders', partitions };
      const groups = offsets.map((each, index) => group(`group-${index}`, 'orders', ...each));
      const plan = planTrim(standing, groups, []);
      const readers = readersOf(standing, groups);
      for (const [index, { start, end }] of partitions.entries()) {
        const before =
          (plan.kind === 'trim' ? plan.positions : []).find((each) => each.partition === index)?.offset ??
          start;
        expect(before).toBeGreaterThanOrEqual(start);
        expect(before).toBeLessThanOrEqual(end);
        const everyonePassed =
          readers.length === 0 ? start : Math.min(...readers.map(({ next }) => next[index] ?? start));
        expect(before).toBe(everyonePassed);
        for (const each of groups.filter(({ committed: all }) => all.length > 0)) {
          const own = each.committed.find((position) => position.partition === index)?.offset ?? 0;
          expect(before).toBeLessThanOrEqual(Math.max(start, own));
        }
      }
      if (plan.kind === 'trim') expect(plan.deletes).toBeLessThanOrEqual(sizeOf(standing));
    }),
  );
});
