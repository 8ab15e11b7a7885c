import { HttpProblem } from '../../platform/http/index.ts';

/**
 * Refuses a form that another site had its visitor's browser send. A browser says where a form comes from, by
 * Sec-Fetch-Site, or where that is not sent (over plain HTTP) by Origin; a request that says neither is no form of ours.
 * Throws `HttpProblem`: 403.
 */
export function assertOwnPage(request: Request): void {
  const { headers } = request;
  const site = headers.get('sec-fetch-site');
  if (site === null ? isOwn(headers.get('origin'), headers.get('host')) : site === 'same-origin') return;
  const detail =
    'The form did not come from a page of this coordinator, so nothing was done: open the page here and send it again. Programs use the routes that /docs lists.';
  throw new HttpProblem({ status: 403, code: 'cross-site', detail });
}

/**
 * Refuses what another site had its visitor's browser send, where that needs no leave of ours; programs, which say nothing of
 * where they come from, may send it. Throws `HttpProblem`: 403.
 */
export function assertNotForeign(request: Request): void {
  const { headers } = request;
  if (headers.get('sec-fetch-site') !== null || headers.get('origin') !== null) assertOwnPage(request);
}

/** By host alone: before a proxy that ends TLS the scheme is another. */
function isOwn(origin: string | null, host: string | null): boolean {
  if (origin === null || host === null || !URL.canParse(origin)) return false;
  return new URL(origin).host === host;
}
