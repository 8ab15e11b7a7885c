import { describe, expect, test } from 'bun:test';
import { customersOf } from '../../bench/customers.ts';
import { sampleRecords } from '../../bench/floor/records.ts';
import { arrivalTimes } from '../../bench/measure/arrivals.ts';
import { Completions } from '../../bench/measure/completions.ts';
import { spreadOf, timesOf } from '../../bench/measure/statistics.ts';
import { type Measured, rowsOf } from '../../bench/report/results.ts';
import { figure, table } from '../../bench/report/table.ts';
import { MemoryLog, topicSpecs, topics } from '../../core/mod.ts';

describe('statistics', () => {
  test('a spread of one, of several and of an even number', () => {
    expect(spreadOf([3])).toEqual({ min: 3, median: 3, max: 3 });
    expect(spreadOf([9, 1, 2])).toEqual({ min: 1, median: 2, max: 9 });
    expect(spreadOf([4, 1, 2, 100])).toEqual({ min: 1, median: 3, max: 100 });
    expect(() => spreadOf([])).toThrow(RangeError);
  });

  test('percentiles are times that were measured, by nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, at) => 100 - at);
    expect(timesOf(hundred)).toEqual({ p50: 50, p90: 90, p99: 99, max: 100 });
    expect(timesOf([7])).toEqual({ p50: 7, p90: 7, p99: 7, max: 7 });
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
    expect(customersOf(100, 7).slice(0, 10)).toEqual([...customersOf(10, 7)]);
    expect(customersOf(100, 8)).not.toEqual(customersOf(100, 7));
    expect(customersOf(2, 7).map(({ customerIdentifier }) => customerIdentifier)).toEqual(['c-0', 'c-1']);
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
    await log.publish([report('before', 'completed')]);
    return { log, completions: await Completions.open(log, () => {}) };
  };
  const seen = (completions: Completions, count: number): Promise<void> =>
    completions.until(
      () => completions.seenAt.size === count,
      () => 'some',
    );

  test('sees each bill once, counts what comes again, and starts anew for the next measurement', async () => {
    const { log, completions } = await open();
    const reports = [
      report('a', 'waiting'),
      report('a', 'completed'),
      report('a', 'completed'),
      report('b', 'completed'),
    ];
    await log.publish(reports);
    await seen(completions, 2);
    completions.assertExactly(['a', 'b']);
    expect(completions.repeats).toBe(1);
    completions.begin();
    await log.publish([report('b', 'completed'), report('c', 'completed')]);
    await seen(completions, 1);
    completions.assertExactly(['c']);
    expect(completions.repeats).toBe(1);
    expect(() => completions.assertExactly(['c', 'd'])).toThrow('lost are 1: d');
    await log.close();
  });

  test('a bill that fails ends the measurement', async () => {
    const { log, completions } = await open();
    await log.publish([report('a', 'failed')]);
    await expect(seen(completions, 1)).rejects.toThrow('the bill a ended as failed');
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

describe('the report', () => {
  const measured = (setup: Measured['setup'], ...speeds: readonly number[]): Measured => ({
    setup,
    throughput: speeds.map((billsPerSecond) => ({
      bills: billsPerSecond,
      ms: 1000,
      billsPerSecond,
      repeats: 0,
      cpuUsPerBill: null,
      benchCpuUsPerBill: 1,
      brokerCpuUsPerBill: null,
    })),
    latency: [],
    peakRssBytes: null,
    failure: null,
  });

  test('speeds are held against the floor of the same log, and the baseline with the same files', () => {
    const rows = rowsOf([
      measured({ log: 'embedded', system: 'floor', store: null, files: false }, 1000),
      measured({ log: 'embedded', system: 'requite', store: 'embedded', files: true }, 100, 500, 250),
      measured({ log: 'kafka', system: 'floor', store: null, files: false }, 2000),
      measured({ log: 'kafka', system: 'baseline', store: null, files: false }, 50),
      measured({ log: 'kafka', system: 'baseline', store: null, files: true }, 25),
      measured({ log: 'kafka', system: 'requite', store: 'sqlite', files: false }, 500),
      measured({ log: 'kafka', system: 'requite', store: 'sqlite', files: true }),
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
