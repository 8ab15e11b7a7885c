import { Type } from '@sinclair/typebox';
import type { Elysia } from 'elysia';
import { Identifier, isPeriod, OrderId } from '../../core/mod.ts';
import { HttpProblem, invalid, parameters } from '../platform/http/index.ts';
import { type Answered, isForwarded, type PartitionedView } from '../platform/view/index.ts';
import type { ChargesIndex } from './charges.ts';
import { type Asked, type Orders, pathOf } from './orders.ts';
import { orderBody, orderRequest } from './request.ts';

/** The longest wait: less than the 120 s after which a silent connection is closed. */
const MAX_TIMEOUT_MS = 110_000;

const timeout = Type.Integer({
  minimum: 0,
  maximum: MAX_TIMEOUT_MS,
  default: 10_000,
  description: 'how long to wait, in milliseconds; 0 does not wait',
});
const day = Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$', description: 'as YYYY-MM-DD' });
const WaitQuery = Type.Object({ timeout });
const ListQuery = Type.Object({
  customerId: Type.Intersect([Identifier], { description: 'whose orders' }),
  limit: Type.Integer({ minimum: 1, maximum: 500, default: 100, description: 'at most so many orders' }),
  timeout,
});
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
const Path = Type.Object({ id: OrderId });

const landing = `Requite: the Orders service.

POST /v1/orders                    places an order
GET  /v1/orders/:id                the order, once it is there (?timeout=<ms>)
GET  /v1/orders/:id/validated      the order, once it is VALIDATED or FAILED
GET  /v1/orders?customerId=        a customer's orders, the newest first
GET  /v1/charges?customerId=       what a customer has to pay for (&from=&to=)
GET  /v1/instances                 who has which part of the orders
GET  /docs                         the whole API
`;

/** What the routes serve. */
export interface Served {
  readonly orders: Orders;
  readonly charges: ChargesIndex;
  readonly view: PartitionedView;
}

/** The Orders service's routes. */
export function addRoutes(app: Elysia, { orders, charges, view }: Served): Elysia {
  const tags = ['orders'];
  app
    .get('/', () => new Response(landing, { headers: { 'content-type': 'text/plain; charset=utf-8' } }), {
      detail: { summary: 'What this is', tags },
    })
    .post('/v1/orders', ({ body, request }) => place(orders, body, request), {
      body: orderBody,
      detail: {
        summary: 'Places an order; durable when answered',
        description: 'The same order under the same id again is answered the same.',
        tags,
        responses: {
          201: { description: 'Placed, now or before.' },
          409: { description: 'Another order has this id.' },
          503: { description: 'Not confirmed: send it again with the id that the answer names.' },
        },
      },
    })
    .get(
      '/v1/orders',
      async ({ query, request }) =>
        reply(
          await orders.ofCustomer(query.customerId, query.limit, query.timeout, askedBy(request)),
          'The orders of this customer could not be read in time: ask again in a few seconds.',
        ),
      { query: parameters(ListQuery), detail: { summary: "A customer's orders, the newest first", tags } },
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
        detail: { summary: 'An order, once it is there', tags },
      },
    )
    .get(
      '/v1/orders/:id/validated',
      async ({ params, query, request }) =>
        reply(
          await orders.findEnded(params.id, query.timeout, askedBy(request)),
          'There is no order of this id that is VALIDATED or FAILED yet: wait longer with ?timeout=<ms>; GET /v1/orders/:id shows whether it is there.',
        ),
      {
        params: parameters(Path),
        query: parameters(WaitQuery),
        detail: { summary: 'An order, once it is VALIDATED or FAILED', tags },
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
        detail: { summary: 'What a customer has to pay for: the lines of validated orders', tags },
      },
    )
    .get('/v1/instances', () => ({ instances: view.instances() }), {
      detail: { summary: 'The live instances, and which partitions of the orders each has', tags },
    });
  return app;
}

const askedBy = (request: Request): Asked => ({ forwarded: isForwarded(request), signal: request.signal });

async function place(orders: Orders, body: unknown, request: Request): Promise<Response> {
  if (request.headers.has('idempotency-key')) {
    const detail =
      'Here the "id" of the order is its idempotency key: send it in the body instead of Idempotency-Key.';
    throw new HttpProblem({ status: 400, code: 'unsupported-header', detail });
  }
  const order = orderRequest(body, () => crypto.randomUUID(), Date.now());
  const traceparent = request.headers.get('traceparent');
  const { value, servedBy } = await orders.place(order, traceparent, request.signal);
  return Response.json(value, { status: 201, headers: { location: pathOf(value.id), ...served(servedBy) } });
}

/** The answer with who gave it, or 504 that says what to do. */
function reply<T>(found: Answered<T> | undefined, detail: string): Response {
  if (found !== undefined) return Response.json(found.value, { headers: served(found.servedBy) });
  throw new HttpProblem({ status: 504, code: 'not-in-time', detail });
}

const served = (url: string): Record<string, string> => ({ 'requite-served-by': url });
