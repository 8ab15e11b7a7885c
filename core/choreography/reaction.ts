import type { Emitted, KeyedFold } from '../view/keyed-fold.ts';
import { cloudEventInput } from './cloud-event.ts';
import { type Participant, type ParticipantName, participants } from './event-types.ts';
import { contentOf, type EventOrder, orderOfEvent } from './order-event.ts';
import { timeOf } from './order-times.ts';
import { type EventRule, isTarget } from './rules.ts';

/** What a service of the choreography runs with. */
export interface Choreography {
  /** The topic of the events. */
  readonly bus: string;
  /** Checked: see `checkedRules`. */
  readonly rules: readonly EventRule[];
}

/** What a service took an order for when it first heard of it. */
export interface Reacted {
  readonly content: string;
  /** The time of the event, ISO 8601. */
  readonly eventTime: string;
  /** When the event was on the log, ISO 8601. */
  readonly time: string;
}

export interface ReactionOptions {
  /** Names the fold, its states and its group. */
  readonly name: string;
  readonly target: ParticipantName;
  /** What to publish for an order: the same for the same arguments. `time` is when the event was on the log. */
  readonly act: (order: EventOrder, time: string, participant: Participant) => readonly Emitted[];
}

/**
 * A service that reacts to events by itself: to those that the rules send it, once for each order. What comes again is
 * answered the same (invariant 5), so its repeats do no harm; another order under the same id is refused.
 */
export function reactionFold(
  { bus, rules }: Choreography,
  { name, target, act }: ReactionOptions,
): KeyedFold<EventOrder, Reacted> {
  return {
    name,
    inputs: [
      cloudEventInput(bus, (event, key) =>
        isTarget(rules, target, event) ? orderOfEvent(event, key) : null,
      ),
    ],
    keysOf: ({ orderId }) => [orderId],
    fold: (order, states, origin) => {
      const content = contentOf(order);
      const known = states.get(order.orderId);
      if (known !== undefined && known.content !== content) {
        const detail =
          'there is another order under this id, which stands: send this one under an id of its own';
        return { refused: { reason: 'order-conflict', detail } };
      }
      const { eventTime } = order;
      const reacted = known ?? { content, eventTime, time: timeOf(origin, { time: eventTime }) };
      if (known === undefined) states.set(order.orderId, reacted);
      return act({ ...order, eventTime: reacted.eventTime }, reacted.time, participants[target]);
    },
  };
}
