import { afterEach, beforeEach, expect, test } from 'bun:test';
import { pino } from 'pino';
import { type Auth, openAuth } from '../../../services/platform/auth/index.ts';
import { until } from '../../support/until.ts';
import { LittleIssuer } from './little-issuer.ts';

const MINUTE = 60_000;
let issuer: LittleIssuer;
let auth: Auth;
let logged: string[];
/** The clock of the service stands, but for what the test sets it ahead, in milliseconds. */
let ahead: number;
let began: number;

function open(url = issuer.url): Auth {
  const logger = pino({ level: 'info' }, { write: (line: string) => void logged.push(line) });
  return openAuth({
    oidc: { issuer: url, audience: 'requite', client: null, people: { id: 'requite-people', secret: null } },
    logger,
    now: () => began + ahead,
  });
}

beforeEach(async () => {
  issuer = await LittleIssuer.start();
  logged = [];
  ahead = 0;
  began = Date.now();
  auth = open();
});
afterEach(() => issuer.stop());

const check = async (token: string, by = auth) =>
  by.check(new Request('http://localhost/', { headers: { authorization: `Bearer ${token}` } }), 'anybody');
/** A token that outlives the hours of these tests. */
const lasting = (kid?: string): Promise<string> =>
  issuer.token({ exp: Math.floor(Date.now() / 1000) + 1_000_000 }, kid === undefined ? {} : { kid });
const away = { status: 503, code: 'issuer-unavailable', headers: { 'retry-after': '2' } };

test('keys are fetched once, also for many requests at once', async () => {
  const token = await lasting();
  await Promise.all(Array.from({ length: 50 }, () => check(token)));
  await check(token);
  expect(issuer.countOf('/keys')).toBe(1);
});

test('a key that is new at the issuer is found at once', async () => {
  await check(await lasting());
  await issuer.addKey('second');
  expect(await check(await lasting('second'))).not.toBeNull();
  expect(await check(await lasting('first'))).not.toBeNull();
});

test('made-up keys cost the issuer a few looks, and it goes on to find new ones', async () => {
  await check(await lasting());
  const stranger = await LittleIssuer.start();
  const tokens = await Promise.all(
    Array.from({ length: 100 }, async (_, at) => {
      await stranger.addKey(`made-up-${at}`, 'ES256');
      return stranger.token({ iss: issuer.url }, { kid: `made-up-${at}` });
    }),
  );
  await stranger.stop();
  for (const token of tokens) await expect(check(token)).rejects.toMatchObject({ status: 401 });
  expect(issuer.countOf('/keys')).toBe(6);

  await issuer.addKey('second');
  await expect(check(await lasting('second'))).rejects.toMatchObject({ status: 401 });
  ahead += 10_000;
  expect(await check(await lasting('second'))).not.toBeNull();
});

test('keys are fetched again after ten minutes, and nobody waits for it', async () => {
  const token = await lasting();
  await check(token);
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  issuer.instead.set('/.well-known/openid-configuration', async () => {
    await held;
    issuer.instead.clear();
    return new Response(null, { status: 503 });
  });
  ahead += 11 * MINUTE;
  expect(await check(token)).not.toBeNull();
  release();
  await until('the failure to be logged', () => logged.some((line) => line.includes('can not be asked')));
  expect(await check(token)).not.toBeNull();
  ahead += 2_000;
  expect(await check(token)).not.toBeNull();
  await until('the keys to be fetched again', () => logged.some((line) => line.includes('answers again')));
  expect(issuer.countOf('/keys')).toBe(2);
});

test('a withdrawn key is good until keys are fetched again', async () => {
  const token = await lasting('first');
  await check(token);
  await issuer.addKey('second');
  issuer.withdrawKey('first');
  expect(await check(token)).not.toBeNull();
  ahead += 11 * MINUTE;
  await until('the key to be forgotten', async () => (await check(token).catch(() => null)) === null);
});

test('with the issuer away, known keys serve for a day; then it is 503, as for keys that are not known', async () => {
  const token = await lasting();
  await check(token);
  await issuer.addKey('second');
  const unknown = await lasting('second');
  await issuer.stop();
  ahead += 23 * 60 * MINUTE;
  expect(await check(token)).not.toBeNull();
  await until('the failure to be noticed', () => logged.length > 0);
  await expect(check(unknown)).rejects.toMatchObject(away);
  ahead += 2 * 60 * MINUTE;
  await expect(check(token)).rejects.toMatchObject(away);
});

test('an issuer that is away is asked once a second at most, said once in the log, and found when it is back', async () => {
  issuer.instead.set('*', () => new Response('<html>', { status: 502 }));
  const token = await lasting();
  for (let at = 0; at < 20; at++) await expect(check(token)).rejects.toMatchObject(away);
  expect(issuer.countOf('/.well-known/openid-configuration')).toBe(1);
  issuer.instead.clear();
  ahead += 1_000;
  expect(await check(token)).not.toBeNull();
  expect(logged.map((line) => JSON.parse(line).msg)).toEqual([
    'the issuer of tokens can not be asked',
    'the issuer of tokens answers again',
  ]);
});

test.each<[string, (url: string) => Response, RegExp]>([
  [
    'calls itself otherwise',
    (url) => Response.json({ issuer: `${url}/`, jwks_uri: `${url}/keys` }),
    /set OIDC_ISSUER to that/,
  ],
  ['does not say where its keys are', (url) => Response.json({ issuer: url }), /jwks_uri/],
  ['answers with a page', () => new Response('<html>'), /something else than a JSON object/],
  ['sends us elsewhere', (url) => Response.redirect(`${url}/other`), /does not answer/],
  ['says too much', () => new Response('x'.repeat(2_000_000)), /over 1048576 bytes/],
  [
    'has its keys in a file',
    (url) => Response.json({ issuer: url, jwks_uri: 'file:///etc/passwd' }),
    /can't be trusted/,
  ],
])('an issuer that %s is not used: 503, and the log says why', async (_what, answer, why) => {
  issuer.instead.set('/.well-known/openid-configuration', () => answer(issuer.url));
  await expect(check(await lasting())).rejects.toMatchObject(away);
  expect(JSON.parse(logged[0] ?? '{}').err.message).toMatch(why);
});

test('a set of keys that is none is not used', async () => {
  issuer.instead.set('/keys', () => Response.json({ keys: 'none' }));
  await expect(check(await lasting())).rejects.toMatchObject(away);
});
