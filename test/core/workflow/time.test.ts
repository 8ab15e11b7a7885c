import fc from 'fast-check';
import { durationMs, MAX_DURATION_MS } from '../../../core/workflow/duration.ts';
import { isoTime } from '../../../core/workflow/time.ts';
import { assert, test } from '../../harness.ts';

const golden: readonly (readonly [number, string])[] = [
  [0, '1970-01-01T00:00:00.000Z'],
  [-1, '1969-12-31T23:59:59.999Z'],
  [951_782_400_000, '2000-02-29T00:00:00.000Z'],
  [951_868_799_999, '2000-02-29T23:59:59.999Z'],
  [1_586_960_651_000, '2020-04-15T14:24:11.000Z'],
  [4_107_542_399_999, '2100-02-28T23:59:59.999Z'],
  [4_107_542_400_000, '2100-03-01T00:00:00.000Z'],
  [253_402_300_799_999, '9999-12-31T23:59:59.999Z'],
  [-62_135_596_800_000, '0001-01-01T00:00:00.000Z'],
];
for (const [ms, text] of golden) {
  test(`${ms} ms is ${text}`, () => assert.equal(isoTime(ms), text));
}

interface Clock {
  new (ms: number): { toISOString(): string };
}
const { Date: RuntimeDate } = globalThis as unknown as { Date: Clock };

test("isoTime agrees with the runtime's own calendar over 9999 years", () => {
  const ms = fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 });
  fc.assert(fc.property(ms, (each) => assert.equal(isoTime(each), new RuntimeDate(each).toISOString())));
});

test('a fraction of a millisecond does not show in a time', () => {
  assert.equal(isoTime(1.75), '1970-01-01T00:00:00.001Z');
});

const durations: readonly (readonly [string | number, number])[] = [
  ['250ms', 250],
  ['10s', 10_000],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['30d', 2_592_000_000],
  ['1.5h', 5_400_000],
  ['0s', 0],
  ['0.001s', 1],
  ['36525d', MAX_DURATION_MS],
  [0, 0],
  [1500, 1500],
  [0.6, 1],
  ['0.6ms', 1],
];
for (const [text, ms] of durations) {
  test(`the duration ${JSON.stringify(text)} is ${ms} ms`, () => assert.equal(durationMs(text), ms));
}

const notDurations: readonly (string | number)[] = [
  '',
  '10',
  's',
  '10 s',
  '-1s',
  '1e3s',
  '1S',
  '1w',
  '1.s',
  '.5s',
  '36526d',
  '9999999999ms',
  '1s ',
  '１s',
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  MAX_DURATION_MS + 1,
];
for (const text of notDurations) {
  test(`${JSON.stringify(text)} (${String(text)}) is no duration`, () =>
    assert.throws(() => durationMs(text), RangeError));
}

test('what is no duration at all is refused, not read as one', () => {
  for (const value of [null, undefined, {}, true, 1n])
    assert.throws(() => durationMs(value as never), RangeError);
});
