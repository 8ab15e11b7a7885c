import { Type } from '@sinclair/typebox';
import type { Elysia } from 'elysia';
import { type Json, traceHeaders } from '../../core/mod.ts';
import { access, openToAll, principalOf } from '../platform/auth/index.ts';
import {
  CHANGES_KEPT,
  type ChangeRequest,
  changeSetting,
  type DescribedSetting,
  type Desk,
  describeService,
  describeSetting,
  publishedSchema,
  settingSchema,
} from '../platform/configuration/index.ts';
import { HttpProblem, jsonBody, parameters, unavailable } from '../platform/http/index.ts';
import type { Telemetry } from '../platform/telemetry/index.ts';
import { answered } from './problems.ts';

const Why = Type.Optional(Type.String({ maxLength: 1_000, description: 'for who reads the history' }));
const Put = Type.Object({ value: Type.Unknown({ description: 'what GET says that it takes' }), why: Why });
const DeleteQuery = Type.Object({ why: Why });

const reading = access('operator', 'configuration-admin');
const changing = access('configuration-admin');
const tags = ['settings'];

const landing = `Requite: the central configuration.

GET    /settings                          every setting of every service
GET    /settings/:service                 those of one
GET    /settings/:service/:key            one setting; its ETag is the number of its last change
PUT    /settings/:service/:key            {"value": …, "why": "…"} changes it, in all instances, while they run
DELETE /settings/:service/:key            back to the default
GET    /settings/:service/:key/history    who changed it, when, from what to what
GET    /docs                              the whole API
`;

interface Named {
  readonly service: string;
  readonly key: string;
}

/** The routes of the Configuration service. */
export function addRoutes(app: Elysia, desk: Desk, telemetry: Telemetry): Elysia {
  const trace = () => traceHeaders(telemetry.active());
  app
    .get('/', () => new Response(landing, { headers: { 'content-type': 'text/plain; charset=utf-8' } }), {
      detail: { summary: 'What this is', tags, ...openToAll },
    })
    .get('/settings', () => answered(() => all(desk)), {
      detail: { summary: 'Every setting of every service', tags, ...reading },
    })
    .get('/settings/:service', ({ params }) => answered(() => ofService(desk, params.service)), {
      detail: { summary: 'The settings of one service', tags, ...reading },
    })
    .get('/settings/:service/:key', ({ params }) => answered(() => one(desk, params)), {
      detail: { summary: 'One setting; its ETag is the number of its last change', tags, ...reading },
    })
    .get('/settings/:service/:key/history', ({ params }) => answered(() => history(desk, params)), {
      detail: {
        summary: `Who changed it, when, from what to what: the last ${CHANGES_KEPT} changes, newest first`,
        tags,
        ...reading,
      },
    })
    .put(
      '/settings/:service/:key',
      ({ params, body, request }) =>
        answered(() =>
          change(desk, request, { ...params, to: body.value as Json, why: body.why, ...trace() }),
        ),
      {
        body: jsonBody(Put),
        detail: {
          summary:
            'Changes a setting; durable when answered. With If-Match only where nobody else has meanwhile',
          tags,
          ...changing,
        },
      },
    )
    .delete(
      '/settings/:service/:key',
      ({ params, query, request }) =>
        answered(() => change(desk, request, { ...params, to: null, why: query.why, ...trace() })),
      {
        query: parameters(DeleteQuery),
        detail: { summary: 'Unsets it: the default counts again', tags, ...changing },
      },
    );
  return app;
}

async function all(desk: Desk): Promise<Response> {
  const services = read(desk).services();
  const listed = services.map(async ({ service }) => ofServiceBody(desk, service));
  return Response.json({ services: await Promise.all(listed) });
}

async function ofService(desk: Desk, service: string): Promise<Response> {
  publishedSchema(read(desk), service);
  return Response.json(await ofServiceBody(desk, service));
}

async function ofServiceBody(desk: Desk, service: string) {
  const settings = describeService(desk.book, service, await desk.pins(service));
  return { service, version: desk.book.schema(service)?.version ?? null, settings };
}

async function one(desk: Desk, { service, key }: Named): Promise<Response> {
  const { book } = desk;
  // what is set and no longer known can still be looked at
  if (read(desk).setting(service, key) === null) settingSchema(book, service, key);
  return answerWith(describeSetting(book, service, key, await desk.pins(service)));
}

async function history(desk: Desk, { service, key }: Named): Promise<Response> {
  const { changes } = read(desk).history(service, key);
  if (changes.length === 0) settingSchema(desk.book, service, key);
  const shown = changes.map(({ number, from, to, by, at, why = null }) => ({
    number,
    from,
    to,
    by,
    at,
    why,
  }));
  return Response.json({ service, key, changes: shown.reverse() });
}

async function change(
  desk: Desk,
  request: Request,
  asked: Omit<ChangeRequest, 'by' | 'ifChange'>,
): Promise<Response> {
  const { service, key, to } = asked;
  if (to === null && request.method === 'PUT')
    throw new HttpProblem({
      status: 422,
      code: 'invalid-input',
      detail: 'null is no value of a setting: DELETE unsets it.',
    });
  const by = principalOf(request)?.name ?? 'anonymous';
  const outcome = await changeSetting(desk, { ...asked, by, ifChange: ifMatch(request) });
  const setting = describeSetting(desk.book, service, key, await desk.pins(service));
  return answerWith(setting, outcome.kind);
}

function answerWith(setting: DescribedSetting, outcome?: string): Response {
  const body = outcome === undefined ? setting : { outcome, ...setting };
  return Response.json(body, { headers: { etag: `"${setting.change}"` } });
}

/** The number of the change that `If-Match` names. */
function ifMatch(request: Request): number | undefined {
  const header = request.headers.get('if-match');
  if (header === null) return undefined;
  const [, digits] = /^\s*"?(\d{1,9})"?\s*$/.exec(header) ?? [];
  if (digits !== undefined) return Number(digits);
  const detail = "If-Match takes the ETag that GET gave: the number of the setting's last change, in quotes.";
  throw new HttpProblem({ status: 400, code: 'bad-if-match', detail });
}

/** The book, once it has been read. */
function read({ book }: Desk): Desk['book'] {
  if (book.hasRead) return book;
  throw unavailable(
    'starting',
    `The settings are not known yet: ${book.readiness()}. Try again in a few seconds.`,
  );
}
