import { afterAll, beforeAll, expect, test } from 'bun:test';
import { connect } from 'node:net';
import type { Elysia } from 'elysia';
import { pino } from 'pino';
import { type Auth, openAuth } from '../../../services/platform/auth/index.ts';
import { listen, listenEarly } from '../../../services/platform/http/listen.ts';
import { ask, guardedApp } from './guarded-app.ts';
import { LittleIssuer } from './little-issuer.ts';

let issuer: LittleIssuer;
let auth: Auth;
let app: Elysia;
const logger = pino({ level: 'silent' });

beforeAll(async () => {
  issuer = await LittleIssuer.start();
  auth = openAuth({
    oidc: {
      issuer: issuer.url,
      audience: 'requite',
      client: null,
      people: { id: 'requite-people', secret: null },
    },
    logger,
  });
  app = guardedApp(auth);
});
afterAll(() => issuer.stop());

const tokenWith = (...roles: readonly string[]): Promise<string> => issuer.token({ realm_access: { roles } });
const json = (value: unknown): RequestInit => ({
  body: JSON.stringify(value),
  headers: { 'content-type': 'application/json' },
});

test.each(['/open', '/health/live', '/health/ready', '/openapi.json'])(
  '%s needs no token, and looks at none',
  async (path) => {
    expect((await ask(app, `GET ${path}`)).status).toBe(200);
    expect((await ask(app, `GET ${path}`, 'garbage')).status).toBe(200);
  },
);

test('the pages of the API need no token', async () => {
  expect((await app.handle(new Request('http://localhost/docs'))).status).toBe(200);
  expect((await app.handle(new Request('http://localhost/docs/swagger-ui.css'))).status).toBe(200);
});

test.each(['GET /undecided', 'GET /bills', 'POST /runs', 'GET /orders/1', 'GET /metrics'])(
  '%s needs a token',
  async (route) => {
    const { status, headers, body } = await ask(app, route);
    expect({ status, code: body.code, type: headers.get('content-type') }).toEqual({
      status: 401,
      code: 'no-token',
      type: 'application/problem+json',
    });
    expect(headers.get('www-authenticate')).toBe('Bearer realm="requite"');
  },
);

test('a route that does not say who may use it takes any good token, and no bad one', async () => {
  expect((await ask(app, 'GET /undecided', await tokenWith())).body).toEqual({ by: 'alice' });
  expect((await ask(app, 'GET /undecided', 'garbage')).status).toBe(401);
});

test.each<[string, string, number]>([
  ['run-starter', 'POST /runs', 200],
  ['run-starter', 'GET /bills', 200],
  ['bill-reader', 'GET /bills', 200],
  ['bill-reader', 'POST /runs', 403],
  ['order-reader', 'GET /bills', 403],
  ['order-reader', 'GET /orders/7', 200],
  ['operator', 'GET /orders/7', 403],
  ['service', 'POST /runs', 200],
  ['admin', 'GET /orders/7', 200],
])('the role %s asking %s gets %i', async (role, route, status) => {
  expect((await ask(app, route, await tokenWith(role))).status).toBe(status);
});

test('a refusal names the roles that will do and those that the token has', async () => {
  const { headers, body } = await ask(app, 'GET /bills', await tokenWith('operator', 'order-reader'));
  expect(body).toMatchObject({
    code: 'role-missing',
    detail:
      'This needs one of the roles bill-reader, run-starter; the token of alice has operator, order-reader. Ask whoever gives roles for it.',
  });
  expect(headers.get('www-authenticate')).toContain('error="insufficient_scope"');
  expect((await ask(app, 'POST /runs', await tokenWith())).body.detail).toContain(
    'has no role that counts here',
  );
});

test('who asks is known to the route, and its body is read', async () => {
  const { body } = await ask(app, 'POST /runs', await tokenWith('run-starter'), json({ customers: [1] }));
  expect(body).toEqual({ by: 'alice', body: { customers: [1] } });
});

test('a request is refused before its body is read', async () => {
  let read = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull: (stream) => {
        read++;
        stream.enqueue(new TextEncoder().encode('{'));
      },
    },
    { highWaterMark: 0 },
  );
  const headers = { 'content-type': 'application/json' };
  expect((await ask(app, 'POST /runs', 'garbage', { body, headers })).status).toBe(401);
  expect(read).toBe(0);
});

test('a refused body does not spoil the connection for the next request', async () => {
  const listening = listen(app, '127.0.0.1', 0);
  try {
    const body = 'x'.repeat(200_000);
    const refused = `POST /runs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const said = await exchange(
      listening.port,
      `${refused}GET /open HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    );
    expect(said.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 401', 'HTTP/1.1 200']);
  } finally {
    await listening.stop();
  }
});

test.each(['HEAD /bills', 'HEAD /undecided'])('%s is refused as GET is', async (route) => {
  const listening = listen(app, '127.0.0.1', 0);
  try {
    const [method = '', path = ''] = route.split(' ');
    expect((await fetch(`${listening.url}${path}`, { method })).status).toBe(401);
    const headers = { authorization: `Bearer ${await tokenWith('bill-reader')}` };
    expect((await fetch(`${listening.url}${path}`, { method, headers })).status).toBe(200);
  } finally {
    await listening.stop();
  }
});

test.each([
  'GET //bills',
  'GET /bills/',
  'GET /bills?x',
  'GET /%62ills',
  'GET /orders/1/',
  'GET /orders/%2e%2e',
  'GET /./bills',
])('no other spelling of a path gets past: %s', async (route) => {
  expect([401, 404, 405]).toContain((await ask(app, route)).status);
});

test('where a short host name makes the framework see another path, that one is guarded', async () => {
  expect((await app.handle(new Request('http://a/xxx/bills'))).status).toBe(401);
});

test('a path that is not there is told to whoever asks', async () => {
  expect((await ask(app, 'GET /nothing')).status).toBe(404);
  expect((await ask(app, 'DELETE /bills')).status).toBe(405);
});

test('with the issuer away it is 503 with when to try again, not 401', async () => {
  const gone = await LittleIssuer.start();
  const token = await gone.token();
  const oidc = {
    issuer: gone.url,
    audience: 'requite',
    client: null,
    people: { id: 'requite-people', secret: null },
  };
  await gone.stop();
  const { status, headers, body } = await ask(guardedApp(openAuth({ oidc, logger })), 'GET /bills', token);
  expect({ status, code: body.code }).toEqual({ status: 503, code: 'issuer-unavailable' });
  expect(headers.get('retry-after')).toBe('2');
});

test('a service that is only starting keeps its metrics to operators as well', async () => {
  const readiness = async () => ({ ready: false, checks: { log: 'waiting' } });
  const options = { name: 'crm', title: 'Sample', description: '', logger, readiness, auth };
  const listening = listenEarly(options, '127.0.0.1', 0);
  try {
    expect((await fetch(`${listening.url}/metrics`)).status).toBe(401);
    const headers = { authorization: `Bearer ${await tokenWith('operator')}` };
    expect((await fetch(`${listening.url}/metrics`, { headers })).status).toBe(200);
    expect((await fetch(`${listening.url}/health/live`)).status).toBe(200);
  } finally {
    await listening.stop();
  }
});

test('the API says which roles each route takes, any one of them, and what needs no token', async () => {
  const { body } = await ask(app, 'GET /openapi.json');
  expect(body).toMatchObject({
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
    paths: {
      '/open': { get: { security: [] } },
      '/undecided': { get: { security: [{ bearer: [] }] } },
      '/bills': { get: { security: [{ bearer: ['bill-reader'] }, { bearer: ['run-starter'] }] } },
      '/metrics': { get: { security: [{ bearer: ['operator'] }] } },
    },
  });
});

test('where no issuer is set nobody is asked, and the API says nothing of tokens', async () => {
  const open = guardedApp(openAuth({ oidc: null, logger }));
  expect((await ask(open, 'POST /runs', null, json([1]))).body).toEqual({ by: null, body: [1] });
  expect((await ask(open, 'GET /bills', 'garbage')).body).toEqual({ by: null });
  expect(JSON.stringify((await ask(open, 'GET /openapi.json')).body)).not.toContain('securitySchemes');
});

/** Sends bytes and gives back what came until the other side closed. */
function exchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (chunk) => {
      said += chunk.toString();
    });
    socket.on('end', () => resolve(said));
    socket.on('error', reject);
  });
}
