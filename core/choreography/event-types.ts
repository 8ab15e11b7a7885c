/** Every type of event on the bus. Each has `data.orderId`, which is its key, and carries the order along. */
export const eventTypes = {
  /** An order was taken: `{ orderId, customerId?, lines?, createdAt?, … }`. */
  orderCreated: 'order_created',
  /** Its goods are picked: the same, with `pickList` and `pieces`. */
  fulfilmentCompleted: 'fulfilment_completed',
  /** They are on their way: the same, with `trackingNumber` and `shippedAt`. */
  orderShipped: 'order_shipped',
} as const;
export type EventType = (typeof eventTypes)[keyof typeof eventTypes];
export const EVENT_TYPES: readonly EventType[] = Object.values(eventTypes);

/** The `source` of the events of each service that sends some. */
export const eventSources = {
  orderService: 'order_service',
  fulfilmentService: 'fulfilment_service',
  logisticService: 'logistic_service',
} as const;

/** What a service is to the choreography. */
export interface Participant {
  /** The `source` of its events; null where it sends none. */
  readonly source: string | null;
  /** Where it saves its time, in the table of times. */
  readonly time: TimeColumn;
  /** What it sends of itself: nothing on the bus causes it. */
  readonly starts: readonly EventType[];
  /** What it sends once it has reacted to an event, of whatever type. */
  readonly sends: readonly EventType[];
}

/** The columns of the table of times, in the order in which an order passes them. */
export const TIME_COLUMNS = [
  'time_order_service',
  'time_invoice_service',
  'time_fulfilment_service',
  'time_forecasting_service',
  'time_logistic_service',
] as const;
export type TimeColumn = (typeof TIME_COLUMNS)[number];

/** Who may be the target of a rule, by the names of the catalogue. */
export const participants = {
  'orders-service': {
    source: eventSources.orderService,
    time: 'time_order_service',
    starts: [eventTypes.orderCreated],
    sends: [],
  },
  'invoice-service': { source: null, time: 'time_invoice_service', starts: [], sends: [] },
  'fulfilment-service': {
    source: eventSources.fulfilmentService,
    time: 'time_fulfilment_service',
    starts: [],
    sends: [eventTypes.fulfilmentCompleted],
  },
  'forecasting-service': {
    source: null,
    time: 'time_forecasting_service',
    starts: [],
    sends: [],
  },
  'logistic-service': {
    source: eventSources.logisticService,
    time: 'time_logistic_service',
    starts: [],
    sends: [eventTypes.orderShipped],
  },
} as const satisfies Readonly<Record<string, Participant>>;
export type ParticipantName = keyof typeof participants;
export const PARTICIPANTS: readonly ParticipantName[] = Object.keys(
  participants,
) as readonly ParticipantName[];

/** A kind of event, by who sends it. */
export interface SentEvent {
  readonly source: string;
  readonly type: EventType;
  readonly sender: ParticipantName;
  /** Whether it is sent in reaction to another event. */
  readonly isReaction: boolean;
}

/** All that is sent. */
export const SENT_EVENTS: readonly SentEvent[] = PARTICIPANTS.flatMap((sender) => {
  const { source, starts, sends }: Participant = participants[sender];
  if (source === null) return [];
  const sent = (type: EventType, isReaction: boolean): SentEvent => ({ source, type, sender, isReaction });
  return [...starts.map((type) => sent(type, false)), ...sends.map((type) => sent(type, true))];
});
