// What the examples of several topics share: one customer, one order and how it went on.
import {
  type Customer,
  type eventTypes,
  type InventoryLevel,
  type Order,
  type Payment,
  type Product,
  webhookId,
} from '../../../core/mod.ts';

export const CREATED_AT = '2026-03-02T09:00:00.000Z';
export const LATER_AT = '2026-03-02T09:00:01.250Z';
export const TRACE = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };

export const customer: Customer = {
  customerIdentifier: '2',
  name: 'Anna Schneider',
  email: 'anna.schneider@mail.example',
  level: 'gold',
  address: { lines: ['Lindenstraße 14'], postalCode: '10969', city: 'Berlin', country: 'DE' },
  currency: 'EUR',
  subscriptions: [{ description: 'Fiber 500 internet', quantity: '1', unitPrice: '39.90', taxRate: '19' }],
  usage: [{ description: 'Electricity', quantity: '268.4', unit: 'kWh', unitPrice: '0.3127', taxRate: '19' }],
};

export const order: Order = {
  id: 'order-1',
  customerId: '2',
  state: 'CREATED',
  revision: 1,
  lines: [{ product: 'JUMPERS', quantity: 1, price: '75.00' }],
  createdAt: CREATED_AT,
  failures: [],
};

export const validated: Order = { ...order, state: 'VALIDATED', revision: 2 };

export const TRACKING = 'RQ000000000000000000';

export const shipped: Order = {
  ...validated,
  state: 'SHIPPED',
  revision: 3,
  shipment: { trackingNumber: TRACKING, shippedAt: LATER_AT },
};

export const failed: Order = {
  ...order,
  state: 'FAILED',
  revision: 2,
  failures: [{ checkType: 'INVENTORY_CHECK', reasons: ['JUMPERS: 1 wanted, 0 free'] }],
};

export const payment: Payment = { id: 'payment-1', orderId: order.id, ccy: 'EUR', amount: '75.00' };

export const level: InventoryLevel = {
  product: 'JUMPERS',
  stock: 1_000,
  reserved: 1,
  free: 999,
  revision: 7,
};

export const product: Product = {
  sku: 'JUMPERS',
  name: 'Jumper',
  description: 'Wool, one size.',
  unitPrice: '75.00',
  currency: 'EUR',
  tags: ['wool', 'winter'],
  state: 'active',
  revision: 1,
  createdAt: CREATED_AT,
  updatedAt: CREATED_AT,
};

/** What the events of the choreography say of the order. */
export const eventData = {
  orderId: order.id,
  customerId: '2',
  currency: 'EUR',
  issuer: 'REQUITE',
  createdAt: CREATED_AT,
  lines: [{ sku: 'JUMPERS', quantity: 1, price: '75' }],
};

/** The attributes of an event, as the headers of its record. */
export const eventHeaders = (
  type: (typeof eventTypes)[keyof typeof eventTypes],
  source: string,
): Readonly<Record<string, string>> => ({
  ce_specversion: '1.0',
  ce_id: `${type}/${order.id}`,
  ce_source: source,
  ce_type: type,
  ce_subject: order.id,
  ce_time: LATER_AT,
  'content-type': 'application/json',
});

/** The id of the webhook that tells of the order. */
export const WEBHOOK_ID: string = webhookId(order.id);
