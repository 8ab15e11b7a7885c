// Login in a real browser, with an issuer of the test's own.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { LittleIssuer } from '../platform/auth/little-issuer.ts';
import { cleanUp, newDirectory, newLog, type Running, start } from '../services/coordinator/support.ts';
import { Browsing, canBrowse, flaws, PHONE, screenshot } from './browser.ts';

let issuer: LittleIssuer;
let coordinator: Running;
let browsing: Browsing;

describe.skipIf(!canBrowse)('login', () => {
  beforeAll(async () => {
    issuer = await LittleIssuer.start();
    issuer.people.set('alice', ['run-starter', 'bill-reader']).set('bob', ['order-reader', 'order-writer']);
    coordinator = await start(await newLog(), newDirectory(), { OIDC_ISSUER: issuer.url });
    browsing = await Browsing.open();
  }, 120_000);

  afterAll(async () => {
    await browsing?.close();
    await cleanUp();
    await issuer?.stop();
  }, 60_000);

  const at = (path: string): string => coordinator.url + path;

  test('alice logs in on her way to a page, starts a run, follows it, and logs out at the issuer too', async () => {
    const tab = await browsing.tab();
    const { page } = tab;
    await page.goto(at('/?customers=2'));
    await page.getByRole('button', { name: 'alice' }).click();
    await page.waitForURL(at('/?customers=2'));
    await page.getByText('Logged in as alice').waitFor();
    await screenshot(tab, 'logged-in');
    expect(await flaws(tab)).toEqual([]);
    await page.getByRole('button', { name: 'Start the run' }).click();
    await page.waitForURL(/\/ui\/runs\//);
    const events = page.waitForResponse((response) => response.url().endsWith('/events'));
    await page.reload();
    expect((await events).status()).toBe(200);
    expect(tab.complaints).toEqual([]);
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.waitForURL(at('/ui/logged-out'));
    await page.getByText('You are logged out').waitFor();
    await screenshot(tab, 'logged-out');
    expect(await flaws(tab)).toEqual([]);
    await page.getByRole('link', { name: 'Log in' }).click();
    await page.getByRole('button', { name: 'bob' }).waitFor();
  });

  test('a session that ends while a page is open is begun again without a word, where the issuer still knows who it is', async () => {
    issuer.tokenSeconds = 2;
    const { page } = await browsing.tab();
    await page.goto(at('/'));
    await page.getByRole('button', { name: 'alice' }).click();
    await page.getByText('Logged in as alice').waitFor();
    const logins = issuer.countOf('/authorize');
    // from now on renewals fail, until the page goes by the login again
    issuer.logins.endSessions();
    await page.waitForResponse((response) => response.url().includes('/ui/login/callback'));
    await page.getByText('Logged in as alice').waitFor();
    expect(issuer.countOf('/authorize')).toBeGreaterThan(logins);
    expect(await page.getByText('The coordinator does not answer').count()).toBe(0);
    issuer.tokenSeconds = 300;
  });

  test('bob, who may not see runs, is told so, and can log in as somebody else', async () => {
    const tab = await browsing.tab({ viewport: PHONE });
    const { page } = tab;
    await page.goto(at('/'));
    await page.getByRole('button', { name: 'bob' }).click();
    await page.getByText('the token of bob has order-reader').waitFor();
    await screenshot(tab, 'not-allowed-phone');
    expect(await flaws(tab)).toEqual([]);
    await page.getByRole('button', { name: 'Log in as somebody else' }).click();
    await page.getByText('You are logged out').waitFor();
  });

  test('all of it works without JavaScript', async () => {
    const { page } = await browsing.tab({ javaScriptEnabled: false });
    await page.goto(at('/'));
    await page.getByRole('button', { name: 'alice' }).click();
    await page.getByText('Logged in as alice').waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.waitForURL(at('/ui/logged-out'));
  });
});
