// Whether what was validated was shipped, once: by the event bus and the shipments, as naive as its siblings.
import type { Order } from '../../core/mod.ts';
import { contentOf, entries, grouped, type Logs } from './orders-oracle-log.ts';

type Complain = (what: string) => void;

/** What each order that is shipped goes through on the bus. */
const STEPS = ['order_created', 'fulfilment_completed', 'order_shipped'] as const;

interface BusEvent {
  readonly orderId: string;
  readonly type: string;
  /** All that makes it the same event as another record: the trace of who sent it again may be another. */
  readonly content: string;
  readonly data: { readonly trackingNumber?: string; readonly shippedAt?: string; readonly lines?: unknown };
}

/**
 * Each validated order went through every step once (what comes again is the same again), and is SHIPPED as its shipment
 * says, under a number that no other has; nothing else is on the bus.
 */
export function compareShipping(
  logs: Logs,
  { ends, shipped }: { ends: ReadonlyMap<string, Order>; shipped: ReadonlyMap<string, Order> },
  complain: Complain,
): void {
  const events = grouped(eventsOf(logs), ({ orderId }) => orderId);
  const shipments = shipmentsOf(logs, complain);
  for (const [id, order] of ends) {
    if (order.state !== 'VALIDATED') continue;
    const told = compareSteps(order, events.get(id) ?? [], complain);
    compareShipped(order, { told, final: shipped.get(id) }, complain);
    if (shipments.get(id) !== told.trackingNumber)
      complain(`order ${id} has another shipment than it was told`);
    events.delete(id);
    shipments.delete(id);
  }
  for (const id of events.keys()) complain(`the bus has events of order ${id}, which is not validated`);
  for (const id of shipments.keys()) complain(`there is a shipment of order ${id}, which is not validated`);
}

/** Each step is there once; gives what the last one told. */
function compareSteps(
  { id, lines }: Order,
  events: readonly BusEvent[],
  complain: Complain,
): BusEvent['data'] {
  for (const step of STEPS) {
    const count = new Set(events.filter(({ type }) => type === step).map(({ content }) => content)).size;
    if (count !== 1) complain(`order ${id} has ${count} of ${step}`);
  }
  const created = events.find(({ type }) => type === 'order_created');
  const asEvent = lines.map(({ product, ...line }) => ({ sku: product, ...line }));
  if (created !== undefined && contentOf(created.data.lines) !== contentOf(asEvent))
    complain(`order ${id} entered the choreography with other lines`);
  return events.find(({ type }) => type === 'order_shipped')?.data ?? {};
}

function compareShipped(
  order: Order,
  { told, final }: { told: BusEvent['data']; final: Order | undefined },
  complain: Complain,
): void {
  const { trackingNumber, shippedAt } = told;
  const expected = { ...order, state: 'SHIPPED', revision: 3, shipment: { trackingNumber, shippedAt } };
  if (final === undefined) complain(`order ${order.id} was never shipped`);
  else if (contentOf(final) !== contentOf(expected))
    complain(`order ${order.id} is SHIPPED as ${contentOf(final)}`);
}

function eventsOf(logs: Logs): BusEvent[] {
  return (logs.events ?? []).map(({ key, headers, value }) => {
    const { ce_id, ce_source, ce_type, ce_time } = headers;
    const data = JSON.parse(String(value)) as BusEvent['data'];
    const content = contentOf({ ce_id, ce_source, ce_type, ce_time, data });
    return { orderId: String(key), type: String(ce_type), content, data };
  });
}

/** The tracking number of each order. */
function shipmentsOf(logs: Logs, complain: Complain): Map<string, string> {
  const found = entries<{ orderId: string; trackingNumber: string }>(logs, 'shipments');
  const numbers = new Map<string, string>();
  const holders = new Map<string, string>();
  for (const { value } of found) {
    const { orderId, trackingNumber } = value;
    if ((numbers.get(orderId) ?? trackingNumber) !== trackingNumber)
      complain(`order ${orderId} has two tracking numbers`);
    const holder = holders.get(trackingNumber) ?? orderId;
    if (holder !== orderId) complain(`orders ${holder} and ${orderId} share a tracking number`);
    numbers.set(orderId, trackingNumber);
    holders.set(trackingNumber, orderId);
  }
  return numbers;
}
