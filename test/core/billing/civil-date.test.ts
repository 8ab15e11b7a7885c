import fc from 'fast-check';
import { addDays, isCivilDate } from '../../../core/billing/civil-date.ts';
import { assert, test } from '../../harness.ts';

test('days are added over the ends of months, years and leap days', () => {
  const sums: [string, number, string][] = [
    ['2020-04-15', 14, '2020-04-29'],
    ['2020-02-15', 14, '2020-02-29'],
    ['2019-02-15', 14, '2019-03-01'],
    ['2000-02-28', 2, '2000-03-01'],
    ['1900-02-28', 1, '1900-03-01'],
    ['2023-12-25', 14, '2024-01-08'],
    ['2024-03-01', -1, '2024-02-29'],
    ['2024-01-01', -1, '2023-12-31'],
    ['0001-01-01', 0, '0001-01-01'],
    ['0001-01-02', -1, '0001-01-01'],
    ['9999-12-17', 14, '9999-12-31'],
    ['1970-01-01', 20_000, '2024-10-04'],
  ];
  for (const [date, days, sum] of sums) assert.equal(addDays(date, days), sum);
});

test('arithmetic agrees with the calendar of the runtime', () => {
  const day = 86_400_000;
  fc.assert(
    fc.property(
      fc.integer({ min: -700_000, max: 2_900_000 }),
      fc.integer({ min: -9999, max: 9999 }),
      (from, days) => {
        const text = (count: number) => new Date(count * day).toISOString().slice(0, 10);
        assert.equal(addDays(text(from), days), text(from + days));
      },
    ),
  );
});

test('a day that does not exist is no date', () => {
  for (const text of [
    '2023-02-29',
    '1900-02-29',
    '2024-13-01',
    '2024-00-10',
    '2024-04-31',
    '2024-01-00',
    '0000-01-01',
  ]) {
    assert.equal(isCivilDate(text), false, text);
  }
  for (const text of ['', '2024-1-1', '20240101', '2024-01-01T00:00:00Z', ' 2024-01-01', '2024-01-01\n']) {
    assert.equal(isCivilDate(text), false, text);
  }
  assert.equal(isCivilDate('2024-02-29'), true);
});

test('a sum outside the years 0001 to 9999 is none', () => {
  assert.equal(addDays('9999-12-31', 1), undefined);
  assert.equal(addDays('9999-12-18', 14), undefined);
  assert.equal(addDays('0001-01-01', -1), undefined);
  assert.equal(addDays('2024-01-01', 0.5), undefined);
});
