import { describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { customersOf, numberOfCustomer } from '../../bench/customers.ts';
import { sampleRecords } from '../../bench/floor/records.ts';
import { arrivalTimes } from '../../bench/measure/arrivals.ts';
import { filesWritten } from '../../bench/measure/bills.ts';
import { Completions } from '../../bench/measure/completions.ts';
import { billsOf, Sightings } from '../../bench/measure/sightings.ts';
import { latestOf, spreadOf, timesOf } from '../../bench/measure/statistics.ts';
import { type Measured, rowsOf } from '../../bench/report/results.ts';
import { figure, table } from '../../bench/report/table.ts';
import { MemoryLog, topicSpecs, topics } from '../../core/mod.ts';
import { measured } from './results.ts';

describe('statistics', () => {
  test('a spread of one, of several and of an even number', () => {
    expect(spreadOf([3])).toEqual({ min: 3, median: 3, max: 3 });
    expect(spreadOf([9, 1, 2])).toEqual({ min: 1, median: 2, max: 9 });
    expect(spreadOf([4, 1, 2, 100])).toEqual({ min: 1, median: 3, max: 100 });
    expect(() => spreadOf([])).toThrow(RangeError);
  });

  test('the latest of a million times, and of none', () => {
    expect(latestOf(new Float64Array(1_000_000).fill(Number.NaN).fill(7, 500, 501))).toBe(7);
    expect(latestOf([])).toBe(0);
  });

  test('percentiles are times that were measured, by nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, at) => 100 - at);
    expect(timesOf(hundred)).toEqual({ p50: 50, p90: 90, p99: 99, p999: 100, max: 100 });
    expect(timesOf([7])).toEqual({ p50: 7, p90: 7, p99: 7, p999: 7, max: 7 });
  });

  test('p99.9 of a thousand times is the one that a single time exceeds', () => {
    const thousand = Array.from({ length: 1_000 }, (_, at) => at + 1);
    expect(timesOf(thousand)).toEqual({ p50: 500, p90: 900, p99: 990, p999: 999, max: 1_000 });
    expect(timesOf(thousand.slice(1)).p999).toBe(1_000);
  });
});

describe('what is offered', () => {
  test('arrivals come to the rate on average, in order, and follow from the seed', () => {
    const times = arrivalTimes(10_000, 50, 1);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times.at(-1)).toBeGreaterThan(190_000);
    expect(times.at(-1)).toBeLessThan(210_000);
    expect(arrivalTimes(10_000, 50, 1)).toEqual(times);
    expect(arrivalTimes(10_000, 50, 2)).not.toEqual(times);
  });

  test('customers follow from the seed, and more of them begin with the same', () => {
    expect([...customersOf(100, 7)].slice(0, 10)).toEqual([...customersOf(10, 7)]);
    expect([...customersOf(100, 8)]).not.toEqual([...customersOf(100, 7)]);
    expect([...customersOf(2, 7)].map(({ customerIdentifier }) => customerIdentifier)).toEqual([
      'c-0',
      'c-1',
    ]);
    expect(['c-17', 'c-017', 'c-', 'x-1', 'c-1.5'].map(numberOfCustomer)).toEqual([
      17,
      null,
      null,
      null,
      null,
    ]);
  });

  test("the floor's records are those of a real bill, one for each step", () => {
    for (const { workflow, question, asked, answer, completed } of sampleRecords()) {
      expect(JSON.parse(workflow)['workflow-type']).toBe('bill-generation');
      expect(JSON.parse(question).questionCategory).toBe('customer');
      expect(JSON.parse(asked).status).toBe('waiting');
      expect(JSON.parse(answer).qaIdentifier).toBe(JSON.parse(question).qaIdentifier);
      expect(JSON.parse(completed).status).toBe('completed');
    }
  });
});

describe('completions', () => {
  const report = (
    key: string,
    status: string,
  ): { topic: string; partition: number; key: string; value: string } => ({
    topic: topics.workflowEvents,
    partition: 0,
    key,
    value: JSON.stringify({ 'workflow-id': key, status, events: [] }),
  });
  const open = async (): Promise<{ log: MemoryLog; completions: Completions }> => {
    const log = new MemoryLog();
    await log.createTopics(topicSpecs(1));
    await log.publish([report('run-0_c-0', 'completed')]);
    return { log, completions: await Completions.open(log, () => {}) };
  };
  const seen = (completions: Completions, count: number): Promise<void> =>
    completions.until(
      () => completions.seen.count === count,
      () => 'some',
    );

  test('sees each bill once, counts what comes again, and starts anew for the next measurement', async () => {
    const { log, completions } = await open();
    completions.begin(2);
    const reports = [
      report('run-1_c-0', 'waiting'),
      report('run-1_c-0', 'completed'),
      report('run-1_c-0', 'completed'),
      report('run-1_c-1', 'completed'),
    ];
    await log.publish(reports);
    await seen(completions, 2);
    completions.assertExactly(billsOf(2, () => 'run-1'));
    expect(completions.seen.repeats).toBe(1);
    completions.begin(1);
    await log.publish([report('run-1_c-0', 'completed'), report('run-2_c-0', 'completed')]);
    await seen(completions, 1);
    completions.assertExactly(billsOf(1, () => 'run-2'));
    expect(completions.seen.repeats).toBe(1);
    expect(() => completions.assertExactly(billsOf(2, () => 'run-2'))).toThrow('lost are 1: run-2_c-1');
    await log.close();
  });

  test('where it is asked for, it sees also which jobs wait, each once', async () => {
    const { log } = await open();
    const completions = await Completions.open(log, () => {}, { waiting: true });
    completions.begin(2);
    await log.publish([
      report('run-1_c-0', 'waiting'),
      report('run-1_c-0', 'waiting'),
      report('run-1_c-1', 'waiting'),
    ]);
    await completions.until(
      () => completions.waiting?.count === 2,
      () => 'some',
    );
    expect([completions.seen.count, completions.waiting?.repeats]).toEqual([0, 1]);
    await log.close();
  });

  test.each(['run-2_c-0', 'run-1_c-5', 'run-1_somebody', 'c-0'])(
    'a bill that nobody asked for (%s) lets no measurement stand',
    async (key) => {
      const { log, completions } = await open();
      completions.begin(1);
      await log.publish([report('run-1_c-0', 'completed'), report(key, 'completed')]);
      await completions.until(
        () => completions.seen.count + completions.seen.strangers === 2,
        () => 'some',
      );
      expect(() => completions.assertExactly(billsOf(1, () => 'run-1'))).toThrow('and 2 completed');
      await log.close();
    },
  );

  test('a million bills of several runs are told apart', () => {
    const sightings = new Sightings();
    sightings.begin(1_000_000);
    for (const { runId, customer } of billsOf(1_000_000, (at) => `run-${Math.floor(at / 100_000)}`))
      sightings.note(`${runId}_c-${customer}`, customer + 1);
    expect([sightings.count, sightings.repeats, sightings.strangers]).toEqual([1_000_000, 0, 0]);
    expect(sightings.seenAt({ runId: 'run-7', customer: 700_000 })).toBe(700_001);
    expect(sightings.seenAt({ runId: 'run-8', customer: 700_000 })).toBeNaN();
    expect(sightings.lastAt()).toBe(1_000_000);
  });

  test('a million bills take a dozen bytes each to keep, not their ids', () => {
    const kept = (): number => {
      Bun.gc(true);
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return heapUsed + arrayBuffers;
    };
    const sightings = new Sightings();
    const before = kept();
    sightings.begin(1_000_000);
    for (let customer = 0; customer < 1_000_000; customer++)
      sightings.note(`20260131-120000-${Math.floor(customer / 100_000)}_c-${customer}`, customer + 1);
    expect(kept() - before).toBeLessThan(32_000_000);
    expect(sightings.count).toBe(1_000_000);
  });

  test('a bill that fails ends the measurement', async () => {
    const { log, completions } = await open();
    await log.publish([report('run-1_c-0', 'failed')]);
    await expect(seen(completions, 1)).rejects.toThrow('the bill run-1_c-0 ended as failed');
    await log.close();
  });

  test('so does a process that died', async () => {
    const { log } = await open();
    const completions = await Completions.open(log, () => {
      throw new Error('the engine died');
    });
    await expect(seen(completions, 1)).rejects.toThrow('the engine died');
    await log.close();
  });
});

describe('files', () => {
  test('are waited for, and each has the time at which it got its name', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'requite-bench-test-'));
    const write = (id: string): void => writeFileSync(join(directory, `${id}.txt`), 'a bill');
    const before = Date.now() - 10; // the kernel's clock for files has steps
    const count = 2_500;
    for (let at = 0; at < count; at++) if (at % 2 === 0) write(`bill-${at}`);
    let looks = 0;
    const written = filesWritten(
      directory,
      count,
      (at) => `bill-${at}`,
      () => {
        looks++;
        if (looks === 2) for (let at = 1; at < count; at += 2) write(`bill-${at}`);
      },
    );
    const times = await written;
    expect([times.length, looks > 1]).toEqual([count, true]);
    for (const time of times) expect(time).toBeGreaterThanOrEqual(before);
    rmSync(directory, { recursive: true });
  });

  test('a process that dies ends the wait for them', async () => {
    const died = filesWritten(
      tmpdir(),
      1,
      () => 'no such bill',
      () => {
        throw new Error('the engine died');
      },
    );
    await expect(died).rejects.toThrow('the engine died');
  });
});

describe('the report', () => {
  const shape = { partitions: 4, engines: 1, rate: 0 };

  test('speeds are held against the floor of the same log, and the baseline with the same files', () => {
    const rows = rowsOf([
      measured({ log: 'embedded', system: 'floor', store: null, files: false, ...shape }, 1000),
      measured(
        { log: 'embedded', system: 'requite', store: 'embedded', files: true, ...shape },
        100,
        500,
        250,
      ),
      measured({ log: 'kafka', system: 'floor', store: null, files: false, ...shape }, 2000),
      measured({ log: 'kafka', system: 'baseline', store: null, files: false, ...shape }, 50),
      measured({ log: 'kafka', system: 'baseline', store: null, files: true, ...shape }, 25),
      measured({ log: 'kafka', system: 'requite', store: 'sqlite', files: false, ...shape }, 500),
      measured({ log: 'kafka', system: 'requite', store: 'sqlite', files: true, ...shape }),
    ]);
    expect(rows.map(({ ofFloor, ofBaseline }) => [ofFloor, ofBaseline])).toEqual([
      [null, null],
      [0.25, 10],
      [null, null],
      [0.025, null],
      [0.0125, null],
      [0.25, 10],
      [null, null],
    ]);
  });

  test('the floor beside which a row stands has its partitions, engines and rate; the baseline has one engine', () => {
    const floor = { log: 'kafka', system: 'floor', store: null, files: false } as const;
    const ours = { ...floor, system: 'requite', store: 'kafka' } as const;
    const rows = rowsOf([
      measured({ ...floor, partitions: 1, engines: 1, rate: 10 }, 1000),
      measured({ ...floor, partitions: 4, engines: 1, rate: 10 }, 2000),
      measured({ ...floor, partitions: 4, engines: 2, rate: 10 }, 4000),
      measured({ ...floor, partitions: 4, engines: 2, rate: 50 }, 5000),
      measured({ ...floor, system: 'baseline', partitions: 4, engines: 1, rate: 10 }, 10),
      measured({ ...ours, partitions: 1, engines: 1, rate: 10 }, 500),
      measured({ ...ours, partitions: 4, engines: 2, rate: 10 }, 1000),
      measured({ ...ours, partitions: 4, engines: 2, rate: 50 }, 1000),
      measured({ ...ours, partitions: 4, engines: 4, rate: 50 }, 1000),
    ]);
    expect(rows.slice(5).map(({ ofFloor, ofBaseline }) => [ofFloor, ofBaseline])).toEqual([
      [0.5, null],
      [0.25, 100],
      [0.2, null],
      [null, null],
    ]);
  });

  test('times are held against the floor too, p50 and p99', () => {
    const floor = { log: 'kafka', system: 'floor', store: null, files: false, ...shape, rate: 50 } as const;
    const withTimes = (setup: Measured['setup'], ...times: readonly number[]): Measured => ({
      ...measured(setup, 100),
      latency: [{ bills: 2, offered: 50, toCompleted: timesOf(times), toFile: null, sentLateMs: 0 }],
    });
    const [, row] = rowsOf([withTimes(floor, 10, 20), withTimes({ ...floor, system: 'requite' }, 15, 50)]);
    expect(row?.latencyMs).toMatchObject({
      p50OfFloor: 1.5,
      p99OfFloor: 2.5,
      p50OfBaseline: null,
      toFile: null,
    });
    expect(row?.latencyMs?.p999).toEqual({ min: 50, median: 50, max: 50 });
  });

  test('a table has its text left and its numbers right', () => {
    expect(
      table(
        ['log', 'bills/s'],
        [
          ['kafka', '1,234'],
          ['x', '–'],
        ],
        1,
      ),
    ).toBe(['log    bills/s', '──────────────', 'kafka    1,234', 'x            –'].join('\n'));
    expect([0.1234, 12.345, 123.4, 1234567, null, Number.NaN].map(figure)).toEqual([
      '0.12',
      '12.3',
      '123',
      '1,234,567',
      '–',
      '–',
    ]);
  });
});
