import { afterEach, beforeEach, expect, test } from 'bun:test';
import { LittleIssuer } from '../../platform/auth/little-issuer.ts';
import { runCommand, type Said } from '../../support/run-command.ts';

/** A coordinator that says what it was sent, and has no runs. */
let asked: (string | null)[] = [];
let status = 200;
let coordinator: Bun.Server<undefined>;
let issuer: LittleIssuer;
beforeEach(async () => {
  asked = [];
  status = 200;
  issuer = await LittleIssuer.start();
  coordinator = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    development: false,
    reusePort: false,
    fetch: ({ headers }) => {
      asked.push(headers.get('authorization'));
      const problem = { status, code: 'role-missing', detail: 'This needs the role run-starter.' };
      return status === 200 ? Response.json({ runs: [], links: {} }) : Response.json(problem, { status });
    },
  });
});
afterEach(async () => {
  await coordinator.stop(true);
  await issuer.stop();
});

const runs = (env: Readonly<Record<string, string>>): Promise<Said> =>
  runCommand('requite', ['runs'], { REQUITE_URL: `http://127.0.0.1:${coordinator.port}`, ...env });
const client = () => ({
  OIDC_ISSUER: issuer.url,
  OIDC_CLIENT_ID: 'operator',
  OIDC_CLIENT_SECRET: 'secret',
});

test('a token that is given is sent; without one, none is', async () => {
  expect((await runs({ REQUITE_TOKEN: 'abc' })).status).toBe(0);
  expect((await runs({})).status).toBe(0);
  expect(asked).toEqual(['Bearer abc', null]);
});

test("the issuer's token is got by client credentials", async () => {
  expect((await runs(client())).status).toBe(0);
  expect(asked).toEqual(['Bearer token-1']);
});

test('an issuer that does not answer is not reached; what the coordinator forbids is refused', async () => {
  const away = await runs({ ...client(), OIDC_ISSUER: 'http://127.0.0.1:1/realm' });
  expect([away.status, away.err]).toEqual([3, expect.stringContaining('No token could be had')]);
  expect(asked).toEqual([]);
  status = 403;
  const forbidden = await runs({ REQUITE_TOKEN: 'abc' });
  expect([forbidden.status, forbidden.err]).toEqual([1, 'This needs the role run-starter.\n']);
});
