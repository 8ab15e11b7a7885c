import { afterEach, expect, test } from 'bun:test';
import { billRunRecords, partitionFor, sha256, TransportError, topics } from '../../../core/mod.ts';
import {
  type Body,
  cleanUp,
  eventually,
  faulty,
  newLog,
  PARTITIONS,
  queued,
  recordsOn,
  start,
  stop,
} from './support.ts';

afterEach(cleanUp);

test('accepts a run: 202 with its workflows, a Location, and its workflows on the queue', async () => {
  const log = await newLog();
  const coordinator = await start(log);
  const response = await coordinator.post({ customerIdentifiers: ['1', '3'], billDate: '2026-11-30' });
  const reply = (await response.json()) as Body;
  expect(response.status).toBe(202);
  expect(reply.runId).toMatch(/^\d{8}-\d{6}-[0-9a-z]{10}$/);
  expect(response.headers.get('location')).toBe(`/runs/${reply.runId}`);
  expect(response.headers.get('idempotent-replayed')).toBeNull();
  expect(reply.count).toBe(2);
  expect(reply.duplicates).toEqual([]);
  expect(reply.workflows).toEqual(
    ['1', '3'].map((id) => ({ customerIdentifier: id, workflowId: `${reply.runId}_${id}` })),
  );
  await eventually('both are queued', async () => (await queued(log)).length === 2);
  const [run] = (await recordsOn(log, topics.billingRuns)).filter(({ key }) => key === reply.runId);
  for (const { key, partition, value } of await recordsOn(log, topics.workflowQueue)) {
    expect(partition).toBe(partitionFor(String(key), PARTITIONS));
    expect(JSON.parse(String(value))).toEqual({
      'workflow-type': 'bill-generation',
      'workflow-id': key,
      'create-time': JSON.parse(String(run?.value))['create-time'],
      payload: { customerIdentifier: String(key).split('_')[1], billDate: '2026-11-30' },
    });
  }
});

const misspelt = 'customerIdentif' + 'ers';
const spellings: readonly [string, unknown][] = [
  ['the misspelt name of older clients', { [misspelt]: ['1', '3'] }],
  ['a bare array', ['1', '3']],
  ['numbers as identifiers', [1, 3]],
];
for (const [name, body] of spellings) {
  test(`takes ${name}`, async () => {
    const coordinator = await start(await newLog());
    const reply = (await (await coordinator.post(body)).json()) as Body;
    expect(reply.workflows.map((one: Body) => one.customerIdentifier)).toEqual(['1', '3']);
  });
}

test('bills a customer that is named twice once, and says so', async () => {
  const log = await newLog();
  const coordinator = await start(log);
  const reply = (await (await coordinator.post(['7', 7, '8', '7', '8', '9'])).json()) as Body;
  expect(reply.duplicates).toEqual(['7', '8']);
  expect(reply.count).toBe(3);
  await eventually('three are queued', async () => (await queued(log)).length === 3);
});

test('takes identifiers as they are: paths, prototypes, emoji, 128 characters', async () => {
  const log = await newLog();
  const coordinator = await start(log);
  const odd = ['../x', '__proto__', 'constructor', '😀', 'a_b', 'x'.repeat(128), ' '];
  const reply = (await (await coordinator.post(odd)).json()) as Body;
  expect(reply.workflows.map((one: Body) => one.customerIdentifier)).toEqual(odd);
  for (const { workflowId } of reply.workflows) {
    const job = await coordinator.json(`/jobs/${encodeURIComponent(workflowId)}`);
    expect({ workflowId: job.workflowId, status: job.status }).toEqual({ workflowId, status: 'requested' });
  }
});

test('gives the first reply again for the same Idempotency-Key and content', async () => {
  const log = await newLog();
  const coordinator = await start(log);
  const headers = { 'idempotency-key': 'monthly run 11' };
  const first = await coordinator.post(['1', '3', '1'], headers);
  const ends = await log.endOffsets(topics.billingRuns);
  const second = await coordinator.post(['1', '3', '1'], headers);
  const body = (await first.json()) as Body;
  expect(body.runId).toBe(`k-${sha256('monthly run 11').slice(0, 32)}`);
  expect((await second.json()) as Body).toEqual(body);
  expect([first.status, second.status]).toEqual([202, 202]);
  expect(first.headers.get('idempotent-replayed')).toBeNull();
  expect(second.headers.get('idempotent-replayed')).toBe('true');
  expect(await log.endOffsets(topics.billingRuns)).toEqual(ends);
  const named = await coordinator.post({ customerIdentifiers: ['1', '3'], runId: body.runId }, headers);
  expect(named.headers.get('idempotent-replayed')).toBe('true');
});

test('refuses other content under a runId that exists, and keeps the first', async () => {
  const log = await newLog();
  const coordinator = await start(log);
  await coordinator.post({ customerIdentifiers: ['1'], runId: 'november' });
  const ends = await log.endOffsets(topics.billingRuns);
  for (const other of [
    { customerIdentifiers: ['2'] },
    { customerIdentifiers: ['1'], billDate: '2026-11-01' },
  ]) {
    const response = await coordinator.post({ ...other, runId: 'november' });
    expect({ status: response.status, code: ((await response.json()) as Body).code }).toEqual({
      status: 409,
      code: 'run-conflict',
    });
  }
  expect(await log.endOffsets(topics.billingRuns)).toEqual(ends);
  expect(
    (await coordinator.json('/runs/november')).workflows.map((one: Body) => one.customerIdentifier),
  ).toEqual(['1']);
});

test('a coordinator that starts later knows the runs of another', async () => {
  const log = await newLog();
  const first = await start(log);
  await first.post({ customerIdentifiers: ['1'], runId: 'r' });
  const second = await start(log.connect());
  expect(
    (await second.post({ customerIdentifiers: ['1'], runId: 'r' })).headers.get('idempotent-replayed'),
  ).toBe('true');
  expect((await second.post({ customerIdentifiers: ['2'], runId: 'r' })).status).toBe(409);
});

/** Two coordinators that both publish before either reads: the gate opens when both stand before it. */
async function race(
  bodies: readonly [unknown, unknown],
): Promise<{ statuses: number[]; replies: Body[]; ids: readonly string[]; runs: Body }> {
  const log = await newLog();
  let standing = 0;
  const gate = async (): Promise<void> => {
    standing++;
    await eventually('both stand before the log', () => standing >= 2);
  };
  const faults = {
    publish: (records: readonly { topic: string }[]) =>
      records[0]?.topic === topics.billingRuns ? gate() : undefined,
  };
  const [one, two] = [await start(faulty(log, faults)), await start(faulty(log, faults))];
  const responses = await Promise.all([one.post(bodies[0]), two.post(bodies[1])]);
  const replies = (await Promise.all(responses.map((response) => response.json()))) as Body[];
  await eventually('the winner is queued', async () => (await queued(log)).length > 0);
  const manifests = (await recordsOn(log, topics.billingRuns)).filter(({ key }) => key === 'r');
  const [first] = manifests;
  if (bodies[0] !== bodies[1]) {
    await eventually('the winner is last on the log, for compaction', async () => {
      const last = (await recordsOn(log, topics.billingRuns)).findLast(({ key }) => key === 'r');
      return last?.value === first?.value && last?.offset !== first?.offset;
    });
  }
  const runs = [await one.json('/runs/r'), await two.json('/runs/r')];
  await stop(one);
  await stop(two);
  return { statuses: responses.map(({ status }) => status), replies, ids: await queued(log), runs };
}

test('two coordinators race on one runId with the same content: one run, both accepted', async () => {
  const body = { customerIdentifiers: ['1'], runId: 'r' };
  const { statuses, replies, ids, runs } = await race([body, body]);
  expect(statuses).toEqual([202, 202]);
  expect(replies[0]).toEqual(replies[1]);
  expect(ids).toEqual(['r_1']);
  expect(runs[0]).toEqual(runs[1]);
});

test('two coordinators race on one runId with other content: one wins everywhere, and only its workflows are published', async () => {
  const { statuses, replies, ids, runs } = await race([
    { customerIdentifiers: ['1'], runId: 'r' },
    { customerIdentifiers: ['2'], runId: 'r' },
  ]);
  expect(statuses.toSorted()).toEqual([202, 409]);
  const winner = replies[statuses.indexOf(202)];
  expect(ids).toEqual([winner.workflows[0].workflowId]);
  expect(runs[0]).toEqual(runs[1]);
  expect(runs[0].workflows[0].workflowId).toBe(winner.workflows[0].workflowId);
});

test('a log that is away is a 503 with Retry-After, never a 202; the same request is taken when it is back', async () => {
  const log = await newLog();
  let away = true;
  const fail = (): void => {
    if (away) throw new TransportError('unavailable', 'the broker is away');
  };
  const coordinator = await start(faulty(log, { publish: fail }));
  const body = { customerIdentifiers: ['1'], runId: 'r' };
  const response = await coordinator.post(body);
  expect(response.status).toBe(503);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(((await response.json()) as Body).code).toBe('log-unavailable');
  expect(await log.endOffsets(topics.billingRuns)).toEqual([0, 0]);
  away = false;
  expect((await coordinator.post(body)).status).toBe(202);
});

test('a request whose outcome was lost is the same run when it is sent again', async () => {
  const log = await newLog();
  let lost = false;
  const publishThenFail = async (records: Parameters<typeof log.publish>[0]): Promise<void> => {
    if (lost || records[0]?.topic !== topics.billingRuns) return;
    lost = true;
    await log.publish(records);
    throw new TransportError('unavailable', 'the acknowledgement was lost');
  };
  const coordinator = await start(faulty(log, { publish: publishThenFail }));
  const body = { customerIdentifiers: ['1'], runId: 'r' };
  expect((await coordinator.post(body)).status).toBe(503);
  const again = await coordinator.post(body);
  expect({ status: again.status, replayed: again.headers.get('idempotent-replayed') }).toEqual({
    status: 202,
    replayed: 'true',
  });
  await eventually('it is queued', async () => (await queued(log)).length > 0);
  expect(await queued(log)).toEqual(['r_1']);
});

test('what others put on billing-runs is counted and skipped, and runs go on', async () => {
  const log = await newLog();
  const coordinator = await start(log);
  const request = { customerIdentifiers: ['1', '2'] };
  const home = partitionFor('half', PARTITIONS);
  const half = billRunRecords('half', request, '2026-11-21T10:00:00.000Z', home).slice(-1);
  const away = billRunRecords(
    'away',
    request,
    '2026-11-21T10:00:00.000Z',
    1 - partitionFor('away', PARTITIONS),
  );
  const junk = [null, 'no JSON', '{}', '[]', new Uint8Array([0xff])].map((value) => ({
    topic: topics.billingRuns,
    partition: home,
    key: 'half',
    value,
  }));
  await log.publish([...junk, ...half, ...away]);
  await coordinator.post({ ...request, runId: 'r' });
  await eventually('the run is queued', async () => (await queued(log)).length === 2);
  expect((await coordinator.json('/runs')).runs.map((run: Body) => run.runId)).toEqual(['r']);
  const metrics = await (await coordinator.get('/metrics')).text();
  for (const [reason, count] of [
    ['tombstone', 1],
    ['invalid-json', 1],
    ['invalid-message', 2],
    ['invalid-utf8', 1],
    ['incomplete-run', 1],
    ['misplaced', 2],
  ]) {
    expect(metrics).toContain(
      `coordinator_view_skipped_records{topic="billing-runs",reason="${reason}"} ${count}`,
    );
  }
});
