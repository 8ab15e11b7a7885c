import { afterEach, expect, test } from 'bun:test';
import { billRunRecords, type MemoryLog, partitionFor, topics } from '../../../core/mod.ts';
import {
  type Body,
  cleanUp,
  eventually,
  newLog,
  PARTITIONS,
  queued,
  recordsOn,
  start,
  stop,
} from './support.ts';

afterEach(cleanUp);

const period = { from: '2026-11-01', to: '2026-12-01' };
const request = { customerIdentifiers: ['1', '3'], workflowType: 'order-billing', period, runId: 'november' };

async function workflows(log: MemoryLog): Promise<Body[]> {
  return (await recordsOn(log, topics.workflowQueue)).map(({ value }) => JSON.parse(String(value)) as Body);
}

test('a run of order-billing publishes that type with its period', async () => {
  const log = await newLog();
  const coordinator = await start(log);
  const response = await coordinator.post({ ...request, billDate: '2026-12-02' });
  expect(response.status).toBe(202);
  await eventually('both are queued', async () => (await queued(log)).length === 2);
  const published = (await workflows(log)).toSorted((a, b) => (a['workflow-id'] < b['workflow-id'] ? -1 : 1));
  expect(published.map((each) => [each['workflow-type'], each['workflow-id'], each.payload])).toEqual([
    ['order-billing', 'november_1', { customerIdentifier: '1', period, billDate: '2026-12-02' }],
    ['order-billing', 'november_3', { customerIdentifier: '3', period, billDate: '2026-12-02' }],
  ]);
  const run = await coordinator.json('/runs/november');
  expect([run.workflowType, run.period]).toEqual(['order-billing', period]);
  const job = await coordinator.json('/jobs/november_1');
  expect([job.workflowType, job.status]).toEqual(['order-billing', 'requested']);
});

test('the usual type may be named, and is the same run as without', async () => {
  const log = await newLog();
  const coordinator = await start(log);
  await coordinator.post({ customerIdentifiers: ['1'], runId: 'r' });
  const named = await coordinator.post({
    customerIdentifiers: ['1'],
    runId: 'r',
    workflowType: 'bill-generation',
  });
  expect([named.status, named.headers.get('idempotent-replayed')]).toEqual([202, 'true']);
  await eventually('it is queued', async () => (await queued(log)).length === 1);
  const [only] = await workflows(log);
  expect([only['workflow-type'], only.payload]).toEqual(['bill-generation', { customerIdentifier: '1' }]);
  const run = await coordinator.json('/runs/r');
  expect([run.workflowType, run.period]).toEqual([undefined, undefined]);
});

test('the same period is a repeat; another one, or none, is a conflict', async () => {
  const coordinator = await start(await newLog());
  await coordinator.post(request);
  const again = await coordinator.post({ ...request, period: { to: period.to, from: period.from } });
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  const { workflowType: _, period: __, ...plain } = request;
  for (const other of [{ ...request, period: { ...period, to: '2026-12-02' } }, plain])
    expect((await coordinator.post(other)).status).toBe(409);
});

test('a coordinator that takes a run over publishes it with its period', async () => {
  const log = await newLog();
  const home = partitionFor('november', PARTITIONS);
  await log.publish(billRunRecords('november', request, '2026-12-01T10:00:00.000Z', home));
  const first = await start(log);
  await eventually('both are queued', async () => (await queued(log)).length === 2);
  expect((await workflows(log)).map((each) => each.payload.period)).toEqual([period, period]);
  await stop(first);
});

test('a conflicting record makes the owner put the first run on the log again, with its period', async () => {
  const log = await newLog();
  const coordinator = await start(log);
  await coordinator.post(request);
  const home = partitionFor('november', PARTITIONS);
  const other = { customerIdentifiers: ['9'] };
  await log.publish(billRunRecords('november', other, '2026-12-01T10:00:00.000Z', home));
  const claims = async (): Promise<Body[]> =>
    (await recordsOn(log, topics.billingRuns))
      .filter(({ key }) => key === 'november')
      .map(({ value }) => JSON.parse(String(value)) as Body);
  await eventually('the winner is there again', async () => (await claims()).length === 3);
  const [winner, , again] = await claims();
  expect(again).toEqual(winner);
  expect([again['workflow-type'], again.period]).toEqual(['order-billing', period]);
});

test('a run on the log with a type and no period, or a period and no type, is skipped', async () => {
  const log = await newLog();
  const coordinator = await start(log);
  const home = partitionFor('half', PARTITIONS);
  const records = billRunRecords('half', request, '2026-12-01T10:00:00.000Z', home);
  const run = JSON.parse(String(records.at(-1)?.value)) as Body;
  const { period: _, ...typed } = run;
  const { 'workflow-type': __, ...dated } = run;
  const odd = [typed, dated, { ...run, 'workflow-type': 'other' }].map((value) => ({
    topic: topics.billingRuns,
    partition: home,
    key: 'half',
    value: JSON.stringify(value),
  }));
  await log.publish([...records.slice(0, -1), ...odd]);
  const skipped = `skipped_records{topic="billing-runs",reason="invalid-message"} ${odd.length}`;
  await eventually('all are counted', async () =>
    (await (await coordinator.get('/metrics')).text()).includes(skipped),
  );
  await coordinator.post({ customerIdentifiers: ['1'], runId: 'r' });
  expect((await coordinator.json('/runs')).runs.map(({ runId }: Body) => runId)).toEqual(['r']);
});
