import { afterEach, expect, test } from 'bun:test';
import {
  type MemoryLog,
  type OutgoingRecord,
  partitionFor,
  type RunCommand,
  runCommandRecord,
  type Transport,
  topics,
} from '../../../core/mod.ts';
import {
  type Body,
  cleanUp,
  eventually,
  newDirectory,
  newLog,
  PARTITIONS,
  queued,
  type Running,
  recordsOn,
  report,
  start,
  started,
  stop,
} from './support.ts';

afterEach(cleanUp);

const customers = (count: number): string[] => Array.from({ length: count }, (_, index) => `c${index}`);
const completed = { event: 'completed', result: { fake: true } } as const;
const cancelled = { event: 'cancelled' } as const;

const send = (coordinator: Running, verb: string, runId = 'r'): Promise<Response> =>
  fetch(`${coordinator.url}/runs/${runId}/${verb}`, { method: 'POST' });

/** Reports of these workflows, as an engine writes them at their end. */
async function end(log: MemoryLog, ids: Iterable<string>): Promise<void> {
  await log.publish([...ids].map((id) => report(id, 1, 'completed', [started, completed])));
}

/** The workflows that were put on the queue to run, each once, and those that were put there so as not to run. */
async function asked(log: MemoryLog): Promise<{ toRun: Set<string>; notToRun: Set<string> }> {
  const sets = { toRun: new Set<string>(), notToRun: new Set<string>() };
  for (const { key, value } of await recordsOn(log, topics.workflowQueue)) {
    const { cancelled: isCancelled } = JSON.parse(String(value)) as { cancelled?: boolean };
    (isCancelled === true ? sets.notToRun : sets.toRun).add(String(key));
  }
  return sets;
}

async function commands(log: MemoryLog): Promise<readonly string[]> {
  return (await recordsOn(log, topics.workflowCommands)).map(({ key, value }) => {
    return `${(JSON.parse(String(value)) as Body).command} ${String(key)}`;
  });
}

const windowOf = (size: number): Record<string, string> => ({ RUN_WINDOW: String(size) });

test('at most RUN_WINDOW workflows of a run are published and not reported; each report lets others follow', async () => {
  const log = await newLog();
  const coordinator = await start(log, newDirectory(), windowOf(10));
  await coordinator.post({ customerIdentifiers: customers(35), runId: 'r' });
  const done = new Set<string>();
  while (done.size < 35) {
    let open: string[] = [];
    await eventually('some are published', async () => {
      open = [...new Set(await queued(log))].filter((id) => !done.has(id));
      return open.length >= Math.min(10, 35 - done.size);
    });
    expect(open.length).toBeLessThanOrEqual(10);
    await end(log, open);
    for (const id of open) done.add(id);
  }
  await eventually('it has ended', async () => (await coordinator.json('/runs/r')).state === 'ended');
  expect((await queued(log)).length).toBe(35);
});

test('a long run waits for its releases, which are on record, and loses nothing by it', async () => {
  const log = await newLog();
  const coordinator = await start(log, newDirectory(), windowOf(100));
  await coordinator.post({ customerIdentifiers: customers(1_000), runId: 'r' });
  const done = new Set<string>();
  await eventually('all have ended', async () => {
    const open = [...new Set(await queued(log))].filter((id) => !done.has(id));
    expect(open.length).toBeLessThanOrEqual(100);
    await end(log, open);
    for (const id of open) done.add(id);
    return done.size === 1_000;
  });
  expect((await recordsOn(log, topics.runCommands)).length).toBeGreaterThan(3);
  expect((await coordinator.json('/runs/r/history')).history).toEqual([]);
});

test('a paused run publishes nothing more, holds up no other, and goes on when it is resumed', async () => {
  const log = await newLog();
  const coordinator = await start(log, newDirectory(), windowOf(4));
  await coordinator.post({ customerIdentifiers: customers(12), runId: 'r' });
  await eventually('the window is full', async () => (await queued(log)).length === 4);
  const reply = await send(coordinator, 'pause');
  expect(reply.status).toBe(202);
  expect(((await reply.json()) as Body).state).toBe('paused');
  expect((await send(coordinator, 'pause')).headers.get('idempotent-replayed')).toBe('true');
  await end(log, await queued(log));
  // of the same partition, so that it would come after
  await coordinator.post({ customerIdentifiers: ['1'], runId: 'r' });
  for (const runId of ['s', 't', 'u', 'v']) await coordinator.post({ customerIdentifiers: ['1'], runId });
  await eventually('the others are published', async () => (await queued(log)).length === 8);
  expect(await coordinator.json('/runs/r')).toMatchObject({ state: 'paused', requested: 8, completed: 4 });
  expect((await send(coordinator, 'resume')).status).toBe(202);
  await eventually('it goes on', async () => (await queued(log)).length === 12);
  const { history } = await coordinator.json('/runs/r/history');
  expect(history.map(({ command, by }: Body) => [command, by])).toEqual([
    ['pause', 'anonymous'],
    ['resume', 'anonymous'],
  ]);
});

test('a paused run stays so for who starts again, and for who takes over', async () => {
  const log = await newLog();
  const first = await start(log.connect(), newDirectory(), windowOf(4));
  await first.post({ customerIdentifiers: customers(12), runId: 'r' });
  await eventually('the window is full', async () => (await queued(log)).length === 4);
  await send(first, 'pause');
  await stop(first);
  const second = await start(log.connect(), newDirectory(), windowOf(4));
  await second.post({ customerIdentifiers: ['1'], runId: 's' });
  await second.post({ customerIdentifiers: ['1'], runId: 't' });
  await eventually('others are published', async () => (await queued(log)).length === 6);
  expect((await second.json('/runs/r')).state).toBe('paused');
  await send(second, 'resume');
  await eventually('it goes on', async () => (await queued(log)).length > 6);
  await eventually('all are published', async () => {
    await end(log, new Set(await queued(log)));
    return new Set(await queued(log)).size === 14;
  });
});

test('a cancelled run: what was not released is never published, open jobs are cancelled, bills stay', async () => {
  const log = await newLog();
  const coordinator = await start(log, newDirectory(), windowOf(10));
  await coordinator.post({ customerIdentifiers: customers(1_000), runId: 'r' });
  await eventually('the window is full', async () => (await queued(log)).length === 10);
  const [one = '', two = '', three = ''] = await queued(log);
  await end(log, [one]);
  await log.publish([two, three].map((id) => report(id, 1, 'waiting', [started])));
  await eventually('they are seen', async () => (await coordinator.json('/runs/r')).waiting === 2);
  const reply = (await (await send(coordinator, 'cancel')).json()) as Body;
  expect(reply).toMatchObject({ state: 'cancelling', completed: 1, waiting: 2 });
  expect(reply.cancelled).toBeGreaterThan(850);
  await eventually('the open ones are cancelled', async () => {
    const sent = await commands(log);
    return [two, three].every((id) => sent.includes(`cancel ${id}`));
  });
  expect(await commands(log)).not.toContain(`cancel ${one}`);
  // what an engine makes of them, whatever is sent to it meanwhile
  const ended = new Set([one]);
  await eventually('it is cancelled', async () => {
    const { toRun, notToRun } = await asked(log);
    for (const id of [two, three, ...notToRun]) {
      if (ended.has(id)) continue;
      ended.add(id);
      await log.publish([report(id, 2, 'cancelled', [cancelled])]);
    }
    expect(toRun.size).toBeLessThanOrEqual(20);
    return (await coordinator.json('/runs/r')).state === 'cancelled';
  });
  expect(await coordinator.json('/runs/r')).toMatchObject({
    ended: true,
    requested: 0,
    waiting: 0,
    completed: 1,
    cancelled: 999,
  });
  const listed: Body[] = (await coordinator.json('/runs/r?limit=1000')).workflows;
  expect(listed.filter(({ status }) => status === 'cancelled').length).toBe(999);
  expect(await coordinator.json(`/jobs/${listed.at(-1).workflowId}`)).toMatchObject({
    status: 'cancelled',
    waitsFor: [],
  });
  for (const verb of ['resume', 'pause', 'retry']) {
    const refused = await send(coordinator, verb);
    expect([refused.status, ((await refused.json()) as Body).code]).toEqual([409, 'run-cancelled']);
  }
  expect((await send(coordinator, 'cancel')).status).toBe(202);
  expect((await asked(log)).notToRun.size).toBeLessThan(150);
});

test('cancelling is driven on by who takes over, and what is reported late is cancelled too', async () => {
  const log = await newLog();
  const first = await start(log.connect(), newDirectory(), windowOf(10));
  await first.post({ customerIdentifiers: customers(10), runId: 'r' });
  await eventually('all are published', async () => (await queued(log)).length === 10);
  await send(first, 'cancel');
  await stop(first);
  const second = await start(log.connect(), newDirectory(), windowOf(10));
  await eventually('all are told not to run', async () => (await asked(log)).notToRun.size === 10);
  // the engine had begun them before
  const ids = [...(await asked(log)).notToRun];
  await log.publish(ids.map((id) => report(id, 1, 'waiting', [started])));
  await eventually('all are cancelled', async () => new Set(await commands(log)).size === 10);
  await log.publish(ids.map((id) => report(id, 2, 'cancelled', [cancelled])));
  await eventually('it is cancelled', async () => (await second.json('/runs/r')).state === 'cancelled');
});

test('a retry asks for failed workflows anew, each attempt once, and lets parked jobs go on', async () => {
  const log = await newLog();
  const coordinator = await start(log);
  await coordinator.post({ customerIdentifiers: ['1', '2', '3'], runId: 'r' });
  await eventually('all are published', async () => (await queued(log)).length === 3);
  const error = { code: 'no-such-customer', message: 'There is none.' };
  await log.publish([
    report('r_1', 1, 'failed', [started, { event: 'failed', error }]),
    report('r_2', 1, 'parked', [started, { event: 'parked', error }]),
    report('r_3', 1, 'completed', [started, completed]),
  ]);
  await eventually('it is seen', async () => (await coordinator.json('/runs/r')).completed === 1);
  const replies = await Promise.all([send(coordinator, 'retry'), send(coordinator, 'retry')]);
  expect(replies.map(({ status }) => status)).toEqual([202, 202]);
  await eventually('the next attempt is published', async () => (await queued(log)).includes('r+2_1'));
  expect(new Set(await commands(log))).toEqual(new Set(['retry r_2']));
  const run = await coordinator.json('/runs/r');
  expect(run).toMatchObject({ state: 'running', count: 3, requested: 1, failed: 0, parked: 1, completed: 1 });
  expect(run.workflows.map(({ workflowId }: Body) => workflowId)).toEqual(['r+2_1', 'r_2', 'r_3']);
  expect((await coordinator.json('/jobs/r_1')).run).toEqual({ runId: 'r', customerIdentifier: '1' });
  await log.publish([
    report('r+2_1', 1, 'failed', [started, { event: 'failed', error }]),
    report('r_2', 2, 'completed', [{ event: 'resumed' }, completed]),
  ]);
  await eventually('it has ended', async () => (await coordinator.json('/runs/r')).state === 'ended');
  expect((await send(coordinator, 'pause')).status).toBe(409);
  await send(coordinator, 'retry');
  await eventually('the third attempt is published', async () => (await queued(log)).includes('r+3_1'));
  await end(log, ['r+3_1']);
  await eventually('it has ended', async () => (await coordinator.json('/runs/r')).completed === 3);
  expect(new Set(await queued(log))).toEqual(new Set(['r_1', 'r_2', 'r_3', 'r+2_1', 'r+3_1']));
  // who folds the log anew sees the same
  const other = await start(log.connect());
  await eventually('it has read it', async () => (await other.json('/runs/r')).completed === 3);
  expect((await other.json('/runs/r')).workflows).toEqual((await coordinator.json('/runs/r')).workflows);
  expect((await send(coordinator, 'retry')).headers.get('idempotent-replayed')).toBe('true');
});

test('commands to what is no run are refused', async () => {
  const coordinator = await start(await newLog());
  for (const verb of ['pause', 'resume', 'cancel', 'retry'])
    expect((await send(coordinator, verb, 'nope')).status).toBe(404);
  expect((await coordinator.get('/runs/nope/history')).status).toBe(404);
});

test('a release between a pause and a resume counts for nothing, and is asked for again', async () => {
  const log = await newLog();
  const inner = log.connect();
  const head = { 'run-id': 'r', time: '2026-11-22T08:00:00.000Z', by: 'anna' };
  const told = (command: 'pause' | 'resume'): OutgoingRecord => {
    const record: RunCommand = { ...head, id: command, command };
    return runCommandRecord(record, partitionFor('r', PARTITIONS));
  };
  let squeezed = 0;
  const squeezing: Transport = {
    createTopics: (specs) => inner.createTopics(specs),
    logId: () => inner.logId(),
    endOffsets: (topic) => inner.endOffsets(topic),
    read: (options) => inner.read(options),
    close: () => inner.close(),
    join: (options) => inner.join(options),
    publish: async (records) => {
      const isRelease = records.some(({ topic }) => topic === topics.runCommands);
      if (!isRelease || squeezed++ > 0) return await inner.publish(records);
      await inner.publish([told('pause'), ...records, told('resume')]);
    },
  };
  const coordinator = await start(squeezing, newDirectory(), windowOf(100));
  await coordinator.post({ customerIdentifiers: customers(300), runId: 'r' });
  await eventually('all have ended', async () => {
    await end(log, new Set(await queued(log)));
    return (await coordinator.json('/runs/r')).ended === true;
  });
  expect(squeezed).toBeGreaterThan(1);
});
