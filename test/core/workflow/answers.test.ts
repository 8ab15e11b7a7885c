import { Type } from '@sinclair/typebox';
import { workflow } from '../../../core/workflow/definition.ts';
import { isOpen } from '../../../core/workflow/job.ts';
import { assert, test } from '../../harness.ts';
import { answer, answerError, command, ended, endedAs, event, Scene, start } from './support.ts';
import { bothAtOnce, catching, define, sleepThenAsk, Text, twoQuestions } from './workflows.ts';

const endings = ['keep', 'tombstone'] as const;

test('the same workflow again is a repeat, whatever its create-time and the order of its keys (invariant 1)', () => {
  const scene = new Scene([twoQuestions]);
  scene.when(start('w', 'a', { x: 1, y: [2] }));
  const before = scene.job('a');
  const later = {
    'workflow-type': 'w',
    'workflow-id': 'a',
    'create-time': '2031-01-01T00:00:00Z',
    payload: { y: [2], x: 1 },
  };
  endedAs(scene.when(start('w', 'a', {}, { value: JSON.stringify(later) })), 'repeat');
  assert.deepEqual(scene.job('a'), before);
});

test('the same id with other content is a conflict, and never a second job (invariant 1)', () => {
  const other = define(function* () {}, { type: 'other' });
  for (const finished of endings) {
    const scene = new Scene([twoQuestions, other], { finished });
    scene.when(start('w', 'a', { x: 1 }));
    for (const status of ['waiting', 'completed']) {
      endedAs(scene.when(start('w', 'a', { x: 2 })), 'deadLettered workflow-id-conflict');
      endedAs(scene.when(start('other', 'a', { x: 1 })), 'deadLettered workflow-id-conflict');
      assert.equal(scene.jobs.length, 1);
      if (status === 'waiting') scene.when(answer('w', 'a', 0, 'x'), answer('w', 'a', 1, 'y'));
    }
    assert.equal(scene.job('a').status, 'completed');
  }
});

test('input that does not fit its schema goes to the dead letters, and makes no job', () => {
  const strict = workflow({
    type: 'strict',
    version: 1,
    input: Type.Object({ n: Type.Number() }),
    *run() {},
  });
  const scene = new Scene([strict]);
  const { ledger, records } = scene.when(start('strict', 'a', { n: 'secret' }));
  assert.equal(ended(ledger, 'deadLettered invalid-input'), 1);
  assert.ok(!records[0]?.headers?.['requite-detail']?.includes('secret'));
  assert.deepEqual(scene.jobs, []);
  endedAs(scene.when(start('strict', 'a', { n: 1 })), 'applied');
});

test('the first answer stands: a repeat changes nothing, another is a contradiction (invariant 3)', () => {
  const scene = new Scene([twoQuestions]);
  scene.when(start('w', 'a'), answer('w', 'a', 0, 'first'));
  const before = scene.job('a');
  endedAs(scene.when(answer('w', 'a', 0, 'first')), 'repeat');
  endedAs(scene.when(answer('w', 'a', 0, 'other')), 'deadLettered contradicts-first-answer');
  endedAs(scene.when(answerError('w', 'a', 0, 'changed-my-mind')), 'deadLettered contradicts-first-answer');
  assert.deepEqual(scene.job('a'), before);
});

test('in one batch too, the first answer in log order wins (invariant 3)', () => {
  const scene = new Scene([twoQuestions]);
  scene.when(
    start('w', 'a'),
    answer('w', 'a', 0, 'first'),
    answer('w', 'a', 0, 'second'),
    answer('w', 'a', 0, 'first'),
  );
  assert.deepEqual(scene.job('a').steps[0]?.outcome, { kind: 'answer', value: 'first' });
});

for (const finished of endings) {
  test(`after the end, kept as ${finished}, the same answer is a repeat and another a contradiction (invariants 3, 4)`, () => {
    const scene = new Scene([twoQuestions], { finished });
    scene.when(start('w', 'a'), answer('w', 'a', 0, 'x'), answer('w', 'a', 1, 'y'));
    const done = scene.job('a');
    endedAs(scene.when(answer('w', 'a', 1, 'y')), 'repeat');
    endedAs(scene.when(answer('w', 'a', 0, 'x')), 'repeat');
    endedAs(scene.when(answer('w', 'a', 1, 'z')), 'deadLettered contradicts-first-answer');
    endedAs(scene.when(answer('w', 'a', 2, 'z')), 'deadLettered no-such-question');
    endedAs(scene.when(event('orders', 'a', 'z')), 'deadLettered late-event');
    endedAs(scene.when(command('w', 'a', 'retry')), 'repeat');
    assert.deepEqual(scene.job('a'), done);
  });

  test(`after a limit fired, kept as ${finished}, its answer is late, not a contradiction (invariant 3)`, () => {
    const scene = new Scene([catching], { finished });
    scene.when(start('w', 'a'));
    scene.tick(10_000);
    assert.equal(scene.job('a').status, 'completed');
    endedAs(scene.when(answer('w', 'a', 0, 'too late')), 'deadLettered late-answer');
  });

  test(`an event read again after the end, kept as ${finished}, is a repeat (invariant 5)`, () => {
    const scene = new Scene(
      [
        define(function* ({ expect }) {
          yield* expect('orders', Text);
        }),
      ],
      { finished },
    );
    scene.when(start('w', 'a'));
    const record = event('orders', 'a', 'x');
    scene.when(record);
    assert.equal(scene.job('a').status, 'completed');
    endedAs(scene.when(record), 'repeat');
  });
}

test('a tombstone keeps the hashes, and nothing that anybody said (invariant 1)', () => {
  const scene = new Scene([twoQuestions], { finished: 'tombstone' });
  scene.when(
    start('w', 'a', { secret: 'input' }),
    answer('w', 'a', 0, 'secret one'),
    answer('w', 'a', 1, 'secret two'),
  );
  const job = scene.job('a');
  assert.ok(!JSON.stringify(job).includes('secret'));
  assert.match(job.contentHash, /^[0-9a-f]{64}$/);
  assert.match(job.resultHash ?? '', /^[0-9a-f]{64}$/);
  assert.equal(job.outcomeHashes?.length, 2);
});

test('an answer to a step that is no question is refused', () => {
  const scene = new Scene([sleepThenAsk]);
  scene.when(start('w', 'a'));
  endedAs(scene.when(answer('w', 'a', 0, 'wake up')), 'deadLettered no-such-question');
  assert.equal(scene.job('a').status, 'waiting');
});

test('an answer that does not fit its question is refused, and the job still waits for one that does', () => {
  const scene = new Scene([bothAtOnce]);
  scene.when(start('w', 'a'));
  endedAs(scene.when(answer('w', 'a', 0, 7)), 'deadLettered answer-misfit');
  scene.when(answer('w', 'a', 0, 'left'), answer('w', 'a', 1, 'right'));
  assert.equal(scene.job('a').status, 'completed');
});

test('an answer to a workflow of another type under the same id is refused', () => {
  const scene = new Scene([twoQuestions, define(function* () {}, { type: 'other' })]);
  scene.when(start('w', 'a'));
  endedAs(scene.when(answer('other', 'a', 0, 'x')), 'deadLettered no-such-job');
  assert.equal(scene.job('a').steps[0]?.outcome, null);
});

test('an event that was seen is a repeat; a new one with the same content is not', () => {
  const scene = new Scene([
    define(function* ({ expect, all }) {
      yield* all([expect('orders', Text), expect('orders', Text), expect('orders', Text)]);
    }),
  ]);
  const first = event('orders', 'a', 'x');
  endedAs(scene.when(first), 'applied');
  scene.when(start('w', 'a'));
  endedAs(scene.when(first), 'repeat');
  endedAs(scene.when(event('orders', 'a', 'x')), 'applied');
  assert.equal(scene.job('a').steps.filter(({ outcome }) => outcome !== null).length, 2);
});

test('a job is open while it waits for an answer or event, not for time, people or nothing', () => {
  const scene = new Scene([sleepThenAsk]);
  scene.when(start('w', 'a'));
  assert.ok(!isOpen(scene.job('a')));
  scene.tick(3_600_000);
  assert.ok(isOpen(scene.job('a')));
  scene.when(command('w', 'a', 'cancel'));
  assert.ok(!isOpen(scene.job('a')));
});
