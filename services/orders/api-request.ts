import { Type } from '@sinclair/typebox';
import {
  MAX_ID_LENGTH,
  MAX_ORDER_ID_LENGTH,
  MAX_ORDER_LINES,
  type Order,
  type OrderLine,
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
import { nameSchema, priceSchema, quantitySchema } from './request.ts';

const exact = { additionalProperties: false };
const LineSchema = Type.Object(
  {
    sku: nameSchema(MAX_PRODUCT_LENGTH, 'what is ordered, such as JUMPERS'),
    quantity: quantitySchema,
    price: priceSchema,
  },
  exact,
);
/** For the API's description; `apiOrderRequest` checks, so that it can say what to do. */
const RequestSchema = Type.Object(
  {
    id: Type.Optional(nameSchema(MAX_ORDER_ID_LENGTH, 'the idempotency key; left out: one is made')),
    customerId: Type.Optional(
      nameSchema(MAX_ID_LENGTH, 'an order without one is taken, and fails its details check'),
    ),
    lines: Type.Array(LineSchema, { minItems: 1, maxItems: MAX_ORDER_LINES }),
  },
  exact,
);
const FIELDS: ReadonlySet<string> = new Set(Object.keys(RequestSchema.properties));
const LINE_FIELDS: ReadonlySet<string> = new Set(Object.keys(LineSchema.properties));

/** The body of `POST /api/orders`, unchecked: `apiOrderRequest` does that. */
export const apiOrderBody: ReturnType<typeof jsonBody> = {
  ...jsonBody(Type.Unknown()),
  jsonSchema: RequestSchema,
};

export interface ApiOrderRequest {
  readonly order: Order;
  /** Whether the client gave the id: only then the order can be there already. */
  readonly isNamed: boolean;
}

/** The order that a body asks for. Throws 422 that lists all that is wrong. */
export function apiOrderRequest(body: unknown, newId: () => string, nowMs: number): ApiOrderRequest {
  if (!isObject(body)) {
    const message =
      'Expected an object such as {"customerId":1,"lines":[{"sku":"JUMPERS","quantity":1,"price":"5.00"}]}';
    throw invalid([{ path: '', message }]);
  }
  const fields = new Map<string, unknown>(Object.entries(body));
  const isNamed = fields.has('id');
  const id = isNamed ? orderId(fields.get('id')) : newId();
  const customerId = customerIdOf(fields.get('customerId'));
  const { lines, flaws } = linesOf(fields.get('lines'));
  const unknown = unknownFields(fields.keys(), FIELDS);
  if (id instanceof Flaw || customerId instanceof Flaw || flaws.length > 0 || unknown.length > 0)
    throw flawed([['id', id], ['customerId', customerId], ...flaws, ...unknown]);
  const createdAt = new Date(nowMs).toISOString();
  const order: Order = { id, customerId, state: 'CREATED', revision: 1, lines, createdAt, failures: [] };
  return { order, isNamed };
}

interface Lines {
  readonly lines: OrderLine[];
  readonly flaws: (readonly [path: string, flaw: Flaw])[];
}

function linesOf(value: unknown): Lines {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_ORDER_LINES) {
    const flaw = new Flaw(`Expected 1 to ${MAX_ORDER_LINES} lines, each with sku, quantity and price`);
    return { lines: [], flaws: [['lines', flaw]] };
  }
  const found: Lines = { lines: [], flaws: [] };
  for (const [at, each] of value.entries()) addLine(found, each, `lines/${at}`);
  return found;
}

function addLine({ lines, flaws }: Lines, value: unknown, path: string): void {
  if (!isObject(value)) {
    flaws.push([path, new Flaw('Expected an object with sku, quantity and price')]);
    return;
  }
  const fields = new Map<string, unknown>(Object.entries(value));
  const product = productName(fields.get('sku'));
  const quantity = wholeNumber(fields.get('quantity'));
  const price = decimal(fields.get('price'));
  flaws.push(...unknownFields(fields.keys(), LINE_FIELDS, `${path}/`));
  if (product instanceof Flaw) flaws.push([`${path}/sku`, product]);
  if (quantity instanceof Flaw) flaws.push([`${path}/quantity`, quantity]);
  if (price instanceof Flaw) flaws.push([`${path}/price`, price]);
  if (product instanceof Flaw || quantity instanceof Flaw || price instanceof Flaw) return;
  lines.push({ product, quantity, price });
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
