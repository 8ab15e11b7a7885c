import { afterEach, expect, test } from 'bun:test';
import { isSampled, type JobEvent, type MemoryLog, parseTraceparent, topics } from '../../../core/mod.ts';
import { until } from '../../support/until.ts';
import { asked, cleanUp, newLog, recordsOn, report, start, started } from './support.ts';

afterEach(cleanUp);

const SAMPLED = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const customers = (count: number): string[] => Array.from({ length: count }, (_, index) => `c${index}`);

async function traces(log: MemoryLog, count: number): Promise<readonly (string | undefined)[]> {
  const records = await until('all to be queued', async () => {
    const found = await recordsOn(log.connect(), topics.workflowQueue);
    return found.length === count ? found : null;
  });
  return records.map(({ headers }) => headers.traceparent);
}

const answered: JobEvent = { event: 'answered', step: 0 };

test('of a large run every workflow is in its trace, and about a hundred are sampled, the same ones each time', async () => {
  const sampledIds = async (): Promise<readonly number[]> => {
    const log = await newLog();
    const coordinator = await start(log.connect());
    await coordinator.post({ customerIdentifiers: customers(3_000), runId: 'r' }, { traceparent: SAMPLED });
    const all = await traces(log, 3_000);
    expect(all.every((each) => parseTraceparent(each)?.traceId === SAMPLED.slice(3, 35))).toBe(true);
    return all.flatMap((each, at) => (isSampled(each) ? [at] : []));
  };
  const first = await sampledIds();
  expect(first.length).toBeGreaterThan(60);
  expect(first.length).toBeLessThan(150);
  expect(await sampledIds()).toEqual(first);
});

test('of a small run every workflow is sampled where the caller samples, and none where he does not', async () => {
  for (const [traceparent, sampled] of [
    [SAMPLED, true],
    [SAMPLED.replace(/01$/, '00'), false],
  ] as const) {
    const log = await newLog();
    const coordinator = await start(log.connect());
    await coordinator.post({ customerIdentifiers: customers(20) }, { traceparent });
    const all = await traces(log, 20);
    expect(all.every((each) => isSampled(each) === sampled)).toBe(true);
    expect(all.every((each) => parseTraceparent(each)?.traceId === SAMPLED.slice(3, 35))).toBe(true);
  }
});

test('the trace of a job that nobody sampled, or that has none, is told from its reports', async () => {
  const log = await newLog();
  const coordinator = await start(log.connect());
  const transport = log.connect();
  await transport.publish([
    report('untraced', 1, 'waiting', [started, asked]),
    report('untraced', 3, 'completed', [answered, { event: 'completed', result: null }]),
    {
      ...report('unsampled', 1, 'waiting', [started, asked]),
      headers: { traceparent: SAMPLED.replace(/01$/, '00') },
    },
  ]);
  const untraced = await until('the job', async () => {
    const said = await coordinator.json('/jobs/untraced/trace');
    return said.status === 'completed' ? said : null;
  });
  expect(untraced.traceId).toBeNull();
  expect(untraced.spans).toMatchObject([
    { name: 'bill-generation', parentId: null, depth: 0, status: 'ok', durationMs: 2_000, offsetMs: 0 },
    { name: 'ask customer', depth: 1, status: 'ok', durationMs: 2_000 },
  ]);
  expect(untraced.spans[1].parentId).toBe(untraced.spans[0].spanId);
  const unsampled = await until('the other job', async () => {
    const said = await coordinator.json('/jobs/unsampled/trace');
    return said.spans?.length > 0 ? said : null;
  });
  expect([unsampled.traceId, unsampled.sampled]).toEqual([SAMPLED.slice(3, 35), false]);
  expect(unsampled.spans).toMatchObject([
    { name: 'bill-generation', status: 'open', durationMs: null },
    { name: 'ask customer', status: 'open', durationMs: null },
  ]);
});

test('a question that failed shows as failed, and so does the job', async () => {
  const log = await newLog();
  const coordinator = await start(log.connect());
  const error = { code: 'no-such-customer', message: 'nobody has this number' };
  await log.connect().publish([
    report('w', 1, 'waiting', [started, asked]),
    report('w', 2, 'failed', [
      { event: 'answered', step: 0, error },
      { event: 'failed', error },
    ]),
  ]);
  const { spans } = await until('the job', async () => {
    const said = await coordinator.json('/jobs/w/trace');
    return said.status === 'failed' ? said : null;
  });
  const failure = 'no-such-customer: nobody has this number';
  expect(spans).toMatchObject([
    { name: 'bill-generation', status: 'error', failure },
    { name: 'ask customer', status: 'error', failure },
  ]);
});

test('there is no trace of a job that nobody asked for', async () => {
  const coordinator = await start((await newLog()).connect());
  const answer = await coordinator.get('/jobs/nobody/trace');
  expect(answer.status).toBe(404);
  expect(await answer.json()).toMatchObject({ code: 'no-such-job' });
});
