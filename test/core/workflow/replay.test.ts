import fc from 'fast-check';
import { MAX_DEPTH, MAX_PAYLOAD_LENGTH } from '../../../core/messages/json.ts';
import type { AnyWorkflow } from '../../../core/workflow/definition.ts';
import { MAX_STEPS } from '../../../core/workflow/interpreter.ts';
import { assert, test } from '../../harness.ts';
import { answer, endedAs, event, Scene, start } from './support.ts';
import { define, Text } from './workflows.ts';

/** What a generated workflow does, one thing after the other. */
type Plan = readonly (number | 'event')[];

/** Asks a question for 1, as many at once for more, and expects an event. Gives all that it was told. */
const planned = (plan: Plan): AnyWorkflow =>
  define(function* ({ ask, all, expect }) {
    const told: unknown[] = [];
    for (const part of plan) {
      if (part === 'event') told.push(yield* expect('orders', Text));
      else if (part === 1) told.push(yield* ask('one', { told }, Text));
      else told.push(yield* all(Array.from({ length: part }, (_, n) => ask('many', { n }, Text))));
    }
    return told;
  });

const plan = fc.array(fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constant('event' as const)), {
  maxLength: 6,
});

/** The step that each record of the plan answers, or that it is an event; in the order of the plan. */
function stepsOf(parts: Plan): { step: number; event: boolean; group: number }[] {
  let step = 0;
  return parts.flatMap((part, group) =>
    Array.from({ length: part === 'event' ? 1 : part }, () => ({
      step: step++,
      event: part === 'event',
      group,
    })),
  );
}

const recordOf = ({ step, event: isEvent }: { step: number; event: boolean }) =>
  isEvent ? event('orders', 'a', `told ${step}`) : answer('w', 'a', step, `told ${step}`);

function resultOf(scene: Scene): unknown {
  const last = scene.job('a').events.at(-1);
  return last?.event === 'completed' ? last.result : last;
}

test('answers one at a time, through the store, and all in one batch come to the same', () => {
  fc.assert(
    fc.property(plan, (parts) => {
      const [slow, fast] = [new Scene([planned(parts)]), new Scene([planned(parts)])];
      const steps = stepsOf(parts);
      slow.when(start('w', 'a'));
      for (const each of steps) slow.when(recordOf(each));
      fast.when(start('w', 'a'), ...steps.map(recordOf));
      assert.equal(slow.job('a').status, 'completed');
      assert.deepEqual(resultOf(fast), resultOf(slow));
      assert.equal(fast.job('a').resultHash, slow.job('a').resultHash);
      assert.deepEqual(fast.job('a').steps, slow.job('a').steps);
    }),
  );
});

test('the order of answers within an all does not matter', () => {
  fc.assert(
    fc.property(plan, fc.infiniteStream(fc.integer()), (parts, ranks) => {
      const [straight, mixed] = [new Scene([planned(parts)]), new Scene([planned(parts)])];
      const steps = stepsOf(parts);
      const ranked = steps.map((each) => ({ ...each, rank: ranks.next().value ?? 0 }));
      ranked.sort((one, other) => one.group - other.group || one.rank - other.rank);
      straight.when(start('w', 'a'), ...steps.map(recordOf));
      mixed.when(start('w', 'a'));
      for (const each of ranked) mixed.when(recordOf(each));
      assert.equal(mixed.job('a').resultHash, straight.job('a').resultHash);
    }),
  );
});

test('answers that come before their questions come to the same (invariant 3)', () => {
  fc.assert(
    fc.property(plan, (parts) => {
      const [straight, early] = [new Scene([planned(parts)]), new Scene([planned(parts)])];
      const steps = stepsOf(parts);
      straight.when(start('w', 'a'), ...steps.map(recordOf));
      for (const each of steps) early.when(recordOf(each));
      early.when(start('w', 'a'));
      assert.equal(early.job('a').resultHash, straight.job('a').resultHash);
    }),
  );
});

test('input and answers are frozen, in the first run and in a replay from the store', () => {
  const frozen: boolean[] = [];
  const looking = define(function* ({ ask, job }, input) {
    const value = (yield* ask('x', {}, Text)) as unknown;
    const given = input as { list: object[] };
    frozen.push(Object.isFrozen(given), Object.isFrozen(given.list[0]), Object.isFrozen(job));
    yield* ask('y', { value }, Text);
  });
  const scene = new Scene([looking]);
  scene.when(start('w', 'a', { list: [{ n: 1 }] }), answer('w', 'a', 0, 'one'));
  scene.when(answer('w', 'a', 1, 'two'));
  assert.deepEqual(frozen, Array(6).fill(true));
});

test('a definition that changes its input is parked, and the input stays as it was', () => {
  const rude = define(function* ({ ask }, input) {
    yield* ask('x', {}, Text);
    (input as { n: number }).n += 1;
  });
  const scene = new Scene([rude]);
  scene.when(start('w', 'a', { n: 1 }));
  endedAs(scene.when(answer('w', 'a', 0, 'one')), 'parked');
  assert.deepEqual(scene.job('a').input, { n: 1 });
  assert.equal(scene.job('a').problem?.code, 'definition-threw');
});

test('a payload changed after it was asked does not change what is on record', () => {
  const sneaky = define(function* ({ ask }) {
    const payload = { n: 1 };
    const question = ask('x', payload, Text);
    yield* question;
    payload.n = 2;
    yield* ask('y', payload, Text);
  });
  const scene = new Scene([sneaky]);
  scene.when(start('w', 'a'));
  scene.when(answer('w', 'a', 0, 'one'));
  assert.deepEqual(
    scene.job('a').steps.map(({ payload }) => payload),
    [{ n: 1 }, { n: 2 }],
  );
});

test('a job takes a thousand steps, and is parked at the thousand and first (invariant 7)', () => {
  const many = (count: number): AnyWorkflow =>
    define(function* ({ ask }) {
      for (let n = 0; n < count; n++) yield* ask('x', n, Text);
    });
  for (const [count, status] of [
    [MAX_STEPS, 'completed'],
    [MAX_STEPS + 1, 'parked'],
  ] as const) {
    const scene = new Scene([many(count)]);
    const answers = Array.from({ length: MAX_STEPS }, (_, step) => answer('w', 'a', step, 'yes'));
    scene.when(start('w', 'a'), ...answers.slice(0, -1));
    scene.when(answers.at(-1) as never);
    assert.equal(scene.job('a').status, status);
  }
});

test('more than a thousand questions at once are parked before any is asked (invariant 7)', () => {
  const wide = define(function* ({ ask, all }) {
    yield* all(Array.from({ length: MAX_STEPS + 1 }, (_, n) => ask('x', n, Text)));
  });
  const scene = new Scene([wide]);
  const { questions, events } = scene.when(start('w', 'a'));
  assert.deepEqual([questions, events], [[], ['started', 'parked']]);
  assert.equal(scene.job('a').problem?.code, 'too-many-steps');
  assert.deepEqual(scene.job('a').steps, []);
});

test('an empty all gives an empty list at once', () => {
  const scene = new Scene([
    define(function* ({ all }) {
      return yield* all([all([]), all([all([])])]);
    }),
  ]);
  scene.when(start('w', 'a'));
  assert.deepEqual(resultOf(scene), [[], [[]]]);
});

test('an endless loop that waits for nothing is parked, and hangs nothing (invariant 8)', () => {
  const endless = define(function* ({ all }) {
    for (;;) yield* all([]);
  });
  const scene = new Scene([endless]);
  endedAs(scene.when(start('w', 'a')), 'parked');
  assert.equal(scene.job('a').problem?.code, 'too-many-steps');
});

test('an endless loop of sleeps of no length ends at the bound (invariant 7)', () => {
  const scene = new Scene([
    define(function* ({ sleep }) {
      for (;;) yield* sleep(0);
    }),
  ]);
  scene.when(start('w', 'a'));
  for (let n = 0; n < MAX_STEPS; n++) scene.tick();
  assert.equal(scene.job('a').problem?.code, 'too-many-steps');
  assert.deepEqual(scene.tick().events, []);
});

const unsayable: readonly (readonly [string, AnyWorkflow, string])[] = [
  [
    'a result that is a bigint',
    define(function* () {
      yield* [];
      return 1n;
    }),
    'result-not-json',
  ],
  [
    'a result that is too long',
    define(function* () {
      yield* [];
      return 'x'.repeat(MAX_PAYLOAD_LENGTH);
    }),
    'result-too-large',
  ],
  [
    'a question that is too long',
    define(function* ({ ask }) {
      yield* ask('x', 'x'.repeat(MAX_PAYLOAD_LENGTH), Text);
    }),
    'payload-too-large',
  ],
  [
    'a question that is too deep',
    define(function* ({ ask }) {
      let deep: unknown = 1;
      for (let n = 0; n < MAX_DEPTH; n++) deep = [deep];
      yield* ask('x', deep, Text);
    }),
    'payload-too-large',
  ],
  [
    'a question that is a bigint',
    define(function* ({ ask }) {
      yield* ask('x', 1n, Text);
    }),
    'definition-threw',
  ],
  [
    'a question without a category',
    define(function* ({ ask }) {
      yield* ask('', 1, Text);
    }),
    'definition-threw',
  ],
  [
    'retries without end',
    define(function* ({ ask }) {
      yield* ask('x', 1, Text, { retries: Number.POSITIVE_INFINITY });
    }),
    'definition-threw',
  ],
  [
    'a limit that is no duration',
    define(function* ({ ask }) {
      yield* ask('x', 1, Text, { timeLimit: 'soon' });
    }),
    'definition-threw',
  ],
  [
    'an event on a topic not listed',
    define(function* ({ expect }) {
      yield* expect('elsewhere', Text);
    }),
    'topic-not-declared',
  ],
  [
    'something else yielded',
    define(function* () {
      yield { kind: 'wish' } as never;
    }),
    'definition-threw',
  ],
  [
    'nothing yielded',
    define(function* () {
      yield undefined as never;
    }),
    'definition-threw',
  ],
];
for (const [name, definition, code] of unsayable) {
  test(`${name} parks the job as ${code} (invariant 8)`, () => {
    const scene = new Scene([definition]);
    endedAs(scene.when(start('w', 'a')), 'parked');
    assert.equal(scene.job('a').problem?.code, code);
  });
}

test('no result at all is null', () => {
  const scene = new Scene([define(function* () {})]);
  scene.when(start('w', 'a'));
  assert.equal(resultOf(scene), null);
});
