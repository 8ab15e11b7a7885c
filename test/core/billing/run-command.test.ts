import fc from 'fast-check';
import { paceOf } from '../../../core/billing/pace.ts';
import {
  firstStanding,
  nextAttemptId,
  type RunCommand,
  type RunStanding,
  standingAfter,
} from '../../../core/billing/run-command.ts';
import { assert, test } from '../../harness.ts';

const head = { 'run-id': 'r', id: 'i', time: '2026-11-22T08:00:00.000Z', by: 'anna' };
const told = (command: 'pause' | 'resume' | 'cancel'): RunCommand => ({ ...head, command });
const release = (upTo: number): RunCommand => ({ ...head, command: 'release', 'up-to': upTo });
const after = (count: number, ...commands: RunCommand[]): RunStanding =>
  commands.reduce((standing, command) => standingAfter(standing, command, count), firstStanding(count));

test('a short run needs no release, and none goes beyond its end', () => {
  assert.deepEqual(firstStanding(3), { control: 'running', released: 3 });
  assert.deepEqual(after(5_000, release(9_000)), { control: 'running', released: 5_000 });
  assert.equal(after(5_000, release(4_000), release(2_000)).released, 4_000);
});

test('a release that comes after a pause or a cancel counts for nothing; the first cancel is final', () => {
  assert.deepEqual(after(5_000, told('pause'), release(2_000)), { control: 'paused', released: 100 });
  const resumed = after(5_000, told('pause'), release(2_000), told('resume'), release(3_000));
  assert.deepEqual(resumed, { control: 'running', released: 3_000 });
  const cancelled = after(
    5_000,
    release(2_000),
    told('cancel'),
    release(3_000),
    told('resume'),
    told('pause'),
  );
  assert.deepEqual(cancelled, { control: 'cancelled', released: 2_000 });
});

test('each attempt has an id of its own, which no other customer and no other run can have', () => {
  assert.equal(nextAttemptId('r-1_c'), 'r-1+2_c');
  assert.equal(nextAttemptId('r-1+2_c'), 'r-1+3_c');
  assert.equal(nextAttemptId('r-1+9_c_d.e+f'), 'r-1+10_c_d.e+f');
  assert.equal(nextAttemptId('2026-11.c'), '2026-11+2.c');
  assert.equal(nextAttemptId('orders-2026-11+2.c'), 'orders-2026-11+3.c');
  assert.equal(nextAttemptId('nothing'), null);
  const id = fc.tuple(
    fc.constantFrom('r', '2026-11'),
    fc.constantFrom('_', '.'),
    fc.string({ minLength: 1 }),
  );
  fc.assert(
    fc.property(id, id, (one, other) => {
      const [a, b] = [one.join(''), other.join('')];
      return a === b || nextAttemptId(a) !== nextAttemptId(b);
    }),
  );
});

test('whatever the window, a run is published whole, in its bounds, however reports come', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20_000 }),
      fc.integer({ min: 1, max: 30_000 }),
      fc.infiniteStream(fc.double({ min: 0.01, max: 1, noNaN: true })),
      (count, window, shares) => {
        let { released } = firstStanding(count);
        let published = 0;
        let inFlight = 0;
        for (let round = 0; published < count; round++) {
          if (round > 10 * count + 100) return false; // it stands still
          const pace = paceOf({ count, released, published, inFlight }, window);
          if (published + pace.room > released || inFlight + pace.room > window) return false;
          published += pace.room;
          inFlight += pace.room;
          released = Math.max(released, pace.release ?? 0);
          inFlight -= Math.ceil(inFlight * (shares.next().value ?? 1));
        }
        return true;
      },
    ),
  );
});
