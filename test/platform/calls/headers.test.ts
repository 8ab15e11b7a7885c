import { afterEach, expect, test } from 'bun:test';
import type { SpanOptions, Telemetry } from '../../../services/platform/telemetry/index.ts';
import { Bench, type BenchOptions, type Server } from './bench.ts';

const TRACE = '00-0af7651916cd43dd8448eb211c80319c';
const benches: Bench[] = [];

afterEach(async () => {
  await Promise.all(benches.splice(0).map((each) => each.close()));
});

function make(options: BenchOptions, count = 1): [Bench, Server[]] {
  const bench = new Bench(options);
  benches.push(bench);
  return [bench, bench.start(count)];
}

interface Recorded {
  readonly name: string;
  readonly options: SpanOptions;
  readonly set: Record<string, unknown>;
  failure?: unknown;
}

/** Records spans; each has a number of its own as its id. */
function recording(): { telemetry: Partial<Telemetry>; spans: Recorded[] } {
  const spans: Recorded[] = [];
  const span: Telemetry['span'] = async (name, options, run) => {
    const recorded: Recorded = { name, options, set: {} };
    const traceparent = `${TRACE}-${String(spans.push(recorded)).padStart(16, '0')}-01`;
    const failed = (error: unknown): void => {
      recorded.failure = error;
    };
    const set = (attributes: object): void => void Object.assign(recorded.set, attributes);
    try {
      return await run({ traceparent, set, rename: () => undefined, fail: failed, end: () => undefined });
    } catch (error) {
      failed(error);
      throw error;
    }
  };
  return { telemetry: { span }, spans };
}

test('each attempt is a span of its own, and the instance is told of that one', async () => {
  const { telemetry, spans } = recording();
  const [bench, servers] = make({ telemetry }, 2);
  for (const each of servers) each.answers(500);
  await bench.outcome('/stock?sku=tea');
  expect(spans).toHaveLength(3);
  const sent = servers.flatMap(({ seen }) => seen.map(({ headers }) => headers.get('traceparent')));
  expect(sent.sort()).toEqual([1, 2, 3].map((each) => `${TRACE}-000000000000000${each}-01`));
  for (const { name, options, failure } of spans) {
    expect([name, options.kind]).toEqual(['GET shop-service', 'client']);
    expect(options.attributes).toMatchObject({ 'http.request.method': 'GET', 'url.path': '/stock' });
    expect(String(failure)).toContain('answered 500');
  }
  for (const each of servers) each.answers(404);
  await bench.outcome();
  expect(spans.at(-1)?.set).toEqual({ 'http.response.status_code': 404 });
  expect(spans.at(-1)?.failure).toBeUndefined();
});

test('where nothing is recorded the trace that is active goes along all the same', async () => {
  const [bench, [server]] = make({ telemetry: { active: () => `${TRACE}-b7ad6b7169203331-00` } });
  await bench.outcome();
  expect(server?.seen[0]?.headers.get('traceparent')).toBe(`${TRACE}-b7ad6b7169203331-00`);
});

test('a token goes along; where there is none the call fails, and is not held against the service', async () => {
  let isAway = false;
  const headers = async (): Promise<Readonly<Record<string, string>>> => {
    if (isAway) throw new Error('the issuer does not answer');
    return { authorization: 'Bearer mine' };
  };
  const [bench, [server]] = make({ auth: { headers } });
  bench.client({ breakAfter: 1 });
  await bench.outcome();
  expect(server?.seen[0]?.headers.get('authorization')).toBe('Bearer mine');
  isAway = true;
  const failure = await bench.failure();
  expect(failure.code).toBe('unreachable');
  expect(failure.message).toContain('no token for calls of shop-service: the issuer does not answer');
  expect(server?.requests).toBe(1);
  expect(bench.client().breaker).toBe('closed');
});
