import type { TopicSpec } from '../messages/transport.ts';

/** The topics of the choreography beside its bus, whose name is a setting. */
export const choreographyTopics = {
  /** What was asked for by POST /order, keyed by order id; the first of an id in log order counts. */
  orderDispatches: 'order-dispatches',
  /** Who has done his part of an order, keyed by order id. */
  orderTimes: 'order-times',
  /** Orders that want an invoice, keyed by the series that numbers it. */
  invoiceRequests: 'invoice-requests',
  /** Invoices, keyed by order id. */
  invoices: 'invoices',
  /** Pick lists, keyed by order id. */
  pickLists: 'pick-lists',
  /** How much of a product an order takes, keyed by product. */
  demand: 'demand',
  /** The forecast of each product's demand, keyed by product. */
  forecasts: 'forecasts',
  /** Shipments, keyed by order id. */
  shipments: 'shipments',
  /** The rules that each service runs with, keyed by service. */
  eventRules: 'event-rules',
} as const;

const COMPACTED: ReadonlySet<string> = new Set([choreographyTopics.forecasts, choreographyTopics.eventRules]);

/** The topics of the choreography with its bus, each with the partition count of all others. */
export function choreographyTopicSpecs(partitions: number, bus: string): readonly TopicSpec[] {
  return [bus, ...Object.values(choreographyTopics)].map((name) =>
    COMPACTED.has(name) ? { name, partitions, compacted: true } : { name, partitions },
  );
}
