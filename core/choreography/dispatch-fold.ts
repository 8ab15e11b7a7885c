import { type Static, Type } from '@sinclair/typebox';
import type { SchemaOf } from '../billing/schema.ts';
import { canonicalJson, type Json } from '../messages/json.ts';
import { sha256 } from '../messages/sha256.ts';
import { isWellFormed } from '../messages/utf8.ts';
import { OrderId } from '../orders/order.ts';
import { type Emitted, foldInput, type KeyedFold, type Refusal, type States } from '../view/keyed-fold.ts';
import { cloudEventInput, cloudEventOf } from './cloud-event.ts';
import { eventSources, eventTypes, participants } from './event-types.ts';
import { instantOf } from './instant.ts';
import { orderTimeOf, timeOf } from './order-times.ts';
import type { Choreography } from './reaction.ts';
import { isTarget } from './rules.ts';
import { choreographyTopics } from './topics.ts';

const OrderDispatchSchema = Type.Object({
  id: OrderId,
  /** ISO 8601, from the clock of the instance that took the request. */
  time: Type.String({ minLength: 20, maxLength: 40 }),
  /** Whatever the order says. */
  detail: Type.Record(Type.String(), Type.Unknown()),
});
/** An order that is to enter the choreography, on `order-dispatches`. */
export type OrderDispatch = Static<typeof OrderDispatchSchema>;
export const OrderDispatch: SchemaOf<OrderDispatch> = OrderDispatchSchema;

type DispatchMessage =
  | { readonly kind: 'dispatch'; readonly dispatch: OrderDispatch }
  /** An order was created, by us or by whoever else sends such events. */
  | { readonly kind: 'created'; readonly orderId: string; readonly content: string; readonly time: string };

interface Dispatched {
  readonly content: string;
  /** The time of its event. */
  readonly time: string;
  readonly since: string;
  /** Whether we sent it: then its time was saved with it. */
  readonly isOurs: boolean;
}

/** What a repeat of a dispatch must share with the first. */
export const dispatchContent = (detail: Json): string => sha256(canonicalJson(detail));

/**
 * The order service's part: the first dispatch of an id in log order becomes the event `order_created`, and its time is
 * saved; the same again is the same, and other content a conflict. An order that entered otherwise has its time saved too.
 */
export function dispatchFold({ bus, rules }: Choreography): KeyedFold<DispatchMessage, Dispatched> {
  return {
    name: 'order-dispatches',
    inputs: [
      foldInput(choreographyTopics.orderDispatches, OrderDispatch, {
        toMessage: (dispatch: OrderDispatch): DispatchMessage => ({ kind: 'dispatch', dispatch }),
        keyOf: ({ id }: OrderDispatch) => id,
      }),
      cloudEventInput(bus, (event, key): DispatchMessage | null => {
        const { type, data, time } = event;
        if (type !== eventTypes.orderCreated || !isTarget(rules, 'orders-service', event)) return null;
        return { kind: 'created', orderId: key, content: dispatchContent(data), time };
      }),
    ],
    keysOf: (message) => [message.kind === 'dispatch' ? message.dispatch.id : message.orderId],
    fold: (message, states, origin) => {
      switch (message.kind) {
        case 'dispatch':
          return dispatched(message.dispatch, bus, states, timeOf(origin, message.dispatch));
        case 'created': {
          const { orderId, content, time } = message;
          const known = states.get(orderId);
          if (known?.isOurs === true) return [];
          const saved = known ?? { content, time, since: timeOf(origin, { time }), isOurs: false };
          if (known === undefined) states.set(orderId, saved);
          return [orderTimeOf(orderId, participants['orders-service'], saved.since, saved.content)];
        }
        default:
          return message satisfies never;
      }
    },
  };
}

function dispatched(
  { id, time, detail }: OrderDispatch,
  bus: string,
  states: States<Dispatched>,
  since: string,
): readonly Emitted[] | Refusal {
  const flaw = isWellFormed(id) ? null : 'id needs text without halves of surrogate pairs';
  if (flaw !== null || instantOf(time) === null)
    return { refused: { reason: 'invalid-message', detail: flaw ?? 'time is no time of the calendar' } };
  const content = dispatchContent(detail as Json);
  const known = states.get(id);
  if (known !== undefined && known.content !== content) {
    const why = 'there is another order under this id, which stands: send this one under an id of its own';
    return { refused: { reason: 'order-conflict', detail: why } };
  }
  const saved = known ?? { content, time, since, isOurs: true };
  if (known === undefined) states.set(id, saved);
  const event = {
    id: `${eventTypes.orderCreated}/${id}`,
    source: eventSources.orderService,
    type: eventTypes.orderCreated,
    subject: id,
    time: saved.time,
    data: { createdAt: saved.time, ...(detail as { readonly [field: string]: Json }), orderId: id },
  };
  return [
    cloudEventOf(bus, id, event),
    orderTimeOf(id, participants['orders-service'], saved.since, saved.content),
  ];
}
