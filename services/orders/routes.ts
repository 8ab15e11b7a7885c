import { Type } from '@sinclair/typebox';
import type { Elysia } from 'elysia';
import { Identifier, isPeriod } from '../../core/mod.ts';
import { access, openToAll } from '../platform/auth/index.ts';
import { invalid, parameters } from '../platform/http/index.ts';
import type { Telemetry } from '../platform/telemetry/index.ts';
import type { PartitionedView } from '../platform/view/index.ts';
import type { ChargesIndex } from './charges.ts';
import { type Orders, pathOf } from './orders.ts';
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
import { orderBody, orderRequest } from './request.ts';

const day = Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$', description: 'as YYYY-MM-DD' });
const ListQuery = Type.Object({ customerId: customer, limit, timeout });
const ChargesQuery = Type.Object({
  customerId: Identifier,
  from: day,
  to: day,
  upTo: Type.Integer({
    minimum: 0,
    default: 0,
    description: 'waits until the orders are read up to this offset of the customer’s partition',
  }),
  timeout,
});

const landing = `Requite: the Orders service.

POST /v1/orders                    places an order
GET  /v1/orders/:id                the order, once it is there (?timeout=<ms>)
GET  /v1/orders/:id/validated      the order, once it is VALIDATED or FAILED
GET  /v1/orders/:id/shipped        the order, once it is SHIPPED or FAILED
GET  /v1/orders?customerId=        a customer's orders, the newest first
POST /api/orders                   places an order of several lines, if they are in stock
GET  /api/orders/:id               that order, with all its lines
GET  /api/orders?customerId=       a customer's orders, the newest first
GET  /v1/charges?customerId=       what a customer has to pay for (&from=&to=)
GET  /v1/instances                 who has which part of the orders
GET  /docs                         the whole API
`;

/** What the routes serve. */
export interface Served {
  readonly orders: Orders;
  readonly charges: ChargesIndex;
  readonly view: PartitionedView;
  readonly telemetry: Pick<Telemetry, 'active'>;
}

/** The Orders service's routes. */
export function addRoutes(app: Elysia, { orders, charges, view, telemetry }: Served): Elysia {
  const tags = ['orders'];
  app
    .get('/', () => new Response(landing, { headers: { 'content-type': 'text/plain; charset=utf-8' } }), {
      detail: { summary: 'What this is', tags, ...openToAll },
    })
    .post('/v1/orders', ({ body, request }) => place(orders, body, request, telemetry.active()), {
      body: orderBody,
      detail: {
        summary: 'Places an order; durable when answered',
        description: 'The same order under the same id again is answered the same.',
        tags,
        ...access('order-writer'),
        responses: placedResponses,
      },
    })
    .get(
      '/v1/orders',
      async ({ query, request }) =>
        reply(
          await orders.ofCustomer(query.customerId, query.limit, query.timeout, askedBy(request)),
          'The orders of this customer could not be read in time: ask again in a few seconds.',
        ),
      {
        query: parameters(ListQuery),
        detail: { summary: "A customer's orders, the newest first", tags, ...access('order-reader') },
      },
    )
    .get(
      '/v1/orders/:id',
      async ({ params, query, request }) =>
        reply(
          await orders.find(params.id, query.timeout, askedBy(request)),
          'There is no order of this id yet: wait longer with ?timeout=<ms>, or place it with POST /v1/orders.',
        ),
      {
        params: parameters(Path),
        query: parameters(WaitQuery),
        detail: { summary: 'An order, once it is there', tags, ...access('order-reader') },
      },
    )
    .get(
      '/v1/orders/:id/validated',
      async ({ params, query, request }) =>
        reply(
          await orders.findOnce('validated', params.id, query.timeout, askedBy(request)),
          'There is no order of this id that is VALIDATED or FAILED yet: wait longer with ?timeout=<ms>; GET /v1/orders/:id shows whether it is there.',
        ),
      {
        params: parameters(Path),
        query: parameters(WaitQuery),
        detail: {
          summary: 'An order, once it is VALIDATED (and maybe SHIPPED since) or FAILED',
          tags,
          ...access('order-reader'),
        },
      },
    )
    .get(
      '/v1/orders/:id/shipped',
      async ({ params, query, request }) =>
        reply(
          await orders.findOnce('shipped', params.id, query.timeout, askedBy(request)),
          'There is no order of this id that is SHIPPED or FAILED yet: wait longer with ?timeout=<ms>; GET /v1/orders/:id shows how far it is.',
        ),
      {
        params: parameters(Path),
        query: parameters(WaitQuery),
        detail: {
          summary: 'An order, once it is SHIPPED, with its tracking number, or FAILED',
          tags,
          ...access('order-reader'),
        },
      },
    )
    .get(
      '/v1/charges',
      async ({ query: { customerId, from, to, upTo, timeout: timeoutMs }, request }) => {
        const period = { from, to };
        if (!isPeriod(period))
          throw invalid([{ path: '/to', message: 'Expected two days, the first before the second' }]);
        return reply(
          await charges.find({ customerId, period, upTo }, timeoutMs, askedBy(request)),
          'The orders of this customer could not all be read in time: ask again in a few seconds.',
        );
      },
      {
        query: parameters(ChargesQuery),
        detail: {
          summary: 'What a customer has to pay for: the lines of orders that were shipped',
          tags,
          ...access('order-reader'),
        },
      },
    )
    .get('/v1/instances', () => ({ instances: view.instances() }), {
      detail: {
        summary: 'The live instances, and which partitions of the orders each has',
        tags,
        ...access('operator'),
      },
    });
  return app;
}

async function place(
  orders: Orders,
  body: unknown,
  request: Request,
  active: string | null,
): Promise<Response> {
  refuseIdempotencyKey(request);
  const order = orderRequest(body, () => crypto.randomUUID(), Date.now());
  const traceparent = active ?? request.headers.get('traceparent');
  const { value, servedBy } = await orders.place(order, traceparent, request.signal);
  return Response.json(value, { status: 201, headers: { location: pathOf(value.id), ...served(servedBy) } });
}
