import { afterEach, expect, test } from 'bun:test';
import { until } from '../../support/until.ts';
import { Bench, type Server } from './bench.ts';

const benches: Bench[] = [];
const thaws: (() => void)[] = [];

afterEach(async () => {
  for (const thaw of thaws.splice(0)) thaw();
  await Promise.all(benches.splice(0).map((each) => each.close()));
});

function make(count: number, options: ConstructorParameters<typeof Bench>[0] = {}): [Bench, Server[]] {
  const bench = new Bench(options);
  benches.push(bench);
  return [bench, bench.start(count)];
}

const requests = (servers: readonly Server[]): number[] => servers.map((each) => each.requests);

test('calls are spread over all instances, and each answer names who gave it', async () => {
  const [bench, servers] = make(3);
  for (let at = 0; at < 90; at++) {
    const { servedBy, body } = await bench.client().call('/x');
    expect(body).toEqual({ of: servedBy });
  }
  expect(requests(servers).reduce((sum, each) => sum + each)).toBe(90);
  for (const count of requests(servers)) expect(count).toBeGreaterThan(10);
});

test('an instance that is busy gets less than its share', async () => {
  const [bench, [busy, ...others]] = make(3);
  if (busy === undefined) throw new Error('no server');
  thaws.push(busy.freeze());
  const policy = { timeoutMs: 60_000, attemptTimeoutMs: 60_000 };
  bench.client(policy);
  let ended = 0;
  const held = Array.from({ length: 9 }, async () => {
    await bench.client().call('/');
    ended++;
  });
  await until('some to lie with it, and the others to be answered', () => {
    return busy.underWay > 0 && busy.underWay + ended === held.length;
  });
  const before = busy.requests;
  // of any two, the one with fewer under way: it is chosen only against nobody
  for (let at = 0; at < 40; at++) await bench.client().call('/');
  expect(busy.requests - before).toBe(0);
  expect(requests(others).reduce((sum, each) => sum + each)).toBeGreaterThanOrEqual(40);
  for (const thaw of thaws.splice(0)) thaw();
  await Promise.all(held);
});

test('an instance that is new is used, one that has left is not', async () => {
  const [bench, [first]] = make(1);
  await bench.outcomes(3);
  const [second] = bench.start(1);
  await bench.outcomes(30);
  expect(second?.requests).toBeGreaterThan(3);
  const before = first?.requests;
  bench.known = () => bench.servers.slice(1);
  expect(new Set(await bench.outcomes(10))).toEqual(new Set([200]));
  expect(first?.requests).toBe(before ?? -1);
});

test('one that says that it is not ready is asked only where no other is', async () => {
  const [bench, [idle, other]] = make(2);
  if (idle === undefined || other === undefined) throw new Error('no servers');
  idle.health = 'log: waiting for the log';
  await bench.outcomes(20);
  expect([idle.requests, other.requests]).toEqual([0, 20]);
  other.health = 'disk full';
  await bench.outcomes(30);
  expect(idle.requests).toBeGreaterThan(0);
});

test('one that does not answer any more is not asked while there is another, until it may have recovered', async () => {
  const [bench, [dead, other]] = make(2, { isTimed: true });
  await dead?.kill();
  expect(new Set(await bench.outcomes(30))).toEqual(new Set([200]));
  expect(other?.requests).toBe(30);
  expect(await bench.metric('call_attempts_total{service="shop-service",outcome="unreachable"}')).toBe('1');
  bench.nowMs += 1_000;
  await bench.outcomes(30);
  expect(await bench.metric('call_attempts_total{service="shop-service",outcome="unreachable"}')).toBe('2');
  bench.nowMs += 1_000; // twice as long the second time
  await bench.outcomes(30);
  expect(await bench.metric('call_attempts_total{service="shop-service",outcome="unreachable"}')).toBe('2');
});

test('where all have just failed they are asked all the same', async () => {
  const [bench, servers] = make(2, { isTimed: true });
  for (const each of servers) each.answers(500);
  expect(await bench.outcome()).toBe('bad-answer');
  for (const each of servers) each.answers(200);
  expect(await bench.outcomes(3)).toEqual([200, 200, 200]);
});

test('with a static address that one is called, and nobody is looked up', async () => {
  const there = new Bench();
  benches.push(there);
  const [server] = there.start(1);
  const [bench, others] = make(2, { addresses: { 'shop-service': `${server?.url}/base/` } });
  let path = '';
  if (server !== undefined)
    server.handle = (request) => {
      path = new URL(request.url).pathname;
      return Response.json('here');
    };
  const answer = await bench.client().call('/things?x=1');
  expect([answer.body, answer.servedBy, path]).toEqual(['here', `${server?.url}/base/`, '/base/things']);
  expect(requests(others)).toEqual([0, 0]);
});

test('where no instance is alive the failure says so, and what to do', async () => {
  const [bench] = make(0);
  const failure = await bench.failure();
  expect([failure.code, failure.service]).toEqual(['no-instance', 'shop-service']);
  expect(failure.message).toBe('No instance of shop-service is alive: start it, or name its address.');
  bench.readiness = 'There is no topic "instances".';
  expect((await bench.failure()).message).toContain('not there yet (There is no topic "instances".)');
});
