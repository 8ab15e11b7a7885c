import { afterEach, expect, test } from 'bun:test';
import { pino } from 'pino';
import { Door } from '../../../services/platform/http/door.ts';
import { DEFAULT_LIMITS, type RequestLimits } from '../../../services/platform/http/limits.ts';
import { type Listening, listen } from '../../../services/platform/http/listen.ts';
import { Registry } from '../../../services/platform/http/metrics.ts';
import { until } from '../../support/until.ts';
import { RawConnection } from './raw.ts';
import { json, sampleApp } from './support.ts';

const open: Listening[] = [];
afterEach(async () => {
  for (const listening of open.splice(0)) await listening.stop();
});

function serve(limits: Partial<RequestLimits> = {}, sample = sampleApp()) {
  const registry = new Registry();
  // a clock that stands still: however slow the machine is, no token comes back
  const door = new Door({ limits: { ...DEFAULT_LIMITS, ...limits }, registry, nowMs: () => 0 });
  const listening = listen(sample.app, '127.0.0.1', 0, door);
  open.push(listening);
  return { url: listening.url, registry, ...sample };
}

const get = (url: string, forwardedFor?: string): Promise<Response> =>
  fetch(url, forwardedFor === undefined ? {} : { headers: { 'x-forwarded-for': forwardedFor } });

test('more requests than the rate of a client get 429 and Retry-After, and the refusals are counted', async () => {
  const { url, registry } = serve({ perSecond: 1 });
  const answers = [await get(`${url}/accepted`), await get(`${url}/accepted`), await get(`${url}/accepted`)];
  expect(answers.map(({ status }) => status)).toEqual([202, 202, 429]);
  expect(answers[2]?.headers.get('retry-after')).toBe('1');
  expect(await answers[2]?.json()).toMatchObject({ code: 'too-many-requests', status: 429 });
  expect(await registry.metrics()).toContain('requite_http_refused_total{reason="rate"} 1');
});

test('X-Forwarded-For counts for nothing until it is trusted: a client can not pass for many', async () => {
  const { url } = serve({ perSecond: 1 });
  const of = async (forwardedFor: string) => (await get(`${url}/accepted`, forwardedFor)).status;
  expect([await of('10.0.0.1'), await of('10.0.0.2'), await of('10.0.0.3')]).toEqual([202, 202, 429]);
});

test('behind a trusted proxy each client has a rate of its own, by the address that the proxy wrote', async () => {
  const { url } = serve({ perSecond: 1, trustedProxies: 1 });
  const of = async (forwardedFor: string) => (await get(`${url}/accepted`, forwardedFor)).status;
  const made = 'what the client made up';
  expect([await of(`${made}, 10.0.0.1`), await of('10.0.0.1'), await of('6.6.6.6, 10.0.0.1')]).toEqual([
    202, 202, 429,
  ]);
  expect(await of('10.0.0.1, 10.0.0.2')).toBe(202);
});

test('more requests of a client at once than its limit get 429; when one has ended the next is let in', async () => {
  const sample = sampleApp();
  const { promise, resolve } = Promise.withResolvers<void>();
  let waiting = 0;
  sample.app.get('/waits', async () => {
    waiting++;
    await promise;
    return { done: true };
  });
  const { url } = serve({ atOnce: 2 }, sample);
  const first = [get(`${url}/waits`), get(`${url}/waits`)];
  await until('both to wait', () => waiting === 2, 5_000);
  const refused = await get(`${url}/accepted`);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
  resolve();
  expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200]);
  expect((await get(`${url}/accepted`)).status).toBe(202);
});

const PAGES = ['/docs', '/docs/start.js'];
const OTHERS = ['/accepted', '/fails', '/nowhere', '/health/live', '/metrics', '/openapi.json', '/runs?x=1'];
for (const path of [...PAGES, ...OTHERS])
  test(`the answer to GET ${path} has the headers that keep browsers from making more of it`, async () => {
    const { headers } = await get(`${serve().url}${path}`);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('content-security-policy')).toContain(
      path === '/docs' ? "default-src 'self'" : "default-src 'none'",
    );
    expect(headers.get('cache-control')).toBe(
      path === '/docs/start.js' ? 'public, max-age=3600' : 'no-store',
    );
    for (const name of ['server', 'x-powered-by', 'strict-transport-security'])
      expect(headers.has(name)).toBe(false);
  });

test('Strict-Transport-Security is sent where the setting says that there is TLS', async () => {
  const { url } = serve({ hstsSeconds: 86_400 });
  expect((await get(`${url}/accepted`)).headers.get('strict-transport-security')).toBe(
    'max-age=86400; includeSubDomains',
  );
});

test('a body that dribbles is ended after its time, with 408, and its connection with it', async () => {
  const { url } = serve({}, sampleApp({ bodySeconds: 0.3 }));
  const slow = await RawConnection.open(url);
  slow.write(
    'POST /any HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n"',
  );
  slow.dribble('x', 20);
  await until('the connection to be closed', () => slow.isClosed, 20_000);
  expect(slow.heard).toStartWith('HTTP/1.1 408');
  expect(slow.heard).toContain('did not come within 0.3 s');
});

test('headers that dribble, and a connection that says nothing, are ended by the runtime; others are served meanwhile', async () => {
  const { url } = serve();
  const slow = await RawConnection.open(url);
  slow.write('GET /accepted HTTP/1.1\r\nHost: localhost\r\n');
  slow.dribble('X-A: a\r\n', 250);
  const silent = await RawConnection.open(url);
  expect((await get(`${url}/accepted`)).status).toBe(202);
  await until('both to be closed', () => slow.isClosed && silent.isClosed, 40_000);
  expect([slow.heard, silent.heard]).toEqual(['', '']);
});

const heads: readonly [what: string, head: string, status: number][] = [
  [
    'a head of more than 16 KiB',
    `GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ${'a'.repeat(17_000)}\r\n\r\n`,
    431,
  ],
  ['200 headers', `GET / HTTP/1.1\r\nHost: localhost\r\n${'X-A: a\r\n'.repeat(200)}\r\n`, 431],
  [
    'two lengths',
    'POST /any HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n12',
    400,
  ],
  [
    'a length and chunks, as requests are smuggled',
    'POST /any HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    400,
  ],
  ['a header with NUL', 'GET / HTTP/1.1\r\nHost: localhost\r\nX-A: a\0b\r\n\r\n', 400],
  ['no Host', 'GET /accepted HTTP/1.1\r\n\r\n', 400],
  ['no Host, as HTTP/1.0 allows', 'GET /accepted HTTP/1.0\r\n\r\n', 400],
  ['what is no HTTP', '\x16\x03\x01\x02\x00\x01\r\n\r\n', 400],
];
for (const [what, head, status] of heads)
  test(`answers ${what} with ${status}, and goes on`, async () => {
    const { url } = serve();
    const raw = await RawConnection.open(url);
    raw.write(head);
    await until('an answer', () => raw.heard !== '', 10_000);
    raw.close();
    expect(raw.heard).toStartWith(`HTTP/1.1 ${status} `);
    expect((await get(`${url}/accepted`)).status).toBe(202);
  });

const addresses: readonly [what: string, path: string, status: number, code: string][] = [
  ['an escape that is none', '/things/%zz', 400, 'malformed-path'],
  ['escapes that are no UTF-8', '/things/%ff', 400, 'malformed-path'],
  ['a part of more than 512 characters', `/things/${'x'.repeat(513)}`, 414, 'path-too-long'],
  ['a path of more than 4,096 characters', `/things/${'%E2%82%AC'.repeat(460)}`, 414, 'path-too-long'],
];
for (const [what, path, status, code] of addresses)
  test(`answers ${what} with ${status} ${code}`, async () => {
    const response = await get(`${serve().url}${path}`);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ status, code });
  });

test('a part of a path is decoded once', async () => {
  const { url } = serve();
  const idOf = async (path: string) =>
    ((await (await get(`${url}/things/${path}`)).json()) as { id: string }).id;
  expect(await idOf('%252e%252e%252fetc')).toBe('%2e%2e%2fetc');
  expect(await idOf('..%2f..%2fetc%2fpasswd')).toBe('../../etc/passwd');
  expect(await idOf(encodeURIComponent('€'.repeat(256)))).toBe('€'.repeat(256));
});

test('what is thrown outside of any route gives nothing away but an id that finds it in the log', async () => {
  const logged: string[] = [];
  const door = new Door({ logger: pino({}, { write: (line: string) => void logged.push(line) }) });
  const request = new Request('http://localhost/x');
  const response = await door.answer(request, null, () => {
    throw new Error('/srv/requite/secret.ts');
  });
  const { id, ...rest } = (await response.json()) as { id: string };
  expect([response.status, JSON.stringify(rest).includes('secret')]).toEqual([500, false]);
  expect(logged.join()).toContain(id);
  expect(logged.join()).toContain('/srv/requite/secret.ts');
});

test('a long body that nobody reads is not waited for: the answer comes, and the connection ends', async () => {
  const { url } = serve();
  const raw = await RawConnection.open(url);
  raw.write('POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000000\r\n\r\n');
  raw.dribble('x'.repeat(1000), 20);
  await until('the connection to be closed', () => raw.isClosed, 20_000);
  expect(raw.heard).toStartWith('HTTP/1.1 404');
});

test('OPTIONS says what is possible, of a path that there is; HEAD is GET without a body', async () => {
  const { url } = serve();
  const options = await fetch(`${url}/things/1`, { method: 'OPTIONS' });
  expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS']);
  expect((await fetch(`${url}/nowhere`, { method: 'OPTIONS' })).status).toBe(404);
  const head = await fetch(`${url}/nowhere`, { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([404, '']);
  expect((await fetch(`${url}/named`, { method: 'HEAD' })).status).toBe(405);
  expect((await fetch(`${url}/named`, { method: 'TRACE' }).catch(() => null))?.status ?? 405).toBe(405);
});

test('a compressed body is not taken: a small one could become anything', async () => {
  const { url } = serve();
  const { headers } = json('');
  const body = Bun.gzipSync('{"name":"x"}');
  const init = { method: 'POST', body, headers: { ...(headers as object), 'content-encoding': 'gzip' } };
  expect((await fetch(`${url}/any`, init)).status).toBe(415);
});
