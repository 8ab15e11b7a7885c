// How pages and forms become routes.
import type { Elysia } from 'elysia';
import { principalOf } from '../../platform/auth/index.ts';
import { formBody, forPeople } from '../../platform/http/index.ts';
import { apiOf } from './api.ts';
import { layout } from './layout.ts';
import type { Action, DashboardOptions, Form, Page, Visit } from './page.ts';
import { assertOwnPage } from './same-origin.ts';

/** Adds a page's route. */
export function addPage(app: Elysia, page: Page, options: DashboardOptions): void {
  const one = { type: 'string' as const };
  const many = { type: 'array' as const, items: one };
  const parameters = [
    ...(page.query ?? []).map((name) => ({ name, in: 'query' as const, schema: one })),
    ...(page.lists ?? []).map((name) => ({ name, in: 'query' as const, schema: many })),
  ];
  app.get(
    page.path,
    async ({ request, params, query }) => {
      const visit = visitOf({ app, request, params, query, options });
      const shown = await page.show(visit);
      return shown instanceof Response ? shown : layout(visit, shown);
    },
    { detail: { hide: true, parameters, ...forPeople, ...page.access } },
  );
}

/** Adds a form's route, guarded against forms of other sites. */
export function addAction(app: Elysia, action: Action, options: DashboardOptions): void {
  app.post(
    action.path,
    async ({ request, params, query, body }) => {
      assertOwnPage(request);
      const visit = visitOf({ app, request, params, query, options });
      const outcome = await action.act(visit, body instanceof FormData ? (body as Form) : new FormData());
      return outcome instanceof Response ? outcome : layout(visit, outcome);
    },
    { detail: { hide: true, ...formBody, ...forPeople, ...action.access } },
  );
}

interface Asked extends Pick<Visit, 'request'> {
  readonly app: Elysia;
  readonly params: unknown;
  readonly query: unknown;
  readonly options: DashboardOptions;
}

function visitOf({ app, request, params, query, options }: Asked): Visit {
  return {
    ...options,
    request,
    url: new URL(request.url),
    api: apiOf(app, request),
    params: params as Visit['params'],
    query: query as Visit['query'],
    visitor: principalOf(request)?.name ?? null,
  };
}
