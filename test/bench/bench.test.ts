import { expect, test } from 'bun:test';
import type { Row } from '../../bench/report/results.ts';
import { describeWithCluster } from '../broker/index.ts';
import { until } from '../support/until.ts';
import { RunningBench } from './support.ts';

const tiny = ['--broker', 'embedded', '--store', 'embedded', '--bills', '50', '--repeat', '2'];

test('a tiny bench prints its tables with the floor beside, and writes what adds up', async () => {
  const bench = new RunningBench(...tiny, '--files', 'on', '--rate', '20', '--seconds', '1');
  expect([await bench.exitCode, bench.stderr.includes('[1/10]')]).toEqual([0, true]);

  const { rows, options, machine, leftOut } = bench.results();
  expect(rows.map(({ setup }) => [setup.log, setup.system, setup.store, setup.files])).toEqual([
    ['embedded', 'floor', null, false],
    ['embedded', 'requite', 'embedded', true],
  ]);
  expect([options.bills, options.rate, leftOut.length]).toEqual([50, 20, 0]);
  expect(machine.cores).toBeGreaterThan(0);
  for (const row of rows) expectConsistent(row, 50, 20);
  const [floor, requite] = rows as [Row, Row];
  expect(floor.ofFloor).toBeNull();
  expect(requite.ofFloor).toBeCloseTo(
    (requite.billsPerSecond?.median ?? 0) / (floor.billsPerSecond?.median ?? 0),
    10,
  );
  expect(requite.latencyMs?.fileP50).not.toBeNull();

  const lines = bench.stdout.split('\n');
  expect(lines.filter((line) => line.startsWith('embedded  floor'))).toHaveLength(3);
  expect(lines.filter((line) => line.startsWith('embedded  requite'))).toHaveLength(3);
  expect(bench.stdout).toContain('Not measured:');
  expect(bench.stdout).toContain(bench.out);
  for (const line of lines.filter((each) => !each.includes(bench.out)))
    expect(line.length).toBeLessThanOrEqual(110);
});

/** What holds whatever the speed was. */
function expectConsistent(row: Row, bills: number, offered: number): void {
  expect(row.failure).toBeNull();
  expect(row.throughput).toHaveLength(2);
  for (const { ms, billsPerSecond, repeats, ...one } of row.throughput) {
    expect(one.bills).toBe(bills);
    expect(ms).toBeGreaterThan(0);
    expect(billsPerSecond).toBeCloseTo((bills / ms) * 1000, 6);
    expect(repeats).toBe(0);
  }
  const speeds = row.throughput.map(({ billsPerSecond }) => billsPerSecond);
  expect(row.billsPerSecond?.min).toBe(Math.min(...speeds));
  expect(row.billsPerSecond?.max).toBe(Math.max(...speeds));
  expect(row.latency).toHaveLength(2);
  for (const { bills: sent, toCompleted, toFile } of row.latency) {
    expect(sent).toBe(offered);
    for (const times of [toCompleted, ...(toFile === null ? [] : [toFile])]) {
      const { p50, p90, p99, max } = times;
      expect([p50, p90, p99, max]).toEqual([p50, p90, p99, max].toSorted((a, b) => a - b));
      expect(p50).toBeGreaterThan(0);
    }
  }
}

test('without files none is written, and the bench sees to that', async () => {
  const bench = new RunningBench(...tiny, '--files', 'off', '--rate', '0');
  expect([await bench.exitCode, bench.stderr]).toEqual([0, expect.stringContaining('no files')]);
  const requite = bench.results().rows.at(-1);
  expect([requite?.setup.files, requite?.latency.length, requite?.latencyMs]).toEqual([false, 0, null]);
});

// it looks for the engine's process in /proc
test.skipIf(process.platform !== 'linux')(
  'a process that dies is told, and the bench ends with 1',
  async () => {
    const many = ['--broker', 'embedded', '--store', 'embedded', '--files', 'on', '--bills', '20000'];
    const bench = new RunningBench(...many, '--repeat', '1', '--rate', '0');
    await until('bills of our services to be made', () => bench.stderr.includes('files: throughput 1'));
    const engine = bench.childRunning('services/main.ts engine');
    expect(engine).not.toBeNull();
    process.kill(engine ?? 0, 'SIGKILL');
    expect(await bench.exitCode).toBe(1);
    expect(bench.results().rows.map(({ failure }) => failure)).toEqual([
      null,
      expect.stringContaining('the engine died (SIGKILL)'),
    ]);
    expect(bench.stdout).toContain('FAILED embedded requite embedded on: the engine died');
  },
);

describeWithCluster('on Kafka', () => {
  test("the original lab's way runs beside floor and services, each on new topics", async () => {
    const bench = new RunningBench(
      ...['--broker', 'kafka', '--store', 'sqlite', '--files', 'on', '--bills', '50', '--repeat', '2'],
      ...['--engines', '2', '--rate', '20', '--seconds', '1'],
    );
    expect([await bench.exitCode, bench.stdout]).toEqual([0, expect.stringContaining('Apache Kafka')]);
    const { rows } = bench.results();
    expect(rows.map(({ setup }) => setup.system)).toEqual(['floor', 'baseline', 'requite']);
    for (const row of rows) expectConsistent(row, 50, 20);
    const [floor, baseline, requite] = rows as [Row, Row, Row];
    expect(requite.ofBaseline).toBeCloseTo(
      (requite.billsPerSecond?.median ?? 0) / (baseline.billsPerSecond?.median ?? 0),
      10,
    );
    expect([floor.ofBaseline, baseline.ofBaseline]).toEqual([null, null]);
  });
});
