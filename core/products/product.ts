import { type Static, type TString, Type } from '@sinclair/typebox';
import { Currency, type SchemaOf } from '../billing/schema.ts';
import { Identifier } from '../messages/schemas.ts';
import { ProductName } from '../orders/inventory-messages.ts';

/** A product's key: what orders call their line's product, and the warehouse keeps stock of. */
export const Sku: SchemaOf<string> = ProductName;

/** What one piece costs, a decimal as text, never negative. */
const Price: TString = Type.String({ pattern: '^(0|[1-9][0-9]{0,14})(\\.[0-9]{1,8})?$', maxLength: 25 });

const Fields = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 200 }),
  description: Type.String({ maxLength: 4_000 }),
  unitPrice: Price,
  /** ISO 4217. */
  currency: Currency,
  tags: Type.Array(Type.String({ minLength: 1, maxLength: 50 }), { maxItems: 20, uniqueItems: true }),
});

const state = Type.Union([Type.Literal('active'), Type.Literal('discontinued')]);

/** What a product says of itself. */
export const ProductContent = Type.Object(Fields.properties);
export type ProductContent = Static<typeof ProductContent>;

/** What is to change of a product; the rest stays. */
export const ProductChange = Type.Partial(Type.Object({ ...Fields.properties, state }));
export type ProductChange = Static<typeof ProductChange>;

const ProductSchema = Type.Object({
  sku: Sku,
  ...Fields.properties,
  /** A discontinued product stays readable. */
  state,
  /** Counts from 1: a reader ignores what is not above the revision that it has. */
  revision: Type.Integer({ minimum: 1 }),
  /** ISO 8601, UTC: the log's time of the request that made it. */
  createdAt: Type.String({ maxLength: 30 }),
  /** And of the one that changed it last. */
  updatedAt: Type.String({ maxLength: 30 }),
});
/** A product, as it lies on `products`. */
export type Product = Static<typeof ProductSchema>;
export const Product: SchemaOf<Product> = ProductSchema;

/** The request is taken only where the product has this revision; `*`: where there is one at all. */
const ifMatch = Type.Optional(Type.Union([Type.Integer({ minimum: 1 }), Type.Literal('*')]));

const asked = { requestId: Identifier, sku: Sku };
const ProductRequestSchema = Type.Union([
  /** Taken where there is no such product; the same content again is a repeat. */
  Type.Object({ ...asked, kind: Type.Literal('create'), content: ProductContent }),
  /** The product shall be so, whether it is there or not. */
  Type.Object({
    ...asked,
    kind: Type.Literal('put'),
    content: ProductContent,
    state,
    ifMatch,
  }),
  /** Taken where there is such a product. */
  Type.Object({ ...asked, kind: Type.Literal('change'), change: ProductChange, ifMatch }),
]);
/** What somebody wants of a product, on `product-requests`. A request-id stands for one request. */
export type ProductRequest = Static<typeof ProductRequestSchema>;
export const ProductRequest: SchemaOf<ProductRequest> = ProductRequestSchema;

/**
 * `unchanged`: it is so already. `exists`: created before with other content. `stale`: it has another revision than
 * `ifMatch` says. `unknown`: there is no such product.
 */
const outcomes = ['created', 'changed', 'unchanged', 'exists', 'stale', 'unknown'] as const;
export type ProductOutcome = (typeof outcomes)[number];

const ProductReplySchema = Type.Object({
  requestId: Identifier,
  sku: Sku,
  outcome: Type.Union(outcomes.map((each) => Type.Literal(each))) as unknown as SchemaOf<ProductOutcome>,
  /** The revision that the product has by it; 0 where there is none. */
  revision: Type.Integer({ minimum: 0 }),
});
/** What became of a request, on `product-replies`. */
export type ProductReply = Static<typeof ProductReplySchema>;
export const ProductReply: SchemaOf<ProductReply> = ProductReplySchema;
