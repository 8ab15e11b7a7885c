import { Type } from '@sinclair/typebox';
import { testbed } from '../../../core/simulation/testbed.ts';
import { TestbedError } from '../../../core/simulation/testbed-error.ts';
import { foldInput, type KeyedFold } from '../../../core/view/keyed-fold.ts';
import { workflow } from '../../../core/workflow/definition.ts';
import { assert, test } from '../../harness.ts';

interface Sale {
  readonly product: string;
  readonly pieces: number;
}

/** Counts what was sold, and tells each total. */
const sold: KeyedFold<Sale, { total: number; offset: number }> = {
  name: 'sold',
  inputs: [
    foldInput('sales', Type.Object({ product: Type.String(), pieces: Type.Integer() }), {
      toMessage: (sale) => sale,
      keyOf: ({ product }) => product,
    }),
  ],
  keysOf: ({ product }) => [product],
  fold({ product, pieces }, states, { offset }) {
    const before = states.get(product) ?? { total: 0, offset: -1 };
    const total = offset > before.offset ? before.total + pieces : before.total;
    states.set(product, { total, offset: Math.max(offset, before.offset) });
    return [{ topic: 'totals', key: product, value: { total } }];
  },
};

const big = workflow({
  type: 'big-seller',
  version: 1,
  input: Type.Object({}),
  expects: ['totals'],
  *run({ expect }) {
    const { total } = yield* expect('totals', Type.Object({ total: Type.Integer() }), {
      where: (value) => value.total >= 10,
    });
    return total;
  },
});

test('a keyed fold folds what is sent, and a workflow hears what it emits', async () => {
  const bed = testbed({ workflows: [big], folds: [sold] });
  const job = await bed.start(big, 'jumpers', {});
  await bed.event('sales', 'jumpers', { product: 'jumpers', pieces: 4 });
  await bed.settle();
  assert.equal(job.status, 'waiting');
  await bed.event('sales', 'jumpers', { product: 'jumpers', pieces: 7 });
  await bed.settle();
  assert.equal(job.result, 11);
  assert.deepEqual(bed.state('sold', 'jumpers'), { total: 11, offset: 1 });
  assert.deepEqual(
    bed.published('totals').map(({ value }) => value),
    [{ total: 4 }, { total: 11 }],
  );
  assert.ok(bed.story().some((line) => line.includes('totals jumpers: {"total":4}')));
});

for (const at of ['before-save', 'after-save', 'after-publish', 'after-commit'] as const) {
  test(`a fold that dies ${at} has each message counted once`, async () => {
    const bed = testbed({ folds: [sold] });
    await bed.event('sales', 'jumpers', { product: 'jumpers', pieces: 4 });
    await bed.crash(at);
    await bed.settle();
    await bed.event('sales', 'jumpers', { product: 'jumpers', pieces: 1 });
    await bed.settle();
    assert.equal(bed.story().filter((line) => line.includes('the fold sold dies')).length, 1);
    assert.deepEqual(bed.state('sold', 'jumpers'), { total: 5, offset: 1 });
  });
}

test('a record that a fold does not take is a dead letter, and one on which it throws is told', async () => {
  const broken: typeof sold = {
    ...sold,
    fold() {
      throw new TypeError('of undefined');
    },
  };
  const bed = testbed({ folds: [broken] });
  await bed.event('sales', 'a', { product: 'a' });
  await bed.settle();
  assert.equal(bed.deadLetters()[0]?.reason, 'invalid-message');
  assert.equal(bed.deadLetters()[0]?.value, '{"product":"a"}');
  await bed.event('sales', 'a', { product: 'a', pieces: 1 });
  await assert.rejects(bed.settle(), (error: unknown) => {
    assert.ok(error instanceof TestbedError);
    assert.match(error.message, /the fold sold could not go on: TypeError: of undefined/);
    return true;
  });
});

test('what goes round in circles is stopped', async () => {
  const echo: KeyedFold<number, never> = {
    name: 'echo',
    inputs: [foldInput('echoes', Type.Integer(), { toMessage: (value) => value })],
    keysOf: () => [],
    fold: (value) => [{ topic: 'echoes', key: 'a', value: value + 1 }],
  };
  const bed = testbed({ folds: [echo], rounds: 100 });
  await bed.event('echoes', 'a', 0);
  await assert.rejects(bed.settle(), /does not come to rest/);
});
