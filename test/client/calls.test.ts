/** What the client sends again, what it does not, and what it makes of answers that are none. */
import { expect, test } from 'bun:test';
import { pauseBefore } from '../../client/call.ts';
import { type ConnectOptions, connect, type Requite } from '../../client/mod.ts';

type Answer = () => Response | Promise<Response>;

interface Sent {
  readonly url: string;
  readonly init: RequestInit;
}

/** A client whose requests get these answers, one after the other, and what it sent. */
function scripted(
  answers: readonly Answer[],
  options: ConnectOptions = {},
): { requite: Requite; sent: Sent[] } {
  const sent: Sent[] = [];
  const requite = connect('http://coordinator.test', {
    ...options,
    fetch: async (url, init) => {
      const answer = answers[sent.length];
      sent.push({ url, init });
      if (answer === undefined) throw new Error('nobody expected this request');
      return await answer();
    },
  });
  return { requite, sent };
}

const json =
  (value: unknown, status = 200): Answer =>
  () =>
    Response.json(value, { status });
const problem = (status: number, code: string, headers: Readonly<Record<string, string>> = {}): Answer => {
  const document = { type: `urn:requite:problem:${code}`, title: '', status, detail: 'Do this.', code };
  return () => Response.json(document, { status, headers });
};
const broken: Answer = () => Promise.reject(new TypeError('fetch failed'));
const accepted = json({ runId: 'r', count: 1, workflows: [], duplicates: [], links: {} }, 202);
const header = ({ init }: Sent, name: string): string | null => new Headers(init.headers).get(name);

test('a start is sent again with the same idempotency key and body, whatever became of it', async () => {
  const answers = [
    broken,
    problem(503, 'outcome-unknown'),
    () => new Response('gone', { status: 502 }),
    accepted,
  ];
  const { requite, sent } = scripted(answers);
  const run = await requite.start({ customerIdentifiers: ['1'] });
  expect(run.runId).toBe('r');
  const keys = sent.map((each) => header(each, 'idempotency-key'));
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(new Set(keys).size).toBe(1);
  expect(new Set(sent.map(({ init }) => init.body)).size).toBe(1);
  expect(sent).toHaveLength(4);
});

test('two starts have two keys, a run-id needs none, and a key that is given is kept', async () => {
  const { requite, sent } = scripted([accepted, accepted, accepted, accepted]);
  const request = { customerIdentifiers: ['1'] };
  await requite.start(request);
  await requite.start(request);
  await requite.start({ ...request, runId: 'r' });
  await requite.start(request, { idempotencyKey: 'mine' });
  const [one, other, none, mine] = sent.map((each) => header(each, 'idempotency-key'));
  expect(one).not.toBe(other ?? '');
  expect([none, mine]).toEqual([null, 'mine']);
});

test('a command to a job is sent again only where it was refused', async () => {
  const { requite, sent } = scripted([
    problem(429, 'too-many-requests'),
    problem(503, 'view-behind'),
    broken,
  ]);
  await expect(requite.jobs.retry('w')).rejects.toMatchObject({
    status: null,
    code: 'unreachable',
    retryable: true,
  });
  expect(sent).toHaveLength(3);
});

test('what is wrong with the request stays wrong, and is not sent again', async () => {
  const { requite, sent } = scripted([problem(400, 'invalid-page'), problem(500, 'internal-error')]);
  await expect(requite.run('r').get()).rejects.toMatchObject({
    status: 400,
    code: 'invalid-page',
    detail: 'Do this.',
    retryable: false,
  });
  await expect(requite.run('r').get()).rejects.toMatchObject({ code: 'internal-error', retryable: false });
  expect(sent).toHaveLength(2);
});

test('the pause before the next attempt grows up to a limit, and is no shorter than what was asked for', () => {
  const attempts = Array.from({ length: 40 }, (_, attempt) => attempt);
  for (const attempt of attempts) {
    const pauseMs = pauseBefore(attempt, null);
    expect(pauseMs).toBeGreaterThanOrEqual(Math.min(5_000, 200 * 2 ** attempt) / 2);
    expect(pauseMs).toBeLessThanOrEqual(5_000);
    expect(pauseBefore(attempt, 60_000)).toBeGreaterThanOrEqual(60_000);
  }
});

test('gives up where it would have to wait for longer than it may', async () => {
  const asked = problem(503, 'busy', { 'retry-after': '3600' });
  const { requite, sent } = scripted([asked]);
  await expect(requite.run('r').get()).rejects.toMatchObject({ code: 'busy', retryAfterMs: 3_600_000 });
  const never = scripted([broken], { retryForMs: 0 });
  await expect(never.requite.run('r').get()).rejects.toMatchObject({ code: 'unreachable' });
  expect([sent.length, never.sent.length]).toEqual([1, 1]);
});

test('an answer that is cut short is asked for again', async () => {
  const cut: Answer = () =>
    new Response('{"runId":"r","cou', { headers: { 'content-type': 'application/json' } });
  const { requite, sent } = scripted([cut, json({ runId: 'r', count: 2 })]);
  expect((await requite.run('r').get()).count).toBe(2);
  expect(sent).toHaveLength(2);
});

test('an answer that never comes is given up', async () => {
  const never = connect('http://coordinator.test', {
    timeoutMs: 10,
    retryForMs: 0,
    fetch: (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason));
      }),
  });
  await expect(never.run('r').get()).rejects.toMatchObject({
    code: 'timeout',
    status: null,
    retryable: true,
  });
});

test('a signal ends a call, also between two attempts, with its reason', async () => {
  const why = new Error('enough');
  const controller = new AbortController();
  const { requite, sent } = scripted([
    () => {
      queueMicrotask(() => controller.abort(why));
      return Response.json({}, { status: 503, headers: { 'retry-after': '30' } });
    },
  ]);
  await expect(requite.run('r').get({ signal: controller.signal })).rejects.toBe(why);
  await expect(requite.run('r').get({ signal: AbortSignal.abort(why) })).rejects.toBe(why);
  expect(sent.length).toBeLessThanOrEqual(2);
});

test('asks for its token before each attempt, and sends none where it has none', async () => {
  let count = 0;
  const token = async (): Promise<string> => `token-${++count}`;
  const own = scripted([problem(503, 'busy'), json({ runId: 'r' })], { token });
  await own.requite.run('r').get();
  expect(own.sent.map((each) => header(each, 'authorization'))).toEqual(['Bearer token-1', 'Bearer token-2']);
  const open = scripted([json({ runId: 'r' })]);
  await open.requite.run('r').get();
  expect(open.sent.map((each) => header(each, 'authorization'))).toEqual([null]);
});

test('puts ids into paths percent-encoded, below a path of its own', async () => {
  const sent: string[] = [];
  const below = connect('https://bills.test/requite/', {
    fetch: async (url) => {
      sent.push(url);
      return Response.json({});
    },
  });
  await below.jobs.get('a/b?c d');
  await below.run('r').get({ limit: 5 });
  expect(sent).toEqual([
    'https://bills.test/requite/jobs/a%2Fb%3Fc%20d',
    'https://bills.test/requite/runs/r?limit=5',
  ]);
});
