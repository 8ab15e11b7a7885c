// Login and logout, for people whose browser has to say who they are.
import type { Elysia } from 'elysia';
import { type Login, loginPaths, openToAll } from '../../platform/auth/index.ts';
import { html } from './html.ts';
import { layout } from './layout.ts';
import type { DashboardOptions } from './page.ts';
import { ownPath } from './paths.ts';
import { addAction } from './routes.ts';

/** What issuers say when they send somebody back: ours reads the first four, and `iss`. */
const SAID = ['code', 'state', 'error', 'error_description', 'error_uri', 'iss', 'session_state', 'scope'];

/** Adds login and logout. */
export function addLogin(app: Elysia, login: Login, options: DashboardOptions): void {
  const public_ = { hide: true, ...openToAll };
  const text = { in: 'query' as const, schema: { type: 'string' as const } };
  app
    .get(
      loginPaths.login,
      ({ request }) => login.begin(request, pageToReturnTo(new URL(request.url).searchParams.get('to'))),
      { detail: { ...public_, parameters: [{ name: 'to', ...text }] } },
    )
    .get(loginPaths.callback, ({ request }) => login.finish(request), {
      detail: { ...public_, parameters: SAID.map((name) => ({ name, ...text })) },
    })
    .get(loginPaths.loggedOut, ({ request }) => farewell(request), { detail: public_ });
  addAction(
    app,
    {
      path: loginPaths.logout,
      access: openToAll,
      act: async ({ request }) => {
        const { cookies, url } = await login.end(request);
        const page = farewell(request);
        for (const cookie of cookies) page.headers.append('set-cookie', cookie);
        // a form may not lead to another site, not even by a redirect: the page that it leads to goes on by itself
        if (url !== null) page.headers.set('refresh', `0;url=${url}`);
        return page;
      },
    },
    options,
  );
}

/** A page of ours; not one of the login itself, which would lead in a circle. */
function pageToReturnTo(path: string | null): string {
  const own = ownPath(path ?? '/');
  const isPage = own === '/' || own.startsWith('/?') || own.startsWith('/ui/');
  const isLogin = Object.values(loginPaths).some((each) => own.startsWith(each));
  return isPage && !isLogin ? own : '/';
}

function farewell(request: Request): Response {
  return layout(
    { request, url: new URL(request.url), visitor: null },
    {
      title: 'Logged out',
      main: html`<section class="problem">
<h1>You are logged out</h1>
<p class="lead">Runs go on without you.</p>
<p><a class="button" href="${loginPaths.login}">Log in</a></p>
</section>`,
    },
  );
}
