// A real browser, and what each page must keep to whatever else a test is about.
import { expect } from 'bun:test';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';

/** Debian's; `CHROMIUM` names another. */
const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';
/** Where screenshots go, if somebody wants some. */
const SCREENSHOTS = process.env.SCREENSHOTS;

/** Whether there is a browser to test with. Where one must be (CI), tests fail for want of it. */
export const canBrowse: boolean = existsSync(EXECUTABLE) || Boolean(process.env.CI);
if (!canBrowse)
  console.warn(
    `LEFT OUT: tests of the dashboard, as there is no ${EXECUTABLE}. Install Chromium, or name it in CHROMIUM.`,
  );

export const PHONE = { width: 360, height: 740 };

/** A page that notes what its browser complains of. */
export interface Tab {
  readonly page: Page;
  readonly complaints: string[];
}

/** Browsers are slow to start: one for all tests of a file. */
export class Browsing {
  readonly #browser: Browser;
  readonly #contexts: Set<BrowserContext> = new Set();

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async open(): Promise<Browsing> {
    const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
    return new Browsing(await chromium.launch({ executablePath: EXECUTABLE, args }));
  }

  /** A tab of a browser that knows nothing yet. */
  async tab(options: BrowserContextOptions = {}): Promise<Tab> {
    const context = await this.#browser.newContext({
      viewport: { width: 1280, height: 900 },
      reducedMotion: 'reduce',
      ...options,
    });
    this.#contexts.add(context);
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    return { page, complaints };
  }

  /** A tab with this page in it. */
  async opened(url: string, options: BrowserContextOptions = {}): Promise<Tab> {
    const tab = await this.tab(options);
    await tab.page.goto(url);
    return tab;
  }

  async close(): Promise<void> {
    for (const context of this.#contexts) await context.close();
    await this.#browser.close();
  }
}

/** Keeps what a page looks like, where somebody asked for it. */
export async function screenshot({ page }: Tab, name: string): Promise<void> {
  if (SCREENSHOTS === undefined) return;
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
}

/** A page that everybody can use, and of which its browser complains of nothing. */
export async function expectSound(tab: Tab): Promise<void> {
  expect(await flaws(tab)).toEqual([]);
  expect(tab.complaints).toEqual([]);
}

/** What is wrong with a page for somebody who can't see it, or only has a keyboard or a phone: one line each. */
export async function flaws({ page }: Tab): Promise<readonly string[]> {
  // in the browser, so that it is what is shown that is looked at
  return (await page.evaluate(FLAWS)) as readonly string[];
}

const FLAWS = `(() => {
  const flaws = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const isShown = (element) => element.getClientRects().length > 0;
  for (const name of ['main', 'header', 'nav', 'footer', 'h1'])
    if (all(name).length === 0) flaws.push('there is no ' + name);
  if (all('main').length > 1 || all('h1').length > 1) flaws.push('there is more than one main or h1');
  for (const field of all('input:not([type=hidden]), select, textarea'))
    if (isShown(field) && field.labels.length === 0 && !field.ariaLabel) flaws.push('no label: ' + field.outerHTML);
  for (const element of all('a, button'))
    if (isShown(element) && element.textContent.trim() === '' && !element.ariaLabel) flaws.push('no name: ' + element.outerHTML);
  for (const image of all('img:not([alt]), svg:not([aria-hidden], [aria-label])')) flaws.push('no text: ' + image.outerHTML);
  for (const nav of all('nav')) if (!nav.ariaLabel && !nav.hasAttribute('aria-labelledby')) flaws.push('a nav without a name');
  const ids = all('[id]').map(({ id }) => id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) flaws.push('twice the id ' + id);
  for (const element of all('[aria-describedby], [aria-labelledby]'))
    for (const name of ['aria-describedby', 'aria-labelledby'])
      for (const id of (element.getAttribute(name) ?? '').split(/\\s+/))
        if (id !== '' && document.getElementById(id) === null) flaws.push(name + ' names nothing: ' + id);
  let level = 0;
  for (const heading of all('h1, h2, h3, h4')) {
    const next = Number(heading.tagName[1]);
    if (next > level + 1) flaws.push('a heading skips a level: ' + heading.textContent);
    level = next;
  }
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) flaws.push('wider than the window: ' + scrollWidth + ' of ' + clientWidth);
  return flaws;
})()`;
