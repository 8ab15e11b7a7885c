import { beforeAll, expect, test } from 'bun:test';
import { SignJWT } from 'jose';
import { pino } from 'pino';
import { type Auth, openAuth } from '../../../services/platform/auth/index.ts';
import { describeWithKeycloak, type Keycloak, sharedKeycloak } from '../../keycloak/index.ts';
import { until } from '../../support/until.ts';
import { ask, guardedApp } from './guarded-app.ts';

const client = { id: 'requite-services', secret: 'requite-services-development' };
const logger = pino({ level: 'silent' });

describeWithKeycloak('tokens of a real Keycloak', () => {
  let keycloak: Keycloak;
  let auth: Auth;
  const openAt = (issuer: string, now = Date.now): Auth =>
    openAuth({
      oidc: { issuer, audience: 'requite', client, people: { id: 'requite-people', secret: null } },
      logger,
      now,
    });
  const isRefused = async (token: string, why: RegExp): Promise<void> => {
    const { status, body } = await ask(guardedApp(auth), 'GET /undecided', token);
    expect({ status, detail: body.detail }).toEqual({ status: 401, detail: expect.stringMatching(why) });
  };

  beforeAll(async () => {
    keycloak = await sharedKeycloak();
    auth = openAt(keycloak.issuer);
  }, 600_000);

  test('let in who has the role, and refuse others by the name of what they lack', async () => {
    const app = guardedApp(auth);
    const [alice, bob, admin] = await Promise.all(
      ['alice', 'bob', 'admin'].map((each) => keycloak.tokenOf(each)),
    );
    expect((await ask(app, 'POST /runs', alice)).body).toEqual({ by: 'alice', body: null });
    expect((await ask(app, 'GET /bills', alice)).status).toBe(200);
    expect((await ask(app, 'GET /orders/1', bob)).status).toBe(200);
    const refused = await ask(app, 'POST /runs', bob);
    expect(refused.status).toBe(403);
    expect(refused.body.detail).toContain('needs the role run-starter; the token of bob has');
    expect((await ask(app, 'GET /orders/1', alice)).status).toBe(403);
    for (const route of ['POST /runs', 'GET /bills', 'GET /orders/1'])
      expect((await ask(app, route, admin)).status).toBe(200);
  });

  test('none, and one that is garbage, are refused with 401', async () => {
    const none = await ask(guardedApp(auth), 'GET /undecided');
    expect(none.status).toBe(401);
    expect(none.headers.get('www-authenticate')).toBe('Bearer realm="requite"');
    await isRefused('garbage', /not a signed/);
    await isRefused(`${await keycloak.tokenOf('alice')}x`, /signature/);
  });

  test('without a signature, or signed with the public key as if it were a shared secret, are refused', async () => {
    const [, payload] = (await keycloak.tokenOf('alice')).split('.');
    const unsigned = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url');
    await isRefused(`${unsigned}.${payload}.`, /./);
    const realm = (await (await fetch(keycloak.issuer)).json()) as { public_key: string };
    const { keys } = (await (await fetch(`${keycloak.issuer}/protocol/openid-connect/certs`)).json()) as {
      keys: { kid: string; alg: string }[];
    };
    const claims = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString());
    const kid = keys.find(({ alg }) => alg === 'RS256')?.kid ?? '';
    for (const secret of [
      realm.public_key,
      `-----BEGIN PUBLIC KEY-----\n${realm.public_key}\n-----END PUBLIC KEY-----`,
    ]) {
      const forged = new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid });
      await isRefused(await forged.sign(Buffer.from(secret)), /algorithm is not allowed/);
    }
  });

  test('for others, of another issuer, or of another use are refused', async () => {
    await keycloak.admin.addClient('no-audience', {});
    await keycloak.admin.addClient('other-audience', { audience: 'elsewhere' });
    await isRefused(await keycloak.tokenOf('alice', 'no-audience'), /no claim aud/);
    await isRefused(await keycloak.tokenOf('alice', 'other-audience'), /audience is not ours/);
    // the same keys, but Keycloak was asked under another name
    const elsewhere = keycloak.issuer.replace('127.0.0.1', 'localhost');
    await isRefused(await keycloak.tokenOf('alice', undefined, elsewhere), /another issuer/);
    const { idToken, refreshToken } = await keycloak.otherTokensOf('alice');
    await isRefused(idToken, /./);
    await isRefused(refreshToken, /./);
  });

  test('that have expired are refused', async () => {
    await keycloak.admin.addClient('short-lived', { audience: 'requite', seconds: 1 });
    const token = await keycloak.tokenOf('alice', 'short-lived');
    const app = guardedApp(auth);
    const refused = await until('the token to expire', async () => {
      const answer = await ask(app, 'GET /undecided', token);
      return answer.status === 401 && answer;
    });
    expect(refused.body.detail).toContain('it has expired');
  });

  test('of a key that is new at the issuer are good at once, those of a withdrawn one no more', async () => {
    const app = guardedApp(auth);
    const old = await keycloak.tokenOf('alice');
    expect((await ask(app, 'GET /bills', old)).status).toBe(200);
    await keycloak.admin.rotateKeys();
    const young = await keycloak.tokenOf('alice');
    expect(headerOf(young).kid).not.toBe(headerOf(old).kid);
    expect((await ask(app, 'GET /bills', young)).status).toBe(200);
    expect((await ask(app, 'GET /bills', old)).status).toBe(200);
  });

  test('of a withdrawn key are refused once keys are fetched again, after ten minutes', async () => {
    await keycloak.admin.addClient('long-lived', { audience: 'requite', seconds: 3_600 });
    let minutes = 0;
    const app = guardedApp(openAt(keycloak.issuer, () => Date.now() + minutes * 60_000));
    const old = await keycloak.tokenOf('alice', 'long-lived');
    await keycloak.admin.rotateKeys();
    expect((await ask(app, 'GET /bills', old)).status).toBe(200);
    await keycloak.admin.withdrawPassiveKeys();
    expect((await ask(app, 'GET /bills', old)).status).toBe(200);
    minutes = 11;
    await until(
      'the old key to be forgotten',
      async () => (await ask(app, 'GET /bills', old)).status === 401,
    );
    expect((await ask(app, 'GET /bills', await keycloak.tokenOf('alice', 'long-lived'))).status).toBe(200);
  });

  test('of services, by client credentials, may do what any role may', async () => {
    const headers = await auth.headers();
    const principal = await auth.check(new Request('http://localhost/', { headers }), ['run-starter']);
    expect([...(principal?.roles ?? [])]).toEqual(['service']);
    expect(await auth.headers()).toEqual(headers);
  });

  test('are checked with what is known while Keycloak is away; what is not known is answered with 503, and after it is back with 200', async () => {
    const token = await keycloak.tokenOf('alice');
    expect((await ask(guardedApp(auth), 'GET /bills', token)).status).toBe(200);
    const own = await auth.headers();
    await keycloak.kill();

    expect((await ask(guardedApp(auth), 'GET /bills', token)).status).toBe(200);
    expect(await auth.headers()).toEqual(own);
    const late = openAt(keycloak.issuer);
    const refused = await ask(guardedApp(late), 'GET /bills', token);
    expect({ status: refused.status, code: refused.body.code }).toEqual({
      status: 503,
      code: 'issuer-unavailable',
    });
    expect(refused.headers.get('retry-after')).not.toBeNull();
    await expect(late.headers()).rejects.toMatchObject({ status: 503 });

    await keycloak.start();
    await until(
      'the token to be good',
      async () => (await ask(guardedApp(late), 'GET /bills', token)).status === 200,
    );
    await until('a token of our own', () => late.headers().catch(() => null));
  }, 600_000);
});

function headerOf(token: string): { readonly kid: string } {
  return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());
}
