import { Type } from '@sinclair/typebox';
import { contextFor, NoInput, type Pending, workflow } from '../../../core/workflow/definition.ts';
import { Definitions } from '../../../core/workflow/definitions.ts';
import { assert, test } from '../../harness.ts';
import { answer, answerError, event, Scene, start } from './support.ts';
import {
  bothAtOnce,
  catching,
  define,
  limited,
  Numeric,
  sleepThenAsk,
  Text,
  twoQuestions,
} from './workflows.ts';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type ValueOf<P> = P extends Pending<infer V> ? V : never;

test('ask, expect, sleep and all infer the types of their values', () => {
  const { ask, expect, sleep, all } = contextFor({
    workflowId: 'a',
    workflowType: 'w',
    version: 1,
    createTime: '',
  });
  const Person = Type.Object({ name: Text, age: Type.Optional(Numeric) });
  const one = ask('person', {}, Person);
  const several = all([one, expect('orders', Numeric), sleep('1s'), all([ask('x', {}, Text)])]);
  type Slept = ValueOf<ReturnType<typeof sleep>>;
  const asked: Same<ValueOf<typeof one>, { name: string; age?: number }> = true;
  const gathered: Same<
    ValueOf<typeof several>,
    [{ name: string; age?: number }, number, Slept, [string]]
  > = true;
  assert.ok(asked && gathered);
  // @ts-expect-error an answer is not of any type
  const wrong: Pending<number> = ask('x', {}, Text);
  assert.equal(wrong.request.kind, 'ask');
});

test('the input and result of a workflow have the types of its schema and its return', () => {
  const typed = workflow({
    type: 'typed',
    version: 1,
    input: Type.Object({ n: Numeric }),
    *run({ ask }, { n }) {
      const text: string = yield* ask('x', { n }, Text);
      return { text, twice: 2 * n };
    },
  });
  type Result = ReturnType<typeof typed.run> extends Generator<unknown, infer R, unknown> ? R : never;
  const result: Same<Result, { text: string; twice: number }> = true;
  assert.ok(result);
  assert.deepEqual(typed.expects, []);
});

test('a workflow asks, waits, and goes on with the answer', () => {
  const scene = new Scene([twoQuestions]);
  assert.deepEqual(scene.when(start('w', 'a')).questions, ['0 first']);
  assert.deepEqual(scene.when(answer('w', 'a', 0, 'one')).questions, ['1 second']);
  const { reports, events } = scene.when(answer('w', 'a', 1, 'two'));
  assert.deepEqual(events, ['answered', 'completed']);
  assert.deepEqual(reports[0]?.events.at(-1), {
    event: 'completed',
    result: { first: 'one', second: 'two' },
  });
  assert.equal(scene.job('a').status, 'completed');
});

test('all gives its values in order, whatever the order of the answers', () => {
  for (const order of [
    [0, 1],
    [1, 0],
  ]) {
    const scene = new Scene([bothAtOnce]);
    assert.deepEqual(scene.when(start('w', 'a')).questions, ['0 left', '1 right']);
    const [first, last] = order.map((step) => answer('w', 'a', step, `answer ${step}`));
    assert.deepEqual(scene.when(first as never).events, ['answered']);
    const { reports } = scene.when(last as never);
    assert.deepEqual(reports[0]?.events.at(-1), { event: 'completed', result: ['answer 0', 'answer 1'] });
  }
});

test('all may hold questions, events, sleeps and other alls', () => {
  const mixed = define(function* ({ ask, expect, sleep, all }) {
    return yield* all([
      ask('q', {}, Text),
      all([expect('orders', Numeric), sleep('1s'), all([])]),
      ask('r', {}, Numeric),
    ]);
  });
  const scene = new Scene([mixed]);
  assert.deepEqual(scene.when(start('w', 'a')).events, [
    'started',
    'asked',
    'expecting',
    'sleeping',
    'asked',
  ]);
  scene.when(answer('w', 'a', 3, 7));
  scene.when(event('orders', 'a', 5));
  assert.deepEqual(scene.tick(1000).events, ['elapsed']);
  const { reports } = scene.when(answer('w', 'a', 0, 'x'));
  assert.deepEqual(reports[0]?.events.at(-1), { event: 'completed', result: ['x', [5, null, []], 7] });
});

test('all throws the first failure in its order, once all have ended', () => {
  const scene = new Scene([bothAtOnce]);
  scene.when(start('w', 'a'));
  assert.deepEqual(scene.when(answerError('w', 'a', 1, 'right-failed')).events, ['answered']);
  scene.when(answerError('w', 'a', 0, 'left-failed'));
  assert.equal(scene.job('a').problem?.code, 'left-failed');
});

test('expect takes the first event that fits and for which `where` is true, and leaves the others', () => {
  const picky = define(function* ({ expect }) {
    const large = yield* expect('orders', Type.Object({ total: Numeric }), {
      where: ({ total }) => total > 100,
    });
    const any = yield* expect('orders', Type.Object({ total: Numeric }));
    return [large.total, any.total];
  });
  const scene = new Scene([picky]);
  scene.when(start('w', 'a'));
  for (const value of ['nonsense', { total: 50 }, { total: 20 }]) scene.when(event('orders', 'a', value));
  assert.equal(scene.job('a').inbox.length, 3);
  const { reports, letters } = scene.when(event('orders', 'a', { total: 500 }));
  assert.deepEqual(reports[0]?.events.at(-1), { event: 'completed', result: [500, 50] });
  assert.deepEqual(letters, ['never-asked', 'never-asked']);
});

test('a sleep ends when its time has come, not before', () => {
  const scene = new Scene([sleepThenAsk]);
  scene.when(start('w', 'a'));
  assert.equal(scene.job('a').wakeAtMs, scene.nowMs + 3_600_000);
  assert.deepEqual(scene.tick(3_599_999).events, []);
  const { questions, events } = scene.tick(1);
  assert.deepEqual([questions, events], [['1 late'], ['elapsed', 'asked']]);
  assert.equal(scene.job('a').wakeAtMs, null);
});

test('a limit asks the same question again as often as it may, then fails the job (invariant 2)', () => {
  const scene = new Scene([limited]);
  scene.when(start('w', 'a'));
  const again = scene.tick(10_000);
  assert.deepEqual([again.questions, again.events], [['0 slow'], ['asked']]);
  assert.deepEqual(scene.tick(9_999).events, []);
  assert.deepEqual(scene.tick(1).events, ['expired', 'failed']);
  assert.equal(scene.job('a').problem?.code, 'time-limit');
});

test('an answer to the question asked again is an answer to the question', () => {
  const scene = new Scene([limited]);
  scene.when(start('w', 'a'));
  scene.tick(10_000);
  scene.when(answer('w', 'a', 0, 'at last'));
  assert.equal(scene.job('a').status, 'completed');
});

test('a workflow can catch an answer that is an error, and a limit', () => {
  const scene = new Scene([catching]);
  scene.when(start('w', 'a'), start('w', 'b'));
  const failed = scene.when(answerError('w', 'a', 0, 'unknown', 'nobody knows'));
  assert.deepEqual(failed.reports[0]?.events.at(-1), {
    event: 'completed',
    result: { caught: 'unknown', message: 'nobody knows' },
  });
  assert.deepEqual(scene.tick(10_000).reports[0]?.events.at(-1), {
    event: 'completed',
    result: { caught: 'time-limit' },
  });
});

test('a definition that cannot travel on the wire is refused when it is made', () => {
  const valid = { type: 'ok', version: 1, input: NoInput, *run() {} };
  for (const type of ['', 'a b', 'a/b', 'é', 'x'.repeat(129)])
    assert.throws(() => workflow({ ...valid, type }), RangeError);
  for (const version of [0, -1, 1.5, Number.NaN, 2 ** 53])
    assert.throws(() => workflow({ ...valid, version }), RangeError);
  for (const topic of ['answers-topic', 'workflow-queue', '', 'a b']) {
    assert.throws(() => workflow({ ...valid, expects: [topic] }), RangeError);
  }
});

test('two definitions of one type and version are refused; the newest version begins new jobs', () => {
  const [one, two] = [1, 2].map((version) => define(function* () {}, { version }));
  assert.throws(() => new Definitions([one as never, one as never]), RangeError);
  const definitions = new Definitions([two as never, one as never]);
  assert.equal(definitions.latest('w'), two);
  assert.equal(definitions.get('w', 1), one);
  assert.equal(definitions.get('w', 3), undefined);
  assert.equal(definitions.latest('__proto__'), undefined);
  assert.deepEqual(definitions.expecting('orders'), ['w']);
  assert.deepEqual(definitions.expectedTopics, ['orders', 'payments']);
});
