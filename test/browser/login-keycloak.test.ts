// Login at a real Keycloak with the realm that is deployed.
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { describeWithKeycloak, type Keycloak, sharedKeycloak } from '../keycloak/index.ts';
import { cleanUp, newDirectory, newLog, type Running, start } from '../services/coordinator/support.ts';
import { Browsing, canBrowse, screenshot } from './browser.ts';

describeWithKeycloak('login at Keycloak', () => {
  let keycloak: Keycloak;
  let coordinator: Running;
  let browsing: Browsing;

  beforeAll(async () => {
    keycloak = await sharedKeycloak();
    coordinator = await start(await newLog(), newDirectory(), { OIDC_ISSUER: keycloak.issuer });
    if (canBrowse) browsing = await Browsing.open();
  }, 600_000);

  afterAll(async () => {
    await browsing?.close();
    await cleanUp();
  }, 60_000);

  test.skipIf(!canBrowse)(
    'alice logs in, sees the runs, logs out of both, and bob is asked who he is',
    async () => {
      const tab = await browsing.tab();
      const { page } = tab;
      const logIn = async (name: string): Promise<void> => {
        await page.locator('#username').fill(name);
        await page.locator('#password').fill(name);
        await page.locator('#kc-login').click();
      };
      await page.goto(`${coordinator.url}/ui/jobs`);
      await logIn('alice');
      await page.waitForURL(`${coordinator.url}/ui/jobs`);
      await page.getByText('Logged in as alice').waitFor();
      await screenshot(tab, 'keycloak-alice');
      const cookies = await page.context().cookies(coordinator.url);
      for (const name of ['requite-session', 'requite-refresh'])
        expect(cookies.find((cookie) => cookie.name === name)).toMatchObject({
          httpOnly: true,
          sameSite: 'Lax',
        });
      await page.getByRole('button', { name: 'Log out' }).click();
      await page.waitForURL(`${coordinator.url}/ui/logged-out`);
      await page.getByRole('link', { name: 'Log in' }).click();
      await logIn('bob');
      await page.getByText('the token of bob has').waitFor();
    },
    120_000,
  );

  test.skipIf(!canBrowse)(
    'a session is renewed with its refresh token, and ends when the realm ends it',
    async () => {
      const { page } = await browsing.tab();
      await page.goto(coordinator.url);
      await page.locator('#username').fill('alice');
      await page.locator('#password').fill('alice');
      await page.locator('#kc-login').click();
      await page.getByText('Logged in as alice').waitFor();
      const sessionOf = async (): Promise<string> => {
        const cookies = await page.context().cookies(coordinator.url);
        return cookies.find(({ name }) => name === 'requite-session')?.value ?? '';
      };
      // as after the access token's five minutes: the browser has the refresh token alone
      await page.context().clearCookies({ name: 'requite-session' });
      await page.goto(coordinator.url);
      await page.getByText('Logged in as alice').waitFor();
      expect(await sessionOf()).not.toBe('');
      await keycloak.admin.endSessions();
      // the page looks again by itself, and leads to the login
      await page.context().clearCookies({ name: 'requite-session' });
      await page.locator('#kc-login').waitFor();
    },
    120_000,
  );
});
