import { afterEach, expect, test } from 'bun:test';
import type { CallPolicy } from '../../../services/platform/calls/index.ts';
import { until } from '../../support/until.ts';
import { Bench, Server } from './bench.ts';

const benches: Bench[] = [];
const thaws: (() => void)[] = [];
/** One attempt a call, so that calls and requests are the same. */
const PLAIN = {
  attempts: 1,
  breakAfter: 3,
  halfOpenAfterMs: 5_000,
  timeoutMs: 60_000,
  attemptTimeoutMs: 60_000,
};
const STATE = 'circuit_breaker_state{service="shop-service"}';

afterEach(async () => {
  for (const thaw of thaws.splice(0)) thaw();
  await Promise.all(benches.splice(0).map((each) => each.close()));
});

/** One server, a clock that the test moves, and a breaker that opens after three failures. */
function make(policy: CallPolicy | (() => CallPolicy) = PLAIN): [Bench, Server] {
  const bench = new Bench({ isTimed: true });
  benches.push(bench);
  const [server] = bench.start(1);
  if (server === undefined) throw new Error('no server');
  bench.client(policy);
  return [bench, server];
}

async function opened(): Promise<[Bench, Server]> {
  const [bench, server] = make();
  server.answers(500);
  expect(await bench.outcomes(3)).toEqual(['bad-answer', 'bad-answer', 'bad-answer']);
  return [bench, server];
}

test('the breaker opens after so many failures in a row: then nobody is asked', async () => {
  const [bench, server] = await opened();
  expect(bench.client().breaker).toBe('open');
  expect(await bench.metric(STATE)).toBe('2');
  const failure = await bench.failure();
  expect(failure.code).toBe('circuit-open');
  expect(failure.message).toMatch(
    /has failed several times in a row: it is tried again in 5000 ms\. Last: .*500$/,
  );
  expect(server.requests).toBe(3);
});

test('an answer in between begins the count anew', async () => {
  const [bench, server] = make();
  server.answers(500);
  await bench.outcomes(2);
  server.answers(404);
  await bench.outcomes(1);
  server.answers(500);
  await bench.outcomes(2);
  expect(bench.client().breaker).toBe('closed');
});

test('after its time one call is let through, and the others are refused until that has ended', async () => {
  const [bench, server] = await opened();
  bench.nowMs += 4_999;
  expect(await bench.outcome()).toBe('circuit-open');
  bench.nowMs += 1;
  server.answers(200);
  const thaw = server.freeze();
  thaws.push(thaw);
  const trying = bench.outcome();
  await until('it to be let through', () => server.underWay === 1);
  expect(bench.client().breaker).toBe('half-open');
  expect(await bench.metric(STATE)).toBe('1');
  expect(await bench.outcomes(3)).toEqual(['circuit-open', 'circuit-open', 'circuit-open']);
  thaw();
  expect(await trying).toBe(200);
  expect(bench.client().breaker).toBe('closed');
  expect(await bench.metric(STATE)).toBe('0');
  expect(await bench.outcomes(2)).toEqual([200, 200]);
});

test('where the one that is let through fails, it is open for as long again', async () => {
  const [bench, server] = await opened();
  bench.nowMs += 5_000;
  expect(await bench.outcome()).toBe('bad-answer');
  expect(bench.client().breaker).toBe('open');
  bench.nowMs += 4_999;
  expect(await bench.outcome()).toBe('circuit-open');
  bench.nowMs += 1;
  server.answers(200);
  expect(await bench.outcomes(2)).toEqual([200, 200]);
});

test('a caller that gives up the one that was let through does not close it', async () => {
  const [bench, server] = await opened();
  bench.nowMs += 5_000;
  thaws.push(server.freeze());
  const gone = new AbortController();
  const trying = bench.outcome('/', { signal: gone.signal });
  await until('it to be let through', () => server.underWay === 1);
  gone.abort();
  expect(await trying).toBe('aborted');
  await until('it to be open again', () => bench.client().breaker === 'open');
});

test('an instance that is new is tried at once, also while the breaker is open', async () => {
  const [bench, server] = await opened();
  expect(await bench.outcome()).toBe('circuit-open');
  server.answers(200);
  server.startedAt = 'again';
  expect(await bench.outcome()).toBe(200);
  expect(bench.client().breaker).toBe('closed');
});

test('it opens also where no instance is left, and closes with the first that comes', async () => {
  const [bench, server] = make();
  bench.known = () => [];
  expect(await bench.outcomes(4)).toEqual(['no-instance', 'no-instance', 'no-instance', 'circuit-open']);
  bench.known = () => [server];
  expect(await bench.outcomes(2)).toEqual([200, 200]);
});

test('the breaker of one service is not that of another', async () => {
  const [bench] = await opened();
  expect(bench.calls.to('another-service').breaker).toBe('closed');
  expect(bench.calls.to('shop-service').breaker).toBe('open');
});

test('opening and closing are said in the log', async () => {
  const [bench, server] = await opened();
  bench.nowMs += 5_000;
  server.answers(200);
  await bench.outcome();
  const said = bench.logged.map(({ msg }) => msg).filter((msg) => msg.includes('breaker'));
  expect(said).toEqual(['the circuit breaker is open', 'the circuit breaker is closed again']);
});

test('so many calls are under way at most, as many wait, and the next is refused at once', async () => {
  const [bench, server] = make({ ...PLAIN, concurrency: 4 });
  const thaw = server.freeze();
  thaws.push(thaw);
  const held = Array.from({ length: 8 }, () => bench.outcome());
  await until('four to be under way', () => server.underWay === 4);
  expect(await bench.metric('bulkhead_in_flight{service="shop-service"}')).toBe('4');
  const failure = await bench.failure();
  expect(failure.code).toBe('bulkhead-full');
  expect(failure.message).toBe(
    '4 calls of shop-service are under way, and 4 wait: send the same again later.',
  );
  expect(server.underWay).toBe(4);
  thaw();
  expect(new Set(await Promise.all(held))).toEqual(new Set([200]));
  expect(server.requests).toBe(8);
  expect(bench.client().breaker).toBe('closed');
});

test('one service that is frozen does not keep calls of another waiting', async () => {
  const [bench, frozen] = make({ ...PLAIN, concurrency: 200 });
  thaws.push(frozen.freeze());
  const other = new Server();
  bench.servers.push(other); // closed with the others
  bench.known = () => [frozen];
  const beside = new Bench({ addresses: { 'other-service': other.url } });
  benches.push(beside);
  const held = Array.from({ length: 300 }, () => bench.outcome());
  await until('all that may be under way', () => frozen.underWay === 200);
  for (let at = 0; at < 20; at++) expect((await beside.calls.to('other-service').call('/')).status).toBe(200);
  for (const thaw of thaws.splice(0)) thaw();
  expect(new Set(await Promise.all(held))).toEqual(new Set([200]));
});

test('a policy that is a function is asked at each call; the breaker stays where its numbers do', async () => {
  let policy: CallPolicy = PLAIN;
  const [bench, server] = make(() => policy);
  server.answers(500);
  await bench.outcomes(2);
  policy = { ...PLAIN, timeoutMs: 100, attemptTimeoutMs: 50 };
  thaws.push(server.freeze());
  expect(await bench.outcome()).toBe('timeout');
  expect(bench.client().breaker).toBe('open'); // the third in a row
  policy = { ...PLAIN, breakAfter: 4 };
  for (const thaw of thaws.splice(0)) thaw();
  expect(await bench.outcomes(4)).toEqual(['bad-answer', 'bad-answer', 'bad-answer', 'bad-answer']);
  expect(bench.client().breaker).toBe('open');
});

test('what is no number above nothing in a policy counts as left out', async () => {
  const [bench] = make({
    timeoutMs: Number.NaN,
    attempts: 0,
    concurrency: -1,
    breakAfter: Number.POSITIVE_INFINITY,
  });
  expect(await bench.outcomes(2)).toEqual([200, 200]);
});

test('calls are counted by what came of them', async () => {
  const [bench, server] = make();
  await bench.outcomes(2);
  server.answers(500);
  await bench.outcomes(4);
  const counted = await Promise.all(
    ['answered', 'bad-answer', 'circuit-open'].map((outcome) =>
      bench.metric(`calls_total{service="shop-service",outcome="${outcome}"}`),
    ),
  );
  expect(counted).toEqual(['2', '3', '1']);
  expect(await bench.metric('call_duration_seconds_count{service="shop-service"}')).toBe('6');
});
