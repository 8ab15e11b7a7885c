import type { Elysia } from 'elysia';
import { pino } from 'pino';
import { type Auth, access, openToAll, principalOf } from '../../../services/platform/auth/index.ts';
import { createHttp } from '../../../services/platform/http/app.ts';

/** An app with a route of each kind of access. */
export function guardedApp(auth: Auth): Elysia {
  const app = createHttp({
    name: 'crm',
    title: 'Sample',
    description: 'Every kind of access.',
    logger: pino({ level: 'silent' }),
    readiness: async () => ({ ready: true, checks: {} }),
    bodyLimit: 1_000_000,
    auth,
  });
  return app
    .get('/open', ({ request }) => ({ by: principalOf(request)?.name ?? null }), {
      detail: { summary: 'Open', ...openToAll },
    })
    .get('/undecided', ({ request }) => ({ by: principalOf(request)?.name ?? null }))
    .get('/bills', ({ request }) => ({ by: principalOf(request)?.name ?? null }), {
      detail: { summary: 'Bills', ...access('bill-reader', 'run-starter') },
    })
    .post('/runs', ({ request, body }) => ({ by: principalOf(request)?.name ?? null, body: body ?? null }), {
      detail: { summary: 'Start', ...access('run-starter') },
    })
    .get('/orders/:id', ({ params }) => ({ id: params.id }), {
      detail: { summary: 'An order', ...access('order-reader') },
    }) as unknown as Elysia;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Asks the app itself, with this token. */
export async function ask(
  app: Elysia,
  route: string,
  token?: string | null,
  init: RequestInit = {},
): Promise<Answer> {
  const [method = 'GET', path = '/'] = route.split(' ');
  const headers = { ...init.headers, ...(token == null ? {} : { authorization: `Bearer ${token}` }) };
  const response = await app.handle(new Request(`http://localhost${path}`, { ...init, method, headers }));
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Answer['body'],
  };
}
