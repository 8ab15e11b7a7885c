import { canonicalJson, type Json } from '../messages/json.ts';
import { topics } from '../messages/topics.ts';
import { Order } from '../orders/order.ts';
import { orderTopics } from '../orders/topics.ts';
import {
  type Emitted,
  foldInput,
  type KeyedFold,
  type Origin,
  type Refusal,
  type States,
} from '../view/keyed-fold.ts';
import {
  MAX_NOTIFICATION_ROUNDS,
  NOTIFICATIONS_TOPIC,
  type NotificationChannel,
  notificationWorkflowId,
} from './channels.ts';
import { mailNotification } from './mail-notification.ts';
import { NotificationRecord, type RetryRequested } from './records.ts';
import { webhookNotification } from './webhook-notification.ts';

type NotificationsMessage =
  | { readonly kind: 'placed'; readonly order: Order }
  | { readonly kind: 'retry'; readonly retry: RetryRequested };

interface NotificationsState {
  readonly order: Order;
  /** The channels that were on when the order came, each with its latest round. */
  readonly rounds: Readonly<Partial<Record<NotificationChannel, number>>>;
}

/**
 * Begins a notification of each placed order on each channel that is on, and once more where somebody asks for it. What
 * was on when an order came is kept with it, so that its record, coming again, begins the same (invariant 5).
 */
export function orderNotifications(
  channelsOn: () => readonly NotificationChannel[],
): KeyedFold<NotificationsMessage, NotificationsState> {
  return {
    name: 'order-notifications',
    inputs: [
      foldInput(orderTopics.orders, Order, {
        toMessage: (order): NotificationsMessage | null =>
          order.state === 'CREATED' ? { kind: 'placed', order } : null,
        keyOf: ({ id }) => id,
      }),
      foldInput(NOTIFICATIONS_TOPIC, NotificationRecord, {
        toMessage: (record): NotificationsMessage | null =>
          record.event === 'retry-requested' ? { kind: 'retry', retry: record } : null,
        keyOf: ({ orderId }) => orderId,
      }),
    ],
    keysOf: (message) => [message.kind === 'placed' ? message.order.id : message.retry.orderId],
    fold: (message, states, origin) =>
      message.kind === 'placed'
        ? placed(message.order, states, channelsOn, origin)
        : retried(message.retry, states, origin),
  };
}

function placed(
  order: Order,
  states: States<NotificationsState>,
  channelsOn: () => readonly NotificationChannel[],
  origin: Origin,
): readonly Emitted[] | Refusal {
  const known = states.get(order.id);
  if (known === undefined) {
    const channels = channelsOn();
    states.set(order.id, { order, rounds: Object.fromEntries(channels.map((channel) => [channel, 1])) });
    return channels.map((channel) => beginning(order, channel, 1, origin));
  }
  if (contentOf(known.order) !== contentOf(order))
    return refusal(
      'order-conflict',
      'another order was created under this id: the first one counts, find out who wrote this one',
    );
  const channels = Object.keys(known.rounds) as NotificationChannel[];
  return channels.map((channel) => beginning(known.order, channel, 1, origin));
}

function retried(
  { orderId, channel, round }: RetryRequested,
  states: States<NotificationsState>,
  origin: Origin,
): readonly Emitted[] | Refusal {
  const known = states.get(orderId);
  const latest = known?.rounds[channel];
  if (known === undefined || latest === undefined || round > latest)
    return refusal(
      'no-such-notification',
      'there is no such notification: retry one that GET /notifications lists',
    );
  // somebody else's retry of the same round has begun the next one, and more
  if (round < latest - 1) return [];
  if (round === latest) {
    if (round >= MAX_NOTIFICATION_ROUNDS)
      return refusal(
        'too-many-retries',
        'this notification was retried too often: tell whom it is for by hand',
      );
    states.set(orderId, { ...known, rounds: { ...known.rounds, [channel]: round + 1 } });
  }
  return [beginning(known.order, channel, round + 1, origin)];
}

/** The workflow of one round: the same bytes whenever it is emitted. */
function beginning(order: Order, channel: NotificationChannel, round: number, { headers }: Origin): Emitted {
  const workflowId = notificationWorkflowId({ orderId: order.id, channel, round });
  const value = {
    'workflow-type': (channel === 'mail' ? mailNotification : webhookNotification).type,
    'workflow-id': workflowId,
    'create-time': order.createdAt,
    payload: { order, round },
  };
  const { traceparent } = headers;
  return {
    topic: topics.workflowQueue,
    key: workflowId,
    value: value as unknown as Json,
    ...(traceparent === undefined ? {} : { headers: { traceparent } }),
  };
}

const refusal = (reason: string, detail: string): Refusal => ({ refused: { reason, detail } });
const contentOf = (order: Order): string => canonicalJson(order as unknown as Json);
