// The view takes a batch as a whole; what it shows must not depend on where batches begin and end.
import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import {
  billRunRecords,
  type IncomingRecord,
  type JobEvent,
  type OutgoingRecord,
  partitionFor,
} from '../../../core/mod.ts';
import { DriveQueries } from '../../../services/coordinator/view/drive-queries.ts';
import { Fold } from '../../../services/coordinator/view/fold.ts';
import { JobQueries } from '../../../services/coordinator/view/job-queries.ts';
import { RunQueries } from '../../../services/coordinator/view/run-queries.ts';
import { VIEW_DDL } from '../../../services/coordinator/view/schema.ts';
import { asked, PARTITIONS, report, started } from './support.ts';

const ended: JobEvent = { event: 'completed', result: { total: '1.00', note: null } };
const parked: JobEvent = { event: 'parked', error: { code: 'defect', message: 'it threw' } };

const createTime = '2026-11-21T09:00:00.000Z';

function run(runId: string, ...customerIdentifiers: readonly string[]): readonly OutgoingRecord[] {
  return billRunRecords(runId, { customerIdentifiers }, createTime, partitionFor(runId, PARTITIONS));
}

/** A run of November. */
function november(runId: string, ...customerIdentifiers: readonly string[]): readonly OutgoingRecord[] {
  const request = { customerIdentifiers, billDate: '2026-11-30', billingPeriod: '2026-11' };
  return billRunRecords(runId, request, createTime, partitionFor(runId, PARTITIONS));
}

/** As it lies on the log: with offsets. */
function logOf(...records: readonly OutgoingRecord[]): readonly IncomingRecord[] {
  return records.map((record, offset) => ({ headers: {}, timestampMs: 0, ...record, offset }));
}

/** What the view shows of these runs and workflows after the log came in batches of this size. */
function shown(log: readonly IncomingRecord[], size: number, runIds: string[], workflowIds: string[]) {
  const db = new Database(':memory:');
  db.run(VIEW_DDL);
  const fold = new Fold(db, PARTITIONS);
  for (let at = 0; at < log.length; at += size) fold.apply(db, log.slice(at, at + size));
  const runs = new RunQueries(db);
  const jobs = new JobQueries(db);
  const driving = new DriveQueries(db);
  const view = {
    runs: runIds.map((id) => runs.find(id)),
    workflows: runIds.map((id) => runs.workflows(id, 0, 100)),
    unreported: runIds.map((id) => {
      const { number = 0 } = driving.standing(id) ?? {};
      return driving.unreported(number, 0, 100, 100).workflows.map(({ workflowId }) => workflowId);
    }),
    jobs: workflowIds.map((id) => jobs.find(id)),
    stories: workflowIds.map((id) => jobs.story(id)),
    owners: workflowIds.map((id) => runs.runOf(id)?.runId ?? null),
    parked: jobs
      .list('parked', '', 100)
      .map(({ workflowId, runId, since }) => ({ workflowId, runId, since })),
    listed: db
      .query(`SELECT workflow_id AS workflowId, status, run_id AS runId, listed_jobs.log_offset AS offset
        FROM listed_jobs JOIN runs ON runs.number = run`)
      .all(),
    skipped: jobs.skipped(),
  };
  db.close();
  return view;
}

test('a view shows the same whatever batches its records came in', () => {
  const log = logOf(
    report('a_1', 1, 'waiting', [started, asked]),
    report('a_1', 2, 'parked', [parked]),
    ...run('a', '1', '2', '3'),
    report('a_1', 2, 'completed', [ended]),
    report('a_1', 3, 'parked', []),
    report('a_2', 1, 'waiting', [started]),
    report('a_2', 2, 'completed', [{ event: 'answered', step: 0 }, ended]),
    report('a_2', 3, 'waiting', [started]),
    report('a_2', 4, 'waiting', [started], 'order-billing'),
    ...run('a', '9'),
    report('other', 1, 'waiting', [started]),
    { ...report('a_3', 1, 'waiting', []), value: 'no report' },
  );
  const see = (size: number) => shown(log, size, ['a'], ['a_1', 'a_2', 'a_3', 'other']);
  expect(see(1).listed).toEqual([{ workflowId: 'a_1', status: 'parked', runId: 'a', offset: 5 }]);
  const one = see(1);
  for (const size of [2, 3, 5, 100]) expect(see(size)).toEqual(one);
  expect(one.runs[0]).toMatchObject({ count: 3, waiting: 0, parked: 1, completed: 1, failed: 0 });
  expect(one.runs[0]?.updatedMs).toBe(Date.parse('2026-11-21T10:00:03.000Z'));
  expect(one.runs[0]?.recent).toBe(JSON.stringify([[Date.parse('2026-11-21T10:00:02.000Z') / 1000, 1]]));
  expect(one.unreported).toEqual([['a_3']]);
  expect(one.jobs[0]).toMatchObject({ revision: 3, problem: { code: 'defect' }, result: undefined });
  expect(one.jobs[1]).toMatchObject({ status: 'completed', result: { total: '1.00', note: null } });
  expect(one.stories[1]?.map(({ revision, event }) => [revision, event])).toEqual([
    [1, 'started'],
    [2, 'answered'],
    [2, 'completed'],
  ]);
  expect(one.stories[1]?.at(-1)).not.toHaveProperty('result');
  expect(one.owners).toEqual(['a', 'a', 'a', null]);
  expect(one.skipped.map(({ reason, count }) => [reason, count])).toEqual([
    ['run-conflict', 1],
    ['after-end', 1],
    ['invalid-json', 1],
    ['other-type', 1],
  ]);
});

test('a run that is not whole takes no workflow, and what was reported of one stays', () => {
  const log = logOf(
    report('a_1', 1, 'waiting', [started]),
    ...run('a', '1', '2', '2'),
    ...run('a', '3', '1'),
  );
  for (const size of [1, 100]) {
    const { runs, workflows, jobs, owners, skipped } = shown(log, size, ['a'], ['a_1', 'a_2', 'a_3']);
    expect(runs[0]).toMatchObject({ count: 2, waiting: 1 });
    expect(workflows[0]?.map(({ seq, workflowId, status }) => [seq, workflowId, status])).toEqual([
      [1, 'a_3', null],
      [2, 'a_1', 'waiting'],
    ]);
    expect(jobs.map((job) => job?.status ?? null)).toEqual(['waiting', null, null]);
    expect(owners).toEqual(['a', null, 'a']);
    expect(skipped.map(({ reason, count }) => [reason, count])).toEqual([['incomplete-run', 1]]);
  }
});

test('a bill of a billing period counts in each run that asks for it, whatever comes first', () => {
  const reports = [
    report('2026-11.1', 1, 'waiting', [started, asked]),
    report('2026-11.1', 2, 'completed', [ended]),
    report('2026-11.2', 1, 'waiting', [started]),
    report('2026-11.2', 2, 'parked', [parked]),
  ];
  const [first, second] = [november('first', '1', '2', '3'), november('second', '4', '2', '1')];
  const orders: readonly (readonly OutgoingRecord[])[] = [
    [...first, ...second, ...reports],
    [...reports, ...first, ...second],
    [...second, ...reports.slice(0, 1), ...first, ...reports.slice(1)],
    [...first, ...reports.slice(0, 3), ...second, ...reports.slice(3)],
    [...reports.slice(0, 2), ...second, ...reports.slice(2), ...first],
  ];
  for (const order of orders) {
    for (const size of [1, 2, 3, 100]) {
      const { runs, workflows, unreported: unknown } = shown(logOf(...order), size, ['first', 'second'], []);
      const counts = { waiting: 0, parked: 1, completed: 1, failed: 0, cancelled: 0 };
      expect(runs).toMatchObject([
        { count: 3, ...counts, billingPeriod: '2026-11' },
        { count: 3, ...counts },
      ]);
      const stands = workflows.map((each) => each.map(({ workflowId, status }) => [workflowId, status]));
      expect(stands).toEqual([
        [
          ['2026-11.1', 'completed'],
          ['2026-11.2', 'parked'],
          ['2026-11.3', null],
        ],
        [
          ['2026-11.4', null],
          ['2026-11.2', 'parked'],
          ['2026-11.1', 'completed'],
        ],
      ]);
      expect(unknown).toEqual([['2026-11.3'], ['2026-11.4']]);
    }
  }
});

test('a run of a billing period that is not whole leaves the runs before it as they are', () => {
  const whole = november('whole', '1', '2');
  const twice = november('twice', '3', '1', '1');
  const log = logOf(...whole, report('2026-11.3', 1, 'waiting', [started]), ...twice);
  const late = logOf(...log, report('2026-11.1', 1, 'waiting', [started]));
  const { runs, skipped, owners } = shown(late, 100, ['whole', 'twice'], ['2026-11.1', '2026-11.3']);
  expect(runs).toMatchObject([{ runId: 'whole', count: 2, waiting: 1 }, null]);
  expect(skipped).toEqual([{ topic: 'billing-runs', reason: 'incomplete-run', count: 1 }]);
  expect(owners).toEqual(['whole', null]);
});

test('a job is listed by the state it is in, and keeps the trace that its last report with one had', () => {
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  const log = logOf(
    { ...report('a_1', 1, 'waiting', [started]), headers: { traceparent } },
    report('a_1', 2, 'parked', [parked]),
    report('a_2', 1, 'waiting', [started]),
    report('a_2', 2, 'parked', [parked]),
    report('a_2', 3, 'waiting', [{ event: 'resumed' }]),
    report('a_3', 1, 'parked', [parked]),
    report('a_3', 2, 'cancelled', [{ event: 'cancelled' }]),
  );
  for (const size of [1, 2, 100]) {
    const { jobs, parked: listed } = shown(log, size, [], ['a_1', 'a_2', 'a_3']);
    expect(listed.map(({ workflowId }) => workflowId)).toEqual(['a_1']);
    expect(jobs.map((job) => job?.traceparent)).toEqual([traceparent, null, null]);
    expect(jobs.map((job) => job?.problem?.code ?? null)).toEqual(['defect', null, null]);
  }
});
