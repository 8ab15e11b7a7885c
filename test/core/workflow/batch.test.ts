import { Value } from '@sinclair/typebox/value';
import { MAX_MESSAGE_LENGTH } from '../../../core/messages/decode.ts';
import { JobReport, QuestionMessage } from '../../../core/messages/schemas.ts';
import { topics } from '../../../core/messages/topics.ts';
import { NoInput } from '../../../core/workflow/definition.ts';
import { addTo, type Ledger, mergeInto } from '../../../core/workflow/ledger.ts';
import { assert, test } from '../../harness.ts';
import { answer, answerError, command, endedAs, event, homeOf, Scene, start } from './support.ts';
import { bothAtOnce, define, Text, twoQuestions } from './workflows.ts';

test("a job's records in one batch make one revision and one report", () => {
  const scene = new Scene([twoQuestions]);
  const { decided, reports, questions } = scene.when(
    start('w', 'a'),
    answer('w', 'a', 0, 'x'),
    start('w', 'b'),
    answer('w', 'a', 1, 'y'),
  );
  assert.deepEqual(
    decided.flatMap(({ change }) => (change ? [[change.job.workflowId, change.job.revision]] : [])),
    [
      ['a', 1],
      ['b', 1],
    ],
  );
  assert.equal(reports.length, 2);
  assert.deepEqual(
    reports[0]?.events.map((each) => each.event),
    ['started', 'asked', 'answered', 'asked', 'answered', 'completed'],
  );
  assert.deepEqual(questions, ['0 first'], 'what was answered in the batch is not asked any more');
});

test('each batch counts one revision up', () => {
  const scene = new Scene([twoQuestions]);
  scene.when(start('w', 'a'));
  scene.when(answer('w', 'a', 0, 'x'), event('orders', 'a', 1));
  assert.equal(scene.when(answer('w', 'a', 1, 'y')).reports[0]?.revision, 3);
});

test('questions and reports fit their schemas, and go to the partition of their job', () => {
  const scene = new Scene([bothAtOnce]);
  const outcomes = [
    scene.when(start('w', 'a', {})),
    scene.when(answer('w', 'a', 0, 'x'), answerError('w', 'a', 1, 'no')),
  ];
  for (const record of outcomes.flatMap(({ records }) => records)) {
    const schema = record.topic === topics.questions ? QuestionMessage : JobReport;
    assert.ok(Value.Check(schema, JSON.parse(record.value as string)));
    assert.deepEqual([record.partition, record.key], [homeOf('a'), 'a']);
  }
  assert.deepEqual(JSON.parse(outcomes[0]?.records[0]?.value as string), {
    qaIdentifier: 'w/a/0',
    questionCategory: 'left',
    payload: {},
  });
});

test('a batch of nothing decides nothing', () => {
  const { decided, ledger } = new Scene([twoQuestions]).when();
  assert.deepEqual([decided, ledger], [[], {}]);
});

test('a record that is refused changes no job, and the rest of its batch goes on (invariant 8)', () => {
  const scene = new Scene([twoQuestions]);
  const { ledger, letters } = scene.when(
    start('w', 'a'),
    answer('w', 'a', 0, 7),
    { ...start('w', 'z'), value: '{' },
    answer('w', 'a', 0, 'x'),
  );
  assert.deepEqual(letters.toSorted(), ['answer-misfit', 'invalid-json']);
  assert.deepEqual(ledger, {
    'workflow-queue applied': 1,
    'answers-topic deadLettered answer-misfit': 1,
    'workflow-queue deadLettered invalid-json': 1,
    'answers-topic applied': 1,
  });
});

test('a revision without anything to report publishes nothing', () => {
  const scene = new Scene([twoQuestions]);
  scene.when(start('w', 'a'));
  const { records, decided } = scene.when(event('orders', 'a', 'unasked'));
  assert.deepEqual([records, decided.length, scene.job('a').revision], [[], 1, 2]);
});

test('a thousand large questions or errors in one batch make a report that can be read (invariants 7, 8)', () => {
  const wide = define(function* ({ ask, all }) {
    try {
      return yield* all(Array.from({ length: 1000 }, () => ask('x', 'x'.repeat(500), Text)));
    } catch {
      return 'y'.repeat(300_000);
    }
  });
  const scene = new Scene([wide]);
  const answers = Array.from({ length: 1000 }, (_, step) =>
    answerError('w', 'a', step, 'no', 'm'.repeat(4000)),
  );
  const [first, last] = [scene.when(start('w', 'a')), scene.when(...answers)];
  assert.equal(first.questions.length, 1000);
  for (const { records } of [first, last]) {
    const report = records.find(({ topic }) => topic === topics.workflowEvents)?.value as string;
    assert.ok(report.length <= MAX_MESSAGE_LENGTH);
    assert.ok(Value.Check(JobReport, JSON.parse(report)));
  }
  assert.equal(last.reports[0]?.events.at(-1)?.event, 'completed');
});

test('a job parked and cancelled in one batch is reported as cancelled, and asks nothing', () => {
  const scene = new Scene([twoQuestions]);
  const { questions, reports } = scene.when(start('w', 'a'), command('w', 'a', 'cancel'));
  assert.deepEqual([questions, reports[0]?.status], [[], 'cancelled']);
});

test('ledgers add up', () => {
  const [total, part]: [Ledger, Ledger] = [{}, {}];
  addTo(part, 'orders', 'applied');
  addTo(part, 'orders', 'applied');
  addTo(part, '__proto__', 'deadLettered', 'invalid-json');
  mergeInto(total, part);
  mergeInto(total, part);
  assert.deepEqual(total, { 'orders applied': 4, '__proto__ deadLettered invalid-json': 2 });
});

test('keys named __proto__ in input and answers are kept as they are, and pollute nothing', () => {
  const scene = new Scene([
    define(function* ({ ask }, input) {
      return { input, answer: yield* ask('x', input, NoInput) };
    }),
  ]);
  const evil = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
  const question = scene.when({
    ...start('w', 'a'),
    value: `{"workflow-type":"w","workflow-id":"a","create-time":"2020-04-15T14:24:11Z","payload":${evil}}`,
  });
  assert.ok(String(question.records[0]?.value).includes('"__proto__":{"polluted":1}'));
  const done = scene.when({ ...answer('w', 'a', 0, 1), value: `{"qaIdentifier":"w/a/0","answer":${evil}}` });
  assert.equal(String(done.records[0]?.value).split('"__proto__"').length, 3);
  assert.equal(({} as { polluted?: number }).polluted, undefined);
});

test('content that differs only within __proto__ is other content (invariant 1)', () => {
  const scene = new Scene([twoQuestions]);
  const workflow = (payload: string): string =>
    `{"workflow-type":"w","workflow-id":"a","create-time":"2020-04-15T14:24:11Z","payload":${payload}}`;
  scene.when({ ...start('w', 'a'), value: workflow('{"__proto__":{"n":1}}') });
  endedAs(
    scene.when({ ...start('w', 'a'), value: workflow('{"__proto__":{"n":2}}') }),
    'deadLettered workflow-id-conflict',
  );
});

test('numbers that JSON cannot give back are the same in the first run and in a replay (invariant 4)', () => {
  const seen: unknown[] = [];
  const scene = new Scene([
    define(function* ({ ask }, input) {
      seen.push(input);
      yield* ask('x', {}, Text);
    }),
  ]);
  scene.when({
    ...start('w', 'a'),
    value:
      '{"workflow-type":"w","workflow-id":"a","create-time":"2020-04-15T14:24:11Z","payload":[1e999,-0]}',
  });
  scene.when(answer('w', 'a', 0, 'y'));
  assert.deepEqual(seen, [
    [null, 0],
    [null, 0],
  ]);
});

test('huge texts travel through a job unchanged', () => {
  const huge = '🧾'.repeat(150_000);
  const scene = new Scene([
    define(function* ({ ask }) {
      return (yield* ask('x', {}, Text)).length;
    }),
  ]);
  scene.when(start('w', 'a', huge), answer('w', 'a', 0, huge));
  assert.deepEqual(
    [scene.job('a').input, scene.job('a').events.at(-1)],
    [huge, { event: 'completed', result: 300_000 }],
  );
});
