import fc from 'fast-check';
import {
  type TumblingDefinition,
  type TumblingState,
  type TumblingWindow,
  tumblingWindows,
} from '../../../core/view/tumbling-windows.ts';
import { assert, test } from '../../harness.ts';

type Texts = readonly string[];

const define = (sizeMs: number, graceMs: number): TumblingDefinition<string, Texts> => ({
  sizeMs,
  graceMs,
  initial: [],
  add: (names, name) => [...names, name].sort(),
});

interface Event {
  readonly timeMs: number;
  readonly name: string;
}

interface Run {
  readonly windows: TumblingWindow<Texts>[];
  readonly late: Texts;
  readonly most: number;
}

/** Adds events one after another, each on the state as it comes back from JSON; gives the windows, closed ones too. */
function run(definition: TumblingDefinition<string, Texts>, events: readonly Event[]): Run {
  const tumbling = tumblingWindows(definition);
  const closed: TumblingWindow<Texts>[] = [];
  const late: string[] = [];
  let most = 0;
  let state: TumblingState<Texts> | undefined;
  for (const { timeMs, name } of events) {
    const added = tumbling.add(state, timeMs, name);
    const stored: TumblingState<Texts> = JSON.parse(JSON.stringify(added.windows));
    assert.deepEqual(stored, added.windows);
    closed.push(...added.closed);
    if (added.window === null) late.push(name);
    state = stored;
    most = Math.max(most, stored.open.length);
  }
  const windows = [...closed, ...(state?.open ?? [])].sort((one, other) =>
    one.startMs < other.startMs ? -1 : 1,
  );
  return { windows, late, most };
}

/** The windows by definition, in exact integers: floor(time / size), cut where there are no safe integers. */
function oracle(events: readonly Event[], sizeMs: number): TumblingWindow<Texts>[] {
  const size = BigInt(sizeMs);
  const [least, most] = [BigInt(Number.MIN_SAFE_INTEGER), BigInt(Number.MAX_SAFE_INTEGER)];
  const byStart = new Map<bigint, string[]>();
  for (const { timeMs, name } of events) {
    const time = BigInt(timeMs);
    const start = time - (((time % size) + size) % size);
    byStart.set(start, [...(byStart.get(start) ?? []), name]);
  }
  return [...byStart]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([start, names]) => ({
      startMs: Number(start < least ? least : start),
      lastMs: Number(start + size - 1n > most ? most : start + size - 1n),
      aggregate: names.sort(),
    }));
}

const events = (...times: number[]): Event[] => times.map((timeMs, at) => ({ timeMs, name: `e${at}` }));
const starts = (windows: readonly TumblingWindow<Texts>[]): number[] => windows.map(({ startMs }) => startMs);

test('windows lie side by side from 1970 on, and before: the end of one is the start of the next', () => {
  const { windows } = run(define(10, 100), events(-11, -10, -1, 0, 9, 10));
  assert.deepEqual(windows, [
    { startMs: -20, lastMs: -11, aggregate: ['e0'] },
    { startMs: -10, lastMs: -1, aggregate: ['e1', 'e2'] },
    { startMs: 0, lastMs: 9, aggregate: ['e3', 'e4'] },
    { startMs: 10, lastMs: 19, aggregate: ['e5'] },
  ]);
});

test('a window is open until the stream time is its end and the grace; then it is told as closed, once', () => {
  const tumbling = tumblingWindows(define(10, 100));
  const first = tumbling.add(undefined, 5, 'a');
  const still = tumbling.add(first.windows, 109, 'b');
  assert.deepEqual(still.closed, []);
  assert.deepEqual(tumbling.add(still.windows, 5, 'in time').window?.aggregate, ['a', 'in time']);
  const gone = tumbling.add(still.windows, 110, 'c');
  assert.deepEqual(gone.closed, [{ startMs: 0, lastMs: 9, aggregate: ['a'] }]);
  assert.deepEqual(tumbling.add(gone.windows, 5, 'late'), {
    windows: gone.windows,
    window: null,
    closed: [],
  });
});

const disordered = fc
  .record({
    sizeMs: fc.integer({ min: 1, max: 40 }),
    graceMs: fc.integer({ min: 0, max: 100 }),
    base: fc.constantFrom(0, 1_764_000_000_000, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 300),
    steps: fc.array(fc.record({ at: fc.integer({ min: 0, max: 300 }), lateness: fc.nat(100) }), {
      minLength: 1,
      maxLength: 30,
    }),
  })
  .map(({ sizeMs, graceMs, base, steps }) => ({
    definition: define(sizeMs, graceMs),
    arriving: steps
      .map(({ at, lateness }, nth) => ({
        timeMs: base + at,
        name: `e${nth}`,
        comes: at + Math.min(lateness, graceMs),
      }))
      .sort((one, other) => one.comes - other.comes),
  }));

test('in whatever order events come within the grace, the windows are those of exact arithmetic', () => {
  fc.assert(
    fc.property(disordered, ({ definition, arriving }) => {
      const { windows, late, most } = run(definition, arriving);
      assert.deepEqual(late, []);
      assert.deepEqual(windows, oracle(arriving, definition.sizeMs));
      assert.ok(most <= definition.graceMs / definition.sizeMs + 2);
    }),
    { numRuns: 1_000 },
  );
});

test('any safe integer has its window, whatever the size', () => {
  const sizes = fc.oneof(
    fc.integer({ min: 1, max: 1_000 }),
    fc.maxSafeNat().filter((size) => size > 0),
  );
  fc.assert(
    fc.property(sizes, fc.maxSafeInteger(), (sizeMs, timeMs) => {
      const [event] = events(timeMs + 0);
      if (event === undefined) throw new Error('there is one');
      assert.deepEqual(run(define(sizeMs, 0), [event]).windows, oracle([event], sizeMs));
    }),
    { numRuns: 1_000 },
  );
});

test('an old event is late, counts nowhere, and leaves the stream time where it is', () => {
  const { windows, late } = run(define(10, 0), events(1_000, -1_000, 1_005));
  assert.deepEqual([starts(windows), late], [[1_000], ['e1']]);
});

test('times that are no safe integers, and settings that bound nothing, are refused', () => {
  assert.throws(() => tumblingWindows(define(10, 0)).add(undefined, 1.5, 'a'), /safe integer/);
  assert.throws(() => tumblingWindows(define(0, 0)), RangeError);
  assert.throws(() => tumblingWindows(define(1, -1)), RangeError);
  assert.throws(() => tumblingWindows(define(1, 86_400_000)), /open windows/);
});
