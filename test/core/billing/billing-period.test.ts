import { billDateIn, daysOf, isBillingPeriod } from '../../../core/billing/billing-period.ts';
import { assert, test } from '../../harness.ts';

test('a billing period is a calendar month, and its bills are dated by its last day', () => {
  for (const [month, to, last] of [
    ['2026-11', '2026-12-01', '2026-11-30'],
    ['2026-12', '2027-01-01', '2026-12-31'],
    ['2024-02', '2024-03-01', '2024-02-29'],
    ['2100-02', '2100-03-01', '2100-02-28'],
    ['9999-11', '9999-12-01', '9999-11-30'],
  ] as const) {
    assert.deepEqual(daysOf(month), { from: `${month}-01`, to });
    assert.equal(billDateIn(month), last);
  }
});

test('what is no month is no billing period', () => {
  for (const text of [
    '',
    '2026',
    '2026-1',
    '2026-00',
    '2026-13',
    '2026-11-01',
    '0999-11',
    '9999-12',
    '2026-11\n',
  ])
    assert.equal(isBillingPeriod(text), false);
  assert.throws(() => daysOf('2026-13'), RangeError);
});
