import { Type } from '@sinclair/typebox';
import {
  IDENTIFIER_PATTERN,
  MAX_ID_LENGTH,
  MAX_ORDER_ID_LENGTH,
  type Order,
  SignedDecimal,
} from '../../core/mod.ts';
import { invalid, jsonBody } from '../platform/http/index.ts';
import {
  customerId as customerIdOf,
  decimal,
  Flaw,
  flawed,
  MAX_PRODUCT_LENGTH,
  orderId,
  productName,
  unknownFields,
  wholeNumber,
} from './fields.ts';

/** A name as it may be written, for the API's description. */
export const nameSchema = (maxLength: number, description: string) =>
  Type.Union([Type.String({ maxLength, pattern: IDENTIFIER_PATTERN }), Type.Integer()], { description });

export const quantitySchema = Type.Union([Type.Integer(), Type.String({ pattern: '^-?[0-9]+$' })]);
export const priceSchema = Type.Union([Type.Number(), Type.Unsafe<string>(SignedDecimal)], {
  description:
    'of one piece; a string is kept exactly as it is, a number must have at most 15 significant digits',
});

/** For the API's description; `orderRequest` checks, so that it can say what to do. */
const OrderRequestSchema = Type.Object(
  {
    id: Type.Optional(nameSchema(MAX_ORDER_ID_LENGTH, 'the idempotency key; left out: one is made')),
    customerId: Type.Optional(
      nameSchema(MAX_ID_LENGTH, 'an order without one is taken, and fails its details check'),
    ),
    product: nameSchema(MAX_PRODUCT_LENGTH, 'what is ordered, such as JUMPERS'),
    quantity: quantitySchema,
    price: priceSchema,
    state: Type.Optional(Type.Literal('CREATED')),
  },
  { additionalProperties: false },
);

const FIELDS: ReadonlySet<string> = new Set(Object.keys(OrderRequestSchema.properties));

/** The body of `POST /v1/orders`, unchecked: `orderRequest` does that. */
export const orderBody: ReturnType<typeof jsonBody> = {
  ...jsonBody(Type.Unknown()),
  jsonSchema: OrderRequestSchema,
};

/** The order that a body asks for. Throws 422 that lists all that is wrong. */
export function orderRequest(body: unknown, newId: () => string, nowMs: number): Order {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    const message =
      'Expected an object such as {"customerId":1,"product":"JUMPERS","quantity":1,"price":"5.00"}';
    throw invalid([{ path: '', message }]);
  }
  const fields = new Map<string, unknown>(Object.entries(body));
  const id = fields.has('id') ? orderId(fields.get('id')) : newId();
  const customerId = customerIdOf(fields.get('customerId'));
  const product = productName(fields.get('product'));
  const quantity = wholeNumber(fields.get('quantity'));
  const price = decimal(fields.get('price'));
  const state = stateOf(fields.get('state'));
  const unknown = unknownFields(fields.keys(), FIELDS);
  if (
    id instanceof Flaw ||
    customerId instanceof Flaw ||
    product instanceof Flaw ||
    quantity instanceof Flaw ||
    price instanceof Flaw ||
    state instanceof Flaw ||
    unknown.length > 0
  )
    throw flawed([...Object.entries({ id, customerId, product, quantity, price, state }), ...unknown]);
  const createdAt = new Date(nowMs).toISOString();
  return {
    id,
    customerId,
    state,
    revision: 1,
    lines: [{ product, quantity, price }],
    createdAt,
    failures: [],
  };
}

function stateOf(value: unknown): 'CREATED' | Flaw {
  if (value === undefined || value === 'CREATED') return 'CREATED';
  return new Flaw('Leave it out: an order begins as CREATED');
}
