import { assert, test } from '../../harness.ts';
import {
  answer,
  answerError,
  cancelUnlessEnded,
  command,
  endedAs,
  event,
  Scene,
  start,
  startCancelled,
} from './support.ts';
import { asking, define, Text } from './workflows.ts';

test('a retry of a job that is not parked asks again and changes nothing', () => {
  const scene = new Scene([asking('x')]);
  scene.when(start('w', 'a'));
  const before = scene.job('a');
  const retried = scene.when(command('w', 'a', 'retry'));
  endedAs(retried, 'repeat');
  assert.deepEqual(retried.questions, ['0 x']);
  assert.deepEqual(scene.job('a'), before);
});

test('a cancelled job ends, and its late answer and unused events go to the dead letters', () => {
  for (const finished of ['keep', 'tombstone'] as const) {
    const scene = new Scene(
      [
        define(function* ({ ask, expect, all }) {
          yield* all([ask('x', {}, Text), expect('orders', Text)]);
        }),
      ],
      { finished },
    );
    scene.when(start('w', 'a'), event('payments', 'a', 'unused'));
    const cancelled = scene.when(command('w', 'a', 'cancel'));
    assert.deepEqual([cancelled.events, cancelled.letters], [['cancelled'], ['never-asked']]);
    assert.deepEqual(
      [scene.job('a').status, scene.job('a').inbox, scene.job('a').wakeAtMs],
      ['cancelled', [], null],
    );
    endedAs(scene.when(answer('w', 'a', 0, 'late')), 'deadLettered late-answer');
    endedAs(scene.when(answerError('w', 'a', 0, 'late')), 'deadLettered late-answer');
    endedAs(scene.when(event('orders', 'a', 'late')), 'deadLettered late-event');
    endedAs(scene.when(command('w', 'a', 'cancel')), 'repeat');
    endedAs(scene.when(start('w', 'a')), 'repeat');
  }
});

test('a parked job can be cancelled, and nothing of its problem stays', () => {
  const scene = new Scene([
    define(function* () {
      yield* [];
      throw new Error('oops');
    }),
  ]);
  scene.when(start('w', 'a'));
  scene.when(command('w', 'a', 'cancel'));
  assert.deepEqual([scene.job('a').status, scene.job('a').problem], ['cancelled', null]);
});

test('a command to a finished, unknown or foreign job is refused', () => {
  const scene = new Scene([define(function* () {}), define(function* () {}, { type: 'other' })]);
  scene.when(start('w', 'a'), answer('w', 'early', 0, 'x'));
  endedAs(scene.when(command('w', 'a', 'cancel')), 'deadLettered already-finished');
  for (const record of [
    command('w', 'nobody', 'cancel'),
    command('other', 'a', 'cancel'),
    command('w', 'early', 'retry'),
  ]) {
    endedAs(scene.when(record), 'deadLettered no-such-job');
  }
});

test('a workflow that is put on the queue as cancelled ends at once, and the same to be run is a repeat', () => {
  for (const finished of ['keep', 'tombstone'] as const) {
    const scene = new Scene([asking('x')], { finished });
    const ended = scene.when(answer('w', 'a', 0, 'early'), startCancelled('w', 'a'));
    assert.deepEqual([ended.events, ended.questions], [['started', 'cancelled'], []]);
    assert.deepEqual([scene.job('a').status, scene.job('a').inbox], ['cancelled', []]);
    endedAs(scene.when(start('w', 'a')), 'repeat');
    endedAs(scene.when(startCancelled('w', 'a')), 'repeat');
  }
});

test('a workflow that runs is not ended by being put on the queue as cancelled', () => {
  const scene = new Scene([asking('x')]);
  scene.when(start('w', 'a'));
  endedAs(scene.when(startCancelled('w', 'a')), 'repeat');
  assert.equal(scene.job('a').status, 'waiting');
});

test('a cancel unless ended is no error for a job that has ended, and changes nothing of it', () => {
  const scene = new Scene([
    define(function* () {}),
    define(
      function* ({ ask }) {
        yield* ask('x', {}, Text);
      },
      { type: 'asks' },
    ),
  ]);
  scene.when(start('w', 'a'), start('asks', 'b'));
  const before = scene.job('a');
  endedAs(scene.when(cancelUnlessEnded('w', 'a')), 'repeat');
  assert.deepEqual(scene.job('a'), before);
  scene.when(cancelUnlessEnded('asks', 'b'));
  assert.equal(scene.job('b').status, 'cancelled');
});
