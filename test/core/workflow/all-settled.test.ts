import type { AnyWorkflow, Settled } from '../../../core/workflow/definition.ts';
import { contextFor } from '../../../core/workflow/definition.ts';
import { isOpen } from '../../../core/workflow/job.ts';
import { assert, test } from '../../harness.ts';
import { answer, answerError, command, endedAs, event, Scene, start } from './support.ts';
import { define, Numeric, Text } from './workflows.ts';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** What a workflow can say of how its steps ended, as JSON. */
const told = (settled: Settled<unknown>): unknown =>
  settled.status === 'rejected' ? settled.reason.code : settled.status === 'fulfilled' ? settled.value : null;

/** Two questions with a limit, of which 'stop' ends the waiting; then one more question, and all that it was told. */
const racing: AnyWorkflow = define(function* ({ ask, allSettled }) {
  const limit = { timeLimit: '10s' };
  const settled = yield* allSettled([ask('left', {}, Text, limit), ask('right', {}, Text, limit)], {
    until: (value) => value === 'stop',
  });
  return [settled.map(told), yield* ask('after', {}, Text)];
});

/** Expects two events on one topic at once, told apart by their beginning; 'stop' ends the waiting. */
const expecting: AnyWorkflow = define(function* ({ ask, expect, allSettled }) {
  const begins = (letter: string) => ({ where: (text: string) => text.startsWith(letter) });
  const settled = yield* allSettled(
    [expect('orders', Text, begins('a')), expect('orders', Text, begins('b'))],
    { until: (value) => value.endsWith('stop') },
  );
  return [settled.map(told), yield* ask('after', {}, Text)];
});

function resultOf(scene: Scene): unknown {
  const last = scene.job('a').events.at(-1);
  return last?.event === 'completed' ? last.result : last;
}

const bothEndings = ['keep', 'tombstone'] as const;

test('allSettled infers how each of its steps ended', () => {
  const facts = { workflowId: 'a', workflowType: 'w', version: 1, createTime: '' };
  const { ask, sleep, allSettled } = contextFor(facts);
  const settled = allSettled([ask('x', {}, Text), ask('y', {}, Numeric), sleep('1s')], {
    until: (value) => typeof value === 'number' && value > 3,
  });
  type Value = typeof settled extends { [Symbol.iterator](): Generator<unknown, infer V, unknown> }
    ? V
    : never;
  const same: Same<Value, [Settled<string>, Settled<number>, Settled<void>]> = true;
  assert.ok(same);
  // @ts-expect-error an answer of 'x' is a text
  allSettled([ask('x', {}, Text)], { until: (value: number) => value > 3 });
});

test('allSettled gives values and failures in order, and throws none of them', () => {
  const scene = new Scene([racing]);
  assert.deepEqual(scene.when(start('w', 'a')).questions, ['0 left', '1 right']);
  assert.deepEqual(scene.when(answerError('w', 'a', 1, 'unknown')).questions, []);
  assert.deepEqual(scene.when(answer('w', 'a', 0, 'yes')).questions, ['2 after']);
  scene.when(answer('w', 'a', 2, 'end'));
  assert.deepEqual(resultOf(scene), [['yes', 'unknown'], 'end']);
});

test('an error and a limit have the reasons that a question alone would throw', () => {
  const reasons = define(function* ({ ask, expect, allSettled }) {
    const settled = yield* allSettled([ask('x', {}, Text), expect('orders', Text, { timeLimit: '1s' })]);
    return settled.map((each) =>
      each.status === 'rejected' ? `${each.reason.name}: ${each.reason.message}` : each,
    );
  });
  const scene = new Scene([reasons]);
  scene.when(start('w', 'a'), answerError('w', 'a', 0, 'unknown', 'nobody knows'));
  scene.tick(1000);
  assert.deepEqual(resultOf(scene), [
    'AnswerError: nobody knows',
    'TimeLimitError: no answer to expect "orders" within its time limit',
  ]);
});

test('a value that is enough ends the waiting at once, and the others are pending', () => {
  const scene = new Scene([racing]);
  scene.when(start('w', 'a'));
  const { questions, events } = scene.when(answer('w', 'a', 1, 'stop'));
  assert.deepEqual(questions, ['2 after']);
  assert.deepEqual(
    events,
    ['answered', 'abandoned', 'asked'],
    'who follows the events knows what it waits for',
  );
  assert.deepEqual(scene.job('a').steps[0]?.outcome, { kind: 'abandoned' });
  scene.when(answer('w', 'a', 2, 'end'));
  assert.deepEqual(resultOf(scene), [[null, 'stop'], 'end']);
});

test('a failure is never enough', () => {
  const scene = new Scene([racing]);
  scene.when(start('w', 'a'));
  assert.deepEqual(scene.when(answerError('w', 'a', 1, 'stop')).questions, []);
});

test('what comes for an abandoned question is a repeat, before the end and after it', () => {
  for (const finished of bothEndings) {
    const scene = new Scene([racing], { finished });
    scene.when(start('w', 'a'), answer('w', 'a', 1, 'stop'));
    const before = scene.job('a');
    for (const late of [
      answer('w', 'a', 0, 'late'),
      answerError('w', 'a', 0, 'late'),
      answer('w', 'a', 0, 7),
    ]) {
      const outcome = scene.when(late);
      endedAs(outcome, 'repeat');
      assert.deepEqual(outcome.records, []);
    }
    assert.deepEqual(scene.job('a'), before);
    scene.when(answer('w', 'a', 2, 'end'));
    endedAs(scene.when(answer('w', 'a', 0, 'late')), 'repeat');
    endedAs(scene.when(answer('w', 'a', 1, 'other')), 'deadLettered contradicts-first-answer');
  }
});

test('the limit of an abandoned step never fires, and does not keep the job awake', () => {
  const scene = new Scene([racing]);
  scene.when(start('w', 'a'), answer('w', 'a', 0, 'stop'));
  assert.equal(scene.job('a').wakeAtMs, null);
  assert.deepEqual(scene.tick(60_000).events, []);
  scene.when(answer('w', 'a', 2, 'end'));
  assert.deepEqual(resultOf(scene), [['stop', null], 'end']);
});

test('a job whose open steps are all abandoned is not counted as open', () => {
  const napping = define(function* ({ ask, sleep, allSettled }) {
    yield* allSettled([ask('left', {}, Text), ask('right', {}, Text)], { until: () => true });
    yield* sleep('1h');
  });
  const scene = new Scene([napping]);
  scene.when(start('w', 'a'));
  assert.ok(isOpen(scene.job('a')));
  scene.when(answer('w', 'a', 0, 'x'));
  assert.ok(!isOpen(scene.job('a')));
});

test('a question that is abandoned in the batch that asks it is not asked', () => {
  const scene = new Scene([racing]);
  assert.deepEqual(scene.when(start('w', 'a'), answer('w', 'a', 1, 'stop')).questions, ['2 after']);
});

test('an early answer to a question that another one makes needless is no dead letter', () => {
  for (const finished of bothEndings) {
    const scene = new Scene([racing], { finished });
    scene.when(answer('w', 'a', 1, 'stop'), answer('w', 'a', 0, 'early'));
    scene.when(start('w', 'a'));
    const { letters, reports } = scene.when(answer('w', 'a', 2, 'end'));
    assert.deepEqual(letters, []);
    assert.deepEqual(reports[0]?.events.at(-1), { event: 'completed', result: [[null, 'stop'], 'end'] });
  }
});

test('each event goes to the one expect whose `where` takes it', () => {
  const scene = new Scene([expecting]);
  scene.when(start('w', 'a'));
  scene.when(event('orders', 'a', 'b first'));
  scene.when(event('orders', 'a', 'b second'));
  assert.deepEqual(scene.when(event('orders', 'a', 'a first')).questions, ['2 after']);
  const { letters } = scene.when(answer('w', 'a', 2, 'end'));
  assert.deepEqual(resultOf(scene), [['a first', 'b first'], 'end']);
  assert.deepEqual(letters, ['never-asked'], 'the second b was wanted by nobody, and nothing was abandoned');
});

test('events for an abandoned expect change nothing and are no dead letters', () => {
  for (const finished of bothEndings) {
    const scene = new Scene([expecting], { finished });
    scene.when(start('w', 'a'), event('orders', 'a', 'b stop'));
    endedAs(scene.when(event('orders', 'a', 'a late')), 'applied');
    assert.deepEqual(scene.when(answer('w', 'a', 2, 'end')).letters, []);
    const before = scene.job('a');
    const late = scene.when(event('orders', 'a', 'a later'));
    endedAs(late, 'repeat');
    assert.deepEqual([late.records, scene.job('a')], [[], before]);
    endedAs(scene.when(event('payments', 'a', 'elsewhere')), 'deadLettered late-event');
  }
});

test('events that nobody claims are ignored where the definition says so', () => {
  for (const finished of bothEndings) {
    const base = define(function* ({ expect }) {
      return yield* expect('orders', Text);
    });
    const scene = new Scene([{ ...base, unclaimedEvents: 'ignore' }], { finished });
    scene.when(start('w', 'a'), event('payments', 'a', 'unused'));
    assert.deepEqual(scene.when(event('orders', 'a', 'x')).letters, []);
    endedAs(scene.when(event('orders', 'a', 'x')), 'repeat');
    scene.when(start('w', 'b'), event('payments', 'b', 'unused'));
    assert.deepEqual(scene.when(command('w', 'b', 'cancel')).letters, []);
  }
});

test('an event that ends the job is a repeat with its report when it is delivered again (invariant 5)', () => {
  const scene = new Scene([expecting]);
  scene.when(start('w', 'a'));
  const stop = event('orders', 'a', 'a stop');
  scene.when(stop);
  const again = scene.when(stop);
  endedAs(again, 'repeat');
  assert.deepEqual(again.questions, ['2 after']);
});

test('several limits that fire at once, and a sleep that is enough', () => {
  const napping = define(function* ({ ask, sleep, allSettled }) {
    const limit = { timeLimit: '1s' };
    const settled = yield* allSettled([ask('x', {}, Text, limit), sleep('1s'), ask('y', {}, Text, limit)], {
      until: (value) => value === undefined,
    });
    return settled.map(({ status }) => status);
  });
  const scene = new Scene([napping]);
  scene.when(start('w', 'a'));
  const { events } = scene.tick(1000);
  assert.deepEqual(events, ['expired', 'elapsed', 'abandoned', 'completed']);
  assert.deepEqual(resultOf(scene), ['rejected', 'fulfilled', 'pending']);
});

test('a question of an allSettled is asked again as often as it may', () => {
  const patient = define(function* ({ ask, allSettled }) {
    return (yield* allSettled([ask('x', {}, Text, { timeLimit: '1s', retries: 1 })])).map(told);
  });
  const scene = new Scene([patient]);
  scene.when(start('w', 'a'));
  assert.deepEqual(scene.tick(1000).questions, ['0 x']);
  scene.tick(1000);
  assert.deepEqual(resultOf(scene), ['time-limit']);
});

test('an answer that does not fit its schema is no outcome, enough or not', () => {
  const scene = new Scene([racing]);
  scene.when(start('w', 'a'));
  endedAs(scene.when(answer('w', 'a', 0, 7)), 'deadLettered answer-misfit');
  assert.equal(scene.job('a').status, 'waiting');
});

test('an `until` that throws parks the job, and its retry goes on with the answer that came', () => {
  const broken = define(function* ({ ask, allSettled }) {
    const settled = yield* allSettled([ask('left', {}, Text), ask('right', {}, Text)], {
      until: () => {
        throw new Error('oops');
      },
    });
    return settled.map(told);
  });
  const mended = define(function* ({ ask, allSettled }) {
    const settled = yield* allSettled([ask('left', {}, Text), ask('right', {}, Text)], {
      until: (value) => value === 'stop',
    });
    return settled.map(told);
  });
  const scene = new Scene([broken]);
  scene.when(start('w', 'a'));
  endedAs(scene.when(answer('w', 'a', 1, 'stop')), 'parked');
  scene.when(answer('w', 'a', 0, 'also came'));
  scene.deploy(mended);
  const { letters } = scene.when(command('w', 'a', 'retry'));
  assert.deepEqual([resultOf(scene), letters], [[null, 'stop'], []]);
});

test('what has ended is not asked `until` again in a replay', () => {
  let calls = 0;
  const counting = define(function* ({ ask, allSettled }) {
    yield* allSettled([ask('left', {}, Text), ask('right', {}, Text)], {
      until: () => {
        calls++;
        return true;
      },
    });
    yield* ask('after', {}, Text);
    yield* ask('last', {}, Text);
  });
  const scene = new Scene([counting]);
  scene.when(start('w', 'a'));
  scene.when(answer('w', 'a', 1, 'enough'));
  const before = calls;
  scene.when(answer('w', 'a', 2, 'x'));
  assert.deepEqual([before, calls], [1, 1]);
});

test('a value on record that no longer fits its schema parks the job, and never reaches `until`', () => {
  const reached: unknown[] = [];
  const asked = (schema: typeof Text | typeof Numeric): AnyWorkflow =>
    define(function* ({ ask, allSettled }) {
      yield* allSettled([ask('left', {}, schema), ask('right', {}, schema)], {
        until: (value) => {
          reached.push(value);
          return false;
        },
      });
    });
  const scene = new Scene([asked(Text)]);
  scene.when(start('w', 'a'), answer('w', 'a', 0, 'a text'));
  scene.deploy(asked(Numeric));
  scene.when(answer('w', 'a', 1, 7));
  assert.deepEqual([scene.job('a').problem?.code, reached], ['answer-misfit', ['a text']]);
});

test('a job that parks after its allSettled keeps what was abandoned', () => {
  const after = (mended: boolean): AnyWorkflow =>
    define(function* ({ ask, allSettled }) {
      const settled = yield* allSettled([ask('left', {}, Text), ask('right', {}, Text)], {
        until: () => true,
      });
      if (!mended) throw new Error('oops');
      return settled.map(told);
    });
  const scene = new Scene([after(false)]);
  scene.when(start('w', 'a'));
  endedAs(scene.when(answer('w', 'a', 0, 'enough')), 'parked');
  endedAs(scene.when(answer('w', 'a', 1, 'late')), 'repeat');
  scene.deploy(after(true));
  scene.when(command('w', 'a', 'retry'));
  assert.deepEqual(resultOf(scene), ['enough', null]);
});

test('an empty allSettled gives an empty list at once', () => {
  const scene = new Scene([
    define(function* ({ allSettled }) {
      return yield* allSettled([], { until: () => false });
    }),
  ]);
  scene.when(start('w', 'a'));
  assert.deepEqual(resultOf(scene), []);
});

for (const [name, definition, advice] of [
  [
    'an allSettled within an all',
    define(function* ({ ask, all, allSettled }) {
      yield* all([allSettled([ask('x', {}, Text)])]);
    }),
    /all holds no allSettled/,
  ],
  [
    'an all within an allSettled',
    define(function* ({ ask, all, allSettled }) {
      yield* allSettled([all([ask('x', {}, Text)])]);
    }),
    /allSettled holds asks, expects and sleeps, not all/,
  ],
  [
    'an allSettled within an allSettled',
    define(function* ({ ask, allSettled }) {
      yield* allSettled([allSettled([ask('x', {}, Text)])]);
    }),
    /not allSettled/,
  ],
] as const) {
  test(`${name} parks the job, and says what to do`, () => {
    const scene = new Scene([definition]);
    endedAs(scene.when(start('w', 'a')), 'parked');
    assert.match(scene.job('a').problem?.message ?? '', advice);
  });
}
