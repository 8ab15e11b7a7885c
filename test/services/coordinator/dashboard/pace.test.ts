import { expect, test } from 'bun:test';
import { paceOf } from '../../../../services/coordinator/dashboard/components/pace.ts';
import type { RunProgress } from '../../../../services/coordinator/dashboard/replies.ts';

const now = Date.parse('2026-11-21T10:00:30.000Z');

const run = (of: Partial<RunProgress>): RunProgress => ({
  runId: 'r',
  createTime: '2026-11-21T10:00:00.000Z',
  updatedAt: '2026-11-21T10:00:29.000Z',
  state: 'running',
  count: 4_000,
  requested: 4_000,
  waiting: 0,
  completed: 0,
  failed: 0,
  parked: 0,
  cancelled: 0,
  ended: false,
  rate: 0,
  ...of,
});

const said = (of: Partial<RunProgress>): string | null =>
  paceOf(run(of), now)?.text.replaceAll(/<[^>]*>/g, '') ?? null;

const cases: readonly [what: string, of: Partial<RunProgress>, text: string | null][] = [
  ['of which nothing is begun', {}, 'It has just begun.'],
  [
    'of which bills wait for answers',
    { requested: 1_900, waiting: 2_100 },
    '2,100 begun; the first bill is not there yet.',
  ],
  [
    'that has bills, and ended none lately',
    { requested: 0, waiting: 3_000, completed: 1_000 },
    'More bills are on their way.',
  ],
  [
    'of which nothing was reported for a while',
    { updatedAt: '2026-11-21T10:00:05.000Z' },
    'Nothing has moved for 25 s.',
  ],
  ['whose rate is known, and not yet what is left', { rate: 47 }, '47 bills a second'],
  ['that moves', { rate: 47, secondsLeft: 83 }, '47 bills a second, about 1 min 23 s left'],
  ['that is paused', { state: 'paused' }, null],
  ['that has ended with all', { ended: true, completed: 4_000 }, 'Every bill is there.'],
  ['that has ended otherwise', { ended: true, failed: 1 }, 'All that could be done is done.'],
];

test.each(cases)('a run %s', (_what, of, text) => {
  expect(said(of)).toBe(text);
});
