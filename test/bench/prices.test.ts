import { describe, expect, test } from 'bun:test';
import { measureChecks } from '../../bench/alone/checks.ts';
import { pricesUsage, readPricesOptions } from '../../bench/prices/options.ts';
import { pricesOn, setupsOf } from '../../bench/prices/prices.ts';
import { priced, printedPrices } from '../../bench/prices/report.ts';
import { type Measured, rowsOf } from '../../bench/report/results.ts';
import { keyOf, type Setup } from '../../bench/setup.ts';
import { OptionsError } from '../support/flags.ts';
import { measured, optionsOf, resultsOf } from './results.ts';

const shape = { partitions: 12, engines: 1, rate: 0 };

describe('the options', () => {
  test("are bun bench's, of one shape, with 12 partitions", () => {
    expect(readPricesOptions([])).toMatchObject({
      bills: 20_000,
      partitions: [12],
      engines: [1],
      rates: [50],
    });
    expect(readPricesOptions(['--bills', '5', '--partitions', '4'])).toMatchObject({
      bills: 5,
      partitions: [4],
    });
    expect(readPricesOptions(['--help'])).toBeNull();
    expect(pricesUsage).toContain('--rate N');
  });

  test.each([
    [['--partitions', '1,4'], 'the prices are of one shape, give one number'],
    [['--files', 'on'], "Unknown option '--files'"],
    [['--engines', '13'], 'give --partitions 13 or more'],
  ])('%j is refused with what would be right', (args, message) => {
    expect(() => readPricesOptions(args)).toThrow(OptionsError);
    expect(() => readPricesOptions(args)).toThrow(message);
  });
});

describe.each(['embedded', 'kafka'] as const)('the prices on %s', (log) => {
  const prices = pricesOn(log, shape);

  test('each hold a setup against one that differs from it in one thing', () => {
    const things = ['store', 'files', 'tracing', 'fsync', 'numbers'] as const;
    expect(prices.filter(({ against }) => against === null)).toHaveLength(1);
    for (const { setup, against } of prices) {
      if (against === null) continue;
      expect(things.filter((thing) => setup[thing] !== against[thing])).toHaveLength(1);
    }
  });

  test('are all measured in the same run, once each, the floors first', () => {
    const setups = setupsOf(prices);
    const keys = setups.map(keyOf);
    expect(new Set(keys).size).toBe(keys.length);
    for (const { setup, against } of prices) {
      expect(keys).toContain(keyOf(setup));
      if (against !== null) expect(keys).toContain(keyOf(against));
    }
    const floors = setups.filter(({ system }) => system === 'floor');
    expect(setups.slice(0, floors.length)).toEqual(floors);
    // what a disk costs the embedded log is in its floor too; a broker's floor is one
    expect(floors).toHaveLength(log === 'embedded' ? 2 : 1);
    for (const row of rowsOf(setups.map((setup) => measured(setup, 100))))
      if (row.setup.system === 'requite') expect(row.ofFloor).toBe(1);
  });
});

describe('the table', () => {
  const used = (setup: Setup, speed: number, brokerUs: number): Measured => {
    const row = measured(setup, speed);
    return { ...row, throughput: row.throughput.map((each) => ({ ...each, brokerCpuUsPerBill: brokerUs })) };
  };
  const prices = pricesOn('kafka', shape).slice(0, 3);
  const [base, unflushed, exact] = prices.map(({ setup }) => setup) as [Setup, Setup, Setup];
  const rows = rowsOf([
    used(base, 1_000, 50),
    used(unflushed, 1_500, 40),
    { ...used(exact, 500, 250), failure: 'a bill was lost' },
  ]);

  test('says how fast each is beside its own row, and what more it costs with the broker', () => {
    // each of our rows takes 10 + 90 µs beside the broker's
    expect(priced(prices, rows).map(({ speedRatio, moreUs }) => [speedRatio, moreUs])).toEqual([
      [null, null],
      [1.5, -10],
      [null, null],
    ]);
  });

  test('says what failed, with no figure', () => {
    const options = optionsOf('--broker', 'kafka', '--partitions', '12');
    const whole = { ...resultsOf(options, []), rows, prices, checks: measureChecks(1, 10) };
    const text = printedPrices(whole);
    expect(text).toContain('FAILED kafka, requite, jobs in kafka, no files: a bill was lost');
    expect(text.split('\n').find((line) => line.includes('exactly-once'))).toContain('failed');
    expect(text).toContain('1.50×');
  });
});

test('each kind of a bill’s records is read with its check and without', () => {
  const checks = measureChecks(2, 20);
  expect(checks.map(({ kind }) => kind)).toEqual(['workflow', 'question', 'answer', 'asked', 'completed']);
  for (const { checkedUs, uncheckedUs } of checks) {
    expect(checkedUs).toBeGreaterThan(0);
    expect(uncheckedUs).toBeGreaterThan(0);
  }
});
