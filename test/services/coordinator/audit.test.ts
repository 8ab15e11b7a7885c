import { afterEach, expect, test } from 'bun:test';
import {
  deadLetter,
  type IncomingRecord,
  type MemoryLog,
  type OutgoingRecord,
  partitionFor,
  qaIdentifierOf,
  type Transport,
  TransportError,
  topics,
} from '../../../core/mod.ts';
import {
  asked,
  type Body,
  cleanUp,
  eventually,
  faulty,
  newLog,
  PARTITIONS,
  queued,
  type Running,
  recordsOn,
  report,
  start,
  started,
} from './support.ts';

afterEach(cleanUp);

const answered = { event: 'answered', step: 0 } as const;
const billed = {
  event: 'completed',
  result: { renderer: 'text-1', sha256: 'a'.repeat(64), bill: {} },
} as const;
const failed = {
  event: 'failed',
  error: { code: 'customer-not-found', message: 'no such customer' },
} as const;

const qaIdentifier = (workflowId: string, step = 0): string =>
  qaIdentifierOf({ workflowType: 'bill-generation', workflowId, step });

const on = (topic: string, workflowId: string, value: unknown): OutgoingRecord => ({
  topic,
  partition: partitionFor(workflowId, PARTITIONS),
  key: workflowId,
  value: JSON.stringify(value),
});
const question = (workflowId: string): OutgoingRecord =>
  on(topics.questions, workflowId, {
    qaIdentifier: qaIdentifier(workflowId),
    questionCategory: 'customer',
    payload: { customerIdentifier: '1' },
  });
const answer = (workflowId: string, value: unknown = {}, step = 0): OutgoingRecord =>
  on(topics.answers, workflowId, { qaIdentifier: qaIdentifier(workflowId, step), answer: value });

async function runOf(
  customerIdentifiers: readonly string[],
): Promise<{ log: MemoryLog; coordinator: Running }> {
  const log = await newLog();
  const coordinator = await start(log);
  await coordinator.post({ customerIdentifiers, runId: 'r' });
  await eventually(
    'the run to be on the queue',
    async () => (await queued(log)).length === customerIdentifiers.length,
  );
  return { log, coordinator };
}

/** What an engine and a CRM write of a bill. */
const whole = (workflowId: string): OutgoingRecord[] => [
  question(workflowId),
  answer(workflowId),
  report(workflowId, 1, 'waiting', [started, asked]),
  report(workflowId, 2, 'completed', [answered, billed]),
];

const listed = (audit: Body): unknown[] =>
  audit.exceptions.map(({ workflowId, state, questions }: Body) => [
    workflowId,
    state,
    ...questions.map((each: Body) => each.state),
  ]);

test('a run of which every bill is there: asked = answered = billed, and no exception', async () => {
  const { log, coordinator } = await runOf(['1', '2', '3']);
  await log.publish(['r_1', 'r_2', 'r_3'].flatMap(whole));
  const audit = await coordinator.json('/runs/r/audit');
  expect(audit).toMatchObject({ count: 3, asked: 3, answered: 3, billed: 3, balanced: true, addsUp: true });
  expect([audit.exceptionCount, audit.exceptions, audit.links.next]).toEqual([0, [], undefined]);
});

test('while the run goes on, each workflow that is not done is an exception that says so, as the progress has it', async () => {
  const { log, coordinator } = await runOf(['1', '2', '3', '4', '5', '6']);
  await log.publish([
    ...whole('r_1'),
    question('r_2'),
    report('r_2', 1, 'waiting', [started, asked]),
    ...whole('r_3').slice(0, 3),
    report('r_3', 2, 'failed', [answered, failed]),
    question('r_4'),
    report('r_4', 1, 'parked', [
      started,
      asked,
      { event: 'parked', error: { code: 'version-missing', message: 'deploy it' } },
    ]),
    question('r_5'),
    report('r_5', 1, 'waiting', [started, asked]),
    report('r_5', 2, 'cancelled', [{ event: 'cancelled' }]),
  ]);
  const audit = await coordinator.json('/runs/r/audit');
  expect(listed(audit)).toEqual([
    ['r_2', 'waiting', 'waiting'],
    ['r_3', 'failed'],
    ['r_4', 'parked', 'waiting'],
    ['r_5', 'cancelled', 'expired'],
    ['r_6', 'requested'],
  ]);
  const reasons = audit.exceptions.map(({ reason }: Body) => reason);
  expect(reasons[1]).toBe('customer-not-found: no such customer');
  expect(reasons[2]).toContain('version-missing: deploy it');
  expect(reasons[4]).toBe('no engine has begun it');
  expect(audit).toMatchObject({ asked: 5, answered: 2, billed: 1, balanced: false, addsUp: true });
  const {
    requested,
    waiting,
    parked,
    completed,
    failed: failures,
    cancelled,
  } = await coordinator.json('/runs/r');
  expect(audit.progress).toEqual({ requested, waiting, parked, completed, failed: failures, cancelled });
});

test('repeats, contradictions, late and orphaned answers are counted and told; what others wrote is not of the run', async () => {
  const { log, coordinator } = await runOf(['1', '2']);
  await log.publish([
    ...whole('r_1'),
    answer('r_1'),
    answer('r_1', { other: true }),
    answer('r_1', {}, 3),
    question('r_2'),
    report('r_2', 1, 'waiting', [started, asked]),
    report('r_2', 2, 'failed', [{ event: 'expired', step: 0 }, failed]),
    answer('r_2'),
    ...whole('r_999'),
  ]);
  const audit = await coordinator.json('/runs/r/audit');
  expect(audit.questions).toMatchObject({ contradicted: 1, orphaned: 1, late: 1, answered: 0 });
  expect(audit.answers).toMatchObject({ applied: 1, repeats: 1, contradictions: 1, orphaned: 1, late: 1 });
  expect([audit.count, audit.asked, audit.answered, audit.billed]).toEqual([2, 2, 1, 1]);
  expect(listed(audit)).toEqual([
    ['r_1', 'completed', 'contradicted', 'orphaned'],
    ['r_2', 'failed', 'late'],
  ]);
});

test('a request in the dead letters is refused, with the reason, and still requested in the progress', async () => {
  const { log, coordinator } = await runOf(['1']);
  const [request] = await recordsOn(log, topics.workflowQueue);
  await log.publish([deadLetter(request as IncomingRecord, 'invalid-input', 'no such field')]);
  const audit = await coordinator.json('/runs/r/audit');
  expect([audit.refused, audit.progress.requested]).toEqual([1, 1]);
  expect(audit.exceptions[0]).toMatchObject({
    workflowId: 'r_1',
    customerIdentifier: '1',
    state: 'refused',
    reason: expect.stringContaining('invalid-input'),
  });
});

test('a bill that changed is a fault: the sums do not add up', async () => {
  const { log, coordinator } = await runOf(['1']);
  const other = { ...billed, result: { ...billed.result, sha256: 'b'.repeat(64) } };
  await log.publish([...whole('r_1'), report('r_1', 3, 'completed', [other])]);
  const audit = await coordinator.json('/runs/r/audit');
  expect([audit.addsUp, audit.faults, audit.exceptions[0].faults[0].code]).toEqual([
    false,
    1,
    'result-changed',
  ]);
});

test('exceptions come in pages, and every page has the whole sums', async () => {
  const { coordinator } = await runOf(['1', '2', '3', '4', '5']);
  const seen: string[] = [];
  let path = '/runs/r/audit?limit=2';
  for (let pages = 0; path !== undefined && pages < 5; pages++) {
    const audit = await coordinator.json(path);
    expect([audit.exceptionCount, audit.exceptions.length <= 2]).toEqual([5, true]);
    seen.push(...audit.exceptions.map(({ workflowId }: Body) => workflowId));
    path = audit.links.next;
  }
  expect(seen).toEqual(['r_1', 'r_2', 'r_3', 'r_4', 'r_5']);
});

test('while the log is away there is no audit, but a 503 that says to ask again; then it goes on by itself', async () => {
  const log = await newLog();
  let isAway = false;
  const transport = faulty(log, {});
  const endOffsets: Transport['endOffsets'] = (topic) => {
    if (isAway) throw new TransportError('unavailable', 'the log is away');
    return log.endOffsets(topic);
  };
  const coordinator = await start({ ...transport, endOffsets });
  await coordinator.post({ customerIdentifiers: ['1'], runId: 'r' });
  await log.publish(whole('r_1'));
  isAway = true;
  const response = await coordinator.get('/runs/r/audit');
  const problem: Body = await response.json();
  expect([response.status, problem.code, response.headers.get('retry-after')]).toEqual([
    503,
    'log-unavailable',
    '2',
  ]);
  isAway = false;
  await eventually('the audit', async () => (await coordinator.json('/runs/r/audit')).billed === 1);
});

const refusals: readonly [string, number, string][] = [
  ['/runs/none/audit', 404, 'no-such-run'],
  ['/runs/r/audit?limit=0', 400, 'invalid-page'],
  ['/runs/r/audit?limit=1001', 400, 'invalid-page'],
  ['/runs/r/audit?after=x', 400, 'invalid-page'],
];

test('what can’t be asked for is refused with what to do', async () => {
  const { coordinator } = await runOf(['1']);
  for (const [path, status, code] of refusals) {
    const response = await coordinator.get(path);
    const problem: Body = await response.json();
    expect([path, response.status, problem.code]).toEqual([path, status, code]);
  }
});
