import { Type } from '@sinclair/typebox';
import type { Elysia } from 'elysia';
import {
  isoTime,
  mailNotification,
  NOTIFICATION_CHANNELS,
  notificationWorkflowId,
  partitionFor,
  type Transport,
  topics,
  webhookNotification,
} from '../../core/mod.ts';
import { access, openToAll, principalOf } from '../platform/auth/index.ts';
import { HttpProblem, parameters } from '../platform/http/index.ts';
import type { Telemetry } from '../platform/telemetry/index.ts';
import type { View } from '../platform/view/index.ts';
import type { NotificationQueries, NotificationRow } from './queries.ts';
import { notificationRecord } from './records.ts';
import { NOTIFICATION_STATUSES } from './view-fold.ts';

/** How long a request waits for what was told just now, in milliseconds. */
const CATCH_UP_MS = 1_000;
const PRINCIPAL_MAX_LENGTH = 256;

const one = (names: readonly string[], description: string) =>
  Type.Union([Type.Literal(''), ...names.map((name) => Type.Literal(name))], { default: '', description });

const ListParameters = Type.Object({
  orderId: Type.String({ default: '', maxLength: 128, description: 'those of this order' }),
  status: one(NOTIFICATION_STATUSES, `those that are ${NOTIFICATION_STATUSES.join(', ')}`),
  channel: one(NOTIFICATION_CHANNELS, NOTIFICATION_CHANNELS.join(' or ')),
  limit: Type.Integer({ minimum: 1, maximum: 500, default: 100, description: 'at most so many' }),
  after: Type.String({
    default: '',
    maxLength: 256,
    description: 'where the page before ended; see links.next',
  }),
});
const Path = Type.Object({ id: Type.String() });

const landing = `Requite: the Notification service.

GET  /notifications             what was sent about orders, the newest orders first
                                (?orderId=&status=&channel=&limit=&after=)
GET  /notifications/:id         one notification, with its attempts
POST /notifications/:id/retry   begins one anew that failed
GET  /docs                      the whole API
`;

export interface Served {
  readonly view: View;
  readonly queries: NotificationQueries;
  readonly transport: Transport;
  readonly partitions: number;
  readonly telemetry: Telemetry;
}

/** The Notification service's routes. */
export function addRoutes(app: Elysia, served: Served): Elysia {
  const tags = ['notifications'];
  const reading = access('operator', 'order-reader');
  app
    .get('/', () => new Response(landing, { headers: { 'content-type': 'text/plain; charset=utf-8' } }), {
      detail: { summary: 'What this is', tags, ...openToAll },
    })
    .get('/notifications', ({ query }) => list(query, served.queries), {
      query: parameters(ListParameters),
      detail: { summary: 'What was sent about orders, the newest orders first', tags, ...reading },
    })
    .get('/notifications/:id', ({ params }) => show(params.id, served), {
      params: parameters(Path),
      detail: { summary: 'One notification, with its attempts', tags, ...reading },
    })
    .post('/notifications/:id/retry', ({ params, request }) => retry(params.id, request, served), {
      params: parameters(Path),
      detail: {
        summary: 'Begins a notification anew that failed',
        description: 'A webhook keeps its id through it, so that a receiver knows a repeat.',
        tags,
        ...access('dead-letter-admin', 'operator'),
        responses: {
          202: { description: 'It will be tried again.' },
          409: { description: 'It has not failed.' },
        },
      },
    });
  return app;
}

const pathOf = (id: string): string => `/notifications/${encodeURIComponent(id)}`;

interface Page {
  readonly orderId: string;
  readonly status: string;
  readonly channel: string;
  readonly limit: number;
  readonly after: string;
}

function list(page: Page, queries: NotificationQueries): unknown {
  const { orderId, status, channel, limit } = page;
  const after = page.after === '' ? null : queries.find(page.after);
  if (page.after !== '' && after === null)
    throw new HttpProblem({
      status: 422,
      code: 'no-such-notification',
      detail: '"after" names no notification: use links.next of the page before.',
    });
  const rows = queries.list({ orderId, status, channel, after, limit });
  const last = rows.length === limit ? rows.at(-1) : undefined;
  const asked = Object.entries({ orderId, status, channel }).filter(([, value]) => value !== '');
  const next = last && new URLSearchParams([...asked, ['limit', String(limit)], ['after', last.id]]);
  return {
    notifications: rows.map(replyOf),
    links: next === undefined ? {} : { next: `/notifications?${next}` },
  };
}

function replyOf({ problem, nextAttemptAt, recipient, subject, ...row }: NotificationRow) {
  return {
    ...row,
    ...(nextAttemptAt === null ? {} : { nextAttemptAt }),
    ...(problem === null ? {} : { problem }),
    ...(recipient === null ? {} : { recipient }),
    ...(subject === null ? {} : { subject }),
    links: { self: pathOf(row.id) },
  };
}

/** The notification, as far as the log tells of it now. Throws `HttpProblem`: 404. */
async function found(id: string, { view, queries }: Served): Promise<NotificationRow> {
  const known = queries.find(id);
  if (known?.status === 'sent') return known;
  await view.caughtUp(CATCH_UP_MS); // it may have been told of just now
  const row = queries.find(id);
  if (row !== null) return row;
  const detail =
    'No notification of this id is known: use one that GET /notifications lists, percent-encoded.';
  throw new HttpProblem({ status: 404, code: 'no-such-notification', detail });
}

async function show(id: string, served: Served): Promise<unknown> {
  const row = await found(id, served);
  const { attempts, ...rest } = replyOf(row);
  return { ...rest, attempts: served.queries.attempts(id), retries: served.queries.retries(id) };
}

async function retry(id: string, request: Request, served: Served): Promise<Response> {
  const row = await found(id, served);
  const { transport, partitions, telemetry } = served;
  const traceparent = telemetry.active();
  const { orderId, channel, round } = row;
  switch (row.status) {
    case 'failed': {
      const by = principalOf(request)?.name.slice(0, PRINCIPAL_MAX_LENGTH) ?? null;
      const time = isoTime(Date.now());
      const asked = { event: 'retry-requested', orderId, channel, round, time, by } as const;
      await transport.publish([notificationRecord(asked, partitions, traceparent)]);
      break;
    }
    case 'parked': {
      const workflowId = notificationWorkflowId({ orderId, channel, round });
      const type = (channel === 'mail' ? mailNotification : webhookNotification).type;
      const command = { 'workflow-type': type, 'workflow-id': workflowId, command: 'retry' };
      const partition = partitionFor(workflowId, partitions);
      await transport.publish([
        { topic: topics.workflowCommands, partition, key: workflowId, value: JSON.stringify(command) },
      ]);
      break;
    }
    case 'open':
    case 'sent':
    case 'cancelled':
      throw new HttpProblem({
        status: 409,
        code: 'not-failed',
        detail: `The notification is ${row.status}: only one that failed can be begun anew.`,
      });
    default:
      row.status satisfies never;
  }
  const headers = { location: pathOf(id) };
  return Response.json({ id, status: 'requested', links: { self: pathOf(id) } }, { status: 202, headers });
}
