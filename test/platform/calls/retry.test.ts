import { afterEach, expect, test } from 'bun:test';
import { until } from '../../support/until.ts';
import { Bench, type Server } from './bench.ts';

const benches: Bench[] = [];
const thaws: (() => void)[] = [];
const PATIENT = { timeoutMs: 60_000, attemptTimeoutMs: 60_000 };

afterEach(async () => {
  for (const thaw of thaws.splice(0)) thaw();
  await Promise.all(benches.splice(0).map((each) => each.close()));
});

function make(count: number, options: ConstructorParameters<typeof Bench>[0] = {}): [Bench, Server[]] {
  const bench = new Bench(options);
  benches.push(bench);
  return [bench, bench.start(count)];
}

const total = (servers: readonly Server[]): number =>
  servers.reduce((sum, { requests }) => sum + requests, 0);

for (const status of [500, 503, 429]) {
  test(`a GET that is answered ${status} is sent to another instance`, async () => {
    const [bench, [bad, good]] = make(2);
    bad?.answers(status);
    expect(new Set(await bench.outcomes(20))).toEqual(new Set([200]));
    expect(good?.requests).toBe(20);
  });
}

test('an instance that breaks off under a GET: another gives the answer', async () => {
  const [bench, servers] = make(2);
  bench.client(PATIENT);
  for (const each of servers) thaws.push(each.freeze());
  const waiting = bench.client().call('/');
  const asked = await until('one to be asked', () => servers.find(({ underWay }) => underWay > 0));
  for (const thaw of thaws.splice(0).filter((_, at) => servers[at] !== asked)) thaw();
  await asked.kill();
  const { status, servedBy } = await waiting;
  expect([status, servedBy === asked.url]).toEqual([200, false]);
});

test('an instance that is slower than an attempt may last: another gives the answer', async () => {
  const [bench, [slow, quick]] = make(2);
  bench.client({ timeoutMs: 60_000, attemptTimeoutMs: 100 });
  if (slow !== undefined) thaws.push(slow.freeze());
  for (let at = 0; at < 10; at++) expect((await bench.client().call('/')).servedBy).toBe(quick?.url ?? '');
  expect(await bench.metric('call_attempts_total{service="shop-service",outcome="timeout"}')).toBe('1');
});

test('what is not idempotent is sent once where it may have got through', async () => {
  const [bench, servers] = make(2);
  bench.client({ ...PATIENT, attemptTimeoutMs: 100 });
  for (const each of servers) each.answers(500);
  expect(await bench.outcome('/', { method: 'POST', body: {} })).toBe('bad-answer');
  expect(total(servers)).toBe(1);
  for (const each of servers) thaws.push(each.freeze());
  expect(await bench.outcome('/', { method: 'PATCH' })).toBe('timeout');
  expect(total(servers)).toBe(2);
  bench.client(PATIENT);
  const waiting = bench.outcome('/', { method: 'POST' });
  const asked = await until('one to be asked', () =>
    servers.find(({ seen }) => seen.at(-1)?.method === 'POST' && seen.at(-1)?.body === ''),
  );
  await asked.kill();
  expect(await waiting).toBe('unreachable');
  expect(total(servers)).toBe(3);
});

test('what is not idempotent is sent again where it surely did not get through', async () => {
  const [bench, [dead, busy, good]] = make(3, { isTimed: true });
  await dead?.kill();
  busy?.answers(429);
  const post = { method: 'POST', body: { x: 1 } } as const;
  for (let at = 0; at < 20; at++) {
    expect(await bench.outcome('/', post)).toBe(200);
    bench.nowMs += 60_000; // nobody is avoided any more
  }
  expect(good?.requests).toBe(20);
});

test('what its caller calls idempotent is sent again, whatever its method', async () => {
  const [bench, [bad, good]] = make(2);
  bad?.answers(500);
  for (let at = 0; at < 10; at++)
    expect(await bench.outcome('/', { method: 'POST', isIdempotent: true })).toBe(200);
  expect(good?.requests).toBe(10);
  bench.known = () => bench.servers.slice(0, 1);
  const before = bad?.requests ?? 0;
  expect(await bench.outcome('/', { isIdempotent: false })).toBe('bad-answer');
  expect((bad?.requests ?? 0) - before).toBe(1);
});

test('a client error is an answer, and nobody else is asked', async () => {
  const [bench, servers] = make(2);
  for (const each of servers) each.answers(409, { short: ['tea'] });
  const { status, body } = await bench.client().call('/');
  expect([status, body]).toEqual([409, { short: ['tea'] }]);
  expect(total(servers)).toBe(1);
});

test('where all answer 429, that is the answer; where all fail, the failure says what they said', async () => {
  const [bench, servers] = make(2);
  for (const each of servers) each.answers(429);
  expect(await bench.outcome()).toBe(429);
  expect(total(servers)).toBe(3);
  for (const each of servers) each.answers(503, { detail: 'The stock is being counted.' });
  const failure = await bench.failure();
  expect(failure.code).toBe('bad-answer');
  expect(failure.message).toMatch(
    /^shop-service failed: http:\/\/127\.0\.0\.1:\d+ answered 503: The stock is being counted\.\. Look at/,
  );
});

test('a body goes out and comes in as JSON; one that is none, or too large, is no answer', async () => {
  const [bench, [server]] = make(1);
  if (server === undefined) throw new Error('no server');
  const headers = { 'x-mine': 'yes' };
  await bench.client().call('/', { method: 'PUT', body: { tea: 3 }, headers });
  const [put] = server.seen;
  expect([put?.method, put?.body]).toEqual(['PUT', '{"tea":3}']);
  expect(put?.headers.get('content-type')).toBe('application/json');
  expect(put?.headers.get('x-mine')).toBe('yes');
  server.handle = () => new Response(null, { status: 204 });
  expect((await bench.client().call('/')).body).toBeUndefined();
  server.handle = () => new Response('<html>', { status: 404 });
  expect((await bench.client().call('/')).body).toBeUndefined();
  server.handle = () => new Response('<html>');
  expect((await bench.failure()).message).toContain('what is no JSON');
  const large = new Uint8Array(1024 * 1024);
  server.handle = () =>
    new Response(
      new ReadableStream({
        pull: (controller) => controller.enqueue(large),
      }),
    );
  expect((await bench.failure()).message).toContain('has over 16777216 bytes');
});

test('what is sent once goes over a connection of its own', async () => {
  const [bench, [server]] = make(1);
  for (const method of ['GET', 'GET', 'POST', 'POST', 'GET'] as const)
    await bench.client().call('/', { method });
  const [first, ...others] = server?.seen.map(({ port }) => port) ?? [];
  expect([others[0], others[3]]).toEqual([first, first]);
  expect(new Set([first, others[1], others[2]]).size).toBe(3);
});

test('a caller that gives up ends its call, at the instance too, and is not held against the service', async () => {
  const [bench, [server]] = make(1);
  bench.client({ ...PATIENT, breakAfter: 1 });
  let hasEnded = false;
  if (server !== undefined)
    server.handle = async (request) => {
      await until('the caller to go', () => request.signal.aborted);
      hasEnded = true;
      return Response.json(null);
    };
  const gone = new AbortController();
  const waiting = bench.outcome('/', { signal: gone.signal });
  await until('the request', () => server?.underWay === 1);
  gone.abort();
  expect(await waiting).toBe('aborted');
  await until('the request to end', () => hasEnded);
  expect(await bench.outcome('/', { signal: gone.signal })).toBe('aborted');
  expect(bench.client().breaker).toBe('closed');
});

test('a call ends at its own limit, whatever its attempts are at', async () => {
  const [bench, [server]] = make(1);
  bench.client({ timeoutMs: 150, attemptTimeoutMs: 60_000 });
  if (server !== undefined) thaws.push(server.freeze());
  const failure = await bench.failure();
  expect(failure.code).toBe('timeout');
  expect(failure.message).toContain('shop-service did not answer within 150 ms');
});

test('a path that begins with no slash is refused', async () => {
  const [bench] = make(1);
  await expect(bench.client().call('http://elsewhere/')).rejects.toThrow('begin it with a slash');
});
