// A workflow that takes a month, tested in a moment: virtual time, a crash, and a hundred schedules full of faults.
import { Type, testbed, workflow } from 'requite';

const reminder = workflow({
  type: 'reminder',
  version: 1,
  input: Type.Object({ customer: Type.String() }),
  *run({ ask, sleep }, { customer }) {
    const { name } = yield* ask('customer', { customer }, Type.Object({ name: Type.String() }));
    yield* sleep('30d');
    const paid = yield* ask('paid', { customer }, Type.Boolean(), { timeLimit: '2h', retries: 3 });
    return paid ? `${name} has paid` : `remind ${name}`;
  },
});

const bed = testbed({ workflows: [reminder], answers: { customer: () => ({ name: 'Ada' }) } });

const job = await bed.start(reminder, 'r-1', { customer: '321' });
await bed.crash('after-save'); // the engine dies in its first unit of work, and starts anew
await bed.time.advance('30d');
await bed.time.advance('2h'); // nobody answers "paid": its limit fires, and it is asked again
await bed.serve({ paid: () => false });
await bed.settle();
console.log(bed.story().join('\n'));
console.log(job.status, job.result);

const { schedules, steps } = await bed.explore({ schedules: 100 });
console.log(`${schedules} schedules, ${steps} steps: nothing broke`);
