import { Type } from '@sinclair/typebox';
import { testbed } from '../../../core/simulation/testbed.ts';
import { TestbedError } from '../../../core/simulation/testbed-error.ts';
import { AnswerError, TimeLimitError, workflow } from '../../../core/workflow/definition.ts';
import { assert, test } from '../../harness.ts';

/** Waits for everything that a workflow can: questions one after the other, events, and a month. */
const rental = workflow({
  type: 'rental',
  version: 1,
  input: Type.Object({ customer: Type.String() }),
  expects: ['returns'],
  *run({ ask, expect, sleep }, { customer }) {
    const { name } = yield* ask('customer', { customer }, Type.Object({ name: Type.String() }));
    yield* sleep('30d');
    try {
      yield* expect('returns', Type.Object({ car: Type.String() }), { timeLimit: '2d' });
    } catch (error) {
      if (!(error instanceof TimeLimitError)) throw error;
      const fee = yield* ask('fee', { customer }, Type.Number(), { timeLimit: '1h', retries: 2 });
      return `${name} pays ${fee}`;
    }
    return `${name} is done`;
  },
});

const answers = {
  customer: ({ customer }: { customer: string }) => ({ name: `Ada ${customer}` }),
  fee: ({ customer }: { customer: string }) => {
    if (customer === '2') throw new AnswerError('waived', 'no fee for this one');
    return 20;
  },
};

const code = (expected: TestbedError['code'], message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof TestbedError, `a TestbedError, not ${String(error)}`);
  assert.equal(error.code, expected, error.message);
  assert.match(error.message, message);
  return true;
};

test('workflows of a user are explored under faults, and the bed itself stays as it was', async () => {
  const bed = testbed({ workflows: [rental], answers });
  const job = await bed.start(rental, 'r-1', { customer: '1' });
  await bed.start(rental, 'r-2', { customer: '2' });
  await bed.event('returns', 'r-1', { car: 'blue' });
  const explored = await bed.explore({ schedules: 20, seed: 7 });
  assert.equal(explored.schedules, 20);
  assert.ok(explored.steps >= 20 * 200);
  assert.ok(Object.values(explored.coverage).reduce((sum, times) => sum + times, 0) > 20);
  assert.equal(job.status, 'queued');
  await bed.time.advance('40d');
  assert.equal(job.result, 'Ada 1 is done');
  assert.deepEqual(await bed.explore({ schedules: 20, seed: 7 }), explored, 'the same seeds, the same runs');
});

test('a workflow that does not do the same again is found, with a story and what replays it', async () => {
  let calls = 0;
  const forgetful = workflow({
    type: 'forgetful',
    version: 1,
    input: Type.Object({}),
    *run({ ask }) {
      calls += 1; // not pure: another question each time that it is run again
      yield* ask('step', { calls }, Type.Unknown());
      return (yield* ask('step', { calls }, Type.Unknown())) === null;
    },
  });
  const bed = testbed({ workflows: [forgetful], answers: { step: () => null } });
  await bed.start(forgetful, 'f-1', {});
  await assert.rejects(
    bed.explore({ schedules: 5 }),
    code('violated', /replays it: explore\(\{ schedules: 1, seed: 1,/),
  );
});

test('a workflow may ask the same again, and one partition will do', async () => {
  const patience = workflow({
    type: 'patience',
    version: 1,
    input: Type.Object({}),
    *run({ ask, sleep }) {
      for (let asked = 1; asked <= 3; asked++) {
        if (yield* ask('paid', {}, Type.Boolean())) return asked;
        yield* sleep('1d');
      }
      return null;
    },
  });
  const bed = testbed({ workflows: [patience], answers: { paid: () => false } });
  await bed.start(patience, 'p-1', {});
  assert.equal((await bed.explore({ schedules: 10, partitions: 1, backing: 'in-order' })).schedules, 10);
});

test('what can not be explored is said, with what to do', async () => {
  const bed = testbed({ workflows: [rental], answers: { customer: async () => ({ name: 'Ada' }) } });
  await assert.rejects(bed.explore(), code('not-explorable', /start\(\) some workflows first/));
  await bed.start(rental, 'r-1', { customer: '1' });
  await assert.rejects(bed.explore(), code('not-explorable', /"customer" is a promise/));
  await bed.serve({ customer: answers.customer });
  await assert.rejects(bed.explore(), code('not-explorable', /nobody answers "fee"/));
});

test('an event may be waited for without a limit, however early it comes and however far clocks jump', async () => {
  const visit = workflow({
    type: 'visit',
    version: 1,
    input: Type.Object({}),
    expects: ['arrivals'],
    *run({ expect }) {
      return yield* expect('arrivals', Type.String());
    },
  });
  const bed = testbed({ workflows: [visit] });
  await bed.start(visit, 'v-1', {});
  await bed.event('arrivals', 'v-1', 'Ada');
  assert.equal((await bed.explore({ schedules: 100 })).schedules, 100);
});
