import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { Elysia } from 'elysia';
import { InventoryAdjustment, isWellFormed, MAX_STOCK, ProductName, SignedDecimal } from '../../core/mod.ts';
import { access, openToAll, openToKnown } from '../platform/auth/index.ts';
import { HttpProblem, invalid, jsonBody, parameters } from '../platform/http/index.ts';
import type { Changed, Warehouse } from './stock.ts';

/** So many products can be asked for at once. */
const MANY = 200;

const Level = Type.Object(
  {
    stock: Type.Integer({
      minimum: 0,
      maximum: MAX_STOCK,
      description: 'pieces in the warehouse, reserved ones included',
    }),
    unitPrice: Type.Optional(Type.Intersect([SignedDecimal], { description: 'left out: it stays as it is' })),
  },
  { additionalProperties: false },
);
const Adjustment = Type.Object(
  {
    id: Type.Unsafe<string>(InventoryAdjustment.properties.id),
    by: Type.Unsafe<number>({
      ...InventoryAdjustment.properties.by,
      description: 'pieces, below 0 to take out',
    }),
  },
  { additionalProperties: false },
);
const Path = Type.Object({ sku: Type.String() });
const ListQuery = Type.Object({
  sku: Type.Optional(Type.Unknown({ description: `which products, up to ${MANY}: ?sku=A&sku=B` })),
  fresh: Type.Boolean({ default: false, description: 'waits until all that is on the log now is read' }),
  limit: Type.Integer({
    minimum: 1,
    maximum: 500,
    default: 100,
    description: 'without sku: at most so many',
  }),
  after: Type.String({ default: '', maxLength: 128, description: 'without sku: those after this one' }),
});

const landing = `Requite: the Inventory service.

GET  /inventory?sku=A&sku=B           what these have: stock, reserved, free
GET  /inventory                       all products, paged (?limit=&after=)
GET  /inventory/:sku                  one product
PUT  /inventory/:sku                  sets the stock
POST /inventory/:sku/adjustments      counts pieces in or out: {"id": …, "by": …}
GET  /docs                            the whole API
`;

const confirmed = { 503: { description: 'Not confirmed: sending it again does no harm.' } };

/** The Inventory service's routes. */
export function addRoutes(app: Elysia, warehouse: Warehouse): Elysia {
  const tags = ['inventory'];
  const changing = access('stock-admin');
  app
    .get('/', () => new Response(landing, { headers: { 'content-type': 'text/plain; charset=utf-8' } }), {
      detail: { summary: 'What this is', tags, ...openToAll },
    })
    .get(
      '/inventory',
      ({ query: { fresh, limit, after }, request }) => {
        const skus = skusOf(request);
        return skus.length === 0 ? warehouse.page(after, limit) : warehouse.ofMany(skus, fresh);
      },
      {
        query: parameters(ListQuery),
        detail: {
          summary: 'What many products have: stock, reserved and free pieces, and which are unknown',
          tags,
          ...openToKnown,
        },
      },
    )
    .get('/inventory/:sku', async ({ params }) => (await warehouse.find(params.sku)) ?? unknown(), {
      params: parameters(Path),
      detail: { summary: 'What one product has', tags, ...openToKnown },
    })
    .put(
      '/inventory/:sku',
      async ({ params, body }) => shown(await warehouse.set({ product: skuOf(params.sku), ...body })),
      {
        params: parameters(Path),
        body: jsonBody(Level),
        detail: {
          summary: "Sets a product's stock; durable when answered, and to be read here",
          description: 'Nothing is taken away from orders: below what is reserved, nothing is free.',
          tags,
          ...changing,
          responses: { ...confirmed, 200: { description: 'It is so.' } },
        },
      },
    )
    .post(
      '/inventory/:sku/adjustments',
      async ({ params, body }) => {
        const product = skuOf(params.sku);
        // whoever mistypes a sku leaves nothing on the log
        if ((await warehouse.find(product)) === null) throw unknown();
        return shown(await warehouse.adjust({ product, id: wellFormed(body.id, '/id'), by: body.by }));
      },
      {
        params: parameters(Path),
        body: jsonBody(Adjustment),
        detail: {
          summary: 'Counts pieces of a product in or out, once for each id',
          tags,
          ...changing,
          responses: {
            ...confirmed,
            200: { description: 'Counted, now or before.' },
            409: { description: 'Another adjustment has this id, or there would be less than none.' },
          },
        },
      },
    );
  return app;
}

/** As they were asked for, each once. Throws 422. */
function skusOf(request: Request): readonly string[] {
  const skus = [...new Set(new URL(request.url).searchParams.getAll('sku'))];
  if (skus.length <= MANY) return skus;
  throw invalid([{ path: '/sku', message: `Expected at most ${MANY} products: ask more than once` }]);
}

function skuOf(sku: string): string {
  const isName = Value.Check(ProductName, sku) && sku !== '.' && sku !== '..';
  if (isName) return wellFormed(sku, '/sku');
  const message = 'Expected 1 to 128 characters, without control characters, other than "." and ".."';
  throw invalid([{ path: '/sku', message }]);
}

function wellFormed(text: string, path: string): string {
  if (isWellFormed(text)) return text;
  throw invalid([{ path, message: 'Expected text without halves of surrogate pairs' }]);
}

function shown({ outcome, stock }: Changed): Response {
  switch (outcome) {
    case 'applied':
      return Response.json(stock);
    case 'conflict': {
      const detail =
        'There was another adjustment under this id, which stands: send this one under an id of its own.';
      throw new HttpProblem({ status: 409, code: 'adjustment-conflict', detail });
    }
    case 'out-of-range': {
      const detail = `There are ${stock.stock} pieces: the adjustment would make less than none, or more than ${MAX_STOCK}. Send one that fits, under an id of its own.`;
      throw new HttpProblem({ status: 409, code: 'out-of-range', detail });
    }
    default:
      return outcome satisfies never;
  }
}

function unknown(): never {
  const detail =
    'The warehouse has no level of this product: PUT /inventory/:sku sets one, GET /inventory lists them.';
  throw new HttpProblem({ status: 404, code: 'product-unknown', detail });
}
