import { expect, test } from 'bun:test';
import { hasPace, rateOf, withEnded } from '../../../services/coordinator/view/run-rate.ts';

const now = 1_000_000_500;
const second = Math.floor(now / 1000);
const long = now - 3_600_000;

test('the rate is of the last ten seconds, and 0 when nothing moves any more', () => {
  const recent = withEnded(
    [],
    new Map([
      [second - 60, 1_000],
      [second - 10, 100],
      [second, 5],
    ]),
  );
  expect(rateOf(recent, long, now)).toBe(10);
  expect(rateOf(recent, long, now + 30_000)).toBe(0);
  expect(rateOf([], long, now)).toBe(0);
});

test('of a run that has just begun it is of the time since then', () => {
  expect(rateOf([[second, 50]], now - 2_000, now)).toBe(25);
  expect(rateOf([[second, 50]], now, now)).toBe(50);
});

test('when it will end can be told once something has moved for two seconds of the last ten', () => {
  expect(hasPace([], now)).toBe(false);
  expect(hasPace([[second, 47]], now)).toBe(false);
  expect(hasPace([[second - 1, 47]], now)).toBe(false);
  expect(hasPace([[second - 2, 47]], now)).toBe(true);
  // it has just gone on after a pause
  expect(
    hasPace(
      [
        [second - 60, 1_000],
        [second, 47],
      ],
      now,
    ),
  ).toBe(false);
});

test('a clock that is a little ahead counts, one of another age does not', () => {
  expect(rateOf([[second + 2, 50]], now - 2_000, now)).toBe(25);
  expect(rateOf([[second + 3_600, 50]], now - 2_000, now)).toBe(0);
});

test('what is kept is bounded, and the same whatever it was added in', () => {
  let recent = withEnded([], new Map());
  for (let at = 0; at < 100; at++) recent = withEnded(recent, new Map([[at, 1]]));
  const together = withEnded([], new Map(Array.from({ length: 100 }, (_, at) => [at, 1])));
  expect(recent).toEqual(together);
  expect(recent.length).toBe(15);
  expect(withEnded(recent, new Map([[99, 2]])).at(-1)).toEqual([99, 3]);
});
