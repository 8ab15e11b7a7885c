// The pages of jobs and bills in a real browser, on real processes.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { Lab } from '../story/lab.ts';
import { until } from '../support/until.ts';
import { Browsing, canBrowse, expectSound, flaws, PHONE, screenshot, type Tab } from './browser.ts';

let lab: Lab;
let browsing: Browsing;

/** Whether the frame is as high as what is in it: nothing to scroll, and nothing below. */
const FITS = `(() => {
  const frame = document.querySelector('iframe');
  const page = frame?.contentDocument?.documentElement;
  const last = page?.querySelector('main')?.lastElementChild;
  if (!last) return false;
  const below = frame.clientHeight - last.getBoundingClientRect().bottom;
  return page.scrollHeight <= frame.clientHeight && below > 0 && below < 80;
})()`;

describe.skipIf(!canBrowse)('jobs and bills', () => {
  beforeAll(async () => {
    lab = await Lab.make();
    browsing = await Browsing.open();
    await lab.start('coordinator');
    await lab.start('engine');
    const response = await fetch(`${lab.coordinator}/runs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ runId: 'november', customerIdentifiers: ['2', '99'] }),
    });
    expect(response.status).toBe(202);
  }, 120_000);

  afterAll(async () => {
    await browsing?.close();
    await lab?.close();
  }, 60_000);

  const opened = (path: string, options?: Parameters<Browsing['tab']>[0]): Promise<Tab> =>
    browsing.opened(lab.coordinator + path, options);

  test('a job says that no CRM is there, and goes on to its bill by itself once there is one', async () => {
    const tab = await opened('/ui/jobs/november_2');
    const { page } = tab;
    await page.getByText('No CRM is running.').waitFor();
    await screenshot(tab, 'job-waiting');
    await expectSound(tab);
    await lab.start('crm');
    await page.getByRole('heading', { name: 'The bill' }).waitFor();
    await page.getByText('No CRM is running.').waitFor({ state: 'detached' });
    await page.getByRole('region', { name: 'The bill as text' }).getByText('Please pay').waitFor();
    // of the question that it asked last, without a new page
    await page.locator('.messages > li', { hasText: 'answers-topic' }).nth(1).waitFor();
    await screenshot(tab, 'job-done');
    await expectSound(tab);
  });

  test('its messages come into its page, and each can be opened by the keyboard and read byte for byte', async () => {
    const tab = await opened('/ui/jobs/november_2');
    const { page } = tab;
    const answer = page.locator('.messages > li', { hasText: 'answers-topic' }).first();
    await answer.locator('summary').first().focus();
    await page.keyboard.press('Enter');
    await answer.getByText('Byte for byte').click();
    const raw = await answer.getByRole('region', { name: /byte for byte/ }).textContent();
    expect(JSON.parse(raw ?? '')).toMatchObject({ answer: { customerIdentifier: '2' } });
    await screenshot(tab, 'job-messages');
    await expectSound(tab);
  });

  test('a job that failed is listed with its reason', async () => {
    const tab = await opened('/ui/jobs');
    const { page } = tab;
    await page.getByRole('link', { name: 'failed' }).click();
    await page.getByText('no customer "99" in the CRM').waitFor();
    await screenshot(tab, 'jobs-failed');
    await page.getByLabel('Job id').fill('november_99');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByRole('heading', { name: 'Bill of customer 99' }).waitFor();
    await page.getByText('There is no bill:').waitFor();
    await screenshot(tab, 'job-failed');
    await expectSound(tab);
  });

  test('a bill is found by its customer, and shown in its frame', async () => {
    const tab = await opened('/ui/bills');
    const { page } = tab;
    await page.getByLabel('Exactly').fill('2');
    await page.getByRole('button', { name: 'Search' }).click();
    await screenshot(tab, 'bills');
    await expectSound(tab);
    await page.locator('tbody a').first().click();
    await page.frameLocator('iframe').getByText('Electricity, night').waitFor();
    await screenshot(tab, 'bill');
    expect(await flaws(tab)).toEqual([]);
  });

  test('a bill is shown whole, and as wide as its table needs, however wide the window is', async () => {
    const tab = await opened('/ui/bills/november_2');
    const { page } = tab;
    const fits = async (): Promise<void> => {
      // not by waitForFunction: the page's policy lets no text be run as code
      await until('the frame to be as high as the bill', () => page.evaluate<boolean>(FITS));
    };
    await fits();
    await page.frameLocator('iframe').getByRole('columnheader', { name: 'Quantity' }).waitFor();
    await page.setViewportSize({ width: 390, height: 844 });
    await fits();
    await page
      .frameLocator('iframe')
      .getByRole('columnheader', { name: 'Quantity' })
      .waitFor({ state: 'hidden' });
    await page.setViewportSize({ width: 700, height: 844 });
    await fits();
    await page.setViewportSize({ width: 1600, height: 1000 });
    await fits();
    expect(tab.complaints).toEqual([]);
  });

  for (const colorScheme of ['light', 'dark'] as const)
    test(`all pages fit on a phone, with ${colorScheme} colours`, async () => {
      for (const [name, path] of [
        ['job', '/ui/jobs/november_2'],
        ['messages', '/ui/jobs/november_2/messages'],
        ['jobs', '/ui/jobs?status=failed'],
        ['bills', '/ui/bills'],
        ['bill', '/ui/bills/november_2'],
        ['bill-text', '/ui/bills/november_2?as=text'],
      ] as const) {
        const tab = await opened(path, { viewport: PHONE, colorScheme });
        await screenshot(tab, `phone-${colorScheme}-${name}`);
        expect({ name, flaws: await flaws(tab) }).toEqual({ name, flaws: [] });
      }
    });

  test('without JavaScript the messages are a page of their own', async () => {
    const tab = await opened('/ui/jobs/november_2', { javaScriptEnabled: false });
    await tab.page.getByRole('link', { name: 'Show the messages' }).click();
    await tab.page.locator('.messages > li').first().waitFor();
    expect(await flaws(tab)).toEqual([]);
    expect(tab.complaints).toEqual([]);
  });
});
