// A question that can't be taken back: what its job can no longer do.
import { Type } from '../../../core/mod.ts';
import { type AnyWorkflow, WorkflowFailure, workflow } from '../../../core/workflow/definition.ts';
import { assert, test } from '../../harness.ts';
import { answer, answerError, command, Scene, start } from './support.ts';

const type = 'sale';

/** Asks for a room, then for a number, and fails where it is told to. */
const sale = (version = 1): AnyWorkflow =>
  workflow({
    type,
    version,
    input: Type.Unknown(),
    *run({ ask }, input) {
      yield* ask('room', {}, Type.String());
      const number = yield* ask('number', {}, Type.String(), { irrevocable: true });
      if (input === 'fails') throw new WorkflowFailure('sold-out', 'nothing is left');
      return { number };
    },
  });

/** A scene whose job waits for its number. */
function waiting(input = 'sells'): Scene {
  const scene = new Scene([sale()]);
  scene.when(start(type, 'a', input));
  scene.when(answer(type, 'a', 0, 'room 1'));
  return scene;
}

test('a job can be cancelled before it asks what can not be taken back', () => {
  const scene = new Scene([sale()]);
  scene.when(start(type, 'a', 'sells'), command(type, 'a', 'cancel'));
  assert.equal(scene.job('a').status, 'cancelled');
});

test('once it has asked, a cancel is refused, and the job completes', () => {
  const scene = waiting();
  const { letters } = scene.when(command(type, 'a', 'cancel'));
  assert.deepEqual(letters, ['not-cancellable']);
  scene.when(answer(type, 'a', 1, 'n-1'));
  assert.equal(scene.job('a').status, 'completed');
});

test('a cancel in the batch in which it asks comes too late, and one before it in time', () => {
  const late = new Scene([sale()]);
  late.when(start(type, 'a', 'sells'), answer(type, 'a', 0, 'room 1'), command(type, 'a', 'cancel'));
  assert.equal(late.job('a').status, 'waiting');
  const early = new Scene([sale()]);
  early.when(start(type, 'a', 'sells'), command(type, 'a', 'cancel'), answer(type, 'a', 0, 'room 1'));
  assert.equal(early.job('a').status, 'cancelled');
});

test('an engine that has not its definition refuses the cancel too: what was asked is on the job', () => {
  const scene = new Scene([sale(1), sale(2)]);
  scene.when(start(type, 'a', 'sells'));
  scene.when(answer(type, 'a', 0, 'room 1'));
  scene.deploy(sale(1));
  scene.when(answer(type, 'a', 1, 'n-1'));
  assert.equal(scene.job('a').problem?.code, 'version-missing');
  assert.deepEqual(scene.when(command(type, 'a', 'cancel')).letters, ['not-cancellable']);
  scene.deploy(sale(1), sale(2));
  scene.when(command(type, 'a', 'retry'));
  assert.equal(scene.job('a').status, 'completed');
});

test('a job that would fail after its answer is parked, and completes when that is mended', () => {
  const scene = waiting('fails');
  scene.when(answer(type, 'a', 1, 'n-1'));
  assert.deepEqual(
    [scene.job('a').status, scene.job('a').problem],
    [
      'parked',
      {
        code: 'failed-irrevocably',
        message: 'the workflow may only complete after what it asked, but: sold-out: nothing is left',
      },
    ],
  );
  assert.deepEqual(scene.when(command(type, 'a', 'cancel')).letters, ['not-cancellable']);
});

test('an error for an answer is no promise: the job fails', () => {
  const scene = waiting();
  scene.when(answerError(type, 'a', 1, 'no-series'));
  assert.deepEqual([scene.job('a').status, scene.job('a').problem?.code], ['failed', 'no-series']);
});

test('it stands alone, and without a limit', () => {
  const asks: readonly AnyWorkflow['run'][] = [
    function* ({ ask }) {
      return yield* ask('number', {}, Type.String(), { irrevocable: true, timeLimit: '1s' });
    },
    function* ({ ask }) {
      return yield* ask('number', {}, Type.String(), { irrevocable: true, retries: 1 });
    },
    function* ({ ask, all }) {
      return yield* all([ask('number', {}, Type.String(), { irrevocable: true })]);
    },
    function* ({ ask, allSettled }) {
      return yield* allSettled([ask('number', {}, Type.String(), { irrevocable: true })]);
    },
  ];
  for (const run of asks) {
    const scene = new Scene([workflow({ type, version: 1, input: Type.Unknown(), run })]);
    scene.when(start(type, 'a', null));
    const { status, problem } = scene.job('a');
    assert.deepEqual([status, problem?.code], ['parked', 'definition-threw']);
    assert.ok(problem?.message.includes('an irrevocable question') === true, 'and says why');
  }
});
