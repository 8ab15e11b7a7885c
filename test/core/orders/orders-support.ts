// Orders and what ends them, as the Orders fold reads them.
import type { Json } from '../../../core/messages/json.ts';
import type { IncomingRecord } from '../../../core/messages/record.ts';
import type { JobEvent } from '../../../core/messages/schemas.ts';
import { topics } from '../../../core/messages/topics.ts';
import type { FailedCheck, Order } from '../../../core/orders/order.ts';
import { orderTopics } from '../../../core/orders/topics.ts';
import { type Folded, incoming, on } from '../view/fold-batch-support.ts';

export const BUS = 'events';
export const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

export const order = (changes: Partial<Order> = {}): Order => ({
  id: 'o-1',
  customerId: '7',
  state: 'CREATED',
  revision: 1,
  lines: [{ product: 'JUMPERS', quantity: 2, price: '10.50' }],
  createdAt: '2026-11-21T10:00:00.000Z',
  failures: [],
  ...changes,
});

export const request = (asked: Order = order(), fields: Partial<IncomingRecord> = {}): IncomingRecord =>
  incoming(orderTopics.orderRequests, asked.id, asked as unknown as Json, fields);

export function report(
  status: string,
  events: readonly JobEvent[],
  { id = 'o-1', type = 'order-validation' }: { id?: string; type?: string } = {},
): IncomingRecord {
  const value = {
    'workflow-type': type,
    'workflow-id': id,
    version: 1,
    revision: 3,
    time: '2026-11-21T10:00:01.000Z',
    status,
    events: events as unknown as Json,
  };
  return incoming(topics.workflowEvents, id, value);
}

export const completed = (state: string, failures: readonly FailedCheck[] = [], id = 'o-1'): IncomingRecord =>
  report('completed', [{ event: 'completed', result: { orderId: id, state, failures } }], { id });

/** The orders on both topics, each with its key. */
export const states = ({ records }: Folded) => ({
  orders: on(records, orderTopics.orders).map(({ value }) => value as unknown as Order),
  byCustomer: on(records, orderTopics.ordersByCustomer).map(({ value }) => value as unknown as Order),
});

export const letters = ({ records }: Folded) => records.filter(({ topic }) => topic === topics.deadLetters);
