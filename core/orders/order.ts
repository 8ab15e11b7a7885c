import { type Static, type TString, Type } from '@sinclair/typebox';
import { formatDecimal, parseDecimal, withoutTrailingZeros } from '../billing/decimal.ts';
import type { SchemaOf } from '../billing/schema.ts';
import { canonicalJson } from '../messages/json.ts';
import { IDENTIFIER_PATTERN } from '../messages/schemas.ts';
import { sha256 } from '../messages/sha256.ts';

/** The longest order id: workflow-ids are made of it. */
export const MAX_ORDER_ID_LENGTH = 128;
/** An order's mail and its notifications are workflows under the order's id with these before it: no order id may begin so. */
export const RESERVED_ORDER_ID_PREFIXES = ['email-', 'notification-'] as const;
export const isReservedOrderId = (id: string): boolean =>
  RESERVED_ORDER_ID_PREFIXES.some((prefix) => id.startsWith(prefix));
/** At most so many lines an order. */
export const MAX_ORDER_LINES = 100;

/** CREATED by its request; VALIDATED or FAILED once its validation has ended; SHIPPED once its goods are on their way. */
export const ORDER_STATES = ['CREATED', 'VALIDATED', 'FAILED', 'SHIPPED'] as const;
export type OrderState = (typeof ORDER_STATES)[number];

/** `pending`: whether there is enough was not to be told when the order was taken; its validation does. */
export const STOCK_CHECKS = ['in-stock', 'pending'] as const;
export type StockCheck = (typeof STOCK_CHECKS)[number];

/** The validators' names on the wire. */
export const CHECK_TYPES = ['INVENTORY_CHECK', 'FRAUD_CHECK', 'ORDER_DETAILS_CHECK'] as const;
export type CheckType = (typeof CHECK_TYPES)[number];

const printable = (minLength: number, maxLength: number): TString =>
  Type.String({ minLength, maxLength, pattern: IDENTIFIER_PATTERN.replace('+$', '*$') });

/** An order id: 1 to 128 printable characters. */
export const OrderId: SchemaOf<string> = printable(1, MAX_ORDER_ID_LENGTH);

/** A decimal as text, exact, negative too: what is wrong with an order is the details check's to say. */
export const SignedDecimal: SchemaOf<string> = Type.String({
  pattern: '^-?(0|[1-9][0-9]{0,14})(\\.[0-9]{1,8})?$',
  maxLength: 26,
});

const OrderLineSchema = Type.Object({
  product: printable(0, 128),
  /** Pieces. */
  quantity: Type.Integer({ minimum: -1_000_000_000, maximum: 1_000_000_000 }),
  /** Of one piece, as a decimal string. */
  price: SignedDecimal,
});
export type OrderLine = Static<typeof OrderLineSchema>;
export const OrderLine: SchemaOf<OrderLine> = OrderLineSchema;

const literals = <T extends string>(values: readonly T[]): SchemaOf<T> =>
  Type.Union(values.map((value) => Type.Literal(value))) as unknown as SchemaOf<T>;

const FailedCheckSchema = Type.Object({
  checkType: literals(CHECK_TYPES),
  reasons: Type.Array(Type.String({ maxLength: 500 }), { maxItems: 200 }),
});
/** Why an order failed: a check and its reasons. */
export type FailedCheck = Static<typeof FailedCheckSchema>;
export const FailedCheck: SchemaOf<FailedCheck> = FailedCheckSchema;

/** ISO 8601, UTC, milliseconds: texts of it sort by time. */
const Time = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$' });

const ShipmentSchema = Type.Object({
  trackingNumber: printable(1, 128),
  /** By the clock of who shipped it. */
  shippedAt: Time,
});
/** How an order's goods left. */
export type Shipment = Static<typeof ShipmentSchema>;
export const Shipment: SchemaOf<Shipment> = ShipmentSchema;

const OrderSchema = Type.Object({
  id: OrderId,
  /** Empty where it is missing: the details check says so. */
  customerId: printable(0, 256),
  state: literals(ORDER_STATES),
  /** 1 for CREATED, 2 for VALIDATED or FAILED, 3 for SHIPPED: a reader ignores what is not above the one that it has. */
  revision: Type.Integer({ minimum: 1 }),
  lines: Type.Array(OrderLineSchema, { minItems: 1, maxItems: MAX_ORDER_LINES }),
  /** Event time, from the clock of the instance that took the request. */
  createdAt: Time,
  /** Which checks failed, and why; empty unless FAILED. */
  failures: Type.Array(FailedCheckSchema, { maxItems: 10 }),
  /** Of a SHIPPED order. */
  shipment: Type.Optional(ShipmentSchema),
  /** What was known of the stock when it was taken; missing: nobody asked. */
  stockCheck: Type.Optional(literals(STOCK_CHECKS)),
});
/** An order, as it lies on `order-requests`, `orders` and `orders-by-customer`. */
export type Order = Static<typeof OrderSchema>;
export const Order: SchemaOf<Order> = OrderSchema;

const OrderValidationSchema = Type.Object({
  orderId: OrderId,
  checkType: Type.String({ minLength: 1, maxLength: 128 }),
  validationResult: Type.Union([Type.Literal('PASS'), Type.Literal('FAIL')]),
  reasons: Type.Optional(Type.Array(Type.String({ maxLength: 500 }), { maxItems: 200 })),
});
/** What a validator found, on `order-validations`. */
export type OrderValidation = Static<typeof OrderValidationSchema>;
export const OrderValidation: SchemaOf<OrderValidation> = OrderValidationSchema;

const PaymentSchema = Type.Object({
  id: printable(1, 256),
  orderId: OrderId,
  /** ISO 4217. */
  ccy: Type.String({ pattern: '^[A-Z]{3}$' }),
  amount: SignedDecimal,
});
/** A payment for an order, on `payments`. */
export type Payment = Static<typeof PaymentSchema>;
export const Payment: SchemaOf<Payment> = PaymentSchema;

const StockLevelSchema = Type.Object({
  product: printable(1, 128),
  /** Pieces in the warehouse, reserved ones included: an absolute level. */
  stock: Type.Integer({ minimum: 0, maximum: 1_000_000_000_000 }),
  /** The list price of one piece, as a decimal string. */
  unitPrice: Type.Optional(SignedDecimal),
});
/** A product's stock, on `warehouse-inventory`. */
export type StockLevel = Static<typeof StockLevelSchema>;
export const StockLevel: SchemaOf<StockLevel> = StockLevelSchema;

/** The key of an order on `orders-by-customer`: its customer, or its own id where there is none. */
export const customerKey = ({ customerId, id }: Order): string => (customerId === '' ? id : customerId);

/** What a repeat of a request must share with the first: customer and lines, never the time. `5.00` and `5` are one price. */
export function orderContentHash({ customerId, lines }: Pick<Order, 'customerId' | 'lines'>): string {
  const content = lines.map(({ product, quantity, price }) => ({ product, quantity, price: plain(price) }));
  return sha256(canonicalJson({ customerId, lines: content }));
}

function plain(price: string): string {
  const decimal = parseDecimal(price);
  return decimal === undefined ? price : formatDecimal(withoutTrailingZeros(decimal));
}

/** The revision of an order as it was first written, whatever it has become since. */
export function asCreated({ shipment: _, ...order }: Order): Order {
  return { ...order, state: 'CREATED', revision: 1, failures: [] };
}

/** The revision that ended the validation of an order, shipped since or not. */
export function asValidated({ shipment, ...order }: Order): Order {
  return shipment === undefined ? order : { ...order, state: 'VALIDATED', revision: 2 };
}
