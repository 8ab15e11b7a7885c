import { afterEach, expect, test } from 'bun:test';
import { type JobEvent, type MemoryLog, partitionFor, topics } from '../../../core/mod.ts';
import {
  asked,
  type Body,
  cleanUp,
  eventually,
  newDirectory,
  newLog,
  PARTITIONS,
  type Running,
  recordsOn,
  report,
  start,
  started,
  stop,
} from './support.ts';

afterEach(cleanUp);

const answered: JobEvent = { event: 'answered', step: 0 };
const failed: JobEvent = {
  event: 'failed',
  error: { code: 'customer-not-found', message: 'no such customer' },
};
const parked: JobEvent = {
  event: 'parked',
  error: { code: 'replay', message: 'asks other than what is on record' },
};
const done: JobEvent = { event: 'completed', result: { fine: true } };

async function runOf(
  customerIdentifiers: readonly string[],
): Promise<{ log: MemoryLog; coordinator: Running }> {
  const log = await newLog();
  const coordinator = await start(log);
  await coordinator.post({ customerIdentifiers, runId: 'r' });
  return { log, coordinator };
}

const counts = ({ requested, waiting, parked, completed, failed, cancelled }: Body): number[] => {
  return [requested, waiting, parked, completed, failed, cancelled];
};

async function countsBecome(coordinator: Running, expected: readonly number[]): Promise<void> {
  let seen: unknown;
  try {
    await eventually('', async () => {
      seen = counts(await coordinator.json('/runs/r'));
      return Bun.deepEquals(seen, expected);
    });
  } catch {
    expect(seen).toEqual(expected); // says more than that it took too long
  }
}

test('counts where each workflow of a run stands, and repeats change nothing', async () => {
  const { log, coordinator } = await runOf(['1', '2', '3', '4', '5', '6']);
  await countsBecome(coordinator, [6, 0, 0, 0, 0, 0]);
  const first = ['1', '2', '3', '4', '5'].map((id) => report(`r_${id}`, 1, 'waiting', [started, asked]));
  await log.publish(first);
  await countsBecome(coordinator, [1, 5, 0, 0, 0, 0]);
  const second = [
    report('r_1', 2, 'completed', [answered, done]),
    report('r_2', 2, 'failed', [answered, failed]),
    report('r_3', 2, 'parked', [parked]),
    report('r_4', 2, 'cancelled', [{ event: 'cancelled' }]),
  ];
  await log.publish([...second, ...first, ...second]);
  await countsBecome(coordinator, [1, 1, 1, 1, 1, 1]);
  const run = await coordinator.json('/runs/r');
  expect(run.workflows.map((one: Body) => one.status)).toEqual([
    'completed',
    'failed',
    'parked',
    'cancelled',
    'waiting',
    'requested',
  ]);
  expect(run.workflows[1].problem.code).toBe('customer-not-found');
  expect(run.ended).toBe(false);
  await log.publish([report('r_3', 3, 'waiting', [{ event: 'resumed' }])]);
  await countsBecome(coordinator, [1, 2, 0, 1, 1, 1]);
  expect((await coordinator.json('/jobs/r_3')).problem).toBeUndefined();
});

test('reports that are there before their run count, and those of others do not', async () => {
  const log = await newLog();
  await log.publish([
    report('r_1', 1, 'waiting', [started, asked]),
    report('r_9', 1, 'waiting', [started]),
    report('other', 1, 'waiting', [started], 'order-validation'),
  ]);
  const coordinator = await start(log);
  await eventually('reports are seen', async () => (await coordinator.get('/jobs/r_9')).status === 200);
  await coordinator.post({ customerIdentifiers: ['1', '2'], runId: 'r' });
  await countsBecome(coordinator, [1, 1, 0, 0, 0, 0]);
  const foreign = await coordinator.json('/jobs/other');
  expect({ type: foreign.workflowType, status: foreign.status, run: foreign.run }).toEqual({
    type: 'order-validation',
    status: 'waiting',
    run: undefined,
  });
});

test('a job that has ended stays as it ended', async () => {
  const { log, coordinator } = await runOf(['1']);
  await log.publish([
    report('r_1', 2, 'completed', [started, asked, answered, done]),
    report('r_1', 3, 'failed', [failed]),
    report('r_1', 1, 'waiting', [started]),
    report('r_1', 4, 'waiting', [started], 'another-type'),
  ]);
  await eventually('all are seen', async () =>
    (await (await coordinator.get('/metrics')).text()).includes('reason="other-type"} 1'),
  );
  await countsBecome(coordinator, [0, 0, 0, 1, 0, 0]);
  expect((await coordinator.json('/jobs/r_1')).result).toEqual({ fine: true });
});

test('tells what a job asked, when, and what it waits for', async () => {
  const { log, coordinator } = await runOf(['1']);
  const more: JobEvent[] = [
    { event: 'expecting', step: 1, topic: 'payments' },
    { event: 'sleeping', step: 2, until: '2026-11-22T00:00:00.000Z' },
    { event: 'asked', step: 3, category: 'credit', payload: null },
    { event: 'asked', step: 3, category: 'credit', payload: null },
  ];
  await log.publish([
    report('r_1', 1, 'waiting', [started, asked]),
    report('r_1', 2, 'waiting', [answered, ...more]),
  ]);
  await eventually('both are seen', async () => (await coordinator.json('/jobs/r_1')).revision === 2);
  const job = await coordinator.json('/jobs/r_1');
  const [first, second] = ['2026-11-21T10:00:01.000Z', '2026-11-21T10:00:02.000Z'];
  expect(job.run).toEqual({ runId: 'r', customerIdentifier: '1' });
  expect(job.questions).toEqual([
    {
      step: 0,
      category: 'customer',
      payload: { customerIdentifier: '1' },
      askedAt: first,
      timesAsked: 1,
      answeredAt: second,
    },
    { step: 3, category: 'credit', payload: null, askedAt: second, timesAsked: 2, answeredAt: null },
  ]);
  expect(job.waitsFor).toEqual([
    { step: 1, kind: 'event', topic: 'payments', since: second },
    { step: 2, kind: 'time', until: '2026-11-22T00:00:00.000Z', since: second },
    { step: 3, kind: 'answer', category: 'credit', since: second },
  ]);
  expect(job.story.map(({ event }: Body) => event)).toEqual([
    'started',
    'asked',
    'answered',
    'expecting',
    'sleeping',
    'asked',
    'asked',
  ]);
});

test('what others put on workflow-events is counted and skipped', async () => {
  const { log, coordinator } = await runOf(['1']);
  const partition = partitionFor('r_1', PARTITIONS);
  const junk = [null, 'no JSON', '{}', '{"workflow-id":"r_1","status":"completed"}', new Uint8Array([0xff])];
  await log.publish(junk.map((value) => ({ topic: topics.workflowEvents, partition, key: 'r_1', value })));
  await log.publish([report('r_1', 1, 'waiting', [started])]);
  await countsBecome(coordinator, [0, 1, 0, 0, 0, 0]);
  const metrics = await (await coordinator.get('/metrics')).text();
  expect(metrics).toContain(
    'coordinator_view_skipped_records{topic="workflow-events",reason="invalid-message"} 2',
  );
});

test('a waiting read ends with the run', async () => {
  const { log, coordinator } = await runOf(['1', '2']);
  const waits = [1, 2, 3].map(() => coordinator.json('/runs/r?wait=30s'));
  await eventually('three wait', async () =>
    (await (await coordinator.get('/metrics')).text()).includes('coordinator_waiting_requests 3'),
  );
  const begun = performance.now();
  await log.publish([report('r_1', 1, 'completed', [done]), report('r_2', 1, 'failed', [failed])]);
  for (const run of await Promise.all(waits))
    expect({ ended: run.ended, counts: counts(run) }).toEqual({ ended: true, counts: [0, 0, 0, 1, 1, 0] });
  expect(performance.now() - begun).toBeLessThan(5_000);
  expect(await (await coordinator.get('/metrics')).text()).toContain('coordinator_waiting_requests 0');
});

test('a waiting read that is over tells the progress until then', async () => {
  const { coordinator } = await runOf(['1']);
  const run = await coordinator.json('/runs/r?wait=50ms');
  expect({ ended: run.ended, requested: run.requested }).toEqual({ ended: false, requested: 1 });
});

test('a coordinator that stops lets those who wait go', async () => {
  const { coordinator } = await runOf(['1']);
  const waiting = coordinator.json('/runs/r?wait=5m');
  await eventually('it waits', async () =>
    (await (await coordinator.get('/metrics')).text()).includes('coordinator_waiting_requests 1'),
  );
  const begun = performance.now();
  const [run] = await Promise.all([waiting, stop(coordinator)]);
  expect(run.ended).toBe(false);
  expect(performance.now() - begun).toBeLessThan(4_000);
});

test('a coordinator that starts again goes on from its file, and one without a file folds the log anew', async () => {
  const log = await newLog();
  const dataDir = newDirectory();
  const first = await start(log.connect(), dataDir);
  await first.post({ customerIdentifiers: ['1', '2'], runId: 'r' });
  await log.publish([report('r_1', 1, 'completed', [done])]);
  await countsBecome(first, [1, 0, 0, 1, 0, 0]);
  await stop(first);
  await log.publish([report('r_2', 1, 'waiting', [started])]);
  for (const directory of [dataDir, newDirectory()]) {
    const again = await start(log.connect(), directory);
    await countsBecome(again, [0, 1, 0, 1, 0, 0]);
    await stop(again);
  }
});

test('pages through the workflows of a run, and through the runs', async () => {
  const { coordinator } = await runOf(Array.from({ length: 25 }, (_, index) => `c${index}`));
  const seen: string[] = [];
  for (let path: string | undefined = '/runs/r?limit=10'; path !== undefined; ) {
    const page: Body = await coordinator.json(path);
    seen.push(...page.workflows.map((one: Body) => one.customerIdentifier));
    path = page.links.next;
  }
  expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => `c${index}`));
  for (const runId of ['s', 't', 'u']) {
    await coordinator.post({ customerIdentifiers: ['1'], runId });
    await Bun.sleep(2); // so that the runs have different times
  }
  const runs: string[] = [];
  for (let path: string | undefined = '/runs?limit=3'; path !== undefined; ) {
    const page: Body = await coordinator.json(path);
    runs.push(...page.runs.map((run: Body) => run.runId));
    path = page.links.next;
  }
  expect(runs).toEqual(['u', 't', 's', 'r']);
});

test('retry and cancel put a command on the log, for the type and in the partition of the job', async () => {
  const { log, coordinator } = await runOf(['1', '2', '3']);
  const send = (path: string): Promise<Response> =>
    fetch(`${coordinator.url}/jobs/${path}`, { method: 'POST' });
  await log.publish([
    report('r_1', 1, 'parked', [parked]),
    report('r_2', 1, 'completed', [done]),
    report('order/1', 1, 'waiting', [started], 'order-validation'),
  ]);
  await eventually('all are seen', async () => (await coordinator.get('/jobs/order%2F1')).status === 200);
  expect((await send('r_1/retry')).status).toBe(202);
  expect((await send('order%2F1/cancel')).status).toBe(202);
  const commands = (await recordsOn(log, topics.workflowCommands)).map(({ key, partition, value }) => ({
    key,
    partition,
    ...JSON.parse(String(value)),
  }));
  expect(commands.toSorted((a, b) => String(a.key).localeCompare(String(b.key)))).toEqual([
    {
      key: 'order/1',
      partition: partitionFor('order/1', PARTITIONS),
      'workflow-type': 'order-validation',
      'workflow-id': 'order/1',
      command: 'cancel',
    },
    {
      key: 'r_1',
      partition: partitionFor('r_1', PARTITIONS),
      'workflow-type': 'bill-generation',
      'workflow-id': 'r_1',
      command: 'retry',
    },
  ]);
  const refusals: [string, number, string][] = [
    ['r_2/cancel', 409, 'already-ended'],
    ['r_2/retry', 409, 'not-parked'],
    ['r_3/cancel', 409, 'not-started'],
    ['nope/retry', 404, 'no-such-job'],
  ];
  for (const [path, status, code] of refusals) {
    const response = await send(path);
    expect({ path, status: response.status, code: ((await response.json()) as Body).code }).toEqual({
      path,
      status,
      code,
    });
  }
  expect((await recordsOn(log, topics.workflowCommands)).length).toBe(2);
});
