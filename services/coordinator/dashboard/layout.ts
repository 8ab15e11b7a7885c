import { loginPaths, sessionTokenOf } from '../../platform/auth/index.ts';
import { assetPath } from './assets.ts';
import { foreign, type Html, html } from './html.ts';
import { isCurrent, navigation } from './navigation.ts';
import type { Shown, Visit } from './page.ts';
import { themeOf, themeSwitch } from './theme.ts';

/** Nothing but ours, and nothing inline: what somebody smuggles into a page does nothing. */
const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  // a bill, in which nothing runs
  "frame-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const MARK = html`<svg class="mark" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true"><path d="M4 4.5h16v10.5a4.5 4.5 0 0 1-4.5 4.5H11l-4 3v-3.2A4 4 0 0 1 4 15.5z" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linejoin="round"/><path d="M8.3 11.2l2.6 2.6 5-5.2" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/></svg>`;

/** The whole page. */
export function layout(visit: Pick<Visit, 'request' | 'url' | 'visitor'>, shown: Shown): Response {
  const { url, request, visitor } = visit;
  const { title, main, status = 200, live, isSystem = false } = shown;
  const theme = themeOf(request);
  const here = url.pathname + url.search;
  // a page that a form posted to is not there to be asked for again
  const back = request.method === 'GET' ? here : '/';
  const page = html`<!doctype html>
<html lang="en" data-theme="${theme}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="${theme === 'system' ? 'light dark' : theme}">
<title>${title} · Requite</title>
<link rel="icon" type="image/svg+xml" href="${assetPath('icon.svg')}">
<link rel="stylesheet" href="${assetPath('styles.css')}">
<link rel="stylesheet" href="${assetPath('records.css')}">
${isSystem ? html`<link rel="stylesheet" href="${assetPath('system.css')}">` : null}
<script type="module" src="${assetPath('main.js')}"></script>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<div class="wide">
<a class="wordmark" href="/">${MARK}<span>Requite</span></a>
<nav aria-label="Sections"><ul>${navigation.map((entry) => entryLink(entry, url.pathname))}</ul></nav>
${visitor === null ? null : visitorOf(visitor, request)}
</div>
</header>
<main id="main" class="wide" tabindex="-1"${liveAttributes(live, here)}>
${live === undefined ? null : staleness(live.path ?? here)}
${main}
</main>
<footer class="bottom">
<div class="wide">
<p><a href="/docs">API</a> <a href="/docs/topics">Topics</a> <a href="/health/ready">Readiness</a> <a href="/metrics">Metrics</a></p>
${themeSwitch(theme, back)}
</div>
</footer>
</body>
</html>
`;
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': POLICY,
    // our own forms must be able to say where they come from
    'referrer-policy': 'same-origin',
    vary: 'cookie',
  };
  return new Response(page.text, { status, headers });
}

function entryLink({ name, path }: (typeof navigation)[number], here: string): Html {
  return isCurrent(path, here)
    ? html`<li><a href="${path}" aria-current="page">${name}</a></li>`
    : html`<li><a href="${path}">${name}</a></li>`;
}

function liveAttributes(live: Shown['live'], here: string): Html | null {
  if (live === undefined) return null;
  const { events, everyMs, path = here } = live;
  return html` data-every="${everyMs}" data-page="${path}"${events === undefined ? null : html` data-events="${events}"`}`;
}

/** Who is logged in, and the way out; somebody with a token of his own has none. */
function visitorOf(visitor: string, request: Request): Html {
  const name = html`<span class="unseen">Logged in as</span> ${foreign(visitor)}`;
  if (sessionTokenOf(request) === null) return html`<p class="visitor">${name}</p>`;
  return html`<form class="visitor" method="post" action="${loginPaths.logout}"><span>${name}</span> <button>Log out</button></form>`;
}

/** Without modules a page stands still, and says so; with them this says when it has lost the coordinator. */
function staleness(here: string): Html {
  return html`<div class="staleness" role="status" data-staleness>
<p class="still">This page stands still without JavaScript. <a href="${here}">Refresh</a></p>
</div>`;
}
