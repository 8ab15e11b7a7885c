import { Type } from '@sinclair/typebox';
import type { Elysia } from 'elysia';
import { type Product, ProductContent, type ProductRequest, Sku } from '../../core/mod.ts';
import { access, openToAll, openToKnown } from '../platform/auth/index.ts';
import { HttpProblem, jsonBody, parameters } from '../platform/http/index.ts';
import type { Catalogue, Decided } from './catalogue.ts';
import { contentOf, etagOf, ifMatchOf, mergePatch, sensible, skuOf, stale } from './request.ts';

const { description, tags: tagList, ...needed } = ProductContent.properties;
const exact = { additionalProperties: false };
/** A product as it is sent: description and tags may be left out. */
const content = { ...needed, description: Type.Optional(description), tags: Type.Optional(tagList) };
const NewProduct = Type.Object({ sku: Sku, ...content }, exact);
const State = Type.Union([Type.Literal('active'), Type.Literal('discontinued')]);
const WholeProduct = Type.Object({ ...content, state: Type.Optional(State) }, exact);
const Patch = Type.Record(Type.String(), Type.Unknown(), {
  description: 'name, description, unitPrice, currency, tags, state: those that are to change',
});
const Path = Type.Object({ sku: Type.String() });
const PageQuery = Type.Object({
  search: Type.String({ default: '', maxLength: 500, description: 'words, or the beginnings of words' }),
  tag: Type.String({ default: '', maxLength: 50 }),
  state: Type.Union([State, Type.Literal('all')], {
    default: 'active',
    description: 'active, discontinued or all',
  }),
  limit: Type.Integer({ minimum: 1, maximum: 500, default: 100, description: 'at most so many products' }),
  after: Type.String({ default: '', maxLength: 128, description: 'products whose sku comes after this one' }),
});

const landing = `Requite: the Product service.

POST   /products           creates a product
GET    /products           the catalogue, paged (?search=&tag=&state=&limit=&after=)
GET    /products/:sku      one product
PUT    /products/:sku      makes it so, whatever it was (If-Match: only where it has this revision)
PATCH  /products/:sku      changes what is named (If-Match as well)
DELETE /products/:sku      discontinues it; it stays readable
GET    /docs               the whole API
`;

const confirmed = { 503: { description: 'Not confirmed: look, then send it again.' } };
const matched = {
  ...confirmed,
  412: { description: 'It has another revision than If-Match says: nothing was changed.' },
};

/** The Product service's routes. */
export function addRoutes(app: Elysia, catalogue: Catalogue): Elysia {
  const tags = ['products'];
  const changing = access('product-admin');
  app
    .get('/', () => new Response(landing, { headers: { 'content-type': 'text/plain; charset=utf-8' } }), {
      detail: { summary: 'What this is', tags, ...openToAll },
    })
    .get(
      '/products',
      ({ query: { search, tag, state, after, limit } }) =>
        catalogue.page({ search, tag, state: state === 'all' ? null : state }, after, limit),
      { query: parameters(PageQuery), detail: { summary: 'The catalogue, by sku', tags, ...openToKnown } },
    )
    .post('/products', ({ body }) => create(catalogue, body), {
      body: jsonBody(NewProduct),
      detail: {
        summary: 'Creates a product; durable when answered, and to be read here',
        tags,
        ...changing,
        responses: {
          ...confirmed,
          201: { description: 'Created.' },
          200: { description: 'It was created before with this content.' },
          409: { description: 'There is another product of this sku, which stands.' },
        },
      },
    })
    .get('/products/:sku', async ({ params }) => shown((await catalogue.find(params.sku)) ?? unknown()), {
      params: parameters(Path),
      detail: { summary: 'One product, with its revision as ETag', tags, ...openToKnown },
    })
    .put(
      '/products/:sku',
      async ({ params, body, request }) => {
        const { state = 'active', ...rest } = body;
        const ifMatch = ifMatchOf(request.headers);
        const wanted = {
          ...asked(params.sku),
          kind: 'put',
          content: sensible(contentOf(rest)),
          state,
        } as const;
        return answer(await catalogue.ask(withMatch(wanted, ifMatch)));
      },
      {
        params: parameters(Path),
        body: jsonBody(WholeProduct),
        detail: {
          summary: 'Makes a product so, whatever it was',
          tags,
          ...changing,
          responses: { ...matched, 200: { description: 'It is so.' }, 201: { description: 'Created.' } },
        },
      },
    )
    .patch(
      '/products/:sku',
      async ({ params, body, request }) => {
        const change = mergePatch(body);
        return answer(await changeOf(catalogue, params.sku, change, request.headers));
      },
      {
        params: parameters(Path),
        body: jsonBody(Patch),
        detail: {
          summary: 'Changes what is named, as a JSON merge patch (RFC 7396)',
          tags,
          ...changing,
          responses: { ...matched, 200: { description: 'It is so.' } },
        },
      },
    )
    .delete(
      '/products/:sku',
      async ({ params, request }) =>
        answer(await changeOf(catalogue, params.sku, { state: 'discontinued' }, request.headers)),
      {
        params: parameters(Path),
        detail: {
          summary: 'Discontinues a product; it stays readable as such',
          tags,
          ...changing,
          responses: { ...matched, 200: { description: 'It is discontinued.' } },
        },
      },
    );
  return app;
}

const asked = (sku: string) => ({ requestId: crypto.randomUUID(), sku: skuOf(sku) });

type Matched = Extract<ProductRequest, { kind: 'put' | 'change' }>;

const withMatch = (request: Matched, ifMatch: Matched['ifMatch']): ProductRequest =>
  ifMatch === undefined ? request : { ...request, ifMatch };

async function create(
  catalogue: Catalogue,
  { sku, ...rest }: Parameters<typeof contentOf>[0] & { sku: string },
): Promise<Response> {
  const wanted = { ...asked(sku), kind: 'create', content: sensible(contentOf(rest)) } as const;
  const { reply, product } = await catalogue.ask(wanted);
  if (reply.outcome !== 'exists') return answer({ reply, product });
  const detail =
    'There is another product of this sku, which stands: change that one with PUT or PATCH, or take another sku.';
  throw new HttpProblem({ status: 409, code: 'product-exists', detail });
}

async function changeOf(
  catalogue: Catalogue,
  sku: string,
  change: Extract<ProductRequest, { kind: 'change' }>['change'],
  headers: Headers,
): Promise<Decided> {
  const ifMatch = ifMatchOf(headers);
  // whoever mistypes a sku leaves nothing on the log
  if ((await catalogue.find(skuOf(sku))) === null) throw unknown();
  return catalogue.ask(withMatch({ ...asked(sku), kind: 'change', change }, ifMatch));
}

function answer({ reply, product }: Decided): Response {
  switch (reply.outcome) {
    case 'created':
    case 'changed':
    case 'unchanged':
      return shown(product ?? unknown(), reply.outcome === 'created' ? 201 : 200);
    case 'stale':
      throw stale(product);
    case 'exists':
    case 'unknown':
      throw unknown();
    default:
      return reply.outcome satisfies never;
  }
}

function shown(product: Product, status = 200): Response {
  const headers: Record<string, string> = { etag: etagOf(product) };
  if (status === 201) headers.location = `/products/${encodeURIComponent(product.sku)}`;
  return Response.json(product, { status, headers });
}

function unknown(): never {
  const detail = 'There is no product of this sku: GET /products lists them, POST /products creates one.';
  throw new HttpProblem({ status: 404, code: 'product-not-found', detail });
}
