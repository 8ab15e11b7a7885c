import { faultPoints } from '../../../core/simulation/faults.ts';
import { simulate } from '../../../core/simulation/simulate.ts';
import { assert, test } from '../../harness.ts';

const SEEDS = 16;

test('the same seed makes the same run, line by line', async () => {
  for (const seed of [3, 4]) {
    const one = await simulate({ seed, tell: true });
    const other = await simulate({ seed, tell: true });
    assert.ok(one.story.length > 200);
    assert.deepEqual(one, other);
  }
});

test('telling the story changes nothing in it', async () => {
  const { story: _, ...told } = await simulate({ seed: 7, tell: true });
  const { story, ...untold } = await simulate({ seed: 7 });
  assert.deepEqual([story, untold], [[], told]);
});

test('schedules with every kind of fault break no invariant, on either backing', async () => {
  for (let seed = 0; seed < SEEDS; seed++) {
    const { violation, steps } = await simulate({ seed });
    assert.deepEqual([seed, violation], [seed, null]);
    assert.ok(steps >= 200);
  }
});

test('an injection that is left out leaves the others what they were', async () => {
  const full = await simulate({ seed: 11 });
  const [first, ...others] = full.injections;
  if (first === undefined) throw new Error('nothing was injected');
  const { injections } = await simulate({ seed: 11, suppress: new Set([first.ordinal]) });
  assert.ok(injections.every(({ ordinal }) => ordinal !== first.ordinal));
  // what is drawn for an ordinal stays; a run that went another way may meet fewer of the points
  const drawn = new Map(others.map(({ ordinal, kind, point }) => [ordinal, `${kind}@${point}`]));
  const met = injections.filter(({ ordinal }) => drawn.has(ordinal));
  assert.ok(met.length > 0);
  for (const { ordinal, kind, point } of met) assert.equal(`${kind}@${point}`, drawn.get(ordinal));
});

test('a kind of fault that is off is never injected, and with all of them off nothing is', async () => {
  const { injections } = await simulate({ seed: 1, faults: { crash: 0 } });
  assert.ok(injections.length > 0);
  assert.ok(injections.every(({ kind }) => kind !== 'crash'));
  const kinds = new Set(
    [...faultPoints('atomic'), ...faultPoints('in-order')].map((name) => name.split('@')[0] ?? ''),
  );
  const calm = await simulate({ seed: 1, faults: Object.fromEntries([...kinds].map((kind) => [kind, 0])) });
  assert.deepEqual(calm.injections, []);
});

test('options that make no sense are refused', async () => {
  const refused = (options: Parameters<typeof simulate>[0]): Promise<void> =>
    assert.rejects(() => simulate(options), RangeError);
  await refused({ seed: -1 });
  await refused({ seed: 0.5 });
  await refused({ seed: 1, steps: 199 });
  await refused({ seed: 1, engines: 0 });
  await refused({ seed: 1, partitions: 1.5 });
});
