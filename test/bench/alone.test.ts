import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decisionsAlone } from '../../bench/alone/decisions.ts';
import { filesAsWritten, filesNotFlushed, filesPlain } from '../../bench/alone/files.ts';
import { type Floor, floorsFor } from '../../bench/alone/floor.ts';
import { jobsAlone } from '../../bench/alone/jobs.ts';
import { measureFloor } from '../../bench/alone/measure.ts';
import type { Part } from '../../bench/alone/part.ts';
import type { Ground } from '../../bench/deploy/deployment.ts';
import { sampleChanges } from '../../bench/floor/records.ts';
import { setupsFor } from '../../bench/setup.ts';
import { type Job, partitionFor } from '../../core/mod.ts';
import { openBacking } from '../../services/platform/backing.ts';
import { readSettings } from '../../services/platform/config.ts';
import { describeWithCluster, startCluster } from '../broker/index.ts';
import { until } from '../support/until.ts';
import { optionsOf } from './results.ts';

const directory = mkdtempSync(join(tmpdir(), 'requite-bench-test-'));
afterAll(() => rmSync(directory, { recursive: true }));

const ground = (name: string): Ground => ({
  directory: mkdtempSync(join(directory, name)),
  kafkaEnv: {},
  brokerPid: null,
  postgresUrl: null,
});

const idOf = (bill: number): string => `20260131-120000-alone56789_c-${bill}`;

describe('which parts are measured alone', () => {
  const floors = (...args: readonly string[]): readonly Floor[] => {
    const options = optionsOf(...args);
    return floorsFor(setupsFor(options), options);
  };

  test('decisions, each store once, the one on Kafka for each number of partitions, and files where some are written', () => {
    expect(floors('--broker', 'kafka', '--store', 'kafka,sqlite,memory', '--partitions', '1,4')).toEqual([
      { part: 'decisions' },
      { part: 'jobs', store: 'kafka', partitions: 1 },
      { part: 'jobs', store: 'kafka', partitions: 4 },
      { part: 'jobs', store: 'sqlite', partitions: 1 },
      { part: 'files', way: 'as written' },
      { part: 'files', way: 'not flushed' },
      { part: 'files', way: 'plain' },
    ]);
  });

  test('none where the floor or our services are not asked for, and no part of what is not kept', () => {
    expect(floors('--systems', 'requite')).toEqual([]);
    expect(floors('--systems', 'floor')).toEqual([]);
    expect(floors('--store', 'memory', '--files', 'off')).toEqual([{ part: 'decisions' }]);
  });
});

test('a bill has two states, as the core decides them: waiting for its customer, and completed', () => {
  for (const finished of ['keep', 'tombstone'] as const)
    for (const [asked, done] of sampleChanges(finished)) {
      expect([asked.job.status, asked.job.revision]).toEqual(['waiting', 1]);
      expect([done.job.status, done.job.revision]).toEqual(['completed', 2]);
    }
});

test('decisions alone take each bill from its workflow to completed', async () => {
  const part = decisionsAlone();
  await part.prepare(0, 1_010)();
  await part.close();
});

describe.each(['embedded', 'sqlite'] as const)('jobs into %s', (store) => {
  test('are saved in its file, each twice', async () => {
    const standing = ground(store);
    const part = await jobsAlone({ part: 'jobs', store, partitions: 3 }, standing);
    await part.prepare(0, 1_500)();
    await part.prepare(1_500, 10)();
    await part.close();

    const backing = await openBacking({ dataDir: standing.directory, jobStore: store });
    const jobs = await backing.jobStore.load([idOf(0), idOf(1_499), idOf(1_509), idOf(1_510)]);
    expect([...jobs.keys()]).toEqual([idOf(0), idOf(1_499), idOf(1_509)]);
    for (const job of jobs.values()) expect([job.status, job.revision]).toEqual(['completed', 2]);
    await backing.close();
  });

  test('that were there already are no figure', async () => {
    const part = await jobsAlone({ part: 'jobs', store, partitions: 3 }, ground(store));
    await part.prepare(0, 5)();
    await expect(part.prepare(0, 5)()).rejects.toThrow('5 jobs were not saved');
    await part.close();
  });
});

describe.each([
  ['as the bill writer writes them', filesAsWritten],
  ['the same, not flushed', async (where: string): Promise<Part> => filesNotFlushed(where)],
  ['plain', async (where: string): Promise<Part> => filesPlain(where)],
] as const)('files %s', (_, open) => {
  test('are bills, one each', async () => {
    const standing = ground('files');
    const part = await open(standing.directory);
    await part.prepare(0, 20)();
    await part.prepare(20, 5)();
    await part.close();
    const bills = join(standing.directory, 'bills');
    expect(readdirSync(bills).toSorted()).toEqual(
      Array.from({ length: 25 }, (_each, bill) => `${idOf(bill)}.txt`).toSorted(),
    );
    expect(readFileSync(join(bills, `${idOf(7)}.txt`), 'utf8').length).toBeGreaterThan(200);
  });
});

describeWithCluster('jobs into Kafka', () => {
  test('are records on the topic of the jobs, each bill in its partition', async () => {
    const cluster = await startCluster();
    try {
      const kafkaEnv = { BROKERS: cluster.brokers };
      const part = await jobsAlone(
        { part: 'jobs', store: 'kafka', partitions: 3 },
        { ...ground('kafka'), kafkaEnv },
      );
      await part.prepare(0, 1_100)();
      await part.close();

      const { kafka } = readSettings(kafkaEnv, false);
      const { transport, close } = await openBacking({ dataDir: directory, kafka, jobStore: 'memory' });
      const reader = await transport.read({ topics: ['jobs-engine'], from: () => 0 });
      const revisions = new Map<string, number>();
      await until('both states of all jobs', async () => {
        for (const { key, value, partition } of await reader.poll({ maxRecords: 5_000, waitMs: 100 })) {
          const job = JSON.parse(String(value)) as Job;
          expect([job.workflowId, job.partition, partitionFor(job.workflowId, 3)]).toEqual([
            String(key),
            partition,
            partition,
          ]);
          revisions.set(job.workflowId, job.revision);
        }
        return [...revisions.values()].filter((revision) => revision === 2).length === 1_100;
      });
      await close();
    } finally {
      await cluster.close();
    }
  });
});

test('a part alone is measured as often as asked, on at most 10,000 bills, with its processor time', async () => {
  const plain = { part: 'files', way: 'plain' } as const;
  const row = await measureFloor(plain, async () => ground('measured'), { bills: 30, repeat: 2 });
  expect([row.bills, row.repetitions.length, row.failure]).toEqual([30, 2, null]);
  for (const { billsPerSecond, cpuUsPerBill, brokerCpuUsPerBill } of row.repetitions) {
    expect(billsPerSecond).toBeGreaterThan(0);
    expect(cpuUsPerBill).toBeGreaterThan(0);
    expect(brokerCpuUsPerBill).toBeNull();
  }
  expect(row.billsPerSecond?.min).toBe(Math.min(...row.repetitions.map((each) => each.billsPerSecond)));
});

test('a part that fails has no figure, and its reason is told', async () => {
  const row = await measureFloor(
    { part: 'jobs', store: 'postgres', partitions: 1 },
    async () => ({ ...ground('failed'), postgresUrl: null }),
    { bills: 1, repeat: 1 },
  );
  expect([row.billsPerSecond, row.failure]).toEqual([null, expect.stringContaining('POSTGRES_URL')]);
});
