import { Type } from '@sinclair/typebox';
import type { Elysia } from 'elysia';
import { Customer, MAX_MESSAGE_LENGTH } from '../../core/mod.ts';
import { access, openToAll } from '../platform/auth/index.ts';
import { HttpProblem, invalid, jsonBody, onlyNamed, parameters } from '../platform/http/index.ts';
import { isIdentifier, type Registry } from './registry.ts';

/** What an answer has beside the customer takes less than so many characters. */
const ENVELOPE_LENGTH = 8_192;
/** The longest customer as JSON: an answer with it must be short enough for every reader of `answers-topic`. */
const MAX_CUSTOMER_LENGTH = MAX_MESSAGE_LENGTH - ENVELOPE_LENGTH;

const PageQuery = Type.Object({
  limit: Type.Integer({ minimum: 1, maximum: 1000, default: 100, description: 'at most so many customers' }),
  after: Type.String({
    default: '',
    maxLength: 256,
    description: 'customers whose identifier comes after this one',
  }),
});

const IdentifiersQuery = Type.Object({
  limit: Type.Integer({
    minimum: 1,
    maximum: 10_000,
    default: 1_000,
    description: 'at most so many identifiers',
  }),
  after: Type.String({ default: '', maxLength: 256, description: 'identifiers that come after this one' }),
});

const landing = `Requite: the CRM.

GET  /customers            all customers, paged
GET  /customers/:id        one customer
GET  /customer-identifiers identifiers alone, paged
POST /customers            creates or updates one
GET  /docs                 the whole API
`;

/** The CRM's routes. */
export function addRoutes(app: Elysia, registry: Registry): Elysia {
  app
    .get('/', () => new Response(landing, { headers: { 'content-type': 'text/plain; charset=utf-8' } }), {
      detail: { summary: 'What this is', tags: ['customers'], ...openToAll },
    })
    .get('/customers', ({ query }) => registry.page(query.after, query.limit), {
      query: parameters(PageQuery),
      detail: {
        summary: 'All customers, by identifier',
        tags: ['customers'],
        ...access('customer-admin'),
      },
    })
    .get('/customer-identifiers', ({ query }) => registry.identifiers(query.after, query.limit), {
      query: parameters(IdentifiersQuery),
      detail: {
        summary: 'The identifiers of all customers, sorted, without anything else of them',
        tags: ['customers'],
        ...access('customer-admin'),
      },
    })
    .get('/customers/:id', async ({ params }) => (await registry.find(params.id)) ?? unknown(), {
      detail: { summary: 'One customer', tags: ['customers'], ...access('customer-admin') },
    })
    .post('/customers', ({ body }) => store(registry, body as Customer), {
      body: jsonBody(Customer),
      detail: {
        summary: 'Creates or updates a customer; durable when answered',
        tags: ['customers'],
        ...access('customer-admin'),
        responses: { 200: { description: 'Updated.' }, 201: { description: 'Created.' } },
      },
    });
  return app;
}

async function store(registry: Registry, body: Customer): Promise<Response> {
  const customer = storable(body);
  const status = (await registry.store(customer)) === 'created' ? 201 : 200;
  const location = `/customers/${encodeURIComponent(customer.customerIdentifier)}`;
  return Response.json(customer, { status, headers: { location } });
}

/** The customer without what no schema names. Throws `HttpProblem` for one that could not be asked for or answered. */
function storable(body: Customer): Customer {
  if (!isIdentifier(body.customerIdentifier)) {
    const message = 'Expected 1 to 256 characters, without control characters and halves of surrogate pairs';
    throw invalid([{ path: '/customerIdentifier', message }]);
  }
  const customer = onlyNamed(Customer, body);
  if (JSON.stringify(customer).length <= MAX_CUSTOMER_LENGTH) return customer;
  const detail = `The customer takes more than ${MAX_CUSTOMER_LENGTH} characters as JSON: shorten its descriptions or give it fewer entries.`;
  throw new HttpProblem({ status: 413, code: 'customer-too-large', detail });
}

function unknown(): never {
  const detail =
    'There is no customer of this identifier: GET /customers lists them, POST /customers creates one.';
  throw new HttpProblem({ status: 404, code: 'customer-not-found', detail });
}
