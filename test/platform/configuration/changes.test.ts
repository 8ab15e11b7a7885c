import { expect, test } from 'bun:test';
import fc from 'fast-check';
import {
  CHANGES_KEPT,
  type ChangeHistory,
  NO_CHANGES,
  withChange,
} from '../../../services/platform/configuration/changes.ts';
import type { SettingChange } from '../../../services/platform/configuration/records.ts';

function change(id: string, to: number | null, more: Partial<SettingChange> = {}): SettingChange {
  return { id, service: 's', key: 'k', from: null, to, by: 'ann', at: '2026-11-21T12:00:00Z', ...more };
}

const after = (...changes: readonly SettingChange[]): ChangeHistory => changes.reduce(withChange, NO_CHANGES);

test('changes are numbered in log order, each from what the one before it set', () => {
  const { changes } = after(change('a', 1), change('b', 2, { from: 99 }), change('c', null));
  expect(changes.map(({ number, from, to }) => [number, from, to])).toEqual([
    [1, null, 1],
    [2, 1, 2],
    [3, 2, null],
  ]);
});

test('of two that follow the same change the first counts, and the other is known to have come too late', () => {
  const { changes, refused } = after(
    change('a', 1, { ifChange: 0 }),
    change('b', 2, { ifChange: 1 }),
    change('c', 3, { ifChange: 1 }),
    change('d', 4, { ifChange: 2 }),
  );
  expect(changes.map(({ id }) => id)).toEqual(['a', 'b', 'd']);
  expect(refused).toEqual(['c']);
});

test('a repeat on the log changes nothing, whether it counted or not', () => {
  const once = after(change('a', 1), change('b', 2, { ifChange: 0 }));
  expect(withChange(once, change('a', 1))).toEqual(once);
  expect(withChange(once, change('b', 2, { ifChange: 0 }))).toEqual(once);
});

test('where the changes before are gone from the topic, the numbers go on from what the writer knew', () => {
  expect(after(change('x', 5, { ifChange: 17, from: 4 })).changes[0]).toMatchObject({ number: 18, from: 4 });
});

test('however many come, a bounded number is kept, and the numbers go on', () => {
  const total = CHANGES_KEPT + 30;
  const { changes } = after(...Array.from({ length: total }, (_, at) => change(`c${at}`, at)));
  expect(changes.length).toBe(CHANGES_KEPT);
  expect(changes.at(-1)).toMatchObject({ number: total, from: total - 2, to: total - 1 });
});

test('whatever comes, each change is either numbered or refused, and numbers have no gaps', () => {
  const anyChange = fc.record({
    to: fc.option(fc.integer()),
    ifChange: fc.option(fc.nat(5), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(anyChange, { maxLength: 30 }), (asked) => {
      const all = asked.map(({ to, ifChange }, at) =>
        change(`c${at}`, to, ifChange === undefined ? {} : { ifChange }),
      );
      const { changes, refused } = after(...all);
      expect(changes.length + refused.length).toBe(all.length);
      const first = changes[0]?.number ?? 1;
      expect(changes.map(({ number }) => number)).toEqual(changes.map((_, at) => first + at));
    }),
  );
});
