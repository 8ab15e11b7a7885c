import { Type } from '@sinclair/typebox';
import { type AnyWorkflow, WorkflowFailure } from '../../../core/workflow/definition.ts';
import { assert, test } from '../../harness.ts';
import { answer, command, endedAs, event, Scene, start } from './support.ts';
import { asking, define, Text } from './workflows.ts';

const throwing = (thrown: () => unknown): AnyWorkflow =>
  define(function* ({ ask }) {
    yield* ask('x', {}, Text);
    throw thrown();
  });

test('a definition that throws parks the job with what is on record, and a retry after mending goes on', () => {
  const scene = new Scene([throwing(() => new TypeError('oops'))]);
  scene.when(start('w', 'a'));
  const parked = scene.when(answer('w', 'a', 0, 'one'));
  endedAs(parked, 'parked');
  assert.deepEqual(parked.events, ['answered', 'parked']);
  assert.deepEqual(scene.job('a').problem, { code: 'definition-threw', message: 'TypeError: oops' });
  scene.deploy(
    define(function* ({ ask }) {
      return yield* ask('x', {}, Text);
    }),
  );
  assert.deepEqual(scene.when(command('w', 'a', 'retry')).events, ['resumed', 'completed']);
  assert.equal(scene.job('a').problem, null);
});

test('a retry without mending parks the job again, with the same record', () => {
  const scene = new Scene([throwing(() => new Error('oops'))]);
  scene.when(start('w', 'a'), answer('w', 'a', 0, 'one'));
  const { steps } = scene.job('a');
  assert.deepEqual(scene.when(command('w', 'a', 'retry')).events, ['resumed', 'parked']);
  assert.deepEqual(scene.job('a').steps, steps);
});

test('whatever a definition throws, the job is parked with a problem that fits its report (invariant 8)', () => {
  const thrown: readonly (() => unknown)[] = [
    () => 'text',
    () => null,
    () => undefined,
    () => Symbol('x'),
    () => Object.create(null),
    () => new Error('x'.repeat(100_000)),
    () => ({
      toString: () => {
        throw new Error('again');
      },
    }),
  ];
  for (const each of thrown) {
    const scene = new Scene([throwing(each)]);
    scene.when(start('w', 'a'));
    endedAs(scene.when(answer('w', 'a', 0, 'one')), 'parked');
    const message = scene.job('a').problem?.message ?? '';
    assert.ok(message.length >= 1 && message.length <= 4096);
  }
});

test('a failure with an overlong code and message still fits its report', () => {
  const scene = new Scene([throwing(() => new WorkflowFailure('c'.repeat(1000), 'm'.repeat(10_000)))]);
  scene.when(start('w', 'a'), answer('w', 'a', 0, 'one'));
  const { status, problem } = scene.job('a');
  assert.deepEqual([status, problem?.code.length, problem?.message.length], ['failed', 128, 4096]);
});

test('a definition that throws when it is called parks the job (invariant 8)', () => {
  const strict = define(function* (_context: unknown, input: { person: { name: string } }) {
    yield* [];
    const {
      person: { name },
    } = input;
    return name;
  } as never);
  const eager = define(function* (_context: unknown, { person: { name } }: { person: { name: string } }) {
    yield* [];
    return name;
  } as never);
  for (const definition of [strict, eager]) {
    const scene = new Scene([definition]);
    endedAs(scene.when(start('w', 'a', {})), 'parked');
    assert.match(scene.job('a').problem?.message ?? '', /TypeError/);
  }
});

test('a `where` that throws parks the job, keeps the event, and stops nothing (invariant 8)', () => {
  const waitingFor = (where: () => boolean) =>
    define(function* ({ expect }) {
      return yield* expect('orders', Text, { where });
    });
  const scene = new Scene([
    waitingFor(() => {
      throw new Error('where?');
    }),
  ]);
  scene.when(start('w', 'a'));
  endedAs(scene.when(event('orders', 'a', 'x')), 'parked');
  scene.deploy(waitingFor(() => true));
  scene.when(command('w', 'a', 'retry'));
  assert.equal(scene.job('a').status, 'completed');
});

test('a schema that cannot be checked parks the job and keeps the answer (invariant 8)', () => {
  const odd = { ...Type.String(), [Symbol.for('TypeBox.Kind')]: 'NoSuchKind' } as unknown as typeof Text;
  const scene = new Scene([
    define(function* ({ ask }) {
      return yield* ask('x', {}, odd);
    }),
  ]);
  scene.when(start('w', 'a'));
  endedAs(scene.when(answer('w', 'a', 0, 'kept')), 'parked');
  scene.deploy(asking('x'));
  assert.deepEqual(scene.when(command('w', 'a', 'retry')).events, ['resumed', 'answered', 'completed']);
});

test('an event that a stuck run had taken is not taken twice by the retry', () => {
  const twoEvents = (mended: boolean): AnyWorkflow =>
    define(function* ({ expect }) {
      const one = yield* expect('orders', Text);
      if (!mended) throw new Error('not yet');
      return [one, yield* expect('orders', Text)];
    });
  const scene = new Scene([twoEvents(false)]);
  scene.when(start('w', 'a'));
  endedAs(scene.when(event('orders', 'a', 'one')), 'parked');
  scene.deploy(twoEvents(true));
  assert.deepEqual(scene.when(command('w', 'a', 'retry')).events, ['resumed', 'expecting']);
  scene.when(event('orders', 'a', 'two'));
  assert.deepEqual(scene.job('a').events.at(-1), { event: 'completed', result: ['one', 'two'] });
});

test('what a stuck run took from the inbox for a question never sent waits for the retry', () => {
  const scene = new Scene([
    define(function* ({ ask }) {
      yield* ask('x', {}, Text);
      throw new Error('oops');
    }),
  ]);
  scene.when(answer('w', 'a', 0, 'early'));
  endedAs(scene.when(start('w', 'a')), 'parked');
  assert.deepEqual([scene.job('a').steps, scene.job('a').inbox.length], [[], 1]);
  scene.deploy(asking('x'));
  assert.deepEqual(scene.when(command('w', 'a', 'retry')).events, [
    'resumed',
    'asked',
    'answered',
    'completed',
  ]);
});

test('events that come while parked wait for the retry', () => {
  const expecting = define(function* ({ expect }) {
    return yield* expect('orders', Text);
  });
  const scene = new Scene([expecting]);
  scene.when(start('w', 'a'));
  scene.deploy(
    define(function* () {
      yield* [];
      throw new Error('oops');
    }),
  );
  endedAs(scene.when(event('orders', 'a', 'one')), 'parked');
  endedAs(scene.when(event('orders', 'a', 'two')), 'applied');
  scene.deploy(expecting);
  const { reports, letters } = scene.when(command('w', 'a', 'retry'));
  assert.deepEqual(reports[0]?.events.at(-1), { event: 'completed', result: 'one' });
  assert.deepEqual(letters, ['never-asked']);
});
