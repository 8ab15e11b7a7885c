import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { isCivilDate } from '../billing/civil-date.ts';
import { cloudEventInput, cloudEventOf } from '../choreography/cloud-event.ts';
import { eventTypes } from '../choreography/event-types.ts';
import { eventRules, isTarget } from '../choreography/rules.ts';
import { decode } from '../messages/decode.ts';
import type { Json } from '../messages/json.ts';
import type { IncomingRecord } from '../messages/record.ts';
import { JobReport, WorkflowMessage } from '../messages/schemas.ts';
import { topics } from '../messages/topics.ts';
import { isWellFormed } from '../messages/utf8.ts';
import {
  type Emitted,
  foldInput,
  type KeyedFold,
  type Origin,
  type Reading,
  type Refusal,
  type States,
} from '../view/keyed-fold.ts';
import {
  asCreated,
  asValidated,
  CHECK_TYPES,
  customerKey,
  type FailedCheck,
  isReservedOrderId,
  Order,
  orderContentHash,
  RESERVED_ORDER_ID_PREFIXES,
  type Shipment,
} from './order.ts';
import { orderCreatedEvent, shipmentOf, utcTime } from './order-events.ts';
import { ORDER_VALIDATION_TYPE, ValidatedOrder } from './order-validation.ts';
import { orderTopics } from './topics.ts';

/** A request: an order that nothing has happened to yet. */
const OrderRequest = Type.Intersect([
  Order,
  Type.Object({ state: Type.Literal('CREATED'), revision: Type.Literal(1) }),
]);
type OrderRequest = Static<typeof OrderRequest>;

/** How the validation of an order ended. */
interface Verdict {
  readonly state: 'VALIDATED' | 'FAILED';
  readonly failures: readonly FailedCheck[];
}

/** How the validation of an order ended, and when: the `time` of the report; null where no report told it, or none that is one. */
interface End {
  readonly verdict: Verdict;
  readonly at: string | null;
}

type OrdersMessage =
  | { readonly kind: 'request'; readonly order: Order }
  | { readonly kind: 'verdict'; readonly orderId: string; readonly ended: End }
  /** Its goods are on their way; null where the event does not say how. */
  | { readonly kind: 'shipped'; readonly orderId: string; readonly shipment: Shipment | null }
  /** Its validation could not begin: another workflow has its id. */
  | { readonly kind: 'conflict'; readonly order: Order };

interface OrderState {
  /** Of the first request, by which a repeat is told from a conflict. */
  readonly contentHash: string;
  readonly order: Order;
  /** W3C trace context of the first request: it goes on with what nothing traced causes. */
  readonly traceparent: string | null;
  /** When its validation ended; missing until then. */
  readonly endedAt?: string | null;
}

/**
 * The single writer of `orders`: the first request of an id in log order makes the order and asks for its validation,
 * and the end of its validation ends it. Each state goes to `orders`, and re-keyed to `orders-by-customer`. A validated
 * order enters the choreography on the event bus, and is SHIPPED once it is heard there that it was.
 */
export function ordersFold(eventBus: string): KeyedFold<OrdersMessage, OrderState> {
  return {
    name: 'orders',
    inputs: [
      foldInput(orderTopics.orderRequests, OrderRequest, {
        toMessage: (request: OrderRequest): OrdersMessage => ({ kind: 'request', order: orderOf(request) }),
        keyOf: ({ id }: OrderRequest) => id,
      }),
      foldInput(topics.workflowEvents, JobReport, {
        toMessage: (report: JobReport): OrdersMessage | null => {
          const verdict = verdictOf(report);
          if (verdict === null) return null;
          return {
            kind: 'verdict',
            orderId: report['workflow-id'],
            ended: { verdict, at: utcTime(report.time) },
          };
        },
        keyOf: (report: JobReport) => report['workflow-id'],
      }),
      { topic: topics.deadLetters, read: conflictOf },
      cloudEventInput(eventBus, (event, orderId): OrdersMessage | null =>
        event.type === eventTypes.orderShipped && isTarget(eventRules, 'orders-service', event)
          ? { kind: 'shipped', orderId, shipment: shipmentOf(event) }
          : null,
      ),
    ],
    keysOf: (message) => ['order' in message ? message.order.id : message.orderId],
    fold: (message, states, origin) => {
      const decided = decide(message, states, origin, eventBus);
      const traceparent = traceparentOf(origin);
      // what caused it, where that has a trace, else the order's first request, whose trace the state keeps
      if ('refused' in decided || traceparent === null) return decided;
      return decided.map((each) => ({ ...each, headers: { ...each.headers, traceparent } }));
    },
  };
}

function decide(
  message: OrdersMessage,
  states: States<OrderState>,
  origin: Origin,
  eventBus: string,
): readonly Emitted[] | Refusal {
  switch (message.kind) {
    case 'request':
      return requested(message.order, states, origin);
    case 'verdict':
      return end(message.orderId, message.ended, states, eventBus);
    case 'conflict': {
      const { order } = message;
      // what somebody else sent under the order's id is not its validation
      if (states.get(order.id)?.contentHash !== orderContentHash(order)) return [];
      const verdict = undecided('another workflow has this id; order again under another');
      return end(order.id, { verdict, at: null }, states, eventBus);
    }
    case 'shipped':
      return shipped(message.orderId, message.shipment, states);
    default:
      return message satisfies never;
  }
}

function requested(order: Order, states: States<OrderState>, origin: Origin): readonly Emitted[] | Refusal {
  const known = states.get(order.id);
  if (known !== undefined) return again(known, order);
  const flaw = flawOf(order);
  if (flaw !== null) return { refused: { reason: 'invalid-message', detail: flaw } };
  const made = { contentHash: orderContentHash(order), order, traceparent: traceparentOf(origin) };
  states.set(order.id, made);
  return created(made);
}

function end(
  orderId: string,
  { verdict, at }: End,
  states: States<OrderState>,
  eventBus: string,
): readonly Emitted[] {
  const known = states.get(orderId);
  // somebody else's workflow of this type: there is no such order here
  if (known === undefined) return [];
  // a repeat: its first coming may have been saved and not published (invariant 5)
  if (known.order.state !== 'CREATED') return ended(known, eventBus);
  const next = { ...known, order: { ...known.order, ...verdict, revision: 2 } as Order, endedAt: at };
  states.set(orderId, next);
  return ended(next, eventBus);
}

/** The goods of an order left. What does not fit the order goes to the dead letters, and changes nothing. */
function shipped(
  orderId: string,
  shipment: Shipment | null,
  states: States<OrderState>,
): readonly Emitted[] | Refusal {
  const known = states.get(orderId);
  // an order of the choreography alone: there is no such order here
  if (known === undefined) return [];
  if (shipment === null)
    return refusal(
      'invalid-message',
      'order_shipped needs a trackingNumber of 1 to 128 printable characters, and a time with its zone',
    );
  const { order } = known;
  switch (order.state) {
    case 'SHIPPED':
      // a repeat, or another parcel for goods that have left
      return order.shipment?.trackingNumber === shipment.trackingNumber
        ? asItStands(known)
        : refusal('shipment-conflict', 'the order was shipped under another tracking number, which stands');
    case 'VALIDATED': {
      const next: OrderState = { ...known, order: { ...order, state: 'SHIPPED', revision: 3, shipment } };
      states.set(orderId, next);
      return asItStands(next);
    }
    case 'CREATED':
    case 'FAILED': {
      const detail = `the order is ${order.state}, and only a VALIDATED one is shipped: send the event again once it is`;
      return refusal('order-not-validated', detail);
    }
    default:
      return order.state satisfies never;
  }
}

const refusal = (reason: string, detail: string): Refusal => ({ refused: { reason, detail } });

/** The order without what its schema does not name, so that a state stays bounded. */
function orderOf({ id, customerId, lines, createdAt, stockCheck }: OrderRequest): Order {
  const named = lines.map(({ product, quantity, price }) => ({ product, quantity, price }));
  const order: Order = {
    id,
    customerId,
    state: 'CREATED',
    revision: 1,
    lines: named,
    createdAt,
    failures: [],
  };
  return { ...order, ...(stockCheck === undefined ? {} : { stockCheck }) };
}

/** What keeps an order from travelling on: names become keys, and its time goes into workflows. */
function flawOf({ id, customerId, lines, createdAt }: Order): string | null {
  if (isReservedOrderId(id))
    return `no order id may begin with "${RESERVED_ORDER_ID_PREFIXES.join('" or "')}"`;
  if (![id, customerId, ...lines.map(({ product }) => product)].every(isWellFormed))
    return 'id, customerId and product need text without halves of surrogate pairs';
  const [date = '', time = ''] = createdAt.split('T');
  const isTime = isCivilDate(date) && time < '24' && time.slice(3) < '60' && time.slice(6) < '60';
  return isTime ? null : 'createdAt is no time of the calendar';
}

/** A request of an id that there is: the same again does no harm, and other content is a conflict. */
function again(known: OrderState, order: Order): readonly Emitted[] | Refusal {
  if (orderContentHash(order) !== known.contentHash) {
    const detail = 'there is another order under this id, which stands: send this one under an id of its own';
    return { refused: { reason: 'order-conflict', detail } };
  }
  // once it has ended, what its creation caused was published: its validation could not have come else
  return known.order.state === 'CREATED' ? created(known) : [];
}

function created(state: OrderState): readonly Emitted[] {
  const { id, createdAt } = state.order;
  const order = asCreated(state.order);
  const workflow = {
    'workflow-type': ORDER_VALIDATION_TYPE,
    'workflow-id': id,
    'create-time': createdAt,
    payload: order,
  };
  return [...asItStands(state), { topic: topics.workflowQueue, key: id, value: workflow, ...traced(state) }];
}

/** What the end of its validation causes, also where the order was shipped since. */
function ended(state: OrderState, eventBus: string): readonly Emitted[] {
  const order = asValidated(state.order);
  const records = asItStands({ ...state, order });
  if (order.state !== 'VALIDATED') return records;
  const { topic, key, value, headers } = cloudEventOf(
    eventBus,
    order.id,
    // states of before there was a choreography have no time of their end
    orderCreatedEvent(order, state.endedAt ?? order.createdAt),
  );
  return [...records, { topic, key, value, headers: { ...headers, ...traced(state).headers } }];
}

function asItStands(state: OrderState): readonly Emitted[] {
  const { order } = state;
  const value = order as unknown as Json;
  return [
    { topic: orderTopics.orders, key: order.id, value, ...traced(state) },
    { topic: orderTopics.ordersByCustomer, key: customerKey(order), value, ...traced(state) },
  ];
}

const traced = ({ traceparent }: OrderState): { headers?: { traceparent: string } } =>
  traceparent === null ? {} : { headers: { traceparent } };

function traceparentOf({ headers: { traceparent = '' } }: Origin): string | null {
  return /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(traceparent) ? traceparent : null;
}

/** A dead letter that is the beginning of an order's validation. */
function conflictOf({ value, headers }: IncomingRecord): Reading<OrdersMessage> {
  const isConflict =
    headers['requite-reason'] === 'workflow-id-conflict' &&
    headers['requite-origin-topic'] === topics.workflowQueue;
  const workflow = isConflict ? decode<WorkflowMessage>(value, WorkflowMessage) : null;
  if (workflow?.ok !== true || workflow.value['workflow-type'] !== ORDER_VALIDATION_TYPE)
    return { kind: 'notOurs' };
  const { payload } = workflow.value;
  if (!Value.Check(OrderRequest, payload)) return { kind: 'notOurs' };
  return { kind: 'message', message: { kind: 'conflict', order: orderOf(payload) }, home: null };
}

/** What a report says of an order; null where it is no validation's, or not its end. */
function verdictOf({ 'workflow-type': type, 'workflow-id': id, status, events }: JobReport): Verdict | null {
  if (type !== ORDER_VALIDATION_TYPE) return null;
  switch (status) {
    case 'completed': {
      const result = events.find((each) => each.event === 'completed')?.result;
      if (!Value.Check(ValidatedOrder, result) || result.orderId !== id)
        return undecided('the validation ended with a result that is none');
      if (result.state === 'FAILED' && result.failures.length === 0)
        return undecided('the validation failed the order and gave no reason');
      return { state: result.state, failures: result.state === 'FAILED' ? result.failures.map(checkOf) : [] };
    }
    case 'failed': {
      const code = events.find((each) => each.event === 'failed')?.error.code ?? 'no code';
      return undecided(`the validation could not be done (${code})`);
    }
    case 'cancelled':
      return undecided('the validation was cancelled');
    case 'waiting':
    case 'parked':
      return null;
    default:
      return status satisfies never;
  }
}

/** FAILED because its validation was: no check can be counted on, and each says why. */
function undecided(reason: string): Verdict {
  const failures = CHECK_TYPES.map((checkType) => ({ checkType, reasons: [`not decided: ${reason}`] }));
  return { state: 'FAILED', failures };
}

const checkOf = ({ checkType, reasons }: FailedCheck): FailedCheck => ({ checkType, reasons });
