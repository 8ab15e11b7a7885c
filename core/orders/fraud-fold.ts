import { isCivilDate } from '../billing/civil-date.ts';
import {
  type Decimal,
  formatDecimal,
  groupThousands,
  multiply,
  parseDecimal,
  roundHalfUp,
} from '../billing/decimal.ts';
import { foldInput, type KeyedFold } from '../view/keyed-fold.ts';
import { type Sessions, sessionWindows } from '../view/session-windows.ts';
import { customerKey, Order, type OrderValidation } from './order.ts';
import { orderTopics } from './topics.ts';
import { validationRecord } from './validation-record.ts';

const HOUR_MS = 3_600_000;
/** A session whose orders come to this or more fails its order. */
export const FRAUD_LIMIT = '2000';
/** Orders of a customer that follow each other within this are of one session, in milliseconds of event time. */
export const FRAUD_GAP_MS: number = HOUR_MS;
/** An order counts into its session however late it comes, up to this behind the customer's latest; in milliseconds. */
export const FRAUD_GRACE_MS: number = 24 * HOUR_MS;

/** Money is added up in units of 10^-8, which every price has a whole number of. */
const SCALE = 8;
const unitsOf = (text: string): bigint => roundHalfUp(parseDecimal(text) ?? ZERO, SCALE);
const ZERO: Decimal = { unscaled: 0n, scale: 0 };
const LIMIT = unitsOf(FRAUD_LIMIT);

/** Totals are text, in those units: JSON has no number that holds them. */
const windows = sessionWindows<bigint, string>({
  gapMs: FRAUD_GAP_MS,
  graceMs: FRAUD_GRACE_MS,
  initial: '0',
  add: (total, value) => String(BigInt(total) + value),
  merge: (one, other) => String(BigInt(one) + BigInt(other)),
});

/** Under `customer/<id>` the sessions and their totals, under `order/<id>` what was decided. */
type FraudState = { readonly sessions: Sessions<string> } | { readonly decision: OrderValidation };

/**
 * Fails an order whose customer's orders, in one session of event time (`createdAt`), come to 2,000 or more, itself
 * included. What was decided stays: an order that comes later adds to what follows, never to what was before.
 *
 * Every order counts, also one that fails its checks, as in Kafka Streams' example: who tries five times to buy for
 * 500 has tried for 2,500. A line counts for no less than nothing, so that no negative line makes room for another.
 *
 * An order later than the grace, whose session is gone, is judged alone and says so; one without a customer fails.
 */
export const fraudFold: KeyedFold<Order, FraudState> = {
  name: 'fraud',
  inputs: [
    foldInput(orderTopics.ordersByCustomer, Order, {
      toMessage: (order: Order) => (order.state === 'CREATED' ? order : null),
      keyOf: customerKey,
    }),
  ],
  keysOf: ({ id, customerId }) =>
    customerId === '' ? [] : [orderStateKey(id), customerStateKey(customerId)],
  fold: (order, states, origin) => {
    if (order.customerId === '')
      return [validationRecord(finding(order, false, ['the order names no customer']), origin)];
    const known = states.get(orderStateKey(order.id));
    if (known !== undefined && 'decision' in known) return [validationRecord(known.decision, origin)];
    const timeMs = timeOf(order.createdAt);
    if (timeMs === null)
      return { refused: { reason: 'invalid-message', detail: 'createdAt is no time of the calendar' } };
    const customer = states.get(customerStateKey(order.customerId));
    const before = customer !== undefined && 'sessions' in customer ? customer.sessions : undefined;
    const { sessions, session } = windows.add(before, timeMs, worthOf(order));
    const decision = session === null ? judgedAlone(order) : judged(order, BigInt(session.aggregate));
    states.set(customerStateKey(order.customerId), { sessions });
    states.set(orderStateKey(order.id), { decision });
    return [validationRecord(decision, origin)];
  },
};

const orderStateKey = (id: string): string => `order/${id}`;
const customerStateKey = (id: string): string => `customer/${id}`;

/** What an order is worth, in units: its lines, of which none counts for less than nothing. */
function worthOf({ lines }: Order): bigint {
  return lines.reduce((sum, { quantity, price }) => {
    const value = multiply({ unscaled: BigInt(quantity), scale: 0 }, parseDecimal(price) ?? ZERO);
    return value.unscaled > 0n ? sum + roundHalfUp(value, SCALE) : sum;
  }, 0n);
}

const ofSession = (sum: string): string => `orders of ${sum} within one session`;

function judged(order: Order, total: bigint, described = ofSession): OrderValidation {
  if (total < LIMIT) return finding(order, true, []);
  const limit = groupThousands(FRAUD_LIMIT);
  return finding(order, false, [`${described(displayUnits(total))}; the limit is ${limit}`]);
}

function judgedAlone(order: Order): OrderValidation {
  const found = judged(order, worthOf(order), (sum) => `an order of ${sum}`);
  const late = 'it came so late that its session was closed: it was judged on its own';
  return { ...found, reasons: [...(found.reasons ?? []), late] };
}

function finding({ id }: Order, isGood: boolean, reasons: string[]): OrderValidation {
  return { orderId: id, checkType: 'FRAUD_CHECK', validationResult: isGood ? 'PASS' : 'FAIL', reasons };
}

/** Units for the eye: `2,150.00`, with more decimals only where there are more. */
function displayUnits(units: bigint): string {
  return groupThousands(formatDecimal({ unscaled: units, scale: SCALE }).replace(/0{1,6}$/, ''));
}

/** ISO 8601 with milliseconds, in UTC, as milliseconds since 1970; null where the calendar has no such time. */
function timeOf(text: string): number | null {
  const [year, month, day, hour, minute, second, ms] = text.split(/\D/).map(Number) as Seven;
  if (!isCivilDate(text.slice(0, 10)) || hour > 23 || minute > 59 || second > 59) return null;
  // days since March of year 0, by years that begin in March (as core/billing/civil-date.ts counts them)
  const years = month > 2 ? year : year - 1;
  const leapDays = Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400);
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const days = years * 365 + leapDays + dayOfYear - DAYS_TO_1970;
  return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000 + ms;
}

type Seven = [number, number, number, number, number, number, number];
/** From 1 March of year 0 to 1 January 1970. */
const DAYS_TO_1970 = 719_468;
