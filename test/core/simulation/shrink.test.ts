import type { Injection, SimulationOptions, SimulationResult } from '../../../core/simulation/options.ts';
import { shrink } from '../../../core/simulation/shrink.ts';
import { tellStory } from '../../../core/simulation/story.ts';
import { assert, test } from '../../harness.ts';

const injection = (ordinal: number, kind: Injection['kind']): Injection => ({
  ordinal,
  step: ordinal * 3,
  kind,
  point: 'save:before',
});

/** Stands for a simulation: breaks invariant 4 where injections 7 and 11 are made with two workflows or more. */
function pretend(tried: SimulationOptions[]) {
  return async (options: SimulationOptions): Promise<SimulationResult> => {
    tried.push(options);
    const { seed, workflows = 6, suppress = new Set<number>(), faults = {} } = options;
    const injections = Array.from({ length: 40 }, (_, ordinal) =>
      injection(ordinal, ordinal % 4 === 3 ? 'crash' : 'slow'),
    ).filter(({ ordinal, kind }) => !suppress.has(ordinal) && (faults[kind] ?? 1) > 0);
    const has = (ordinal: number): boolean => injections.some((each) => each.ordinal === ordinal);
    const isBroken = workflows >= 2 && has(7) && has(11);
    const violation = isBroken ? { invariant: 4, message: 'the bill changed', step: 230 } : null;
    const steps = options.steps ?? 280;
    return { seed, steps, injections, violation, story: [], coverage: {} };
  };
}

test('what is shrunk breaks the same invariant with all that does not matter left out', async () => {
  const tried: SimulationOptions[] = [];
  const run = pretend(tried);
  const options: SimulationOptions = { seed: 5, engines: 3 };
  const { options: smallest, result, tries } = await shrink(options, await run(options), run);
  assert.equal(smallest.workflows, 2);
  assert.equal(smallest.engines, 1);
  assert.equal(smallest.partitions, 1);
  assert.equal(smallest.steps, 200);
  assert.equal(smallest.faults?.slow, 0);
  assert.deepEqual(
    result.injections.map(({ ordinal }) => ordinal),
    [7, 11],
  );
  assert.equal((await run(smallest)).violation?.invariant, 4);
  assert.ok(tries <= 150, `${tries} tries`);
});

test('another violation than the first is not followed', async () => {
  const failed = await pretend([])({ seed: 1 });
  const other = async (options: SimulationOptions): Promise<SimulationResult> => ({
    ...failed,
    seed: options.seed,
    violation: { invariant: 6, message: 'the ledger does not add up', step: 9 },
  });
  const { options, result } = await shrink({ seed: 1 }, failed, other);
  assert.equal(options.workflows, undefined);
  assert.equal(result.violation?.invariant, 4);
});

test('it tries no more often than it is told, and ends when it is told', async () => {
  const tried: SimulationOptions[] = [];
  const run = pretend(tried);
  const failed = await run({ seed: 1 });
  assert.equal((await shrink({ seed: 1 }, failed, run, { tries: 9 })).tries, 9);
  assert.equal(tried.length, 10);
  const { tries } = await shrink({ seed: 1 }, failed, run, { isOver: () => tried.length >= 14 });
  assert.equal(tries, 4);
});

test('a run that broke nothing is not shrunk', async () => {
  const held = { ...(await pretend([])({ seed: 1 })), violation: null };
  await assert.rejects(shrink({ seed: 1 }, held, pretend([])), RangeError);
});

test('a story says what it was, what happened and what was broken', async () => {
  const result = await pretend([])({ seed: 3, suppress: new Set([0, 1]) });
  const story = [
    '   8  engine-1 poll',
    '   9  engine-1 poll',
    '   9    engine-1 reads workflow-queue/1/0',
    '  10  engine-1 load',
    '  11  engine-1 ends',
  ];
  assert.deepEqual(tellStory({ ...result, story }), [
    'seed 3: 280 steps, 38 faults (crash ×10, slow ×28)',
    '',
    '   9  engine-1 poll',
    '   9    engine-1 reads workflow-queue/1/0',
    '  10  engine-1 load',
    '',
    'Invariant 4 is broken, seen at step 230: the bill changed',
  ]);
  assert.match(tellStory({ ...result, violation: null }).at(-1) ?? '', /All invariants held/);
});
