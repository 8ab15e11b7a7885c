import { Type } from '@sinclair/typebox';
import { type Testbed, testbed } from '../../../core/simulation/testbed.ts';
import { answerAfter } from '../../../core/simulation/testbed-answers.ts';
import { TestbedError } from '../../../core/simulation/testbed-error.ts';
import { AnswerError, WorkflowFailure, workflow } from '../../../core/workflow/definition.ts';
import { assert, test } from '../../harness.ts';

const Customer = Type.Object({ name: Type.String() });

const reminder = workflow({
  type: 'reminder',
  version: 1,
  input: Type.Object({ customerIdentifier: Type.String() }),
  *run({ ask, sleep }, { customerIdentifier }) {
    const { name } = yield* ask('customer', { customerIdentifier }, Customer);
    yield* sleep('30d');
    const paid = yield* ask('paid', { customerIdentifier }, Type.Boolean());
    return paid ? `${name} has paid` : `remind ${name}`;
  },
});

const shipment = workflow({
  type: 'shipment',
  version: 1,
  input: Type.Object({}),
  expects: ['payments'],
  *run({ expect }) {
    const { amount } = yield* expect('payments', Type.Object({ amount: Type.String() }), { timeLimit: '2d' });
    return `ship for ${amount}`;
  },
});

const quote = workflow({
  type: 'quote',
  version: 1,
  input: Type.Object({}),
  *run({ ask, all }) {
    const [one, other] = yield* all([
      ask('price', { of: 1 }, Type.Number(), { timeLimit: '1h', retries: 1 }),
      ask('price', { of: 2 }, Type.Number()),
    ]);
    return one + other;
  },
});

const code = (expected: TestbedError['code']) => (error: unknown) => {
  assert.ok(error instanceof TestbedError, `a TestbedError, not ${String(error)}`);
  assert.equal(error.code, expected, error.message);
  return true;
};

const ada = { customer: () => ({ name: 'Ada' }), paid: async () => false };

test('thirty days of a workflow pass in no time, and its story tells them in order', async () => {
  const bed = testbed({ workflows: [reminder], answers: ada });
  const job = await bed.start(reminder, 'r-1', { customerIdentifier: '321' });
  assert.equal(job.status, 'queued');
  await bed.settle();
  assert.equal(job.status, 'waiting');
  assert.deepEqual(
    job.waitsFor.map(({ kind, until }) => [kind, until]),
    [['sleep', '2026-01-31T00:00:00.000Z']],
  );
  await bed.time.advance('30d');
  assert.equal(job.status, 'completed');
  const result: string = job.result;
  assert.equal(result, 'remind Ada');
  assert.equal(bed.result('r-1'), 'remind Ada');
  assert.deepEqual(bed.story(), [
    '2026-01-01 00:00:00  r-1 is queued: reminder {"customerIdentifier":"321"}',
    '                     r-1 starts (reminder, version 1)',
    '                     r-1 asks customer {"customerIdentifier":"321"}',
    '                     r-1 is answered for customer: {"name":"Ada"}',
    '                     r-1 has what came for customer',
    '                     r-1 sleeps until 2026-01-31 00:00:00',
    '2026-01-31 00:00:00  r-1 awakes',
    '                     r-1 asks paid {"customerIdentifier":"321"}',
    '                     r-1 is answered for paid: false',
    '                     r-1 has what came for paid',
    '                     r-1 completed: "remind Ada"',
  ]);
});

test('what is called without waiting takes effect in the order of the calls', async () => {
  const bed = testbed({ workflows: [reminder], answers: ada });
  void bed.start('reminder', 'r-1', { customerIdentifier: '1' });
  void bed.settle();
  await bed.time.advance('31d');
  assert.equal(bed.result('r-1'), 'remind Ada');
  assert.equal(bed.time.now, '2026-02-01T00:00:00.000Z');
});

test('a question that nobody answers waits, and is answered by hand or by who comes later', async () => {
  const bed = testbed({ workflows: [reminder] });
  const one = await bed.start('reminder', 'r-1', { customerIdentifier: '1' });
  const other = await bed.start('reminder', 'r-2', { customerIdentifier: '2' });
  await bed.time.advance('365d');
  assert.deepEqual(
    bed.questions().map(({ workflowId, category, payload }) => [workflowId, category, payload]),
    [
      ['r-1', 'customer', { customerIdentifier: '1' }],
      ['r-2', 'customer', { customerIdentifier: '2' }],
    ],
  );
  await bed.answer('r-1', new AnswerError('not-found', 'no such customer'));
  await bed.settle();
  assert.equal(one.status, 'failed');
  assert.deepEqual(one.problem, { code: 'not-found', message: 'no such customer' });
  await bed.serve(ada);
  await bed.time.advance('30d');
  assert.equal(other.result, 'remind Ada');
});

test('an answerer throws an AnswerError to answer with an error; what else it throws, settle throws', async () => {
  const bed = testbed({
    workflows: [reminder],
    answers: {
      customer: async () => {
        throw new AnswerError('gone', 'moved away');
      },
    },
  });
  const job = await bed.start('reminder', 'r-1', { customerIdentifier: '1' });
  await bed.settle();
  assert.equal(job.problem?.code, 'gone');

  let calls = 0;
  const flaky = testbed({
    workflows: [reminder],
    answers: {
      customer: ({ customerIdentifier }: { customerIdentifier: string }) => {
        calls += 1;
        if (calls === 1) throw new TypeError('of null');
        return { name: customerIdentifier };
      },
    },
  });
  await flaky.start('reminder', 'r-1', { customerIdentifier: '7' });
  await assert.rejects(flaky.settle(), (error: unknown) => {
    assert.match(String(error), /"customer" threw TypeError: of null/);
    return code('answerer-threw')(error);
  });
  await flaky.settle();
  assert.equal(flaky.job('r-1').waitsFor[0]?.kind, 'sleep');
});

test('events and time limits: what comes in time counts, what comes later is a dead letter', async () => {
  const bed = testbed({ workflows: [shipment] });
  await bed.event('payments', 's-1', { amount: '9.90' }); // before its workflow: it waits
  const one = await bed.start(shipment, 's-1', {});
  const other = await bed.start(shipment, 's-2', {});
  await bed.settle();
  assert.equal(one.result, 'ship for 9.90');
  await bed.time.advance('2d');
  assert.equal(other.problem?.code, 'time-limit');
  await bed.event('payments', 's-2', { amount: '1.00' });
  await bed.settle();
  assert.deepEqual(
    bed.deadLetters().map(({ reason, topic, key }) => [reason, topic, key]),
    [['late-event', 'payments', 's-2']],
  );
});

test('an answer that comes after its limit is asked for again, at its own time', async () => {
  const times: string[] = [];
  const bed: Testbed = testbed({
    workflows: [quote],
    answers: {
      price: ({ of }: { of: number }) => {
        times.push(`${of} ${bed.time.now}`);
        return of === 1 && times.length < 3 ? answerAfter('90m', 10) : of;
      },
    },
    startAt: '2026-03-01T12:00:00+01:00',
  });
  const job = await bed.start(quote, 'q-1', {});
  await bed.time.advance('59m');
  assert.equal(job.status, 'waiting');
  await bed.time.advance('1d');
  assert.deepEqual(times, [
    '1 2026-03-01T11:00:00.000Z',
    '2 2026-03-01T11:00:00.000Z',
    '1 2026-03-01T12:00:00.000Z',
  ]);
  assert.equal(job.result, 3);
  assert.equal(bed.deadLetters()[0]?.reason, 'contradicts-first-answer');
});

for (const at of ['before-save', 'after-save', 'after-publish', 'after-commit'] as const) {
  test(`an engine that dies ${at} ends every job as if it had not`, async () => {
    const bed = testbed({ workflows: [reminder], answers: ada });
    const job = await bed.start(reminder, 'r-1', { customerIdentifier: '1' });
    await bed.crash(at);
    await bed.settle();
    await bed.crash(at);
    await bed.time.advance('30d');
    await bed.crash();
    await bed.settle();
    assert.equal(job.result, 'remind Ada');
    assert.deepEqual(bed.deadLetters(), []);
    assert.equal(bed.story().filter((line) => line.includes('the engine dies')).length, 3);
    assert.equal(bed.story().filter((line) => line.includes('completed')).length, 1);
  });
}

test('jobs end under the version that they began under, and a missing one parks them until a retry', async () => {
  const second = workflow({
    ...reminder,
    version: 2,
    *run() {
      yield* [];
      throw new WorkflowFailure('changed', 'the second version fails');
    },
  });
  const bed = testbed({ workflows: [reminder], answers: ada });
  const old = await bed.start(reminder, 'old', { customerIdentifier: '1' });
  await bed.settle();
  await bed.deploy([second]);
  const fresh = await bed.start('reminder', 'new', { customerIdentifier: '1' });
  await bed.time.advance('30d');
  assert.deepEqual([old.status, old.problem?.code], ['parked', 'version-missing']);
  assert.deepEqual([fresh.status, fresh.problem?.code, fresh.version], ['failed', 'changed', 2]);
  await bed.deploy([reminder, second]);
  await bed.retry('old');
  await bed.settle();
  assert.equal(old.result, 'remind Ada');
});

test('the same id and input again is a repeat, other input a conflict that shows', async () => {
  const bed = testbed({ workflows: [reminder], answers: ada });
  await bed.start(reminder, 'r-1', { customerIdentifier: '1' });
  await bed.start(reminder, 'r-1', { customerIdentifier: '1' });
  await bed.settle();
  assert.deepEqual(bed.deadLetters(), []);
  await bed.start(reminder, 'r-1', { customerIdentifier: '2' });
  await bed.cancel('r-1');
  await bed.settle();
  assert.equal(bed.deadLetters()[0]?.reason, 'workflow-id-conflict');
  assert.equal(bed.job('r-1').status, 'cancelled');
});

test('mistakes are refused with what to do', async () => {
  const bed = testbed({ workflows: [reminder, quote] });
  const input = { customerIdentifier: '1' };
  await assert.rejects(bed.start('remindr', 'r-1', input), (error: unknown) => {
    assert.match(String(error), /no workflow "remindr" here: it is one of reminder, quote/);
    return code('unknown-workflow')(error);
  });
  await assert.rejects(bed.start('reminder', 'r-1', {}), code('invalid-input'));
  await assert.rejects(bed.start('reminder', '', input), code('invalid-id'));
  await assert.rejects(bed.event('payments', 'r-1', {}), code('unknown-topic'));
  assert.throws(() => bed.job('r-1'), code('unknown-job'));
  await bed.start('reminder', 'r-1', input);
  assert.throws(() => bed.result('r-1'), /queued|settle\(\) first/);
  await bed.settle();
  assert.throws(() => bed.result('r-1'), /waits for an answer to "customer"; answer\(\) gives one/);
  await assert.rejects(bed.answer('r-1', 1, { category: 'price' }), /but for "customer" \(step 0\)/);
  await bed.start('quote', 'q-1', {});
  await assert.rejects(bed.answer('q-1', 1), code('which-question'));
  await bed.answer('q-1', 1, { step: 1 });
  await bed.time.advance('1d');
  await assert.rejects(bed.time.advance('-1d'), RangeError);
  await assert.rejects(bed.time.advanceTo('2026-01-01T12:00:00Z'), code('time-backwards'));
  await assert.rejects(bed.time.advanceTo('tomorrow'), code('invalid-time'));
  assert.throws(() => testbed({ workflows: [reminder], partitions: 0 }), RangeError);
});
