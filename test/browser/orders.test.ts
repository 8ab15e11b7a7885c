// The pages of orders in a real browser, with the services of orders as a process of their own.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../broker/ports.ts';
import { Processes } from '../support/processes.ts';
import { Browsing, canBrowse, expectSound, flaws, PHONE, screenshot, type Tab } from './browser.ts';

/** All that an order passes, but for who counts forecasts: he comes later. */
const SERVICES = ['orders', 'invoice-service'];

let directory: string;
let processes: Processes;
let browsing: Browsing;
let url: string;
let env: Readonly<Record<string, string>>;

describe.skipIf(!canBrowse)('pages of orders', () => {
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'requite-orders-pages-'));
    processes = new Processes(directory);
    const names = 'COORDINATOR CRM ORDERS PRODUCTS INVENTORY'.split(' ');
    const ports = await freePorts(names.length);
    env = {
      DATA_DIR: join(directory, 'data'),
      LOG_FORMAT: 'json',
      FSYNC: 'off',
      PARTITIONS: '2',
      ...Object.fromEntries(names.map((name, at) => [`${name}_PORT`, String(ports[at])])),
    };
    url = `http://127.0.0.1:${env.COORDINATOR_PORT}`;
    browsing = await Browsing.open();
    await processes.start('coordinator', { services: ['coordinator'], env, url });
  }, 120_000);

  afterAll(async () => {
    await browsing?.close();
    await processes?.close();
    rmSync(directory, { recursive: true, force: true });
  }, 60_000);

  const opened = (path: string, options?: Parameters<Browsing['tab']>[0]): Promise<Tab> =>
    browsing.opened(url + path, options);

  test('without the Orders service the page says how to start it, and goes on by itself once it is there', async () => {
    const tab = await opened('/ui/orders');
    await tab.page.getByText('The Orders service is not running').waitFor();
    await screenshot(tab, 'orders-away');
    await expectSound(tab);
    await processes.start('orders', { services: SERVICES, env });
    await tab.page.getByText('No order is on its way').waitFor();
    await screenshot(tab, 'orders-empty');
  }, 120_000);

  test('a sample order is placed, and its page follows it until it is shipped and counted', async () => {
    const tab = await opened('/ui/orders?customer=7');
    const { page } = tab;
    await page.getByText('This customer has no orders yet').waitFor();
    await page.getByRole('button', { name: 'Place the order' }).click();
    await page.waitForURL(/\/ui\/orders\/[\w-]+$/);
    await page.locator('.title .state', { hasText: 'shipped' }).waitFor();
    // what is still to come stands after what has come
    expect(await page.locator('.journey li').last().textContent()).toContain('not yet');
    await page.getByText('forecasting-service is not running').waitFor();
    await screenshot(tab, 'order-waits');
    await expectSound(tab);
    await processes.start('forecasting', { services: ['forecasting-service'], env });
    await page.getByText('forecasting-service is not running').waitFor({ state: 'detached' });
    await page.locator('.journey .open').first().waitFor({ state: 'detached' });
    await screenshot(tab, 'order-shipped');
    expect(await page.locator('.checks .state').allTextContents()).toEqual(['passed', 'passed', 'passed']);
    await page.getByText('Answered by').waitFor();
    await expectSound(tab);
    await page.getByRole('link', { name: 'All orders of this customer' }).click();
    await page.locator('td .state', { hasText: 'shipped' }).waitFor();
    await screenshot(tab, 'orders-of-customer');
    await expectSound(tab);
    await page.getByRole('link', { name: 'Of all customers' }).click();
    await page.locator('td .state', { hasText: 'shipped' }).waitFor();
    await screenshot(tab, 'orders');
    await expectSound(tab);
  }, 120_000);

  test('an order that fails a check says which and why, with what was typed shown as text', async () => {
    const tab = await opened('/ui/orders');
    const { page } = tab;
    await page.getByLabel('Customer', { exact: true }).last().fill('<b>7');
    await page.getByLabel('Product').fill('<script>alert(1)</script>');
    await page.getByLabel('Pieces').fill('3');
    await page.getByRole('button', { name: 'Place the order' }).click();
    await page.locator('.title .state', { hasText: 'failed' }).waitFor();
    await page.getByText('The order failed its check of').waitFor();
    await page.getByText('<script>alert(1)</script>', { exact: true }).waitFor();
    await screenshot(tab, 'order-failed');
    await expectSound(tab);
  }, 120_000);

  test('what is wrong with the form is said in it, and what was typed stays', async () => {
    const tab = await opened('/ui/orders');
    const { page } = tab;
    await page.getByLabel('Pieces').fill('many');
    await page.getByRole('button', { name: 'Place the order' }).click();
    await page.getByRole('alert').getByText('Pieces: Expected a whole number').waitFor();
    expect(await page.getByLabel('Pieces').inputValue()).toBe('many');
    await screenshot(tab, 'order-complaint');
    expect(await flaws(tab)).toEqual([]);
  }, 120_000);

  test('an order without a page is told so', async () => {
    const tab = await opened('/ui/orders/nothing');
    await tab.page.getByText('There is no order of this id').waitFor();
    expect(await flaws(tab)).toEqual([]);
  }, 60_000);

  test('they fit on a phone, in the dark too, and work without JavaScript', async () => {
    const first = await opened('/ui/orders?customer=7');
    const order = await first.page.locator('tbody a').first().getAttribute('href');
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const [name, path] of [
        ['orders', '/ui/orders?customer=7'],
        ['order', order ?? ''],
      ]) {
        const tab = await opened(path ?? '', { viewport: PHONE, colorScheme });
        await screenshot(tab, `phone-${colorScheme}-${name}`);
        expect({ name, flaws: await flaws(tab) }).toEqual({ name, flaws: [] });
      }
    }
    const dark = await opened(order ?? '', { colorScheme: 'dark' });
    await screenshot(dark, 'dark-order');
    const still = await opened('/ui/orders', { javaScriptEnabled: false });
    await still.page.getByRole('button', { name: 'Place the order' }).click();
    await still.page.waitForURL(/\/ui\/orders\/[\w-]+$/);
    await still.page.getByRole('heading', { name: 'What happened' }).waitFor();
  }, 120_000);

  test('when the Orders service is killed, an order’s page says that it is away', async () => {
    const { page } = await opened('/ui/orders?customer=7');
    const order = await page.locator('tbody a').first().getAttribute('href');
    await processes.kill('orders');
    const tab = await opened(order ?? '');
    await tab.page.getByText('The Orders service').first().waitFor();
    await screenshot(tab, 'order-away');
    expect(await flaws(tab)).toEqual([]);
  }, 120_000);
});
