/** The client on a real coordinator. Each request and each JSON reply is held against /openapi.json on the way. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { unzipSync } from 'fflate';
import { connect, type Requite, RequiteError } from '../../client/mod.ts';
import {
  deadLetter,
  type MemoryLog,
  PREVIEW_NUMBER,
  partitionFor,
  renderBill,
  sha256,
  TEXT_RENDERER,
  topics,
} from '../../core/mod.ts';
import { billed, billOf } from '../services/coordinator/documents/run-of-bills.ts';
import {
  asked,
  cleanUp,
  newLog,
  PARTITIONS,
  report,
  start,
  started,
  stop,
} from '../services/coordinator/support.ts';
import { until } from '../support/until.ts';
import { ApiDocument } from './document.ts';

/** Of these the document says no more than that they are JSON, or no test here can have them. */
const NOT_CHECKED: readonly string[] = [];

let log: MemoryLog;
let url: string;
let document: ApiDocument;
let requite: Requite;

beforeAll(async () => {
  log = await newLog();
  ({ url } = await start(log));
  document = await ApiDocument.of(url);
  requite = connect(`${url}/`, { fetch: document.fetch });
});
afterAll(cleanUp);

const reason = { code: 'customer-not-found', message: 'no such customer' };

/** What an engine would report of run `r`, whose customers are 1 to 6. */
async function work(): Promise<void> {
  await log.publish([
    report('r_1', 1, 'completed', [started, asked, { event: 'answered', step: 0 }, billed(billOf('r_1'))]),
    report('r_2', 1, 'failed', [
      started,
      asked,
      { event: 'answered', step: 0, error: reason },
      { event: 'failed', error: reason },
    ]),
    report('r_3', 1, 'parked', [
      started,
      { event: 'parked', error: { code: 'replay', message: 'as it is' } },
    ]),
    report('r_4', 1, 'waiting', [started, asked, { event: 'expecting', step: 1, topic: 'payments' }]),
    report('r_5', 1, 'cancelled', [
      started,
      { event: 'sleeping', step: 0, until: '2026-12-01T00:00:00.000Z' },
      { event: 'cancelled' },
    ]),
  ]);
  await until('the reports to be seen', async () => (await requite.run('r').get()).requested === 1);
}

test('starts a run, once however often it is asked for', async () => {
  const customerIdentifiers = ['1', 2, '3', '4', '5', '6', '6'];
  const request = { customerIdentifiers, runId: 'r', label: 'November' };
  const run = await requite.start(request);
  expect([run.runId, run.replayed, run.accepted.count, run.accepted.duplicates]).toEqual([
    'r',
    false,
    6,
    ['6'],
  ]);
  expect((await requite.start(request)).replayed).toBe(true);
  const [one, same] = await Promise.all(
    ['k', 'k'].map((idempotencyKey) => requite.start({ customerIdentifiers: ['1'] }, { idempotencyKey })),
  );
  expect(one?.runId).toBe(same?.runId ?? '');
  // without a name for it each is another run
  const other = await requite.start({ customerIdentifiers: ['1'] });
  expect(other.runId).not.toBe(one?.runId ?? '');
  await expect(requite.start({ ...request, label: 'December' })).rejects.toMatchObject({
    status: 409,
    code: 'run-conflict',
    retryable: false,
  });
});

test('lists runs and workflows over all pages', async () => {
  await work();
  const runs = await Array.fromAsync(requite.runs({ limit: 1 }));
  expect(runs.map(({ count }) => count)).toEqual([1, 1, 6]); // the newest first
  expect(runs.at(-1)?.label).toBe('November');
  const workflows = await Array.fromAsync(requite.run('r').workflows());
  expect(workflows.map(({ status }) => status)).toEqual([
    'completed',
    'failed',
    'parked',
    'waiting',
    'cancelled',
    'requested',
  ]);
  expect(workflows[1]?.problem).toEqual(reason);
  const page = await requite.run('r').get({ limit: 2, after: 1 });
  expect(page.workflows.map(({ workflowId }) => workflowId)).toEqual(['r_2', 'r_3']);
});

test('comes back when the time of a wait is over', async () => {
  expect(await requite.run('r').wait({ timeoutMs: 20 })).toMatchObject({ ended: false, parked: 1 });
});

test('tells of jobs, and sends them commands', async () => {
  expect(await requite.jobs.get('r_1')).toMatchObject({ status: 'completed', links: { bill: '/bills/r_1' } });
  expect((await requite.jobs.get('r_4')).waitsFor).toMatchObject([{ kind: 'answer' }, { kind: 'event' }]);
  expect((await requite.jobs.get('r_6')).waitsFor).toEqual([{ kind: 'engine' }]);
  await requite.jobs.get('r_5');
  const listed = await Promise.all(
    (['parked', 'failed', 'cancelled'] as const).map((status) => Array.fromAsync(requite.jobs.list(status))),
  );
  expect(listed.flat().map(({ workflowId }) => workflowId)).toEqual(['r_3', 'r_2', 'r_5']);
  expect((await requite.jobs.trace('r_4')).spans.length).toBeGreaterThan(0);
  expect(await requite.jobs.retry('r_3')).toMatchObject({ workflowId: 'r_3', command: 'retry', revision: 1 });
  expect(await requite.jobs.cancel('r_4')).toMatchObject({ workflowId: 'r_4', command: 'cancel' });
  await expect(requite.jobs.cancel('r_2')).rejects.toMatchObject({ status: 409, code: 'already-ended' });
  await expect(requite.jobs.get('a/b?c')).rejects.toMatchObject({ status: 404, code: 'no-such-job' });
});

test('gives a bill in each format, and all of a run in one archive', async () => {
  const bill = billOf('r_1');
  expect(await requite.bill('r_1')).toBe(renderBill(bill));
  expect(await requite.bill('r_1', 'html')).toStartWith('<!doctype html>');
  expect(new TextDecoder().decode((await requite.bill('r_1', 'pdf')).slice(0, 5))).toBe('%PDF-');
  const { bill: data } = await requite.bill('r_1', 'json');
  expect(data).toEqual(bill);
  await expect(requite.bill('r_2')).rejects.toMatchObject({ status: 404, code: 'job-failed' });
  const archive = await new Response(await requite.run('r').bills('txt')).bytes();
  expect(Object.keys(unzipSync(archive)).sort()).toEqual(['manifest.json', 'r_1.txt']);
});

test('lists bills, and finds those of a customer', async () => {
  const listed = await Array.fromAsync(requite.bills({ run: 'r' }));
  expect(listed.map(({ workflowId }) => workflowId)).toEqual(['r_1']);
  const [found] = await Array.fromAsync(requite.bills({ customer: '1' }));
  expect(found?.workflowId).toBe('r_1');
});

test('shows the messages of a job as they lie on the topics', async () => {
  const { messages } = await requite.jobs.messages('r_1');
  expect(messages.map(({ topic }) => topic)).toContain(topics.workflowEvents);
});

test('asks for a preview, and gives what would be billed', async () => {
  const { previewId, previews } = await requite.startPreview({ customerIdentifiers: ['1'] });
  const workflowId = previews[0]?.workflowId ?? '';
  expect(await requite.preview(previewId)).toMatchObject({ count: 1, requested: 1, ended: false });
  const bill = { ...billOf(workflowId), billNumber: PREVIEW_NUMBER };
  const rendered = { bill, renderer: TEXT_RENDERER, sha256: sha256(renderBill(bill, { preview: true })) };
  const completed = { event: 'completed', result: { preview: rendered } } as const;
  await log.publish([report(workflowId, 1, 'completed', [started, completed], 'bill-preview')]);
  expect(await requite.preview(previewId, { waitMs: 60_000 })).toMatchObject({ requested: 0, ended: true });
  expect(await requite.previewedBill(previewId, 1)).toEqual(rendered);
});

test('pauses, resumes, retries and cancels a run, all of which is on record', async () => {
  const run = await requite.start({ customerIdentifiers: ['1', '2'], runId: 'c' });
  expect(await run.pause()).toMatchObject({ state: 'paused' });
  expect(await run.resume()).toMatchObject({ state: 'running' });
  expect(await run.retry()).toMatchObject({ state: 'running' });
  expect((await run.cancel()).state).toStartWith('cancel');
  await expect(run.resume()).rejects.toMatchObject({ status: 409, code: 'run-cancelled' });
  const { history } = await run.history();
  // nothing had failed: that retry was a repeat of nothing
  expect(history.map(({ command }) => command)).toEqual(['pause', 'resume', 'cancel']);
});

test('audits a run', async () => {
  const audit = await requite.run('r').audit({ limit: 2 });
  expect(audit).toMatchObject({ count: 6, billed: 1, balanced: false, ended: false });
  const exceptions = await Array.fromAsync(requite.run('r').exceptions());
  expect(exceptions.length).toBe(audit.exceptionCount);
  expect(exceptions.map(({ customerIdentifier }) => customerIdentifier)).toContain('2');
});

test('lists dead letters, shows one, and puts them back', async () => {
  const refused = (id: string, value: string | Uint8Array) => {
    const partition = partitionFor(id, PARTITIONS);
    const came = {
      topic: topics.workflowQueue,
      partition,
      offset: 7,
      key: id,
      value,
      headers: {},
      timestampMs: 0,
    };
    return deadLetter(came, 'invalid-input', 'as it was');
  };
  const good = JSON.stringify({
    'workflow-type': 'bill-generation',
    'workflow-id': 'd-1',
    'create-time': '2026-11-21T10:00:00Z',
    payload: { customerIdentifier: '1' },
  });
  await log.publish([refused('d-1', good), refused('d-2', new Uint8Array([0xff]))]);
  const { deadLetters } = requite;
  const letters = await until('the letters to be seen', async () => {
    const all = await Array.fromAsync(deadLetters.list({ reason: 'invalid-input' }));
    return all.length === 2 && all;
  });
  const [mine, broken] = ['d-1', 'd-2'].map((key) => letters.find((letter) => letter.key === key));
  if (mine === undefined || broken === undefined) throw new Error('they are listed by key');
  expect(await deadLetters.get(mine)).toMatchObject({ key: 'd-1', value: good });
  expect((await deadLetters.get(broken)).value).toEqual({ base64: '/w==' });
  const dry = await deadLetters.replayMany({ reason: 'invalid-input', dryRun: true });
  expect(dry).toMatchObject({ dryRun: true, matched: 2 });
  expect(await deadLetters.replay(mine)).toMatchObject({ topic: topics.workflowQueue });
  const rest = await deadLetters.replayMany({ topic: topics.workflowQueue, again: true });
  expect(rest.matched).toBe(2);
  const shown = await Array.fromAsync(deadLetters.list({ replayed: true }));
  expect(shown.filter(({ replayedAt }) => replayedAt !== null).length).toBeGreaterThan(0);
  await expect(deadLetters.get({ partition: 0, offset: 99 })).rejects.toMatchObject({
    status: 404,
    code: 'no-such-dead-letter',
  });
});

test('follows a run to its end, past a coordinator that stops', async () => {
  const first = await start(log);
  const second = await start(log);
  let here = first.url;
  const moving = connect('http://coordinator.test', {
    fetch: (asked, init) => document.fetch(asked.replace('http://coordinator.test', here), init),
  });
  await moving.start({ customerIdentifiers: ['1', '2'], runId: 'f' });
  const seen: number[] = [];
  const told: string[] = [];
  const following = (async () => {
    for await (const { event, data } of moving.run('f').events()) {
      told.push(event);
      if ('completed' in data) seen.push(data.completed);
    }
  })();
  const waiting = moving.run('f').wait();
  await until('the first event', () => seen.length > 0);
  here = second.url;
  await stop(first);
  await log.publish([
    report('f_1', 1, 'completed', [started, billed(billOf('f_1'))]),
    report('f_2', 1, 'failed', [started, { event: 'failed', error: reason }]),
  ]);
  await following;
  expect(await waiting).toMatchObject({ ended: true, completed: 1, failed: 1 });
  expect(told.at(-1)).toBe('ended');
  expect(told.filter((event) => event === 'job')).toEqual(['job']);
  expect(told.filter((event) => event === 'ended')).toHaveLength(1);
  expect(seen.at(-1)).toBe(1);
  // of a run that has ended there is the end
  expect(await Array.fromAsync(moving.run('f').follow())).toMatchObject([{ ended: true }]);
});

test('follows all runs', async () => {
  const seen = new Set<string>();
  for await (const { runId } of requite.follow()) {
    if (seen.size === 0) await requite.start({ customerIdentifiers: ['9'], runId: 'news' });
    seen.add(runId);
    if (seen.has('news')) break;
  }
  expect(seen).toContain('r');
});

test('an error says what the coordinator says', async () => {
  const error = await requite
    .run('nothing')
    .get()
    .catch((thrown: unknown) => thrown);
  if (!(error instanceof RequiteError)) throw new Error('it is one of ours');
  expect({ ...error, message: error.message }).toMatchObject({
    status: 404,
    code: 'no-such-run',
    retryable: false,
    message: expect.stringContaining('no-such-run'),
  });
  await expect(requite.deadLetters.replayMany({ reason: '' })).rejects.toMatchObject({
    status: 422,
    code: 'invalid-input',
    errors: [{ path: '/reason' }],
  });
});

test('each route whose replies have a schema was tried here', () => {
  const withSchema = [...document.routes].flatMap(([route, { responses }]) => {
    const is = Object.values(responses).some(
      ({ content }) => content?.['application/json']?.schema !== undefined,
    );
    return is && route !== 'POST /' ? [route] : []; // as POST /runs
  });
  expect([...document.checked, ...NOT_CHECKED].sort()).toEqual(withSchema.sort());
});
