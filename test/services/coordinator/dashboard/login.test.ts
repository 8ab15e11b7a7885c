// Login without a browser, so that each step can be gone wrong: test/browser/login.test.ts goes them right.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'bun:test';
import { LittleIssuer } from '../../../platform/auth/little-issuer.ts';
import { cleanUp, newDirectory, newLog, type Running, start } from '../support.ts';
import { CookieJar } from './cookie-jar.ts';

const RUN_ROLES = ['run-starter', 'bill-reader'];
const page = { accept: 'text/html' };

let issuer: LittleIssuer;
let coordinator: Running;
let jar: CookieJar;

beforeAll(async () => {
  issuer = await LittleIssuer.start();
  issuer.people.set('alice', RUN_ROLES).set('bob', ['order-reader']);
});
afterAll(() => issuer.stop());
beforeEach(async () => {
  issuer.tokenSeconds = 300;
  issuer.instead.clear();
  coordinator = await start(await newLog(), newDirectory(), { OIDC_ISSUER: issuer.url });
  jar = new CookieJar(coordinator.url);
});
afterEach(cleanUp);

/** Through the login: what the issuer's page sends back to. */
async function sentBack(path: string, person = 'alice'): Promise<URL> {
  const begun = await jar.get(`/ui/login?to=${encodeURIComponent(path)}`, page);
  const authorize = new URL(begun.headers.get('location') ?? '');
  authorize.searchParams.set('person', person);
  const chosen = await fetch(authorize, { redirect: 'manual' });
  return new URL(chosen.headers.get('location') ?? '');
}

async function logIn(person = 'alice'): Promise<void> {
  const back = await sentBack('/', person);
  expect((await jar.get(back.pathname + back.search, page)).status).toBe(303);
}

/** The nonce of a login that is under way. */
function nonceOf(back: URL): string {
  const begun = jar.value(`requite-login-${back.searchParams.get('state')}`);
  return (JSON.parse(decodeURIComponent(begun)) as { nonce: string }).nonce;
}

test('a page leads to the login, with PKCE, state and nonce, and the login back to that page', async () => {
  const asked = await jar.get('/ui/customers?search=a', page);
  expect(asked.status).toBe(303);
  expect(asked.headers.get('location')).toBe('/ui/login?to=%2Fui%2Fcustomers%3Fsearch%3Da');
  const begun = await jar.get(asked.headers.get('location') ?? '', page);
  const { searchParams: sent } = new URL(begun.headers.get('location') ?? '');
  expect(sent.get('code_challenge_method')).toBe('S256');
  for (const name of ['state', 'nonce', 'code_challenge']) expect(sent.get(name)).toMatch(/^[\w-]{43}$/);
  const back = await sentBack('/ui/customers?search=a');
  const done = await jar.get(back.pathname + back.search, page);
  expect(done.headers.get('location')).toBe('/ui/customers?search=a');
  expect(await (await jar.get('/', page)).text()).toContain('alice');
});

test.each([
  '//evil.example/',
  'https://evil.example/',
  '/\\evil.example',
  '/docs',
  '/ui/login',
  '/ui/logout',
  '',
])('nobody is led elsewhere by the login: %p', async (to) => {
  const back = await sentBack(to);
  expect((await jar.get(back.pathname + back.search, page)).headers.get('location')).toBe('/');
});

test('cookies of a session are not for scripts nor for other sites', async () => {
  await logIn();
  const names = [...jar.attributes.keys()].filter((name) => !name.startsWith('requite-login'));
  expect(names.sort()).toEqual(['requite-identity', 'requite-refresh', 'requite-session']);
  for (const name of names) expect(jar.attributes.get(name)).toMatch(/; HttpOnly; SameSite=Lax$/);
});

test('behind a proxy that speaks TLS they are for TLS alone, where that proxy is trusted', async () => {
  const environment = { OIDC_ISSUER: issuer.url, TRUSTED_PROXIES: '1' };
  const behind = await start(await newLog(), newDirectory(), environment);
  const begun = await fetch(`${behind.url}/ui/login`, {
    redirect: 'manual',
    headers: { ...page, 'x-forwarded-proto': 'https', 'x-forwarded-for': '192.0.2.1' },
  });
  expect(begun.headers.get('set-cookie')).toMatch(/^__Secure-requite-login-.*; Secure; Max-Age=600$/);
  const { searchParams: sent } = new URL(begun.headers.get('location') ?? '');
  expect(sent.get('redirect_uri')).toStartWith('https://');
  const untrusting = await jar.get('/ui/login', { ...page, 'x-forwarded-proto': 'https' });
  expect(untrusting.headers.get('set-cookie')).not.toContain('Secure');
});

test('a login that another browser began is refused, and so is one that is finished', async () => {
  const back = await sentBack('/');
  const path = back.pathname + back.search;
  const stranger = new CookieJar(coordinator.url);
  expect((await stranger.get(path, page)).status).toBe(400);
  expect((await jar.get(path, page)).status).toBe(303);
  const again = await jar.get(path, page);
  expect(again.status).toBe(400);
  expect(await again.text()).toContain('log in again');
});

test('a code with the state of another login is refused by its PKCE secret', async () => {
  const [first, second] = [await sentBack('/'), await sentBack('/')];
  first.searchParams.set('state', second.searchParams.get('state') ?? '');
  const mixed = await jar.get(first.pathname + first.search, page);
  expect(mixed.status).toBe(400);
  expect(jar.has('requite-session')).toBe(false);
});

test('an ID token of another login, of another client or of another issuer is refused', async () => {
  for (const claims of [{ nonce: 'other' }, { aud: 'other' }, { iss: 'http://other.example' }]) {
    const back = await sentBack('/');
    const identity = await issuer.token({ aud: 'requite-people', nonce: nonceOf(back), ...claims });
    const access = await issuer.token({ realm_access: { roles: RUN_ROLES } });
    issuer.instead.set('/token', () => Response.json({ access_token: access, id_token: identity }));
    const answer = await jar.get(back.pathname + back.search, page);
    issuer.instead.clear();
    expect({ claims, status: answer.status }).toEqual({ claims, status: 403 });
    expect(jar.has('requite-session')).toBe(false);
  }
});

test('an access token that the pages would refuse ends the login with the reason, not in a circle', async () => {
  const back = await sentBack('/');
  const identity = await issuer.token({ aud: 'requite-people', nonce: nonceOf(back) });
  const access = await issuer.token({ aud: 'elsewhere' });
  issuer.instead.set('/token', () => Response.json({ access_token: access, id_token: identity }));
  const answer = await jar.get(back.pathname + back.search, page);
  expect(answer.status).toBe(401);
  expect(await answer.text()).toContain('its audience is not ours');
});

test('tokens that a browser would drop are told, with their size', async () => {
  issuer.people.set(
    'carol',
    Array.from({ length: 400 }, (_, at) => `some-other-role-${at}`),
  );
  const back = await sentBack('/', 'carol');
  const answer = await jar.get(back.pathname + back.search, page);
  expect(answer.status).toBe(403);
  expect(await answer.text()).toMatch(/the cookie session would have \d+ bytes/);
});

test('what the issuer says instead of a code is shown as text', async () => {
  const back = await sentBack('/');
  const state = back.searchParams.get('state');
  const said = `/ui/login/callback?state=${state}&error=access_denied&error_description=%3Cb%3Eno`;
  const answer = await jar.get(said, page);
  expect(answer.status).toBe(403);
  expect(await answer.text()).toContain('access_denied: &#60;b&#62;no');
});

test('without the role a page says so, to whom by name, and offers to log in as somebody else', async () => {
  await logIn('bob');
  const answer = await jar.get('/', page);
  const text = await answer.text();
  expect(answer.status).toBe(403);
  expect(text).toContain('the token of bob has order-reader');
  expect(text).toContain('Log in as somebody else');
});

test('a session is renewed before its token ends, once for all that a page asks for at once', async () => {
  issuer.tokenSeconds = 20; // less than is left when it is renewed
  await logIn();
  const before = issuer.countOf('/token');
  const old = jar.value('requite-refresh');
  const answers = await Promise.all(['/', '/ui/customers', '/'].map((path) => jar.get(path, page)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(issuer.countOf('/token')).toBe(before + 1);
  expect(jar.value('requite-refresh')).not.toBe(old);
});

test('any coordinator goes on with a session', async () => {
  await logIn();
  const other = await start(await newLog(), newDirectory(), { OIDC_ISSUER: issuer.url });
  expect((await fetch(`${other.url}/`, { headers: { ...page, cookie: jar.header } })).status).toBe(200);
});

test('a session that has ended at the issuer leads to the login; a form says that it did nothing', async () => {
  await logInWith({ seconds: -10 });
  issuer.logins.endSessions();
  const form = await jar.post('/ui/runs', { customers: '2', key: 'k' });
  expect(form.status).toBe(401);
  expect(await form.text()).toContain('nothing was done');
  const answer = await jar.get('/', page);
  expect(answer.headers.get('location')).toBe('/ui/login?to=%2F');
  expect(jar.has('requite-session')).toBe(false);
});

/** Logs in, and then has tokens that live so long. */
async function logInWith({ seconds }: { readonly seconds: number }): Promise<void> {
  issuer.tokenSeconds = 20;
  await logIn();
  issuer.tokenSeconds = seconds;
  await jar.get('/', page);
}

test('while the issuer is away a session goes on until its token ends, and then is not lost', async () => {
  issuer.tokenSeconds = 20;
  await logIn();
  issuer.instead.set('/token', () => new Response('', { status: 502 }));
  expect((await jar.get('/', page)).status).toBe(200);
  issuer.instead.clear();
  issuer.tokenSeconds = -10;
  await jar.get('/', page);
  issuer.instead.set('/token', () => new Response('', { status: 502 }));
  expect((await jar.get('/', page)).status).toBe(503);
  expect(jar.has('requite-refresh')).toBe(true);
});

test('a form starts a run for whoever is logged in; another site’s form does not', async () => {
  await logIn();
  const fields = { customers: '2', key: 'form-1' };
  expect((await jar.post('/ui/runs', fields, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  expect((await jar.post('/ui/runs', fields, { 'sec-fetch-site': 'same-site' })).status).toBe(403);
  expect((await jar.post('/ui/runs', fields)).status).toBe(303);
});

test('JSON routes take the cookies for what our own pages read, and for nothing else', async () => {
  await logIn();
  const status = async (site: string | null, init: RequestInit = {}, path = '/runs'): Promise<number> => {
    const headers = { ...(site === null ? {} : { 'sec-fetch-site': site }), cookie: jar.header };
    const answer = await fetch(coordinator.url + path, { ...init, headers: { ...headers, ...init.headers } });
    await answer.body?.cancel();
    return answer.status;
  };
  expect(await status('same-origin')).toBe(200);
  expect(await status('same-origin', {}, '/events')).toBe(200);
  for (const site of [null, 'none', 'same-site', 'cross-site'])
    expect({ site, status: await status(site) }).toEqual({ site, status: 401 });
  const run = {
    method: 'POST',
    body: '{"customerIdentifiers":["2"]}',
    headers: { 'content-type': 'application/json' },
  };
  expect(await status('same-origin', run)).toBe(401);
  const token = await issuer.token({ realm_access: { roles: RUN_ROLES } });
  const bearer = { ...run.headers, authorization: `Bearer ${token}` };
  expect(await status(null, { ...run, headers: bearer })).toBe(202);
});

test('a bad bearer token is not made good by a session', async () => {
  await logIn();
  expect((await jar.get('/', { ...page, authorization: 'Bearer x' })).status).toBe(303);
});

test('logging out forgets the session here, goes on to the issuer, and takes a form of ours', async () => {
  await logIn();
  expect((await jar.post('/ui/logout', {}, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  expect(jar.has('requite-session')).toBe(true);
  const answer = await jar.post('/ui/logout', {});
  const url = new URL((answer.headers.get('refresh') ?? '').replace('0;url=', ''));
  expect(url.searchParams.get('post_logout_redirect_uri')).toBe(`${coordinator.url}/ui/logged-out`);
  expect((await fetch(url, { redirect: 'manual' })).status).toBe(302);
  expect([...jar.names()].filter((name) => !name.startsWith('requite-login'))).toEqual([]);
  expect(await (await jar.get('/ui/logged-out', page)).text()).toContain('You are logged out');
});

test('while the issuer is away, logging out still ends the session here', async () => {
  await logIn();
  issuer.instead.set('*', () => new Response('', { status: 502 }));
  expect((await jar.post('/ui/logout', {})).status).toBe(200);
  expect(jar.has('requite-session')).toBe(false);
});
