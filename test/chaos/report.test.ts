import { expect, test } from 'bun:test';
import { Journal } from './journal.ts';
import { type Fault, runLanes } from './lanes.ts';
import { readOptions } from './options.ts';
import { type ChaosReport, longestStall, printed, recoveryOf, tooFewOf } from './report.ts';

const silent = (): void => undefined;

test('a kind with too few proven injections makes a run invalid, and says so; unproven ones do not count', () => {
  const journal = new Journal(silent);
  for (const proof of ['it ended', 'it ended', null]) journal.record('engine', 0, { what: 'kill -9', proof });
  journal.record('duplicates', 0, { what: 'copies', proof: 'read back', times: 500 });
  for (let join = 0; join < 4; join++) journal.record('joins', 0, { what: 'joins', proof: 'it was there' });
  expect(journal.tallyOf('engine')).toEqual({ made: 3, proven: 2 });
  const needed = { least: 3, joins: 10 };
  expect(tooFewOf(journal, ['engine', 'duplicates', 'joins', 'broker'], needed)).toEqual([
    'engine: 2 of 3',
    'joins: 4 of 10',
    'broker: 0 of 3',
  ]);
  expect(tooFewOf(journal, ['engine', 'joins'], { least: 2, joins: 4 })).toEqual([]);
});

test('recovery is what was unfinished when the last fault ended: how many, the middle one and the last', () => {
  expect(recoveryOf([50, 100, 130, 110, 180], 100)).toEqual({ unfinished: 3, p50Ms: 30, maxMs: 80 });
  expect(recoveryOf([50, 100], 100)).toBeNull();
});

test('the longest stall is the longest time between two ends', () => {
  expect(longestStall([10, 500, 20, 90])).toBe(410);
  expect(longestStall([])).toBe(0);
});

test('one seed draws the same faults in each lane, and another draws others', async () => {
  const drawn = async (seed: number): Promise<readonly number[]> => {
    const journal = new Journal(silent);
    const numbers: number[] = [];
    const fault: Fault = {
      kind: 'freeze',
      restMs: [0, 1],
      inject: async ({ below }) => {
        numbers.push(below(1_000_000));
        return { what: 'drawn', proof: 'here' };
      },
    };
    await runLanes([fault], { seed, journal, isOver: () => numbers.length >= 5 });
    return numbers;
  };
  expect(await drawn(4)).toEqual(await drawn(4));
  expect(await drawn(4)).not.toEqual(await drawn(5));
});

test('no fault begins while it may not, and none is forgotten', async () => {
  const journal = new Journal(silent);
  let asked = 0;
  const fault: Fault = {
    kind: 'freeze',
    restMs: [0, 0],
    inject: async () => ({ what: `after ${asked}`, proof: 'here' }),
  };
  const mayBegin = (): boolean => ++asked >= 3;
  await runLanes([fault], {
    seed: 1,
    journal,
    mayBegin,
    waitMs: 1,
    isOver: () => journal.injections.length > 0,
  });
  expect(journal.injections[0]?.what).toBe('after 3');
});

test('a fault that goes wrong proves nothing, and ends no other lane', async () => {
  const journal = new Journal(silent);
  const failing: Fault = {
    kind: 'store',
    restMs: [0, 0],
    inject: () => Promise.reject(new Error('the server does not start')),
  };
  await runLanes([failing], { seed: 1, journal, isOver: () => journal.injections.length >= 2 });
  expect(journal.injections[0]).toMatchObject({ what: 'went wrong: the server does not start', proof: null });
});

test('tells people what was done, what came of it, and why a run says nothing', () => {
  const options = readOptions(['--seed', '9']);
  if (options === null) throw new Error('these are no arguments for help');
  const report: ChaosReport = {
    format: 1,
    verdict: 'invalid',
    options,
    startedAt: '2026-11-21T12:00:00.000Z',
    tookMs: 61_000,
    counts: { accepted: 5_000, completed: 4_900, failed: 100 },
    perSecond: 81.97,
    injections: [],
    tallies: { engine: { made: 9, proven: 8 } },
    off: { disk: 'no small file system can be mounted here' },
    tooFew: ['broker: 1 of 3'],
    recovery: { unfinished: 40, p50Ms: 1_500, maxMs: 4_000 },
    longestStallMs: 7_000,
    deaths: [{ name: 'engine-1', how: '1', said: 'out of luck' }],
    complaints: Array.from({ length: 25 }, (_, at) => ({ kind: 'missing' as const, what: `c-${at}` })),
  };
  const text = printed(report);
  for (const part of [
    'billing, seed 9, jobs in kafka, 3 brokers, 61.0 s',
    '5,000',
    'engine            8 of 9',
    'off: no small file system',
    '40 were unfinished when the last fault ended; p50 1.5 s, the last after 4.0 s',
    'engine-1 ended by itself (1):\nout of luck',
    '25 complaints',
    'and 5 more',
    'INVALID: too few proven injections, so this run says nothing: broker: 1 of 3',
  ])
    expect(text).toContain(part);
});
