import { Type } from '@sinclair/typebox';
import type { Elysia } from 'elysia';
import {
  IDENTIFIER_PATTERN,
  isWellFormed,
  type Json,
  MAX_EVENT_LINES,
  MAX_ORDER_ID_LENGTH,
  type OrderDispatch,
  sendable,
  TIME_COLUMNS,
  type TimeColumn,
} from '../../core/mod.ts';
import { access } from '../platform/auth/index.ts';
import { HttpProblem, invalid, jsonBody, parameters } from '../platform/http/index.ts';
import type { Dispatches } from './choreography.ts';
import type { TimesCursor, TimesRow } from './choreography-view.ts';
import { limit, Path, timeout } from './replies.ts';

const Line = Type.Object({
  sku: Type.String({ description: 'what is ordered, such as JUMPERS' }),
  quantity: Type.Integer({ description: 'pieces' }),
  price: Type.Optional(Type.Union([Type.String(), Type.Number()], { description: 'of one piece' })),
});
/** For the API's description: any object is an order. */
const OrderBody = Type.Object(
  {
    id: Type.Optional(
      Type.Union([Type.String(), Type.Integer()], {
        description: 'the idempotency key; left out: one is made',
      }),
    ),
    customerId: Type.Optional(Type.String()),
    currency: Type.Optional(Type.String({ description: 'ISO 4217; else EUR' })),
    issuer: Type.Optional(Type.String({ description: 'who writes the invoice; else REQUITE' })),
    lines: Type.Optional(Type.Array(Line, { maxItems: MAX_EVENT_LINES })),
  },
  { additionalProperties: true },
);
const body: ReturnType<typeof jsonBody> = { ...jsonBody(Type.Unknown()), jsonSchema: OrderBody };

const WaitQuery = Type.Object({
  timeout,
  until: Type.Optional(
    Type.Union(
      TIME_COLUMNS.map((column) => Type.Literal(column)),
      { description: 'waits until this time is there; default: until the order is' },
    ),
  ),
});
const ListQuery = Type.Object({
  limit,
  after: Type.Optional(
    Type.String({ maxLength: 1024, description: 'where the page begins: the "next" of the page before' }),
  ),
});

const writer = access('order-writer');
const reader = access('order-reader', 'order-writer');

/** The routes of the choreography. */
export function addChoreographyRoutes(app: Elysia, dispatches: Dispatches): Elysia {
  const tags = ['choreography'];
  app
    .post('/order', ({ body, request }) => dispatch(dispatches, body, request), {
      body,
      detail: {
        summary: 'Dispatches an order into the choreography; durable when answered',
        description: 'Any JSON object is an order. The same under the same id again is answered the same.',
        tags,
        ...writer,
        responses: {
          201: { description: 'Dispatched, now or before.' },
          409: { description: 'Another order has this id.' },
          503: { description: 'Not confirmed: send it again with the id that the answer names.' },
        },
      },
    })
    .get('/order', ({ query }) => list(dispatches, query.limit, query.after), {
      query: parameters(ListQuery),
      detail: { summary: 'How far the orders have come, the newest first', tags, ...reader },
    })
    .get(
      '/order/:id',
      async ({ params: { id }, query: { timeout, until }, request: { signal } }) => {
        const column = until as TimeColumn | undefined;
        const isEnough = (row: TimesRow): boolean => column === undefined || row[column] !== null;
        const row = await dispatches.find(id, isEnough, timeout, signal);
        if (row !== undefined) return Response.json(row);
        const detail =
          column === undefined
            ? 'There is no order of this id yet: wait longer with ?timeout=<ms>, or dispatch it with POST /order.'
            : `The order has no ${column} yet: wait longer with ?timeout=<ms>; without "until" this shows how far it is.`;
        throw new HttpProblem({ status: 504, code: 'not-in-time', detail });
      },
      {
        params: parameters(Path),
        query: parameters(WaitQuery),
        detail: {
          summary: 'How far an order has come: a timeline that fills as it happens',
          tags,
          ...reader,
        },
      },
    );
  return app;
}

async function dispatch(dispatches: Dispatches, given: unknown, request: Request): Promise<Response> {
  if (request.headers.has('idempotency-key')) {
    const detail =
      'Here the "id" of the order is its idempotency key: send it in the body instead of Idempotency-Key.';
    throw new HttpProblem({ status: 400, code: 'unsupported-header', detail });
  }
  const order = dispatchOf(given, () => crypto.randomUUID(), new Date().toISOString());
  const row = await dispatches.dispatch(order);
  const location = `/order/${encodeURIComponent(order.id)}`;
  return Response.json({ id: order.id, ...row }, { status: 201, headers: { location } });
}

/** The dispatch that a body asks for. Throws 422 that says what is wrong. */
function dispatchOf(given: unknown, newId: () => string, time: string): OrderDispatch {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw invalid([
      {
        path: '',
        message: 'Expected an object such as {"lines":[{"sku":"JUMPERS","quantity":1,"price":"75.00"}]}',
      },
    ]);
  const { id, ...detail } = given as { readonly [field: string]: Json };
  const named = id === undefined ? newId() : idOf(id);
  const errors = [
    ...(named === null ? [{ path: '/id', message: BAD_ID }] : []),
    ...('orderId' in detail && detail.orderId !== named
      ? [{ path: '/orderId', message: 'Leave it out, or give the same as "id": that is the order’s id' }]
      : []),
    ...(Array.isArray(detail.lines) && detail.lines.length > MAX_EVENT_LINES
      ? [{ path: '/lines', message: `Expected at most ${MAX_EVENT_LINES} lines` }]
      : []),
    ...(sendable(detail) ? [] : [{ path: '', message: 'It nests too deep, or is too long: send less' }]),
  ];
  if (errors.length > 0 || named === null) throw invalid(errors);
  const { orderId: _, ...rest } = detail;
  return { id: named, time, detail: rest };
}

const BAD_ID = `Expected a whole number or 1 to ${MAX_ORDER_ID_LENGTH} characters other than "." and "..", without control characters and halves of surrogate pairs`;

function idOf(value: Json): string | null {
  const text = Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text !== 'string' || text.length > MAX_ORDER_ID_LENGTH || text === '.' || text === '..')
    return null;
  return new RegExp(IDENTIFIER_PATTERN).test(text) && isWellFormed(text) ? text : null;
}

async function list(dispatches: Dispatches, limit: number, after: string | undefined): Promise<Response> {
  const { rows, next } = await dispatches.page(limit, after === undefined ? null : cursorOf(after));
  const cursor = next === null ? null : `${next.firstAt} ${next.id}`;
  return Response.json({ orders: rows, next: cursor });
}

function cursorOf(text: string): TimesCursor {
  const space = text.indexOf(' ');
  if (space < 0) throw invalid([{ path: '/after', message: 'Expected the "next" of the page before' }]);
  return { firstAt: text.slice(0, space), id: text.slice(space + 1) };
}
