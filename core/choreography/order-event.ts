// An order as the events on the bus carry it: whoever reacts to one finds in it all that he needs.
import { Value } from '@sinclair/typebox/value';
import { CURRENCY_EXPONENTS } from '../billing/currencies.ts';
import {
  compareDecimals,
  formatDecimal,
  multiply,
  parseDecimal,
  withoutTrailingZeros,
} from '../billing/decimal.ts';
import { canonicalJson, type Json } from '../messages/json.ts';
import { IDENTIFIER_PATTERN } from '../messages/schemas.ts';
import { sha256 } from '../messages/sha256.ts';
import { isWellFormed } from '../messages/utf8.ts';
import { OrderId, SignedDecimal } from '../orders/order.ts';
import type { Refusal } from '../view/keyed-fold.ts';
import type { CloudEvent } from './cloud-event.ts';
import type { EventType, eventTypes, Participant } from './event-types.ts';
import { instantOf } from './instant.ts';

/** At most so many lines an event. */
export const MAX_EVENT_LINES = 500;
const MAX_NAME_LENGTH = 128;
const MAX_PIECES = 1_000_000_000;
/** What a line comes to at most: so whatever is added up stays within what money takes. */
const MAX_WORTH = { unscaled: 1_000_000_000_000n, scale: 0 };
const DEFAULT_CURRENCY = 'EUR';
const DEFAULT_ISSUER = 'REQUITE';

/** Pieces of a product, and the price of one. */
interface EventLine {
  readonly sku: string;
  readonly quantity: number;
  /** A decimal string, not negative, without zeros at its end. */
  readonly price: string;
}

/** The order that an event is about. */
export interface EventOrder {
  readonly orderId: string;
  readonly customerId: string | null;
  /** The usable lines, as they came; none is an order too: it is picked, invoiced and shipped with nothing in it. */
  readonly lines: readonly EventLine[];
  /** Lines that name no product, no whole number of pieces, or a price that is none. */
  readonly ignoredLines: number;
  /** ISO 4217; EUR where the order names none that we know. */
  readonly currency: string;
  /** Who writes the invoice: 2 to 12 capitals and digits. */
  readonly issuer: string;
  /** When the order was made, ISO 8601: as the order says, else the event's own time. */
  readonly createdAt: string;
  /** The event's own time, ISO 8601. */
  readonly eventTime: string;
}

type Fields = Readonly<Record<string, Json | undefined>>;

const isObject = (value: Json | undefined): value is { readonly [field: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const refuse = (detail: string): Refusal => ({ refused: { reason: 'invalid-message', detail } });

/** The order that an event of ours is about, or why it can't be told. */
export function orderOfEvent({ data, time }: CloudEvent, key: string): EventOrder | Refusal {
  if (!isObject(data)) return refuse('an event\'s data is an object, such as {"orderId":"1"}');
  const { orderId, customerId, lines, currency, issuer, createdAt }: Fields = data;
  if (orderId !== key) return refuse('data.orderId and the key of the record must be the same');
  if (!Value.Check(OrderId, key) || !isWellFormed(key))
    return refuse('an order id is 1 to 128 characters, none of them for control');
  const given = Array.isArray(lines) ? (lines as readonly Json[]) : [];
  if (given.length > MAX_EVENT_LINES)
    return refuse(`at most ${MAX_EVENT_LINES} lines an order: send the others under an id of their own`);
  const usable = given.flatMap((line) => lineOf(line) ?? []);
  return {
    orderId: key,
    customerId: textOf(customerId, 256),
    lines: usable,
    ignoredLines: given.length - usable.length,
    currency: typeof currency === 'string' && CURRENCY_EXPONENTS.has(currency) ? currency : DEFAULT_CURRENCY,
    issuer: typeof issuer === 'string' && /^[A-Z0-9]{2,12}$/.test(issuer) ? issuer : DEFAULT_ISSUER,
    createdAt: typeof createdAt === 'string' && instantOf(createdAt) !== null ? createdAt : time,
    eventTime: time,
  };
}

/** A name of at most so many characters; numbers are taken for their digits. */
function textOf(value: Json | undefined, maxLength = MAX_NAME_LENGTH): string | null {
  const text = Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text !== 'string' || text.length > maxLength || !new RegExp(IDENTIFIER_PATTERN).test(text))
    return null;
  return isWellFormed(text) ? text : null;
}

/** A line that can be picked, shipped and paid for; null where it can't. Without a price it costs nothing. */
function lineOf(line: Json): EventLine | null {
  if (!isObject(line)) return null;
  const { sku, product, quantity, price = '0' }: Fields = line;
  const name = textOf(sku ?? product);
  const text = typeof price === 'number' ? String(price) : price;
  if (name === null || typeof quantity !== 'number' || !Value.Check(SignedDecimal, text)) return null;
  const exact = parseDecimal(text);
  if (!Number.isInteger(quantity) || quantity < 1 || quantity > MAX_PIECES || exact === undefined)
    return null;
  const worth = multiply({ unscaled: BigInt(quantity), scale: 0 }, exact);
  if (worth.unscaled < 0n || compareDecimals(worth, MAX_WORTH) >= 0) return null;
  return { sku: name, quantity, price: formatDecimal(withoutTrailingZeros(exact)) };
}

/** What of an order must be the same in all that is said of it; the times may differ. */
export function contentOf({ customerId, lines, currency, issuer }: EventOrder): string {
  return sha256(canonicalJson({ customerId, lines, currency, issuer } as unknown as Json));
}

/** The pieces of each product, by its name in code units. */
export function piecesOf({
  lines,
}: EventOrder): readonly { readonly sku: string; readonly quantity: number }[] {
  const pieces = new Map<string, number>();
  for (const { sku, quantity } of lines) pieces.set(sku, (pieces.get(sku) ?? 0) + quantity);
  return [...pieces]
    .map(([sku, quantity]) => ({ sku, quantity }))
    .sort((one, other) => (one.sku < other.sku ? -1 : 1));
}

/** An event that goes on with an order: the same for the same order, however often it is made. */
export function eventAbout(
  order: EventOrder,
  type: Exclude<EventType, typeof eventTypes.orderCreated>,
  { source }: Participant,
  time: string,
  details: Readonly<Record<string, Json>>,
): CloudEvent {
  const { orderId, customerId, lines, currency, issuer, createdAt } = order;
  const carried = { orderId, ...(customerId === null ? {} : { customerId }), currency, issuer, createdAt };
  const data = { ...carried, lines: lines as unknown as Json, ...details };
  return { id: `${type}/${orderId}`, source: source ?? '', type, subject: orderId, time, data };
}
