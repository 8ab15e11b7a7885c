import { Type } from '@sinclair/typebox';
import type { Elysia } from 'elysia';
import { pino } from 'pino';
import { TooManyWaits, TransportError } from '../../../core/mod.ts';
import { createHttp } from '../../../services/platform/http/app.ts';
import { jsonBody, parameters } from '../../../services/platform/http/index.ts';
import { DEFAULT_LIMITS } from '../../../services/platform/http/limits.ts';
import type { Readiness } from '../../../services/platform/service.ts';

export const BODY_LIMIT = 1_000;

export interface Sample {
  readonly app: Elysia;
  /** What was logged, a JSON line each. */
  readonly logged: string[];
  readonly standing: { readiness: () => Promise<Readiness> };
}

/** An app with a route for each thing that can happen. */
export function sampleApp({ bodySeconds = DEFAULT_LIMITS.bodySeconds } = {}): Sample {
  const logged: string[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) });
  const standing = {
    readiness: async (): Promise<Readiness> => ({ ready: true, checks: { log: 'reached' } }),
  };
  const app = createHttp({
    name: 'crm',
    title: 'Sample',
    description: 'Every kind of answer.',
    logger,
    readiness: () => standing.readiness(),
    bodyLimit: BODY_LIMIT,
    limits: { ...DEFAULT_LIMITS, bodySeconds },
  });
  const Named = Type.Object({ name: Type.String(), count: Type.Optional(Type.Integer({ minimum: 1 })) });
  const Paged = Type.Object({ limit: Type.Integer({ default: 5, minimum: 1, maximum: 10 }) });
  app
    .post('/named', ({ body }) => ({ body }), { body: jsonBody(Named) })
    .post('/any', ({ body }) => ({ body: body === undefined ? 'none' : body }))
    .get('/things/:id', ({ params, query }) => ({ ...params, ...query }), { query: parameters(Paged) })
    .get('/fails', () => {
      throw new Error('the password is hunter2');
    })
    .get('/log-is-away', () => {
      throw new TransportError('unavailable', 'no broker');
    })
    .get('/too-many-wait', () => {
      throw new TooManyWaits(7);
    })
    .get('/accepted', () => Response.json({ ok: true }, { status: 202 }));
  return { app, logged, standing };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { readonly [member: string]: unknown };
}

/** Sends a request to the app itself and reads the JSON answer. */
export async function send(
  app: Elysia,
  method: string,
  path: string,
  init: RequestInit = {},
): Promise<Answer> {
  const response = await app.handle(new Request(`http://localhost${path}`, { method, ...init }));
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : { text } };
}

/** A request's JSON body. */
export function json(text: string | Uint8Array, type = 'application/json'): RequestInit {
  return { body: text, headers: { 'content-type': type } };
}
