import { Type } from '@sinclair/typebox';
import { MAX_INBOX } from '../../../core/workflow/decision.ts';
import { workflow } from '../../../core/workflow/definition.ts';
import { MAX_STEPS } from '../../../core/workflow/interpreter.ts';
import { assert, test } from '../../harness.ts';
import { answer, answerError, ended, endedAs, event, Scene, start } from './support.ts';
import { define, Text, twoQuestions } from './workflows.ts';

test('an answer before its question waits, and is taken when the question is asked (invariant 3)', () => {
  const scene = new Scene([twoQuestions]);
  scene.when(start('w', 'a'));
  endedAs(scene.when(answer('w', 'a', 1, 'early')), 'applied');
  endedAs(scene.when(answer('w', 'a', 1, 'early')), 'repeat');
  endedAs(scene.when(answer('w', 'a', 1, 'other')), 'deadLettered contradicts-first-answer');
  const { questions, events } = scene.when(answer('w', 'a', 0, 'now'));
  assert.deepEqual([questions, events], [[], ['answered', 'asked', 'answered', 'completed']]);
});

test('an early answer that does not fit goes to the dead letters once its question is asked', () => {
  const scene = new Scene([twoQuestions]);
  scene.when(start('w', 'a'), answer('w', 'a', 1, 7));
  const { letters, questions } = scene.when(answer('w', 'a', 0, 'now'));
  assert.deepEqual([letters, questions], [['answer-misfit'], ['1 second']]);
  assert.equal(scene.job('a').status, 'waiting');
});

test('an answer before its job waits for it (invariant 3)', () => {
  const scene = new Scene([twoQuestions]);
  const early = scene.when(answer('w', 'a', 0, 'x'));
  endedAs(early, 'applied');
  assert.deepEqual([early.records, scene.job('a').status], [[], 'early']);
  endedAs(scene.when(answer('w', 'a', 0, 'x')), 'repeat');
  endedAs(scene.when(answer('w', 'a', 0, 'y')), 'deadLettered contradicts-first-answer');
  assert.deepEqual(scene.when(start('w', 'a')).questions, ['1 second']);
  assert.equal(scene.job('a').wakeAtMs, null);
});

test('an answer for nobody goes to the dead letters when its wait is over, not before (invariants 3, 6)', () => {
  const scene = new Scene([twoQuestions], { earlyWaitMs: 60_000 });
  scene.when(answer('w', 'a', 0, 'x'));
  scene.nowMs += 30_000;
  scene.when(answerError('w', 'a', 1, 'y'));
  assert.deepEqual(scene.tick(29_999).letters, []);
  const { letters, records } = scene.tick(1);
  assert.deepEqual(letters, ['no-such-job', 'no-such-job']);
  assert.deepEqual(
    records.map(({ value }) => JSON.parse(value as string)),
    [
      { for: 0, answer: 'x' },
      { for: 1, error: { code: 'y', message: 'no' } },
    ],
  );
  assert.equal(scene.find('a'), undefined);
});

test('a workflow that comes after its early answer was given up begins anew and asks', () => {
  const scene = new Scene([twoQuestions]);
  scene.when(answer('w', 'a', 0, 'x'));
  scene.tick(60_000);
  assert.deepEqual(scene.when(start('w', 'a')).questions, ['0 first']);
  assert.equal(scene.job('a').revision, 1);
});

test('an early answer to a workflow of another type is not taken for an answer to this one', () => {
  const scene = new Scene([twoQuestions, define(function* () {}, { type: 'other' })]);
  scene.when(answer('other', 'a', 0, 'for the other'), answer('w', 'a', 0, 'for this'));
  const { letters } = scene.when(start('w', 'a'));
  assert.deepEqual(letters, ['no-such-job']);
  assert.deepEqual(scene.job('a').steps[0]?.outcome, { kind: 'answer', value: 'for this' });
});

test('a workflow refused for its input leaves early answers waiting for one that fits', () => {
  const strict = workflow({
    type: 'strict',
    version: 1,
    input: Type.Object({ n: Type.Number() }),
    *run({ ask }) {
      yield* ask('x', {}, Text);
    },
  });
  const scene = new Scene([strict]);
  scene.when(answer('strict', 'a', 0, 'x'));
  endedAs(scene.when(start('strict', 'a', {})), 'deadLettered invalid-input');
  assert.equal(scene.job('a').status, 'early');
  scene.when(start('strict', 'a', { n: 1 }));
  assert.equal(scene.job('a').status, 'completed');
});

test('early jobs are bounded in each partition; beyond it answers go to the dead letters at once (invariant 7)', () => {
  const scene = new Scene([twoQuestions], { maxEarlyJobs: 2 });
  const ids = Array.from({ length: 400 }, (_, n) => `id-${n}`);
  const { ledger } = scene.when(...ids.map((id) => answer('w', id, 0, 'x')));
  assert.equal(ended(ledger, 'applied'), 8);
  assert.equal(ended(ledger, 'deadLettered no-such-job'), 392);
  assert.equal(scene.jobs.length, 8);
  const { ledger: next } = scene.when(
    answer('w', 'id-0', 1, 'y'),
    answer('w', 'another', 0, 'x'),
    start('w', 'another'),
  );
  assert.deepEqual([ended(next, 'applied'), ended(next, 'deadLettered no-such-job')], [2, 1]);
});

test('an inbox is bounded, and when it is full still lets through what the job waits for (invariant 7)', () => {
  const picky = define(function* ({ expect }) {
    return yield* expect('orders', Text, { where: (text) => text === 'mine' });
  });
  const scene = new Scene([picky]);
  scene.when(
    start('w', 'a'),
    ...Array.from({ length: MAX_INBOX }, (_, n) => event('orders', 'a', `other ${n}`)),
  );
  assert.equal(scene.job('a').inbox.length, MAX_INBOX);
  endedAs(scene.when(event('orders', 'a', 'one more')), 'deadLettered inbox-full');
  assert.equal(scene.job('a').inbox.length, MAX_INBOX);
  endedAs(scene.when(event('orders', 'a', 'mine')), 'applied');
  assert.equal(scene.job('a').status, 'completed');
});

test('the inbox of an early job is bounded (invariant 7)', () => {
  const scene = new Scene([twoQuestions]);
  const answers = Array.from({ length: MAX_STEPS }, (_, step) => answer('w', 'a', step, 'x'));
  const { ledger } = scene.when(
    ...answers,
    event('orders', 'a', 'one more'),
    answer('w', 'a', MAX_STEPS, 'x'),
  );
  assert.equal(ended(ledger, 'applied'), MAX_INBOX);
  assert.deepEqual(
    [ended(ledger, 'deadLettered inbox-full'), ended(ledger, 'deadLettered no-such-question')],
    [1, 1],
  );
});
