import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { answerOf, type HeldJob, jobsIn, workflowOf } from '../../bench/takeover/jobs.ts';
import { readTakeoverOptions, type TakeoverOptions, takeoverUsage } from '../../bench/takeover/options.ts';
import { type Owners, rebalanced } from '../../bench/takeover/owners.ts';
import type { TakeoverResults } from '../../bench/takeover/report.ts';
import { describeTakeover, takeoverSetups } from '../../bench/takeover/setups.ts';
import { type Takeover, takeoverRow, timesOfTakeover } from '../../bench/takeover/times.ts';
import { billGeneration, Definitions, type IncomingRecord, partitionFor, take } from '../../core/mod.ts';
import { OptionsError } from '../support/flags.ts';
import { until } from '../support/until.ts';
import { RunningBench } from './support.ts';

const options = (...args: readonly string[]): TakeoverOptions => {
  const read = readTakeoverOptions(args);
  if (read === null) throw new Error('help was not asked for');
  return read;
};

describe('the options', () => {
  test('are 100,000 jobs in 12 partitions, each store that outlives a process, with and without a copy', () => {
    const read = options();
    expect([read.jobs, read.partitions, read.answers, read.repeat]).toEqual([100_000, 12, ['few'], 3]);
    expect(takeoverSetups(read).map(describeTakeover)).toEqual([
      'embedded, jobs in embedded, few answered',
      'embedded, jobs in sqlite, few answered',
      'kafka, jobs in kafka, 0 standby copies, few answered',
      'kafka, jobs in kafka, 1 standby copy, few answered',
      'kafka, jobs in sqlite, few answered',
      'kafka, jobs in postgres, few answered',
    ]);
  });

  test('copies are of the store that has some, and answers of all', () => {
    const args = ['--broker', 'kafka', '--store', 'sqlite,kafka', '--standby', '1', '--answers', 'all,few'];
    expect(takeoverSetups(options(...args)).map(describeTakeover)).toEqual([
      'kafka, jobs in kafka, 1 standby copy, few answered',
      'kafka, jobs in kafka, 1 standby copy, all answered',
      'kafka, jobs in sqlite, few answered',
      'kafka, jobs in sqlite, all answered',
    ]);
  });

  test.each([
    [['--jobs', '0'], 'give a whole number from 1'],
    [['--jobs', '11'], 'each partition that is taken over must have one; give --jobs 12 or more'],
    [['--partitions', '1'], 'give a whole number from 2'],
    [['--standby', '0,2'], 'give whole numbers from 0 to 1'],
    [['--answers', 'some'], 'give some of few, all, separated by commas'],
    [['--store', 'memory'], 'give some of embedded, kafka, sqlite, postgres'],
    [['--broker', 'embedded', '--store', 'sqlite,postgres'], "--store postgres can't be had"],
    [['--broker', 'redis'], 'give one of embedded, kafka, both'],
  ])('%j is refused with what would be right', (args, message) => {
    expect(() => readTakeoverOptions(args)).toThrow(OptionsError);
    expect(() => readTakeoverOptions(args)).toThrow(message);
  });

  test('help names them all', () => {
    expect(readTakeoverOptions(['--help'])).toBeNull();
    for (const name of ['jobs', 'broker', 'store', 'standby', 'answers', 'partitions', 'repeat', 'out'])
      expect(takeoverUsage).toContain(`--${name} `);
  });
});

describe('the jobs', () => {
  const asRecord = (record: ReturnType<typeof workflowOf>): IncomingRecord => ({
    headers: {},
    offset: 0,
    timestampMs: 0,
    ...record,
  });

  test('lie in the partitions of who is killed, all different', () => {
    const jobs = jobsIn(new Set([1, 4]), 6, 500);
    expect(new Set(jobs.map(({ partition }) => partition))).toEqual(new Set([1, 4]));
    expect(new Set(jobs.map(({ customer }) => customer)).size).toBe(500);
    expect(() => jobsIn(new Set(), 6, 1)).toThrow(RangeError);
  });

  test('are workflows and answers that the core takes, in the partition of their key', () => {
    const definitions = new Definitions([billGeneration]);
    for (const job of jobsIn(new Set([2]), 3, 20)) {
      const [workflow, answer] = [workflowOf(job), answerOf(job)];
      expect(take(asRecord(workflow), definitions, 3)).toMatchObject({
        kind: 'job',
        workflowId: workflow.key,
      });
      expect(take(asRecord(answer), definitions, 3)).toMatchObject({ kind: 'job', workflowId: workflow.key });
      expect([workflow.partition, answer.partition]).toEqual([2, partitionFor(String(answer.key), 3)]);
    }
  });
});

describe('the times', () => {
  const job = (customer: number, partition: number): HeldJob => ({ runId: 'run', customer, partition });
  const jobs = [job(0, 1), job(1, 1), job(2, 2), job(3, 2)];
  const marks = { killedAt: 1_000, rebalancedAt: 4_000 };

  test('count from the rebalance: the first job, the first of each partition, all', () => {
    const seen = [4_250, 4_100, 9_000, 4_700];
    expect(timesOfTakeover(jobs, ({ customer }) => seen[customer] ?? Number.NaN, marks)).toEqual({
      rebalanceMs: 3_000,
      firstMs: 100,
      readyMs: 700,
      doneMs: 5_000,
    });
  });

  test('a job that never went on leaves none, nor one that went on too early', () => {
    const lost = [4_250, 4_100, Number.NaN, 4_700];
    expect(() => timesOfTakeover(jobs, ({ customer }) => lost[customer] ?? 0, marks)).toThrow(
      'the job of customer 2 never went on',
    );
    expect(() => timesOfTakeover(jobs, () => 3_999, marks)).toThrow('it was no take-over');
  });

  const takeover = (readyMs: number, floorMs: number | null): Takeover => ({
    rebalanceMs: 1,
    firstMs: 2,
    readyMs,
    doneMs: 9,
    floorMs,
    repeats: 0,
    peakRssBytes: null,
  });

  test('are summed up over the repetitions, and are none where one failed', () => {
    const [setup] = takeoverSetups(options('--broker', 'embedded'));
    if (setup === undefined) throw new Error('there are no setups');
    const both = [takeover(5, 3), takeover(7, 1)];
    expect(takeoverRow(setup, both, null).readyMs).toEqual({ min: 5, median: 6, max: 7 });
    expect(takeoverRow(setup, both, null).floorMs).toEqual({ min: 1, median: 2, max: 3 });
    expect(takeoverRow(setup, [takeover(5, null)], null).floorMs).toBeNull();
    expect(takeoverRow(setup, both, 'a job was lost').readyMs).toBeNull();
  });

  test('the rebalance is when the last look that did not show it was sent', async () => {
    const looks = [[3, 3], [], [6]] as const;
    const sentAt: number[] = [];
    const owners: Owners = {
      shares: async () => {
        sentAt.push(performance.now());
        return looks[sentAt.length - 1] ?? [6];
      },
      close: async () => {},
    };
    const at = await rebalanced(owners, 6, () => {});
    expect(sentAt).toHaveLength(3);
    expect(at).toBeGreaterThan(sentAt[0] ?? 0);
    expect(at).toBeLessThanOrEqual(sentAt[1] ?? 0);
  });
});

const tiny = ['takeover', '--broker', 'embedded', '--store', 'sqlite', '--jobs', '120', '--partitions', '4'];
const resultsOf = (bench: RunningBench): TakeoverResults =>
  JSON.parse(readFileSync(bench.out, 'utf8')) as TakeoverResults;

test('a tiny bench of take-overs ends with every job done by the survivor, and says how long it took', async () => {
  const bench = new RunningBench(...tiny, '--answers', 'few,all', '--repeat', '1');
  expect([await bench.exitCode, bench.stderr]).toEqual([0, expect.stringContaining('[2/2]')]);
  const { rows } = resultsOf(bench);
  expect(rows.map(({ setup, failure }) => [setup.answers, failure])).toEqual([
    ['few', null],
    ['all', null],
  ]);
  for (const { repetitions } of rows)
    for (const { firstMs, readyMs, doneMs } of repetitions) {
      expect(firstMs).toBeGreaterThanOrEqual(0);
      expect([firstMs, readyMs, doneMs]).toEqual([firstMs, readyMs, doneMs].toSorted((a, b) => a - b));
    }
  expect(bench.stdout).toContain('TAKE-OVER in ms');
});

// it looks for the engines' processes in /proc
test.skipIf(process.platform !== 'linux')(
  'an engine that dies unasked leaves no figures, and the bench ends with 1',
  async () => {
    const bench = new RunningBench(...tiny, '--repeat', '2');
    const engine = await until('an engine', () => bench.childRunning('services/main.ts engine'));
    process.kill(engine, 'SIGKILL');
    expect(await bench.exitCode).toBe(1);
    const [row] = resultsOf(bench).rows;
    expect([row?.readyMs, row?.failure]).toEqual([
      null,
      expect.stringMatching(/the engine \d died \(SIGKILL\)/),
    ]);
    expect(bench.stdout).toContain('FAILED embedded, jobs in sqlite, few answered');
  },
);
