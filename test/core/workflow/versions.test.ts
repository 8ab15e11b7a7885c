import { type AnyWorkflow, WorkflowFailure } from '../../../core/workflow/definition.ts';
import { assert, test } from '../../harness.ts';
import { answer, command, endedAs, Scene, start } from './support.ts';
import { asking, catching, define, limited, Numeric, sleepThenAsk, Text, twoQuestions } from './workflows.ts';

const others: readonly (readonly [string, AnyWorkflow])[] = [
  ['another category', asking('y')],
  [
    'another payload',
    define(function* ({ ask }) {
      return yield* ask('x', { more: 1 }, Text);
    }),
  ],
  [
    'another kind',
    define(function* ({ sleep }) {
      yield* sleep('1h');
    }),
  ],
  [
    'nothing',
    define(function* () {
      yield* [];
      return 'done';
    }),
  ],
  [
    'a failure',
    define(function* () {
      yield* [];
      throw new WorkflowFailure('no', 'no');
    }),
  ],
];
for (const [name, changed] of others) {
  test(`a definition that now has ${name} where a question is on record parks the job as diverged`, () => {
    const scene = new Scene([asking('x')]);
    scene.when(start('w', 'a'));
    scene.deploy(changed);
    endedAs(scene.when(answer('w', 'a', 0, 'kept')), 'parked');
    assert.equal(scene.job('a').problem?.code, 'diverged');
    scene.deploy(asking('x'));
    assert.deepEqual(scene.when(command('w', 'a', 'retry')).events, ['resumed', 'answered', 'completed']);
  });
}

test('a definition that asks one after the other what was asked at once is parked as diverged', () => {
  const scene = new Scene([
    define(function* ({ ask, all }) {
      yield* all([ask('x', {}, Text), ask('y', {}, Text)]);
    }),
  ]);
  scene.when(start('w', 'a'));
  scene.deploy(
    define(function* ({ ask }) {
      yield* ask('x', {}, Text);
      yield* ask('y', {}, Text);
    }),
  );
  endedAs(scene.when(answer('w', 'a', 1, 'kept')), 'parked');
  assert.equal(scene.job('a').problem?.code, 'diverged');
});

test('a job goes on under the version that it began under', () => {
  const scene = new Scene([asking('old', 1)]);
  scene.when(start('w', 'a'));
  scene.deploy(asking('old', 1), asking('new', 2));
  assert.deepEqual(scene.when(start('w', 'b')).questions, ['0 new']);
  scene.when(answer('w', 'a', 0, 'x'));
  assert.deepEqual([scene.job('a').status, scene.job('a').version], ['completed', 1]);
});

test('where the version is missing a job is parked, keeps the answer, and a retry resumes it under its version', () => {
  const scene = new Scene([asking('x', 1)]);
  scene.when(start('w', 'a'));
  scene.deploy(asking('new', 2));
  endedAs(scene.when(answer('w', 'a', 0, 'kept')), 'parked');
  assert.equal(scene.job('a').problem?.code, 'version-missing');
  assert.deepEqual(scene.when(command('w', 'a', 'retry')).events, ['resumed', 'parked']);
  scene.deploy(asking('x', 1), asking('new', 2));
  assert.deepEqual(scene.when(command('w', 'a', 'retry')).events, ['resumed', 'answered', 'completed']);
  assert.equal(scene.job('a').version, 1);
});

test('an answer that comes while parked is kept, and a repeat or contradiction of it is told (invariant 3)', () => {
  const scene = new Scene([asking('x', 1)]);
  scene.when(start('w', 'a'));
  scene.deploy(asking('new', 2));
  scene.when(answer('w', 'a', 0, 'first'));
  endedAs(scene.when(answer('w', 'a', 0, 'first')), 'repeat');
  endedAs(scene.when(answer('w', 'a', 0, 'second')), 'deadLettered contradicts-first-answer');
  scene.deploy(asking('x', 1));
  const { reports } = scene.when(command('w', 'a', 'retry'));
  assert.deepEqual(reports[0]?.events.at(-1), { event: 'completed', result: 'first' });
});

test('an answer that came while parked and does not fit is put aside by the retry, which asks again', () => {
  const scene = new Scene([asking('x', 1)]);
  scene.when(start('w', 'a'));
  scene.deploy(asking('new', 2));
  scene.when(answer('w', 'a', 0, { not: 'text' }));
  scene.deploy(asking('x', 1));
  const retried = scene.when(command('w', 'a', 'retry'));
  assert.deepEqual([retried.letters, retried.questions], [['answer-misfit'], ['0 x']]);
  assert.equal(scene.job('a').status, 'waiting');
  scene.when(answer('w', 'a', 0, 'fits'));
  assert.equal(scene.job('a').status, 'completed');
});

test('a recorded answer that a changed schema no longer takes parks the job, and mending frees it', () => {
  const scene = new Scene([twoQuestions]);
  scene.when(start('w', 'a'), answer('w', 'a', 0, 'one'));
  scene.deploy(
    define(function* ({ ask }) {
      yield* ask('first', { n: 1 }, Numeric);
      yield* ask('second', {}, Text);
    }),
  );
  endedAs(scene.when(answer('w', 'a', 1, 'two')), 'parked');
  assert.equal(scene.job('a').problem?.code, 'answer-misfit');
  scene.deploy(twoQuestions);
  assert.deepEqual(scene.when(command('w', 'a', 'retry')).events, ['resumed', 'answered', 'completed']);
});

test('a sleep that ends while its version is missing has ended once the job is retried', () => {
  const scene = new Scene([sleepThenAsk]);
  scene.when(start('w', 'a'));
  scene.deploy();
  assert.deepEqual(scene.tick(3_600_000).events, ['parked']);
  assert.deepEqual(scene.tick(1).events, []);
  scene.deploy(sleepThenAsk);
  scene.when(command('w', 'a', 'retry'));
  assert.deepEqual(scene.tick().events, ['elapsed', 'asked']);
  assert.equal(scene.job('a').status, 'waiting');
});

test('a limit that fires while the version is missing does not cost the question its retries', () => {
  const scene = new Scene([limited]);
  scene.when(start('w', 'a'));
  scene.deploy();
  scene.tick(10_000);
  scene.deploy(limited);
  assert.deepEqual(scene.when(command('w', 'a', 'retry')).questions, ['0 slow']);
  assert.deepEqual(scene.tick().events, ['asked']);
  assert.deepEqual(scene.tick(10_000).events, ['expired', 'failed']);
});

test('a parked job is not woken by time, and an answer before the retry beats the limit', () => {
  const scene = new Scene([catching]);
  scene.when(start('w', 'a'));
  scene.deploy(asking('new', 2));
  scene.tick(10_000);
  assert.deepEqual(scene.tick(1_000_000).records, []);
  scene.when(answer('w', 'a', 0, 'in time'));
  scene.deploy(catching);
  const { reports } = scene.when(command('w', 'a', 'retry'));
  assert.deepEqual(reports[0]?.events.at(-1), { event: 'completed', result: 'in time' });
});
