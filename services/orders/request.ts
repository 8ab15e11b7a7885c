import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import {
  IDENTIFIER_PATTERN,
  isReservedOrderId,
  isWellFormed,
  MAX_ID_LENGTH,
  MAX_ORDER_ID_LENGTH,
  type Order,
  RESERVED_ORDER_ID_PREFIX,
  SignedDecimal,
} from '../../core/mod.ts';
import { type HttpProblem, invalid, jsonBody } from '../platform/http/index.ts';

/** A JSON number is a double: more significant digits than these may not be the ones that were sent. */
const EXACT_DIGITS = 15;
const MAX_PRODUCT_LENGTH = 128;
/** As many pieces as a line of an order takes, either way. */
const MAX_QUANTITY = 1_000_000_000;

const name = (maxLength: number, description: string) =>
  Type.Union([Type.String({ maxLength, pattern: IDENTIFIER_PATTERN }), Type.Integer()], { description });

/** For the API's description; `orderRequest` checks, so that it can say what to do. */
const OrderRequestSchema = Type.Object(
  {
    id: Type.Optional(name(MAX_ORDER_ID_LENGTH, 'the idempotency key; left out: one is made')),
    customerId: Type.Optional(
      name(MAX_ID_LENGTH, 'an order without one is taken, and fails its details check'),
    ),
    product: name(MAX_PRODUCT_LENGTH, 'what is ordered, such as JUMPERS'),
    quantity: Type.Union([Type.Integer(), Type.String({ pattern: '^-?[0-9]+$' })]),
    price: Type.Union([Type.Number(), Type.Unsafe<string>(SignedDecimal)], {
      description:
        'of one piece; a string is kept exactly as it is, a number must have at most 15 significant digits',
    }),
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

/** What is wrong with one field, in words that say what to send. */
class Flaw {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

/** The order that a body asks for. Throws 422 that lists all that is wrong. */
export function orderRequest(body: unknown, newId: () => string, nowMs: number): Order {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    const message =
      'Expected an object such as {"customerId":1,"product":"JUMPERS","quantity":1,"price":"5.00"}';
    throw invalid([{ path: '', message }]);
  }
  const fields = new Map<string, unknown>(Object.entries(body));
  const id = fields.has('id') ? orderId(fields.get('id')) : newId();
  const customerId = isMissing(fields.get('customerId'))
    ? ''
    : identifier(fields.get('customerId'), MAX_ID_LENGTH);
  const product = identifier(fields.get('product'), MAX_PRODUCT_LENGTH);
  const quantity = wholeNumber(fields.get('quantity'));
  const price = decimal(fields.get('price'));
  const state = stateOf(fields.get('state'));
  const unknown = [...fields.keys()]
    .filter((field) => !FIELDS.has(field))
    .map((field) => [field, UNKNOWN] as const);
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

const UNKNOWN: Flaw = new Flaw(`Unknown: the fields are ${[...FIELDS].join(', ')}`);
/** At most so many flaws are listed, each with so much of the field's name. */
const FLAWS_MAX = 20;
const FIELD_SHOWN_LENGTH = 100;

function flawed(fields: readonly (readonly [string, unknown])[]): HttpProblem {
  const flaws = fields.flatMap(([field, flaw]) =>
    flaw instanceof Flaw ? [{ path: `/${field.slice(0, FIELD_SHOWN_LENGTH)}`, message: flaw.message }] : [],
  );
  return invalid(flaws.slice(0, FLAWS_MAX));
}

function orderId(value: unknown): string | Flaw {
  // `.` and `..` are taken out of every path of a URL: such an order could be placed, and never be read
  if (value === '.' || value === '..') return new Flaw('Expected an id other than "." and ".."');
  if (typeof value === 'string' && isReservedOrderId(value))
    return new Flaw(
      `Expected an id that doesn't begin with "${RESERVED_ORDER_ID_PREFIX}": that is kept for the orders' mails`,
    );
  return identifier(value, MAX_ORDER_ID_LENGTH);
}

function stateOf(value: unknown): 'CREATED' | Flaw {
  if (value === undefined || value === 'CREATED') return 'CREATED';
  return new Flaw('Leave it out: an order begins as CREATED');
}

const isMissing = (value: unknown): boolean => value === undefined || value === null || value === '';

function identifier(value: unknown, maxLength: number): string | Flaw {
  if (typeof value === 'number') {
    return Number.isSafeInteger(value)
      ? String(value)
      : new Flaw('Expected a whole number within ±9007199254740991: send it as a string');
  }
  const isText = typeof value === 'string' && value.length >= 1 && value.length <= maxLength;
  if (isText && new RegExp(IDENTIFIER_PATTERN).test(value) && isWellFormed(value)) return value;
  if (value === undefined) return new Flaw('Missing: send a whole number or a text');
  return new Flaw(
    `Expected a whole number or 1 to ${maxLength} characters, without control characters and halves of surrogate pairs`,
  );
}

function wholeNumber(value: unknown): number | Flaw {
  if (value === undefined) return new Flaw('Missing: send a whole number of pieces');
  const number = typeof value === 'string' && /^-?[0-9]{1,10}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number) && Math.abs(number) <= MAX_QUANTITY)
    return number + 0; // no negative zero
  return new Flaw(
    `Expected a whole number of pieces from -${MAX_QUANTITY} to ${MAX_QUANTITY}, as number or string`,
  );
}

/** A price, exact: a string as it came, a number only where it can't have lost a digit. */
function decimal(value: unknown): string | Flaw {
  if (value === undefined) return new Flaw('Missing: send the price of one piece, such as "19.99"');
  const text = typeof value === 'number' ? String(value) : value;
  const isExact = typeof value !== 'number' || (!/e/.test(String(value)) && digitsOf(value) <= EXACT_DIGITS);
  if (!isExact) {
    return new Flaw(
      `Expected a number of at most ${EXACT_DIGITS} significant digits and without exponent: send the price as a string, such as "19.99"`,
    );
  }
  if (Value.Check(SignedDecimal, text)) return text;
  return new Flaw(
    'Expected a decimal such as 19.99 or "19.99": at most 15 digits before the point and 8 after it',
  );
}

const digitsOf = (value: number): number => String(value).replace(/[-.]/g, '').replace(/^0+/, '').length;
