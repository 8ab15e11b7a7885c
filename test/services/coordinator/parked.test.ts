import { afterEach, expect, test } from 'bun:test';
import { type JobEvent, topics } from '../../../core/mod.ts';
import {
  asked,
  type Body,
  cleanUp,
  eventually,
  newLog,
  recordsOn,
  report,
  start,
  started,
} from './support.ts';

afterEach(cleanUp);

const parked = (code = 'version-missing'): JobEvent => ({
  event: 'parked',
  error: { code, message: 'deploy it, then retry' },
});

test('lists parked jobs with type, version, reason and since when, of a run or of none', async () => {
  const log = await newLog();
  const coordinator = await start(log);
  await coordinator.post({ customerIdentifiers: ['1', '2'], runId: 'r' });
  await log.publish([
    report('r_1', 1, 'parked', [started, asked, parked()]),
    report('r_2', 1, 'waiting', [started, asked]),
    report('other', 1, 'waiting', [started], 'order-validation'),
    report('other', 2, 'parked', [parked('replay')], 'order-validation'),
    report('gone', 1, 'parked', [parked()]),
    report('gone', 2, 'waiting', [{ event: 'resumed' }]),
  ]);
  const { jobs } = await coordinator.json('/jobs?status=parked');
  expect(jobs).toEqual([
    {
      workflowId: 'other',
      workflowType: 'order-validation',
      version: 1,
      revision: 2,
      since: '2026-11-21T10:00:02.000Z',
      problem: { code: 'replay', message: 'deploy it, then retry' },
      links: { self: '/jobs/other', retry: '/jobs/other/retry', cancel: '/jobs/other/cancel' },
    },
    expect.objectContaining({
      workflowId: 'r_1',
      problem: { code: 'version-missing', message: 'deploy it, then retry' },
      links: expect.objectContaining({ run: '/runs/r' }),
    }),
  ]);
});

test('comes in pages, by workflow-id', async () => {
  const log = await newLog();
  const coordinator = await start(log);
  const ids = ['a', 'b b', 'c/d', 'é'];
  await log.publish(ids.map((id) => report(id, 1, 'parked', [parked()])));
  const seen: string[] = [];
  let path = '/jobs?status=parked&limit=1';
  for (let pages = 0; path !== undefined && pages < 6; pages++) {
    const page = await coordinator.json(path);
    seen.push(...page.jobs.map(({ workflowId }: Body) => workflowId));
    path = page.links.next;
  }
  expect(seen).toEqual(ids);
});

test('failed and cancelled jobs are listed too; other states are refused with those that are', async () => {
  const log = await newLog();
  const coordinator = await start(log);
  await log.publish([
    report('f', 1, 'failed', [{ event: 'failed', error: { code: 'no', message: '' } }]),
    report('c', 1, 'cancelled', [{ event: 'cancelled' }]),
  ]);
  const ids = async (status: string) =>
    (await coordinator.json(`/jobs?status=${status}`)).jobs.map(({ workflowId }: Body) => workflowId);
  expect([await ids('failed'), await ids('cancelled'), await ids('parked')]).toEqual([['f'], ['c'], []]);
  for (const query of ['', '?status=waiting', '?status=']) {
    const response = await coordinator.get(`/jobs${query}`);
    const problem: Body = await response.json();
    expect([response.status, problem.code]).toEqual([400, 'invalid-status']);
  }
  expect((await coordinator.get('/jobs?status=parked&limit=0')).status).toBe(400);
});

test('a retry is a command on the log, answered with the revision before it; what comes of it shows', async () => {
  const log = await newLog();
  const coordinator = await start(log);
  await log.publish([report('p', 3, 'parked', [parked()])]);
  await eventually('it is known', async () => (await coordinator.get('/jobs/p')).status === 200);
  const response = await fetch(`${coordinator.url}/jobs/p/retry`, { method: 'POST' });
  expect([response.status, await response.json()]).toEqual([
    202,
    { workflowId: 'p', command: 'retry', revision: 3, links: { self: '/jobs/p' } },
  ]);
  const [command] = await recordsOn(log, topics.workflowCommands);
  expect(JSON.parse(String(command?.value))).toEqual({
    'workflow-type': 'bill-generation',
    'workflow-id': 'p',
    command: 'retry',
  });
  await log.publish([report('p', 4, 'parked', [{ event: 'resumed' }, parked('still-missing')])]);
  const [again] = (await coordinator.json('/jobs?status=parked')).jobs;
  expect([again.revision, again.problem.code]).toEqual([4, 'still-missing']);
});

test('a job that has asked what can not be taken back is not cancelled, unless it was refused', async () => {
  const log = await newLog();
  const coordinator = await start(log);
  const numbered: JobEvent = {
    event: 'asked',
    step: 1,
    category: 'bill-number',
    payload: null,
    irrevocable: true,
  };
  const answered: JobEvent = { event: 'answered', step: 0 };
  const refused: JobEvent = { event: 'answered', step: 1, error: { code: 'no-series', message: 'no' } };
  await log.publish([
    report('a', 1, 'waiting', [started, asked, answered, numbered]),
    report('b', 1, 'parked', [started, asked, answered, numbered, refused, parked()]),
    report('c', 1, 'waiting', [started, asked]),
  ]);
  const cancel = async (id: string): Promise<unknown[]> => {
    const response = await fetch(`${coordinator.url}/jobs/${id}/cancel`, { method: 'POST' });
    return [response.status, ((await response.json()) as Body).code];
  };
  expect(await cancel('a')).toEqual([409, 'not-cancellable']);
  expect(await cancel('b')).toEqual([202, undefined]);
  expect(await cancel('c')).toEqual([202, undefined]);
});
