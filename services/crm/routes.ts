import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { Elysia } from 'elysia';
import { Customer, Identifier } from '../../core/mod.ts';
import { HttpProblem, inputErrors, invalid, jsonBody, parameters } from '../platform/http/index.ts';
import type { Customers } from './customer-view.ts';

const PageQuery = Type.Object({
  limit: Type.Integer({ minimum: 1, maximum: 1000, default: 100, description: 'at most so many customers' }),
  after: Type.String({
    default: '',
    maxLength: 256,
    description: 'customers whose identifier comes after this one',
  }),
});

const landing = `Requite: the CRM.

GET  /customers            all customers, paged
GET  /customers/:id        one customer
POST /customers            creates or updates one
GET  /docs                 the whole API
`;

/** The CRM's routes. `store` resolves once the customer is durable and the view has it. */
export function addRoutes(
  app: Elysia,
  customers: Customers,
  store: (customer: Customer) => Promise<void>,
): Elysia {
  app
    .get('/', () => new Response(landing, { headers: { 'content-type': 'text/plain; charset=utf-8' } }), {
      detail: { summary: 'What this is', tags: ['customers'] },
    })
    .get('/customers', ({ query }) => customers.page(query.after, query.limit), {
      query: parameters(PageQuery),
      detail: { summary: 'All customers, by identifier', tags: ['customers'] },
    })
    .get(
      '/customers/:id',
      ({ params }) => {
        const found = customers.find(params.id);
        if (found === null)
          throw new HttpProblem({
            status: 404,
            code: 'customer-not-found',
            detail:
              'There is no customer of this identifier: GET /customers lists them, POST /customers creates one.',
          });
        return found;
      },
      { detail: { summary: 'One customer', tags: ['customers'] } },
    )
    .post(
      '/customers',
      async ({ body, set }) => {
        const customer = body as Customer;
        if (!Value.Check(Identifier, customer.customerIdentifier))
          throw invalid(
            inputErrors(Identifier, customer.customerIdentifier).map((error) => ({
              ...error,
              path: '/customerIdentifier',
            })),
          );
        const isNew = customers.find(customer.customerIdentifier) === null;
        await store(customer);
        set.status = isNew ? 201 : 200;
        set.headers.location = `/customers/${encodeURIComponent(customer.customerIdentifier)}`;
        return customers.find(customer.customerIdentifier);
      },
      {
        body: jsonBody(Customer),
        detail: { summary: 'Creates or updates a customer; durable when answered', tags: ['customers'] },
      },
    );
  return app;
}
