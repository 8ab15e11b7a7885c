import fc from 'fast-check';
import {
  type Session,
  type SessionDefinition,
  type Sessions,
  sessionWindows,
} from '../../../core/view/session-windows.ts';
import { assert, test } from '../../harness.ts';

type Texts = readonly string[];

/** Sessions that know the names of their events, sorted: what is added in another order is the same. */
const naming = {
  initial: [] as Texts,
  add: (names: Texts, name: string): Texts => [...names, name].sort(),
  merge: (one: Texts, other: Texts): Texts => [...one, ...other].sort(),
};
const define = (gapMs: number, graceMs: number): SessionDefinition<string, Texts> => ({
  gapMs,
  graceMs,
  ...naming,
});

interface Event {
  readonly timeMs: number;
  readonly name: string;
}

interface Run {
  readonly state: Sessions<Texts> | undefined;
  readonly closed: readonly Session<Texts>[];
  readonly late: Texts;
  readonly most: number;
}

/** Adds events one after another, each on the state as it comes back from JSON. */
function run(definition: SessionDefinition<string, Texts>, events: readonly Event[]): Run {
  const windows = sessionWindows(definition);
  const closed: Session<Texts>[] = [];
  const late: string[] = [];
  let most = 0;
  let state: Sessions<Texts> | undefined;
  for (const { timeMs, name } of events) {
    const added = windows.add(state, timeMs, name);
    const stored: Sessions<Texts> = JSON.parse(JSON.stringify(added.sessions));
    assert.deepEqual(stored, added.sessions);
    closed.push(...added.closed);
    if (added.session === null) late.push(name);
    else assert.ok(added.session.aggregate.includes(name) && stored.open.length > 0);
    state = stored;
    most = Math.max(most, state.open.length);
  }
  return { state, closed, late, most };
}

const byStart = (one: Session<Texts>, other: Session<Texts>): number =>
  one.startMs < other.startMs ? -1 : 1;
const everything = ({ state, closed }: Run): Session<Texts>[] =>
  [...closed, ...(state?.open ?? [])].sort(byStart);

/** The sessions by definition: sorted, and cut where more than the gap lies between. Exact at any safe integer. */
function oracle(events: readonly Event[], gapMs: number): Session<Texts>[] {
  const sorted = events.toSorted((one, other) => one.timeMs - other.timeMs);
  const sessions: { startMs: number; endMs: number; aggregate: string[] }[] = [];
  for (const { timeMs, name } of sorted) {
    const last = sessions.at(-1);
    if (last !== undefined && BigInt(timeMs) - BigInt(last.endMs) <= BigInt(gapMs)) {
      last.endMs = timeMs;
      last.aggregate = [...last.aggregate, name].sort();
    } else sessions.push({ startMs: timeMs, endMs: timeMs, aggregate: [name] });
  }
  return sessions;
}

const events = (...times: number[]): Event[] => times.map((timeMs, at) => ({ timeMs, name: `e${at}` }));
const bounds = (sessions: readonly Session<Texts>[]): number[][] =>
  sessions.map(({ startMs, endMs }) => [startMs, endMs]);

test('events as far apart as the gap are of one session, a millisecond more makes two', () => {
  assert.deepEqual(bounds(everything(run(define(10, 100), events(0, 10, 20)))), [[0, 20]]);
  assert.deepEqual(bounds(everything(run(define(10, 100), events(0, 11)))), [
    [0, 0],
    [11, 11],
  ]);
  assert.deepEqual(bounds(everything(run(define(0, 0), events(5, 5, 6)))), [
    [5, 5],
    [6, 6],
  ]);
});

test('an event between two sessions makes one of them, with the values of both', () => {
  const windows = sessionWindows(define(10, 100));
  const first = windows.add(undefined, 0, 'a');
  const second = windows.add(first.sessions, 20, 'b');
  assert.equal(second.sessions.open.length, 2);
  const merged = windows.add(second.sessions, 10, 'c');
  assert.deepEqual(merged.session, { startMs: 0, endMs: 20, aggregate: ['a', 'b', 'c'] });
  assert.deepEqual(merged.sessions, { streamTimeMs: 20, open: [merged.session] });
});

test('a session is open until the stream time is more than gap and grace beyond its end', () => {
  const still = run(define(10, 100), events(0, 110));
  assert.deepEqual(bounds(still.closed), []);
  const gone = run(define(10, 100), events(0, 111));
  assert.deepEqual([bounds(gone.closed), bounds(gone.state?.open ?? [])], [[[0, 0]], [[111, 111]]]);
});

test('an event whose session would be closed already is late: it changes nothing', () => {
  const windows = sessionWindows(define(10, 100));
  const { sessions } = windows.add(undefined, 1_000, 'a');
  assert.deepEqual(windows.add(sessions, 889, 'late'), { sessions, session: null, closed: [] });
  assert.deepEqual(windows.add(sessions, 890, 'in time').session?.aggregate, ['in time']);
});

test('an event behind the grace counts where a session that it touches is open', () => {
  const windows = sessionWindows(define(10, 100));
  const open = windows.add(windows.add(undefined, 895, 'a').sessions, 1_000, 'b').sessions;
  assert.deepEqual(windows.add(open, 885, 'c').session, { startMs: 885, endMs: 895, aggregate: ['a', 'c'] });
});

/** Events with how late each comes, at most the grace: any order of arrival in which none is further behind. */
const disordered = fc
  .record({
    gapMs: fc.integer({ min: 0, max: 20 }),
    graceMs: fc.integer({ min: 0, max: 100 }),
    base: fc.constantFrom(0, 1_764_000_000_000, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 300),
    steps: fc.array(fc.record({ at: fc.integer({ min: 0, max: 300 }), lateness: fc.nat(100) }), {
      minLength: 1,
      maxLength: 30,
    }),
  })
  .map(({ gapMs, graceMs, base, steps }) => ({
    definition: define(gapMs, graceMs),
    arriving: steps
      .map(({ at, lateness }, nth) => ({
        timeMs: base + at,
        name: `e${nth}`,
        comes: at + Math.min(lateness, graceMs),
      }))
      .sort((one, other) => one.comes - other.comes),
  }));

test('in whatever order events come within the grace, the sessions are those of the sorted events', () => {
  fc.assert(
    fc.property(disordered, ({ definition, arriving }) => {
      const outcome = run(definition, arriving);
      assert.deepEqual(outcome.late, []);
      assert.deepEqual(everything(outcome), oracle(arriving, definition.gapMs));
    }),
    { numRuns: 1_000 },
  );
});

test('whatever the order, without limits: each event counts once or is late, sessions keep apart, few are open', () => {
  const anything = fc.record({
    gapMs: fc.integer({ min: 0, max: 20 }),
    graceMs: fc.integer({ min: 0, max: 60 }),
    times: fc.array(fc.oneof(fc.integer({ min: -200, max: 200 }), fc.maxSafeInteger()), { maxLength: 30 }),
  });
  fc.assert(
    fc.property(anything, ({ gapMs, graceMs, times }) => {
      const arriving = events(...times);
      const outcome = run(define(gapMs, graceMs), arriving);
      const counted = everything(outcome).flatMap(({ aggregate }) => aggregate);
      assert.deepEqual([...counted, ...outcome.late].sort(), arriving.map(({ name }) => name).sort());
      const open = outcome.state?.open ?? [];
      for (const [at, session] of open.entries()) {
        const next = open[at + 1];
        if (next !== undefined) assert.ok(next.startMs - session.endMs > gapMs);
      }
      assert.ok(outcome.most <= (gapMs + graceMs) / (gapMs + 1) + 1);
    }),
    { numRuns: 1_000 },
  );
});

test('negative zero is zero, so that the state survives JSON', () => {
  const { sessions } = sessionWindows(define(10, 100)).add(undefined, -0, 'a');
  assert.ok(Object.is(sessions.streamTimeMs, 0) && Object.is(sessions.open[0]?.startMs, 0));
});

test('times that are no safe integers, and settings that bound nothing, are refused', () => {
  const windows = sessionWindows(define(10, 100));
  for (const time of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])
    assert.throws(() => windows.add(undefined, time, 'a'), /safe integer/);
  assert.throws(() => sessionWindows(define(-1, 0)), RangeError);
  assert.throws(() => sessionWindows(define(1, 0.5)), RangeError);
  assert.throws(() => sessionWindows(define(Number.MAX_SAFE_INTEGER, 1)), RangeError);
  assert.throws(() => sessionWindows(define(0, 86_400_000)), /open windows/);
});
