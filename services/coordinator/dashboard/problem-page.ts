// A problem as a page, where a browser asked for one.
import type { HttpProblem } from '../../platform/http/index.ts';
import { html } from './html.ts';
import { layout } from './layout.ts';

/** The page of a problem of ours; null where a program asked, or something else than a page was asked for. */
export function problemPage(problem: HttpProblem, request: Request): Response | null {
  const url = new URL(request.url);
  const isPage = url.pathname === '/' ? request.method === 'GET' : url.pathname.startsWith('/ui/');
  if (!isPage || !(request.headers.get('accept') ?? '').includes('text/html')) return null;
  const { status, detail, headers } = problem;
  const heading = HEADINGS.get(status) ?? 'That did not work';
  const again =
    status === 503 && request.method === 'GET'
      ? html`<p><a class="button" href="${url.pathname + url.search}">Try again</a></p>`
      : html`<p><a class="button" href="/">To the runs</a></p>`;
  const page = layout(
    { request, url, visitor: null },
    {
      title: heading,
      status,
      ...(status === 503 && request.method === 'GET' ? { live: { everyMs: 2_000 } } : {}),
      main: html`<section class="problem" id="problem" data-live="whole">
<p class="eyebrow">${status}</p>
<h1>${heading}</h1>
<p class="lead">${detail}</p>
${again}
</section>`,
    },
  );
  for (const [name, value] of Object.entries(headers)) page.headers.set(name, value);
  return page;
}

const HEADINGS: ReadonlyMap<number, string> = new Map([
  [401, 'Who are you?'],
  [403, 'Not allowed'],
  [404, 'Nothing here'],
  [413, 'Too much at once'],
  [415, 'Not a form'],
  [429, 'Too many requests'],
  [500, 'Something broke here'],
  [503, 'Not ready yet'],
]);
