import { afterEach, expect, test } from 'bun:test';
import {
  billRunRecords,
  type OutgoingRecord,
  partitionFor,
  TransportError,
  topics,
} from '../../../core/mod.ts';
import {
  type Body,
  cleanUp,
  eventually,
  type Faults,
  faulty,
  newDirectory,
  newLog,
  PARTITIONS,
  queued,
  recordsOn,
  report,
  start,
  started,
  stop,
} from './support.ts';

afterEach(cleanUp);

const isQueue = (records: readonly OutgoingRecord[]): boolean => records[0]?.topic === topics.workflowQueue;
const customers = (count: number): string[] => Array.from({ length: count }, (_, index) => `c${index}`);

test('publishes a run of 5,000 in slices, each workflow once', async () => {
  const log = await newLog();
  const slices: number[] = [];
  const coordinator = await start(
    faulty(log, { publish: (records) => void (isQueue(records) && slices.push(records.length)) }),
  );
  await coordinator.post({ customerIdentifiers: customers(5_000), runId: 'r' });
  await eventually('all are queued', async () => (await queued(log)).length === 5_000);
  expect(Math.max(...slices)).toBeLessThanOrEqual(2_001); // a slice, and the release of what comes next
  expect(new Set(await queued(log)).size).toBe(5_000);
});

test('a crash between slices: the next coordinator goes on with the first that no engine has reported', async () => {
  const log = await newLog();
  let slices = 0;
  const crashing: Faults = {
    publish: (records) => {
      if (isQueue(records) && ++slices > 2)
        throw new TransportError('unavailable', 'the process is as good as dead');
    },
  };
  const first = await start(faulty(log, crashing));
  expect((await first.post({ customerIdentifiers: customers(5_000), runId: 'r' })).status).toBe(202);
  await eventually('the third slice has failed', () => slices > 2);
  await stop(first);
  const before = new Set(await queued(log));
  expect(before.size).toBeLessThan(5_000);
  const begun = [...before].slice(0, 500);
  await log.publish(begun.map((id) => report(id, 1, 'waiting', [started])));
  const from = (await queued(log)).length;
  await start(log.connect());
  await eventually('all are queued', async () => new Set(await queued(log)).size === 5_000);
  const after = (await queued(log)).length - from;
  expect(after).toBe(4_500); // all but those that an engine had begun: repeats are harmless, begun jobs need none
});

test('killed between accepting and publishing: a coordinator that starts again publishes', async () => {
  const log = await newLog();
  const dataDir = newDirectory();
  let tried = false;
  const dead: Faults = {
    publish: (records) => {
      if (!isQueue(records)) return;
      tried = true;
      throw new TransportError('unavailable', 'as good as dead');
    },
  };
  const first = await start(faulty(log, dead), dataDir);
  expect((await first.post({ customerIdentifiers: ['1', '2'], runId: 'r' })).status).toBe(202);
  await eventually('it has tried', () => tried);
  await stop(first); // the offset of the run is committed all the same
  expect(await queued(log)).toEqual([]);
  await start(log.connect(), dataDir);
  await eventually('both are queued', async () => (await queued(log)).length === 2);
});

for (const [what, error] of [
  ['an outage', new TransportError('unavailable', 'the broker is away')],
  ['a defect', new Error('the broker is away')],
] as const) {
  test(`${what} is ridden out: it goes on by itself and readiness tells`, async () => {
    const log = await newLog();
    let away = true;
    let failures = 0;
    const faults: Faults = {
      publish: (records) => {
        if (!away || !isQueue(records)) return;
        failures++;
        throw error;
      },
    };
    const coordinator = await start(faulty(log, faults));
    await coordinator.post({ customerIdentifiers: ['1'], runId: 'r' });
    await eventually('it has tried three times', () => failures >= 3);
    await eventually('readiness tells', async () => {
      return String((await coordinator.json('/health/ready')).checks.publishing) === 'the broker is away';
    });
    away = false;
    await eventually('it is queued', async () => (await queued(log)).length === 1);
    await eventually('it is ready', async () => (await coordinator.get('/health/ready')).status === 200);
  });
}

test('a member that lost its partition goes on with what it owns', async () => {
  const log = await newLog();
  const one = await start(log.connect());
  const two = await start(log.connect());
  const runs = Array.from({ length: 20 }, (_, index) => `run-${index}`);
  await Promise.all(
    runs.map((runId, index) =>
      (index % 2 === 0 ? one : two).post({ customerIdentifiers: ['1', '2'], runId }),
    ),
  );
  await eventually('all are queued', async () => new Set(await queued(log)).size === 40);
  await stop(one);
  await two.post({ customerIdentifiers: ['1', '2'], runId: 'after' });
  await two.post({ customerIdentifiers: ['1', '2'], runId: 'afterwards' });
  await eventually('all are queued', async () => new Set(await queued(log)).size === 44);
});

test('a repeat of the record of a published run publishes nothing', async () => {
  const log = await newLog();
  const coordinator = await start(log);
  await coordinator.post({ customerIdentifiers: ['1'], runId: 'r' });
  await eventually('it is queued', async () => (await queued(log)).length === 1);
  const [, manifest] = await recordsOn(log, topics.billingRuns);
  if (manifest === undefined) throw new Error('the run has no record');
  await log.publish([manifest, manifest]);
  await coordinator.post({ customerIdentifiers: ['1'], runId: 'r2' });
  await coordinator.post({ customerIdentifiers: ['1'], runId: 'r3' });
  await eventually('the runs after it are queued', async () => (await queued(log)).length >= 3);
  expect((await queued(log)).toSorted()).toEqual(['r2_1', 'r3_1', 'r_1']);
});

test('a conflicting record is answered with the winner once more, so that compaction keeps the winner', async () => {
  const log = await newLog();
  const coordinator = await start(log);
  await coordinator.post({ customerIdentifiers: ['1'], runId: 'r' });
  const other = billRunRecords(
    'r',
    { customerIdentifiers: ['2'] },
    '2026-11-21T10:00:00.000Z',
    partitionFor('r', PARTITIONS),
  );
  await log.publish(other);
  const manifests = async (): Promise<unknown[]> => {
    return (await recordsOn(log, topics.billingRuns))
      .filter(({ key }) => key === 'r')
      .map(({ value }) => value);
  };
  await eventually('the winner is on the log again', async () => (await manifests()).length === 3);
  const [winner, loser, last] = await manifests();
  expect(last).toEqual(winner);
  expect(last).not.toEqual(loser);
  expect(await queued(log)).toEqual(['r_1']);
  // what compaction leaves gives a new coordinator the same run
  const kept = new Map((await recordsOn(log, topics.billingRuns)).map((record) => [record.key, record]));
  const compacted = await newLog();
  await compacted.publish([...kept.values()].toSorted((a, b) => a.offset - b.offset));
  const later = await start(compacted);
  await eventually('it knows the run', async () => (await later.get('/runs/r')).status === 200);
  expect((await later.json('/runs/r')).workflows.map((one: Body) => one.workflowId)).toEqual(['r_1']);
});
