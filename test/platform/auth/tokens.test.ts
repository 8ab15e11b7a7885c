import { afterAll, beforeAll, expect, test } from 'bun:test';
import { pino } from 'pino';
import { ROLES } from '../../../services/platform/auth/access.ts';
import { type Auth, openAuth } from '../../../services/platform/auth/index.ts';
import { LittleIssuer } from './little-issuer.ts';

let issuer: LittleIssuer;
let auth: Auth;

beforeAll(async () => {
  issuer = await LittleIssuer.start();
  auth = openAuth({
    oidc: {
      issuer: issuer.url,
      audience: 'requite',
      client: null,
      people: { id: 'requite-people', secret: null },
    },
    logger: pino({ level: 'silent' }),
  });
});
afterAll(() => issuer.stop());

const bearing = (authorization: string): Request =>
  new Request('http://localhost/', { headers: { authorization } });
const check = async (token: string) => auth.check(bearing(`Bearer ${token}`), 'anybody');
const now = (): number => Math.floor(Date.now() / 1000);

test('a good token says who asks, with the roles that we know, of the realm and of the audience', async () => {
  const claims = {
    realm_access: { roles: ['run-starter', 'offline_access', 7] },
    resource_access: { requite: { roles: ['bill-reader'] }, other: { roles: ['admin'] } },
  };
  expect(await check(await issuer.token(claims))).toEqual({
    subject: 'alice-id',
    name: 'alice',
    roles: new Set(['run-starter', 'bill-reader'] as const),
  });
});

test.each([
  ['that is not a list', { roles: 'admin' }],
  ['that are not an object', 'admin'],
  ['that are null', null],
])('roles %s are none', async (_what, realm_access) => {
  expect((await check(await issuer.token({ realm_access })))?.roles.size).toBe(0);
});

test.each(ROLES.map((role) => [role]))('the role %s is understood', async (role) => {
  expect((await check(await issuer.token({ realm_access: { roles: [role] } })))?.roles.has(role)).toBe(true);
});

test.each(['PS256', 'ES256', 'EdDSA'])('a signature by %s is good', async (alg) => {
  await issuer.addKey(`key-${alg}`, alg);
  expect((await check(await issuer.token({}, { kid: `key-${alg}` })))?.name).toBe('alice');
  issuer.withdrawKey(`key-${alg}`);
});

test('the name is the client where there is no user name', async () => {
  expect((await check(await issuer.token({ preferred_username: undefined, azp: 'batch' })))?.name).toBe(
    'batch',
  );
  expect((await check(await issuer.token({ preferred_username: undefined })))?.name).toBe('alice-id');
});

test.each<[string, Parameters<LittleIssuer['token']>, RegExp]>([
  ['that has expired', [{ exp: now() - 60 }], /has expired/],
  ['without an end', [{ exp: undefined }], /no claim exp/],
  ['without a subject', [{ sub: undefined }], /no claim sub/],
  ['that is not valid yet', [{ nbf: now() + 600 }], /not valid yet/],
  ['of another issuer', [{ iss: 'http://127.0.0.1/realm' }], /another issuer/],
  ['for another audience', [{ aud: ['account', 'elsewhere'] }], /audience is not ours/],
  ['that is an ID token', [{ typ: 'ID' }], /not an access token/],
  ['that is a logout token', [{}, { typ: 'logout+jwt' }], /not an access token/],
  ['that is bound to a key', [{ cnf: { jkt: 'x' } }], /bound to a key/],
  ['of an algorithm that is not allowed', [{}, { kid: 'RS512' }], /algorithm is not allowed/],
])('a token %s is refused with 401, and the reason', async (_what, token, detail) => {
  const [claims, header] = token;
  const alg = header?.kid;
  if (alg !== undefined) await issuer.addKey(alg, alg);
  const refused = { status: 401, code: 'invalid-token', detail: expect.stringMatching(detail) };
  const headers = { 'www-authenticate': expect.stringContaining('error="invalid_token"') };
  await expect(check(await issuer.token(claims, header))).rejects.toMatchObject({ ...refused, headers });
  if (alg !== undefined) issuer.withdrawKey(alg);
});

test('clocks may differ by a few seconds', async () => {
  expect(await check(await issuer.token({ exp: now() - 2, nbf: now() + 2 }))).not.toBeNull();
});

test('one of several audiences will do, and so will the type of an access token by its standard', async () => {
  expect(await check(await issuer.token({ aud: ['account', 'requite'] }, { typ: 'at+jwt' }))).not.toBeNull();
});

test.each(['Basic YWxpY2U6YWxpY2U=', 'Bearer', 'Bearer a b', 'bearer\ttoken', 'Bearer a, Bearer b'])(
  'the header Authorization: %s is no bearer token',
  async (header) => {
    const refused = {
      status: 401,
      code: 'no-token',
      headers: { 'www-authenticate': 'Bearer realm="requite"' },
    };
    await expect(auth.check(bearing(header), 'anybody')).rejects.toMatchObject(refused);
  },
);

test('the scheme is written in any case', async () => {
  expect(await auth.check(bearing(`bEARER ${await issuer.token()}`), 'anybody')).not.toBeNull();
});

test('a token that was changed by a bit is refused', async () => {
  const [header = '', payload = '', signature = ''] = (await issuer.token()).split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const forged = Buffer.from(JSON.stringify({ ...claims, realm_access: { roles: ['admin'] } })).toString(
    'base64url',
  );
  await expect(check(`${header}.${forged}.${signature}`)).rejects.toMatchObject({
    status: 401,
    detail: expect.stringContaining('signature'),
  });
});
