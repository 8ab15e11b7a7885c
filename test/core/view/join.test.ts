import { joinSides, type Sides } from '../../../core/view/join.ts';
import { assert, test } from '../../harness.ts';

interface Left {
  readonly name: string;
  readonly size?: number;
}
const left = (value: Left) => ({ side: 'left', value }) as const;
const right = (value: number) => ({ side: 'right', value }) as const;
type Both = Sides<Left, number>;
const none: Both = {};

test('the pair is there once both sides are, in whatever order they come', () => {
  const a = left({ name: 'a' });
  for (const [first, second] of [
    [a, right(7)],
    [right(7), a],
  ] as const) {
    const one = joinSides(none, first);
    assert.deepEqual([one.kind, one.pair], ['first', null]);
    const two = joinSides(one.sides, second);
    assert.equal(two.kind, 'first');
    assert.deepEqual(two.sides, { left: { name: 'a' }, right: 7 });
    assert.deepEqual(two.pair, [{ name: 'a' }, 7]);
  }
});

test('a repeat changes nothing and gives the same pair again (invariant 5)', () => {
  const sides: Both = { left: { name: 'a', size: 1 }, right: 7 };
  for (const again of [left({ size: 1, name: 'a' }), right(7)]) {
    const joined = joinSides(sides, again);
    assert.equal(joined.kind, 'repeat');
    assert.equal(joined.sides, sides);
    assert.deepEqual(joined.pair, [{ name: 'a', size: 1 }, 7]);
  }
  assert.equal(joinSides({ right: 7 } as Both, right(7)).pair, null);
});

test('the first of a side wins: other content changes nothing and gives no pair', () => {
  const sides: Both = { left: { name: 'a' }, right: 7 };
  for (const other of [left({ name: 'b' }), right(8)]) {
    const joined = joinSides(sides, other);
    assert.deepEqual([joined.kind, joined.pair], ['other', null]);
    assert.equal(joined.sides, sides);
  }
});

test('nothing that a side was given is changed', () => {
  const sides: Both = Object.freeze({ left: Object.freeze({ name: 'a' }) });
  assert.deepEqual(joinSides(sides, right(7)).pair, [{ name: 'a' }, 7]);
  assert.deepEqual(sides, { left: { name: 'a' } });
});
