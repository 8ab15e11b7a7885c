import { expect, test } from 'bun:test';
import { grouped, percentOf, productOf, rateName, written } from './checker-money.ts';

test.each([
  ['3', '0.335', 2, '1.01'],
  ['1', '0.005', 2, '0.01'],
  ['1', '-0.005', 2, '-0.01'],
  ['1', '0.0049999', 2, '0.00'],
  ['12450', '0.0025', 3, '31.125'],
  ['93.5', '36.40', 0, '3403'],
])('%s times %s to %d decimals is %s, a half away from zero', (quantity, price, decimals, net) => {
  expect(written(productOf(quantity, price, decimals), decimals)).toBe(net);
});

test('takes percents of amounts', () => {
  expect(percentOf(189_391n, '19')).toBe(35_984n);
  expect(percentOf(-1_050n, '5')).toBe(-53n);
  expect(percentOf(1_000n, '8.25')).toBe(83n);
});

test('writes amounts as people read them, and rates in one way', () => {
  expect(['1234567.89', '-1234', '999.5', '0.01'].map(grouped)).toEqual([
    '1,234,567.89',
    '-1,234',
    '999.5',
    '0.01',
  ]);
  expect(['19.0', '19', '8.25', '0', '100', '10.50'].map(rateName)).toEqual([
    '19',
    '19',
    '8.25',
    '0',
    '100',
    '10.5',
  ]);
});
