import { describe, expect, test } from 'bun:test';
import { costOf, rowFor } from '../../bench/paper/cost.ts';
import { printedPaper } from '../../bench/paper/main.ts';
import { type Cost, type Limits, onPaper } from '../../bench/paper/model.ts';
import { paperUsage, readPaperOptions } from '../../bench/paper/options.ts';
import { type Row, rowsOf } from '../../bench/report/results.ts';
import { OptionsError } from '../support/flags.ts';
import { measured } from './results.ts';

/** Round numbers: an engine does 5,000 bills/s, a coordinator 10,000, a CRM 20,000. */
const cost: Cost = {
  engineUs: 100,
  coordinatorUs: 50,
  crmUs: 25,
  brokerUs: 100,
  writtenBytes: 4_000,
  reportBytes: 1_000,
  readBytes: 2_000,
};
const limits: Limits = {
  cores: 4,
  busy: 0.5,
  networkMBs: 1_000,
  diskMBs: 500,
  replicas: 3,
  followerPart: 0.5,
  partitionsABroker: 1_000,
  partitionsAnEngine: 2,
  topics: 5,
  members: 500,
  heartbeatBytes: 0,
  heartbeatUs: 10,
};

describe('on paper', () => {
  test('a view that each coordinator folds whole stops all at what one of them can fold', () => {
    const result = onPaper(cost, limits, 10, 'whole');
    expect(result).toMatchObject({ billsPerSecond: 10_000, coordinators: 1, crms: 1, partitions: 20 });
    expect(result.ceilings).toEqual([
      { what: "the coordinator's view", billsPerSecond: 10_000 },
      { what: 'engines', billsPerSecond: 50_000 },
    ]);
    // processor: 10,000 × 100 µs × (1 + 2 × 0.5) of 4 × 0.5 s is 1 broker; three copies need three
    expect([result.brokers, result.brokersFor]).toEqual([3, 'replicas']);
  });

  test('a single engine is what stops a single engine', () => {
    const { billsPerSecond, ceilings } = onPaper(cost, limits, 1, 'whole');
    expect([billsPerSecond, ceilings[0]?.what]).toEqual([5_000, 'engines']);
  });

  test('a shared view needs coordinators as engines become more, and brokers by what they have least of', () => {
    const result = onPaper(cost, limits, 100, 'shared');
    // 500,000 bills/s: 50 µs each is 25 s a second of coordinators that have half a second
    expect(result).toMatchObject({ billsPerSecond: 500_000, coordinators: 50, crms: 25, partitions: 200 });
    // processor: 500,000 × 200 µs = 100 s of 2 s; disk: 500,000 × 4,000 × 3 = 6 GB of 0.25; partitions: 3,000 of 1,000
    expect([result.brokers, result.brokersFor]).toEqual([50, 'processor']);
    const slowDisk = onPaper(cost, { ...limits, diskMBs: 100 }, 100, 'shared');
    expect([slowDisk.brokers, slowDisk.brokersFor]).toEqual([120, 'disk']);
    const manyPartitions = onPaper(cost, { ...limits, partitionsABroker: 10 }, 100, 'shared');
    expect([manyPartitions.brokers, manyPartitions.brokersFor]).toEqual([300, 'partitions']);
  });

  test('what is read counts for each follower and each whole view', () => {
    const narrow = { ...limits, networkMBs: 100 };
    // out: 500,000 × (2,000 + 1,000 + 4,000 × 2) = 5.5 GB of 0.05; in: 500,000 × 4,000 × 3 = 6 GB
    expect(onPaper(cost, narrow, 100, 'shared')).toMatchObject({ brokers: 120, brokersFor: 'network in' });
    const readers = onPaper({ ...cost, readBytes: 4_000 }, narrow, 100, 'shared');
    expect([readers.brokers, readers.brokersFor]).toEqual([130, 'network out']);
  });

  test('engines above the members that a group takes do nothing', () => {
    const result = onPaper(cost, limits, 1_000, 'shared');
    expect(result.ceilings[0]).toEqual({ what: 'members of a group', billsPerSecond: 2_500_000 });
  });

  test('heartbeats of all to all take a part of each process, and of the network', () => {
    // 100 engines, 50 coordinators, 25 CRMs: 175 × 10 µs a second
    expect(onPaper(cost, limits, 100, 'shared').heartbeatPart).toBeCloseTo(0.00175, 10);
    const loud = { ...limits, heartbeatBytes: 2_000_000, cores: 1_000 };
    // out: 5.5 GB, and 175 × 175 × 2 MB = 61.25 GB to all and 175 × 2 MB × 2 = 0.7 GB to followers, of 0.5
    expect(onPaper(cost, loud, 100, 'shared')).toMatchObject({ brokers: 135, brokersFor: 'network out' });
  });
});

const onKafka = { log: 'kafka', system: 'requite', store: 'kafka', files: false } as const;
const shape = { partitions: 12, engines: 2, rate: 0 };
const rowWith = (brokerCpuUsPerBill: number | null): Row => {
  const row = measured({ ...onKafka, ...shape }, 1_000, 2_000);
  const [result] = rowsOf([
    { ...row, throughput: row.throughput.map((each) => ({ ...each, brokerCpuUsPerBill })) },
  ]);
  if (result === undefined) throw new Error('there is no row');
  return result;
};

describe('the cost of a bill', () => {
  test('is that of the processes by their part, and of real records', () => {
    const taken = costOf(rowWith(70), null);
    expect(taken).toMatchObject({ engineUs: 90, coordinatorUs: 10, crmUs: 0, brokerUs: 70 });
    expect(taken.reportBytes).toBeGreaterThan(500);
    expect(taken.writtenBytes).toBeGreaterThan(taken.reportBytes);
    expect(costOf(rowWith(null), 33).brokerUs).toBe(33);
    expect(() => costOf(rowWith(null), null)).toThrow('give --broker-us');
  });

  test('is of the row that is asked for; where there is none, those are named that there are', () => {
    const rows = [rowWith(1)];
    expect(rowFor({ rows }, 'kafka', false)).toBe(rows[0] as Row);
    expect(() => rowFor({ rows }, 'sqlite', true)).toThrow('it has kafka, requite, jobs in kafka, no files');
    const failed = [{ ...rowWith(1), failure: 'a bill was lost' }];
    expect(() => rowFor({ rows: failed }, 'kafka', false)).toThrow('none of our services on Kafka at all');
  });
});

describe('the options', () => {
  test('take a file, and each limit has a default that help states', () => {
    expect(readPaperOptions(['a.json'])).toMatchObject({
      file: 'a.json',
      store: 'kafka',
      files: false,
      engines: [10, 100, 1_000],
      limits: { busy: 0.7, replicas: 3, networkMBs: 1_250 },
    });
    expect(readPaperOptions(['a.json', '--busy', '50', '--engines', '5,1'])).toMatchObject({
      engines: [1, 5],
      limits: { busy: 0.5 },
    });
    expect(readPaperOptions(['--help'])).toBeNull();
    expect(paperUsage).toContain('--network N');
  });

  test.each([
    [[], 'takes a JSON file of bun bench first'],
    [['a.json', '--busy', '101'], 'give a whole number from 1 to 100'],
    [['a.json', '--engines', '0'], 'give a whole number from 1'],
    [['a.json', '--store', 'embedded'], 'give one of kafka, sqlite, postgres, memory'],
  ])('%j is refused with what would be right', (args, message) => {
    expect(() => readPaperOptions(args)).toThrow(OptionsError);
    expect(() => readPaperOptions(args)).toThrow(message);
  });
});

test('what is printed has a row for each number of engines, twice, and its assumptions', () => {
  const text = printedPaper(cost, { engines: [10, 100], limits });
  expect(text.split('\n').filter((line) => /^ *(10|100) {2}/.test(line))).toHaveLength(4);
  expect(text).toContain('Assumed: a process of ours has a core and 50 % of it to use');
});
