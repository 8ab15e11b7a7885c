import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { readOrdersOptions } from '../../bench/orders/options.ts';
import type { OrdersResults } from '../../bench/orders/results.ts';
import { OptionsError } from '../support/flags.ts';
import { RunningBench } from './support.ts';

test('a tiny bench of orders prints its tables with the floors beside, and writes what adds up', async () => {
  const amounts = ['--orders', '30', '--lookups', '40', '--rebuild', '500', '--rate', '10', '--seconds', '1'];
  const bench = new RunningBench(
    'orders',
    '--broker',
    'embedded',
    '--instances',
    '1,2',
    '--repeat',
    '1',
    ...amounts,
  );
  expect([await bench.exitCode, bench.stderr.includes('2 instances')]).toEqual([0, true]);
  const { flows, rebuilds } = JSON.parse(readFileSync(bench.out, 'utf8')) as OrdersResults;
  expect(flows.map(({ log, instances }) => [log, instances])).toEqual([
    ['embedded', 1],
    ['embedded', 2],
  ]);
  for (const { ordersPerSecond, recordsAnOrder, floor, post, get } of flows) {
    expect(ordersPerSecond.median).toBeGreaterThan(0);
    expect(floor.median).toBeGreaterThan(ordersPerSecond.median);
    // request, two states on two topics, workflow, three checks, reservation and reply: at least so many
    expect(recordsAnOrder).toBeGreaterThanOrEqual(11);
    expect(post[0]?.p99).toBeGreaterThan(0);
    expect(get[0]?.p99).toBeGreaterThan(0);
  }
  expect(flows[0]?.lookups).toBeNull();
  expect(flows[1]?.lookups?.local).toBeGreaterThan(0);
  expect(flows[1]?.lookups?.routed).toBeGreaterThan(0);
  expect(rebuilds).toHaveLength(1);
  expect(rebuilds[0]?.folded).toBeGreaterThan(0);
  expect(bench.stdout).toContain('of the floor');
});

const refused: readonly [string, string[]][] = [
  ['--instances "two"', ['--instances', 'two']],
  ['--broker "rabbit"', ['--broker', 'rabbit']],
  ['--orders "0"', ['--orders', '0']],
  ['needs as many partitions', ['--instances', '4', '--partitions', '2']],
  ['colour', ['--colour', 'red']],
];
for (const [message, args] of refused) {
  test(`bun bench orders ${args.join(' ')} is refused, with what it takes`, () => {
    expect(() => readOrdersOptions(args)).toThrow(OptionsError);
    expect(() => readOrdersOptions(args)).toThrow(message);
  });
}
