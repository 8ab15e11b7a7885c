import { expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import type { Row } from '../../bench/report/results.ts';
import { describeWithCluster } from '../broker/index.ts';
import { until } from '../support/until.ts';
import { RunningBench } from './support.ts';

const tiny = ['--broker', 'embedded', '--store', 'embedded', '--bills', '50', '--repeat', '2'];

test('a tiny bench prints its tables with the floor beside, and writes what adds up', async () => {
  const bench = new RunningBench(...tiny, '--files', 'on', '--rate', '20', '--seconds', '1');
  expect([await bench.exitCode, bench.stderr.includes('[1/15]')]).toEqual([0, true]);

  const { rows, floors, options, machine, leftOut } = bench.results();
  expect(rows.map(({ setup }) => [setup.log, setup.system, setup.store, setup.files])).toEqual([
    ['embedded', 'floor', null, false],
    ['embedded', 'requite', 'embedded', true],
  ]);
  expect([options.bills, options.rates, leftOut.length]).toEqual([50, [20], 0]);
  expect(machine.cores).toBeGreaterThan(0);
  for (const row of rows) expectConsistent(row, 50, 20);
  const [floor, requite] = rows as [Row, Row];
  expect(floor.ofFloor).toBeNull();
  expect(requite.ofFloor).toBeCloseTo(
    (requite.billsPerSecond?.median ?? 0) / (floor.billsPerSecond?.median ?? 0),
    10,
  );
  expect(requite.latencyMs?.toFile).not.toBeNull();
  expect(
    floors.map(({ floor, bills, failure }) => [Object.values(floor).slice(0, 2), bills, failure]),
  ).toEqual([
    [['decisions'], 50, null],
    [['jobs', 'embedded'], 50, null],
    [['files', 'as written'], 50, null],
    [['files', 'not flushed'], 50, null],
    [['files', 'plain'], 50, null],
  ]);

  const lines = bench.stdout.split('\n');
  expect(lines.filter((line) => line.startsWith('embedded  floor'))).toHaveLength(3);
  // with files there is a table of times to the files too
  expect(lines.filter((line) => line.startsWith('embedded  requite'))).toHaveLength(4);
  expect(
    lines.filter((line) => /^(decisions|jobs into embedded|files, (as|the|plain))/.test(line)),
  ).toHaveLength(5);
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
      const { p50, p90, p99, p999, max } = times;
      expect([p50, p90, p99, p999, max]).toEqual([p50, p90, p99, p999, max].toSorted((a, b) => a - b));
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

test('lists measure each combination beside a floor of its own, and their charts lie beside the JSON', async () => {
  const bench = new RunningBench(
    ...['--broker', 'embedded', '--store', 'embedded', '--files', 'off', '--bills', '20', '--repeat', '1'],
    ...['--partitions', '1,2', '--engines', '2', '--rate', '10,20', '--seconds', '1'],
  );
  expect(await bench.exitCode).toBe(0);
  const { rows, leftOut } = bench.results();
  expect(rows.map(({ setup }) => [setup.system, setup.partitions, setup.engines, setup.rate])).toEqual([
    ['floor', 2, 2, 10],
    ['requite', 2, 2, 10],
    ['floor', 2, 2, 20],
    ['requite', 2, 2, 20],
  ]);
  for (const [at, { setup, ofFloor, latency, billsPerSecond }] of rows.entries()) {
    expect(latency.map(({ bills }) => bills)).toEqual([setup.rate]);
    const floor = rows[at - 1]?.billsPerSecond?.median ?? Number.NaN;
    if (setup.system === 'requite') expect(ofFloor).toBe((billsPerSecond?.median ?? 0) / floor);
  }
  expect(leftOut).toEqual(['LEFT OUT: 2 engines on 1 partition: all but one would have nothing to do.']);
  expect(bench.stdout).toContain(leftOut[0] ?? '');
  const chart = bench.out.replace('.json', '-latency.svg');
  expect([existsSync(chart), bench.stdout.includes(chart)]).toEqual([true, true]);
  expect(existsSync(bench.out.replace('.json', '-throughput.svg'))).toBe(false); // one shape was measured
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
    expect(bench.stdout).toContain('FAILED embedded, requite, jobs in embedded, files: the engine died');
  },
);

describeWithCluster('on Kafka', () => {
  test('the floor saves jobs in each store where that is asked for, and the broker is warmed up for transactions too', async () => {
    const bench = new RunningBench(
      ...['--broker', 'kafka', '--store', 'kafka,sqlite', '--systems', 'floor,jobs-floor'],
      ...['--bills', '50', '--repeat', '2', '--rate', '20', '--seconds', '1'],
    );
    expect(await bench.exitCode).toBe(0);
    const { rows } = bench.results();
    expect(rows.map(({ setup: { system, store } }) => [system, store])).toEqual([
      ['floor', null],
      ['jobs-floor', 'kafka'],
      ['jobs-floor', 'sqlite'],
    ]);
    for (const row of rows) expectConsistent(row, 50, 20);
    expect(rows.map(({ ofFloor }) => ofFloor === null)).toEqual([true, false, false]);
    for (const what of ['kafka, floor', 'kafka, jobs-floor, jobs in kafka'])
      expect(bench.stderr).toContain(`warming the broker up, ${what}: latency 2`);
    expect(bench.stderr).not.toContain('warming the broker up, kafka, jobs-floor, jobs in sqlite');
  });

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
