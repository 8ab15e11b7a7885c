// A problem as a page, where a browser asked for one.
import { loginPaths, principalOf, sessionTokenOf } from '../../platform/auth/index.ts';
import type { HttpProblem } from '../../platform/http/index.ts';
import { type Html, html } from './html.ts';
import { layout } from './layout.ts';
import { seeOther } from './page.ts';

/** The page of a problem of ours; null where a program asked, or something else than a page was asked for. */
export function problemPage(problem: HttpProblem, request: Request): Response | null {
  const url = new URL(request.url);
  const isPage = url.pathname === '/' ? request.method === 'GET' : url.pathname.startsWith('/ui/');
  if (!isPage || !(request.headers.get('accept') ?? '').includes('text/html')) return null;
  const { status, headers } = problem;
  const here = url.pathname + url.search;
  const isLogin = url.pathname.startsWith(loginPaths.login);
  if (status === 401 && request.method === 'GET' && !isLogin) return toLogin(here);
  const isLoggedOut = status === 401 && !isLogin;
  const detail = isLoggedOut
    ? 'You are not logged in any more, so nothing was done. Log in, and send the form again.'
    : problem.detail;
  const heading = HEADINGS.get(status) ?? 'That did not work';
  const page = layout(
    { request, url, visitor: principalOf(request)?.name ?? null },
    {
      title: heading,
      status,
      ...(status === 503 && request.method === 'GET' && !isLogin ? { live: { everyMs: 2_000 } } : {}),
      main: html`<section class="problem" id="problem" data-live="whole">
<p class="eyebrow">${status}</p>
<h1>${heading}</h1>
<p class="lead">${detail}</p>
${wayOn(problem, request, isLogin || isLoggedOut)}
</section>`,
    },
  );
  for (const [name, value] of Object.entries(headers)) page.headers.set(name, value);
  return page;
}

/** A page that is not open to strangers leads to the login, and from there back to it. */
function toLogin(here: string): Response {
  return seeOther(`${loginPaths.login}?to=${encodeURIComponent(here)}`);
}

function wayOn({ status, code }: HttpProblem, request: Request, isLogin: boolean): Html {
  const url = new URL(request.url);
  if (status === 503 && request.method === 'GET')
    return html`<p><a class="button" href="${url.pathname + url.search}">Try again</a></p>`;
  if (isLogin) return html`<p><a class="button" href="${loginPaths.login}">Log in</a></p>`;
  if (code === 'role-missing' && sessionTokenOf(request) !== null)
    return html`<form method="post" action="${loginPaths.logout}"><button>Log in as somebody else</button></form>`;
  return html`<p><a class="button" href="/">To the runs</a></p>`;
}

const HEADINGS: ReadonlyMap<number, string> = new Map([
  [401, 'You are not logged in'],
  [403, 'Not allowed'],
  [404, 'Nothing here'],
  [413, 'Too much at once'],
  [415, 'Not a form'],
  [429, 'Too many requests'],
  [500, 'Something broke here'],
  [503, 'Not ready yet'],
]);
