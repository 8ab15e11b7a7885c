import type { TopicSpec } from '../messages/transport.ts';

/** The topics of the orders ecosystem: a public contract, like those of the billing lab. */
export const orderTopics = {
  /** What was asked for, keyed by order id; the first of an id in log order counts. */
  orderRequests: 'order-requests',
  /** Every state of every order, keyed by order id; the Orders service is the single writer. */
  orders: 'orders',
  /** The records of `orders` once more, keyed by customer. */
  ordersByCustomer: 'orders-by-customer',
  /** What each validator found, keyed by order id. */
  orderValidations: 'order-validations',
  /** Stock and price of each product, keyed by product. */
  warehouseInventory: 'warehouse-inventory',
  /** Reserve or release a line of an order, keyed by product. */
  inventoryRequests: 'inventory-requests',
  /** What became of a reservation, keyed by order id. */
  inventoryReplies: 'inventory-replies',
  /** More or fewer pieces of a product, keyed by product. */
  inventoryAdjustments: 'inventory-adjustments',
  /** What each product has and how much of it is free, keyed by product; the products fold is the single writer. */
  inventoryLevels: 'inventory-levels',
  /** Payments, keyed by order id. */
  payments: 'payments',
} as const;

/** So long whoever changed a level can still read what became of it. */
const CHANGE_MS = 10 * 60_000;

/** The topics of the orders ecosystem, each with the partition count of all others. */
export function orderTopicSpecs(partitions: number): readonly TopicSpec[] {
  const needs: Readonly<Record<string, Omit<TopicSpec, 'name' | 'partitions'>>> = {
    [orderTopics.warehouseInventory]: { compacted: true },
    [orderTopics.inventoryLevels]: { compacted: true, compactionLagMs: CHANGE_MS },
  };
  return Object.values(orderTopics).map((name) => ({ name, partitions, ...needs[name] }));
}
