import { afterEach, beforeEach, expect, test } from 'bun:test';
import { pino } from 'pino';
import { type Auth, openAuth } from '../../../services/platform/auth/index.ts';
import { until } from '../../support/until.ts';
import { LittleIssuer } from './little-issuer.ts';

let issuer: LittleIssuer;
let auth: Auth;
let logged: string[];
/** The clock of the service stands, but for what the test sets it ahead, in milliseconds. */
let ahead: number;

beforeEach(async () => {
  issuer = await LittleIssuer.start();
  logged = [];
  ahead = 0;
  const began = Date.now();
  const logger = pino({ level: 'info' }, { write: (line: string) => void logged.push(line) });
  const oidc = {
    issuer: issuer.url,
    audience: 'requite',
    client: { id: 'our services', secret: 'a:b/c' },
    people: { id: 'requite-people', secret: null },
  };
  auth = openAuth({ oidc, logger, now: () => began + ahead });
});
afterEach(() => issuer.stop());

test('a token is fetched once for many calls, by the id and secret, each encoded', async () => {
  const headers = await Promise.all(Array.from({ length: 20 }, () => auth.headers()));
  expect(new Set(headers.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer token-1']));
  expect(issuer.countOf('/token')).toBe(1);
  expect(issuer.lastAuthorization).toBe(`Basic ${btoa('our%20services:a%3Ab%2Fc')}`);
});

test('it is renewed before it ends, without anybody waiting', async () => {
  await auth.headers();
  ahead = 260_000;
  expect(await auth.headers()).toEqual({ authorization: 'Bearer token-1' });
  ahead = 271_000;
  expect(await auth.headers()).toEqual({ authorization: 'Bearer token-1' });
  await until('the next token', async () => (await auth.headers()).authorization === 'Bearer token-2');
  expect(issuer.countOf('/token')).toBe(2);
});

test('one that has ended is not sent', async () => {
  await auth.headers();
  ahead = 299_000;
  expect(await auth.headers()).toEqual({ authorization: 'Bearer token-2' });
});

test('with the issuer away the one that we have serves to its end; then it is 503, and over once the issuer is back', async () => {
  await auth.headers();
  issuer.instead.set('/token', () => new Response(null, { status: 503 }));
  ahead = 280_000;
  for (let at = 0; at < 10; at++) expect(await auth.headers()).toEqual({ authorization: 'Bearer token-1' });
  await until('the failure to be noticed', () => logged.length > 0);
  ahead = 300_000;
  await expect(auth.headers()).rejects.toMatchObject({ status: 503, code: 'issuer-unavailable' });
  await expect(auth.headers()).rejects.toMatchObject({ status: 503 });
  // the first in the background, the second in vain; the third of these within a second of it
  expect(issuer.countOf('/token')).toBe(3);
  issuer.instead.clear();
  ahead = 302_000;
  expect(await auth.headers()).toEqual({ authorization: 'Bearer token-2' });
});

test('a client that the issuer refuses is said in the log, with what to check', async () => {
  const error = {
    error: 'unauthorized_client',
    error_description: 'Invalid client or Invalid client credentials',
  };
  issuer.instead.set('/token', () => Response.json(error, { status: 401 }));
  await expect(auth.headers()).rejects.toMatchObject({ status: 503 });
  expect(JSON.parse(logged[0] ?? '{}').err.message).toMatch(
    /refuses the client "our services": unauthorized_client: Invalid client.*; check OIDC_CLIENT_ID and OIDC_CLIENT_SECRET/,
  );
  expect(logged.join()).not.toContain('a:b/c');
});

test.each([
  ['nothing', {}],
  ['one that is no header', { access_token: 'a\r\nb', expires_in: 300 }],
])('an answer with %s for a token is not used', async (_what, answer) => {
  issuer.instead.set('/token', () => Response.json(answer));
  await expect(auth.headers()).rejects.toMatchObject({ status: 503 });
});

test('a token of which is not said how long it lives serves one call', async () => {
  issuer.tokenSeconds = 0;
  expect(await auth.headers()).toEqual({ authorization: 'Bearer token-1' });
  expect(await auth.headers()).toEqual({ authorization: 'Bearer token-2' });
});

test('without a client there is nothing to send', async () => {
  const oidc = {
    issuer: issuer.url,
    audience: 'requite',
    client: null,
    people: { id: 'requite-people', secret: null },
  };
  expect(await openAuth({ oidc, logger: pino({ level: 'silent' }) }).headers()).toEqual({});
});
