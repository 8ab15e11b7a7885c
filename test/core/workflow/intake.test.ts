import fc from 'fast-check';
import type { IncomingRecord } from '../../../core/messages/record.ts';
import { topics } from '../../../core/messages/topics.ts';
import { deadLetter, MOVED_HEADER } from '../../../core/workflow/intake.ts';
import { assert, test } from '../../harness.ts';
import { answer, command, endedAs, event, homeOf, incoming, PARTITIONS, Scene, start } from './support.ts';
import { define, Text, twoQuestions } from './workflows.ts';

const away = (id: string): number => (homeOf(id) + 1) % PARTITIONS;

test('types, answers and topics of others are not ours: counted, and left alone', () => {
  const scene = new Scene([twoQuestions]);
  const strangers: readonly IncomingRecord[] = [
    start('other', 'a'),
    start('other', 'a', {}, { partition: away('a') }),
    answer('other', 'a', 0, 'x'),
    command('other', 'a', 'cancel'),
    incoming(topics.answers, 'a', '{"qaIdentifier":"someone else\'s","answer":1}'),
    incoming(topics.answers, 'a', '{"qaIdentifier":"w/a/00","answer":1}'),
    incoming('unheard-of', 'a', 'not even JSON'),
  ];
  for (const record of strangers) {
    const outcome = scene.when(record);
    endedAs(outcome, 'notOurs');
    assert.deepEqual([outcome.records, scene.jobs], [[], []]);
  }
});

test('a record outside its home partition is moved there as it is, and counts there', () => {
  const scene = new Scene([twoQuestions]);
  for (const record of [
    start('w', 'a'),
    answer('w', 'a', 0, 'x'),
    command('w', 'a', 'retry'),
    event('orders', 'a', 1),
  ]) {
    const misplaced = {
      ...record,
      partition: away('a'),
      key: 'a foreign key',
      headers: { traceparent: 't' },
    };
    if (record.topic === 'orders') Object.assign(misplaced, { key: 'a' });
    const outcome = scene.when(misplaced);
    endedAs(outcome, 'moved');
    const { topic, offset, value } = record;
    const headers = { traceparent: 't', [MOVED_HEADER]: `${topic}/${away('a')}/${offset}` };
    assert.deepEqual(outcome.records, [
      { topic, partition: homeOf('a'), key: misplaced.key, value, headers },
    ]);
  }
  assert.deepEqual(scene.jobs, []);
});

test('a record without a key is moved with its workflow-id as key', () => {
  const scene = new Scene([twoQuestions]);
  const { records } = scene.when(start('w', 'a', {}, { partition: away('a'), key: null }));
  assert.equal(records[0]?.key, 'a');
});

test('a record is moved once: then it is misplaced, and a dead letter', () => {
  const scene = new Scene([twoQuestions]);
  const record = start(
    'w',
    'a',
    {},
    { partition: away('a'), headers: { [MOVED_HEADER]: 'workflow-queue/0/7' } },
  );
  endedAs(scene.when(record), 'deadLettered misplaced');
});

test('a moved record in its home partition is applied', () => {
  const scene = new Scene([twoQuestions]);
  endedAs(scene.when(start('w', 'a', {}, { headers: { [MOVED_HEADER]: 'workflow-queue/0/7' } })), 'applied');
});

test('an answer has either "answer" or "error": both or neither is refused', () => {
  const scene = new Scene([twoQuestions]);
  for (const rest of ['', ',"answer":1,"error":{"code":"x","message":"y"}']) {
    endedAs(
      scene.when(incoming(topics.answers, 'a', `{"qaIdentifier":"w/a/0"${rest}}`)),
      'deadLettered invalid-message',
    );
  }
});

test('an event is for the workflow that its key names; without one that can be it goes to the dead letters', () => {
  const scene = new Scene([twoQuestions]);
  const keys = [
    [null, 'missing-key'],
    ['', 'missing-key'],
    [new Uint8Array([255]), 'missing-key'],
    ['x'.repeat(10_000), 'invalid-message'],
    ['a\0b', 'invalid-message'],
    ['a\ud800', 'invalid-message'],
  ] as const;
  for (const [key, reason] of keys)
    endedAs(scene.when(incoming('orders', 'a', '1', { key })), `deadLettered ${reason}`);
  assert.deepEqual(scene.jobs, []);
});

test('an answer cannot make a job under an id that no workflow may have (invariant 7)', () => {
  const scene = new Scene([twoQuestions]);
  for (const id of ['x'.repeat(257), 'a\0b', 'line\nbreak'])
    endedAs(scene.when(answer('w', id, 0, 'x')), 'deadLettered invalid-message');
  assert.deepEqual(scene.jobs, []);
});

test('ids with slashes, dots, blanks and any script are ids like others', () => {
  const scene = new Scene([
    define(function* ({ ask }) {
      return yield* ask('x', {}, Text);
    }),
  ]);
  for (const id of [
    '../../etc/passwd',
    'a/b/0',
    '%2F',
    ' ',
    '__proto__',
    'constructor',
    '日本語',
    '😀',
    'x'.repeat(256),
    '\u8a9e'.repeat(256),
  ]) {
    scene.when(start('w', id));
    endedAs(scene.when(answer('w', id, 0, 'y')), 'applied');
    assert.equal(scene.job(id).status, 'completed');
  }
});

test('a dead letter is the record as it came, with where it came from and why', () => {
  const record = incoming('answers-topic', 'k', 'value', {
    partition: 3,
    offset: 77,
    headers: { own: 'header' },
  });
  assert.deepEqual(deadLetter(record, 'a-reason', 'd'.repeat(1000)), {
    topic: topics.deadLetters,
    partition: 3,
    key: 'k',
    value: 'value',
    headers: {
      own: 'header',
      'requite-reason': 'a-reason',
      'requite-detail': 'd'.repeat(500),
      'requite-origin-topic': 'answers-topic',
      'requite-origin-partition': '3',
      'requite-origin-offset': '77',
    },
  });
});

test('a trace context goes on with every record of the job; what is none is dropped', () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const scene = new Scene([twoQuestions]);
  const traced = scene.when(start('w', 'a', {}, { headers: { traceparent } }));
  assert.deepEqual(
    traced.records.map(({ headers }) => headers?.traceparent),
    [traceparent, traceparent],
  );
  const later = scene.when(answer('w', 'a', 0, 'x'));
  assert.deepEqual(
    later.records.map(({ headers }) => headers?.traceparent),
    [traceparent, traceparent],
  );
  const untraced = scene.when(start('w', 'b', {}, { headers: { traceparent: 'x'.repeat(100_000) } }));
  assert.deepEqual(
    untraced.records.map(({ headers }) => headers),
    [undefined, undefined],
  );
});

const piece = fc.constantFrom(
  'w',
  'other',
  'a',
  'b',
  '0',
  '1',
  '../x',
  '__proto__',
  '\0',
  '\ud800',
  'x'.repeat(300),
  'retry',
  'cancel',
);
const garbageValue = fc.oneof(
  fc.constant(null),
  fc.uint8Array({ maxLength: 8 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.json({ maxDepth: 3 }),
  fc
    .record(
      {
        'workflow-type': piece,
        'workflow-id': piece,
        'create-time': fc.constantFrom('2020-04-15T14:24:11Z', 'x'),
        payload: fc.jsonValue(),
        command: piece,
      },
      { requiredKeys: [] },
    )
    .map((value) => JSON.stringify(value)),
  fc
    .record(
      {
        qaIdentifier: fc.tuple(piece, piece, piece).map((parts) => parts.join('/')),
        answer: fc.jsonValue(),
        error: fc.record({ code: piece, message: piece }),
      },
      { requiredKeys: ['qaIdentifier'] },
    )
    .map((value) => JSON.stringify(value)),
);
const garbage: fc.Arbitrary<IncomingRecord> = fc.record(
  {
    topic: fc.constantFrom(
      topics.workflowQueue,
      topics.answers,
      topics.workflowCommands,
      'orders',
      'elsewhere',
      '__proto__',
    ),
    partition: fc.integer({ min: 0, max: PARTITIONS - 1 }),
    offset: fc.nat(50),
    key: fc.oneof(fc.constant(null), piece, fc.uint8Array({ maxLength: 3 })),
    value: garbageValue,
    headers: fc.constantFrom({}, { [MOVED_HEADER]: 'x/0/0' }, { traceparent: 'x' }),
    timestampMs: fc.constant(0),
  },
  { noNullPrototype: true },
);
const valid: fc.Arbitrary<IncomingRecord> = fc
  .tuple(
    fc.constantFrom('a', 'b', 'c'),
    fc.integer({ min: 0, max: 2 }),
    fc.constantFrom<unknown>('x', 'y', 7),
    fc.nat(6),
  )
  .map(([id, step, value, kind]) => {
    if (kind <= 1) return start('w', id, {});
    if (kind <= 4) return answer('w', id, step, value as string);
    return kind === 5 ? event('orders', id, 'x') : command('w', id, 'retry');
  });

test('whatever comes in whatever order, nothing throws and every record ends in one place (invariants 6, 8)', () => {
  const mixed = define(function* ({ ask, expect, all }) {
    const [first] = yield* all([ask('first', {}, Text), expect('orders', Text)]);
    return yield* ask('second', { first }, Text, { timeLimit: '1s', retries: 1 });
  });
  const batches = fc.array(fc.array(fc.oneof(garbage, valid), { maxLength: 12 }), { maxLength: 6 });
  fc.assert(
    fc.property(batches, fc.constantFrom('keep', 'tombstone'), (all, finished) => {
      const scene = new Scene([mixed], { finished, maxEarlyJobs: 2 });
      for (const batch of all) {
        const { records } = scene.when(...batch);
        for (const record of records) assert.ok(record.partition >= 0 && record.partition < PARTITIONS);
        const finishedJobs = scene.jobs.filter(({ status }) => status === 'completed' || status === 'failed');
        scene.tick(500);
        scene.when(...batch);
        for (const job of finishedJobs) assert.deepEqual(scene.find(job.workflowId), job);
      }
      for (const job of scene.jobs) assert.equal(job.partition, homeOf(job.workflowId));
      assert.equal(({} as { polluted?: unknown }).polluted, undefined);
    }),
    { numRuns: 200 },
  );
});
