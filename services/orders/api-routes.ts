import { Type } from '@sinclair/typebox';
import type { Elysia } from 'elysia';
import { OrderId } from '../../core/mod.ts';
import { access } from '../platform/auth/index.ts';
import { invalid, parameters, problemResponse } from '../platform/http/index.ts';
import type { Telemetry } from '../platform/telemetry/index.ts';
import { type ApiOrders, apiPathOf, shortProblem } from './api-orders.ts';
import { apiOrderBody, apiOrderRequest } from './api-request.ts';
import {
  askedBy,
  customer,
  limit,
  Path,
  placedResponses,
  refuseIdempotencyKey,
  reply,
  served,
  timeout,
  WaitQuery,
} from './replies.ts';

const ListQuery = Type.Object({
  customerId: Type.Optional(customer),
  id: Type.Optional(
    Type.Intersect([OrderId], {
      description: 'instead: the order of this id, or none, without waiting for it',
    }),
  ),
  upTo: Type.Integer({
    minimum: 0,
    default: 0,
    description: 'with id: as of this offset of the id’s partition of `orders`',
  }),
  limit,
  timeout,
});

export interface ServedApi {
  readonly api: ApiOrders;
  readonly telemetry: Telemetry;
}

/** The routes of orders that are taken once the inventory has been asked. */
export function addApiRoutes(app: Elysia, { api, telemetry }: ServedApi): Elysia {
  const tags = ['orders of several lines'];
  const reading = access('order-reader');
  app
    .post('/api/orders', ({ body, request }) => place(api, body, request, telemetry.active()), {
      body: apiOrderBody,
      detail: {
        summary: 'Places an order of several lines, if all of them are in stock; durable when answered',
        description:
          'Where the inventory can not say so in time, the order is taken with "stockCheck": "pending", and its validation decides. The same order under the same id again is answered the same.',
        tags,
        ...access('order-writer'),
        responses: {
          ...placedResponses,
          409: { description: 'Lines are short, which "lines" names; or another order has this id.' },
        },
      },
    })
    .get(
      '/api/orders',
      async ({ query: { customerId, id, upTo, limit: most, timeout: timeoutMs }, request }) => {
        const late = 'The orders could not be read in time: ask again in a few seconds.';
        if (id !== undefined) return reply(await api.look(id, upTo, timeoutMs, askedBy(request)), late);
        if (customerId === undefined)
          throw invalid([{ path: '/customerId', message: 'Missing: send whose orders, or an id' }]);
        return reply(await api.ofCustomer(customerId, most, timeoutMs, askedBy(request)), late);
      },
      {
        query: parameters(ListQuery),
        detail: { summary: "A customer's orders, the newest first", tags, ...reading },
      },
    )
    .get(
      '/api/orders/:id',
      async ({ params, query, request }) =>
        reply(
          await api.find(params.id, query.timeout, askedBy(request)),
          'There is no order of this id yet: wait longer with ?timeout=<ms>, or place it with POST /api/orders.',
        ),
      {
        params: parameters(Path),
        query: parameters(WaitQuery),
        detail: { summary: 'An order with all its lines, once it is there', tags, ...reading },
      },
    );
  return app;
}

async function place(
  api: ApiOrders,
  body: unknown,
  request: Request,
  traceparent: string | null,
): Promise<Response> {
  refuseIdempotencyKey(request);
  const wanted = apiOrderRequest(body, () => crypto.randomUUID(), Date.now());
  const placed = await api.place(wanted, traceparent, request.signal);
  if (placed.kind === 'short') return problemResponse(shortProblem(placed.lines), { lines: placed.lines });
  const { value, servedBy } = placed.answered;
  const headers = { location: apiPathOf(value.id), ...served(servedBy) };
  return Response.json(value, { status: 201, headers });
}
