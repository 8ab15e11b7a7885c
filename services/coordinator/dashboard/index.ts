/**
 * The dashboard: pages for people, at `/` and below `/ui/…`. They are HTML from here, work without JavaScript, and follow
 * what happens where there is some.
 *
 * To add a page:
 * 1. `pages/NAME.ts` exports a `Page`: its path below `/ui/`, who may see it (as the REST routes that it shows), its query
 *    parameters, and `show(visit)`, which gives a title and the HTML of `<main>`. Ask for data by `visit.api.get('/…')`,
 *    which is the REST interface itself, for whoever asked for the page. A problem that it throws becomes a page.
 * 2. HTML is made by the tag `html` (html.ts) alone: it escapes. Attributes stand in double quotes; no `style` attribute,
 *    no inline script, as the policy forbids both. Text of others goes through `foreign`. Look into components/ first:
 *    states (shape and word), notices, commands to copy, bars, lists. Styles are in assets/styles.css.
 * 3. What is to follow while the page is open stands in an element with an `id` and `data-live`, and `live` says how often
 *    to look, and which events say that something has changed. Not around forms with fields.
 * 4. A form posts to an `Action` (`act(visit, form)`), which ends in `seeOther(path)`, or gives the form's page with its
 *    problem and what was typed. Forms of other sites are refused for all of them.
 * 5. Put both in the lists here, and an entry in navigation.ts where it is a section of its own. test/browser visits every
 *    page that is listed there; test/services/coordinator/dashboard has the tests that need no browser.
 */
import type { Elysia } from 'elysia';
import { addAssets } from './assets.ts';
import { addLogin } from './login.ts';
import type { Action, DashboardOptions, Page } from './page.ts';
import { billPage, billsPage } from './pages/bills.ts';
import { customersPage } from './pages/customers.ts';
import { jobCommands, jobPage } from './pages/job.ts';
import { jobsPage } from './pages/jobs.ts';
import { messagesPage } from './pages/messages.ts';
import { orderPage } from './pages/order.ts';
import { ordersPage, placeOrder } from './pages/orders.ts';
import { runCommands, runPage } from './pages/run.ts';
import { startPage, startRun } from './pages/start.ts';
import { systemActions, systemPages } from './pages/system/index.ts';
import { addAction, addPage } from './routes.ts';
import { chooseTheme } from './theme.ts';

export { problemPage } from './problem-page.ts';

const pages: readonly Page[] = [
  startPage,
  customersPage,
  runPage,
  jobsPage,
  jobPage,
  messagesPage,
  billsPage,
  billPage,
  ordersPage,
  orderPage,
  ...systemPages,
];
const actions: readonly Action[] = [
  startRun,
  ...runCommands,
  ...jobCommands,
  placeOrder,
  ...systemActions,
  chooseTheme,
];

/** Adds the pages and what their forms do. */
export function addDashboard(app: Elysia, options: DashboardOptions): void {
  addAssets(app);
  if (options.login !== null) addLogin(app, options.login, options);
  for (const page of pages) addPage(app, page, options);
  for (const action of actions) addAction(app, action, options);
}
