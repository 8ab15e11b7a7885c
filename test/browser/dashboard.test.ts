// The dashboard in a real browser, on real processes: coordinator, CRM and engine on the embedded log, one of them killed.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { Lab } from '../story/lab.ts';
import { Browsing, canBrowse, expectSound, flaws, PHONE, screenshot, type Tab } from './browser.ts';

let lab: Lab;
let browsing: Browsing;

describe.skipIf(!canBrowse)('the dashboard', () => {
  beforeAll(async () => {
    lab = await Lab.make();
    browsing = await Browsing.open();
    await lab.start('coordinator');
  }, 120_000);

  afterAll(async () => {
    await browsing?.close();
    await lab?.close();
  }, 60_000);

  const at = (path: string): string => lab.coordinator + path;

  const opened = (path: string, options?: Parameters<Browsing['tab']>[0]): Promise<Tab> =>
    browsing.opened(at(path), options);

  test('a newcomer is told what to do first, and which services are missing', async () => {
    const tab = await opened('/');
    await tab.page.getByText('Nothing has been billed here yet').waitFor();
    await tab.page.getByText('No billing engine is running').waitFor();
    await screenshot(tab, 'empty');
    await expectSound(tab);
  });

  test('the CRM comes up, and the page says so by itself; its customers can be chosen', async () => {
    const tab = await opened('/');
    await tab.page.locator('.services li', { hasText: 'CRM' }).getByText('none running').waitFor();
    await lab.start('crm');
    await tab.page
      .locator('.services li', { hasText: 'CRM' })
      .getByText('running', { exact: true })
      .waitFor();
    await tab.page.goto(at('/ui/customers'));
    await tab.page.getByLabel('Search by name or identifier').fill('a');
    await tab.page.getByRole('button', { name: 'Search' }).click();
    await screenshot(tab, 'customers');
    await expectSound(tab);
    await tab.page.getByRole('checkbox').first().check();
    await tab.page.getByRole('button', { name: 'Bill these …' }).click();
    expect(await tab.page.getByRole('textbox', { name: 'Customers' }).inputValue()).not.toBe('');
  });

  test('a run is started with the keyboard alone, waits for an engine, and its page follows it to the end', async () => {
    const tab = await opened('/');
    const { page } = tab;
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
    await page.getByRole('textbox', { name: 'Customers' }).focus();
    await page.keyboard.type('1\n2\n3\n4\n5');
    await page.getByRole('button', { name: 'Start the run' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/ui\/runs\//);
    await page.getByText('No billing engine is running: 5 bills wait').waitFor();
    await screenshot(tab, 'run-waiting');
    await expectSound(tab);
    await lab.start('engine');
    await page.getByText('Every bill is there.').waitFor();
    await page.getByText('No billing engine is running').waitFor({ state: 'detached' });
    await screenshot(tab, 'run-ended');
    await expectSound(tab);
  });

  test('an engine that is killed is missed within seconds, and its return is seen', async () => {
    const tab = await opened('/');
    const engine = tab.page.locator('.services li', { hasText: 'Engine' });
    await engine.getByText('running', { exact: true }).waitFor();
    await screenshot(tab, 'runs');
    await lab.kill('engine');
    await tab.page.getByText('No billing engine is running').waitFor();
    await screenshot(tab, 'engine-gone');
    await lab.start('engine');
    await tab.page.getByText('No billing engine is running').waitFor({ state: 'detached' });
    await expectSound(tab);
  });

  test('what is wrong with the form is said in it', async () => {
    const tab = await opened('/');
    await tab.page.getByRole('textbox', { name: 'Customers' }).fill('x'.repeat(200));
    await tab.page.getByRole('button', { name: 'Start the run' }).click();
    await tab.page.getByRole('alert').getByText('longer than 128 characters').waitFor();
    // it goes on following the runs, from where they are
    await tab.page.waitForResponse((response) => response.url() === at('/') && response.ok());
    expect(await tab.page.getByText('The coordinator does not answer').count()).toBe(0);
    await screenshot(tab, 'complaint');
    expect(await flaws(tab)).toEqual([]);
  });

  test('a coordinator that goes away is missed, and the page goes on when it is back', async () => {
    const tab = await opened('/');
    await lab.stop('coordinator');
    await tab.page.getByText('The coordinator does not answer').waitFor();
    await screenshot(tab, 'coordinator-gone');
    await lab.start('coordinator');
    await tab.page.getByText('The coordinator does not answer').waitFor({ state: 'detached' });
    expect(await flaws(tab)).toEqual([]);
  });

  test('the colours can be chosen, and stay so on the next page', async () => {
    const tab = await opened('/', { colorScheme: 'light' });
    await tab.page.getByRole('button', { name: 'dark' }).click();
    await tab.page.locator('html[data-theme=dark]').waitFor();
    await tab.page.getByRole('button', { name: 'dark', pressed: true }).waitFor();
    expect(await tab.page.evaluate<string>('document.cookie')).toBe(''); // it is not for scripts
    await tab.page.goto(at('/ui/customers'));
    await tab.page.locator('html[data-theme=dark]').waitFor();
    await expectSound(tab);
  });

  describe('each page', () => {
    const pages = async (): Promise<readonly [string, string][]> => {
      const { runs } = (await (await fetch(at('/runs?limit=1'))).json()) as { runs: { runId: string }[] };
      return [
        ['start', '/'],
        ['customers', '/ui/customers'],
        ['run', `/ui/runs/${runs[0]?.runId}`],
        ['nothing', '/ui/nothing'],
      ];
    };

    for (const colorScheme of ['light', 'dark'] as const)
      test(`fits on a phone, with ${colorScheme} colours`, async () => {
        for (const [name, path] of await pages()) {
          const tab = await opened(path, { viewport: PHONE, colorScheme });
          await screenshot(tab, `phone-${colorScheme}-${name}`);
          expect({ name, flaws: await flaws(tab) }).toEqual({ name, flaws: [] });
        }
      });

    test('fits on a wide screen, in the dark too', async () => {
      for (const [name, path] of await pages()) {
        const tab = await opened(path, { viewport: { width: 1600, height: 1000 }, colorScheme: 'dark' });
        await screenshot(tab, `dark-${name}`);
        expect({ name, flaws: await flaws(tab) }).toEqual({ name, flaws: [] });
      }
    });

    test('works without JavaScript: a run is started, and its page refreshed by a link', async () => {
      const tab = await opened('/', { javaScriptEnabled: false });
      await tab.page.getByRole('textbox', { name: 'Customers' }).fill('2, 4');
      await tab.page.getByRole('button', { name: 'Start the run' }).click();
      await tab.page.waitForURL(/\/ui\/runs\//);
      while ((await tab.page.getByText('Every bill is there.').count()) === 0)
        await tab.page.getByRole('link', { name: 'Refresh' }).click();
      await screenshot(tab, 'without-javascript');
      expect(tab.complaints).toEqual([]);
    });
  });
});
