import {
  CHANGE_ID_HEADER,
  InventoryAdjustment,
  InventoryLevel,
  InventoryReply,
  InventoryRequest,
  Order,
  OrderId,
  OrderValidation,
  orderTopics,
  Payment,
  ProductName,
  StockLevel,
} from '../../../core/mod.ts';
import { type HeaderContract, keyedBy, type MessageExample, type TopicContract } from './contract.ts';
import { failed, level, order, payment, shipped, TRACE, validated } from './examples.ts';

const byOrder = keyedBy('The order’s id.', OrderId);
const byProduct = keyedBy('The product’s name (sku).', ProductName);

const changeId: Readonly<Record<string, HeaderContract>> = {
  [CHANGE_ID_HEADER]: {
    description: 'Whoever changes a level by hand finds under this id, on inventory-levels, what came of it.',
  },
};

const states = (keyOf: (each: Order) => string): readonly MessageExample[] => [
  { summary: 'As it was taken', key: keyOf(order), value: order, headers: TRACE },
  { summary: 'Validated', key: keyOf(validated), value: validated },
  { summary: 'Failed, and why', key: keyOf(failed), value: failed },
  { summary: 'On its way', key: keyOf(shipped), value: shipped },
];

export const orderTopicContracts: readonly TopicContract[] = [
  {
    topic: orderTopics.orderRequests,
    title: 'Order requests',
    summary:
      'What was asked for. The first of an id in log order makes the order; the same content again is a repeat, other content a conflict, kept in dead-letters.',
    domain: 'orders',
    key: byOrder,
    messages: [
      {
        name: 'OrderRequest',
        title: 'An order is asked for',
        summary: 'An order that nothing has happened to yet: CREATED, revision 1.',
        value: Order,
        examples: [{ summary: 'One line', key: order.id, value: order, headers: TRACE }],
      },
    ],
  },
  {
    topic: orderTopics.orders,
    title: 'Orders',
    summary:
      'Every state of every order; the Orders service is the single writer. A reader ignores a revision that is not above the one that it has.',
    domain: 'orders',
    key: byOrder,
    messages: [
      {
        name: 'Order',
        title: 'An order as it is now',
        summary: 'Revision 1 is CREATED, 2 VALIDATED or FAILED, 3 SHIPPED.',
        value: Order,
        examples: states(({ id }) => id),
      },
    ],
  },
  {
    topic: orderTopics.ordersByCustomer,
    title: 'Orders by customer',
    summary: 'The records of orders once more, so that all orders of a customer are on one partition.',
    domain: 'orders',
    key: keyedBy('The customer’s id; the order’s where it names no customer.'),
    messages: [
      {
        name: 'CustomersOrder',
        title: 'An order as it is now',
        summary: 'Of one customer, in the order in which things happened to each order.',
        value: Order,
        examples: states(({ customerId }) => customerId),
      },
    ],
  },
  {
    topic: orderTopics.orderValidations,
    title: 'Order validations',
    summary:
      'What each validator found. A validator reads orders and writes one result for each that is CREATED.',
    domain: 'orders',
    key: byOrder,
    messages: [
      {
        name: 'OrderValidation',
        title: 'A check of an order',
        summary:
          'The first result of each of INVENTORY_CHECK, FRAUD_CHECK and ORDER_DETAILS_CHECK counts; repeats and other checks change nothing.',
        value: OrderValidation,
        examples: [
          {
            summary: 'Passed',
            key: order.id,
            headers: TRACE,
            value: { orderId: order.id, checkType: 'FRAUD_CHECK', validationResult: 'PASS' },
          },
          {
            summary: 'Failed',
            key: order.id,
            value: {
              orderId: order.id,
              checkType: 'INVENTORY_CHECK',
              validationResult: 'FAIL',
              reasons: ['JUMPERS: 1 wanted, 0 free'],
            },
          },
        ],
      },
    ],
  },
  {
    topic: orderTopics.warehouseInventory,
    title: 'Warehouse inventory',
    summary: 'Stock and list price of each product as the warehouse counts them: absolute levels.',
    domain: 'orders',
    key: byProduct,
    messages: [
      {
        name: 'StockLevel',
        title: 'What the warehouse has of a product',
        summary: 'Reserved pieces are in it.',
        value: StockLevel,
        headers: changeId,
        examples: [
          {
            summary: 'A level',
            key: 'JUMPERS',
            value: { product: 'JUMPERS', stock: 1_000, unitPrice: '75.00' },
          },
        ],
      },
    ],
  },
  {
    topic: orderTopics.inventoryRequests,
    title: 'Inventory requests',
    summary: 'Asks that a line of an order be reserved, or given back.',
    domain: 'orders',
    key: byProduct,
    messages: [
      {
        name: 'InventoryRequest',
        title: 'Reserve or release a line',
        summary: 'A release also refuses a reserve that comes later.',
        value: InventoryRequest,
        examples: [
          {
            summary: 'Reserve',
            key: 'JUMPERS',
            headers: TRACE,
            value: { kind: 'reserve', orderId: order.id, line: 0, product: 'JUMPERS', quantity: 1 },
          },
        ],
      },
    ],
  },
  {
    topic: orderTopics.inventoryReplies,
    title: 'Inventory replies',
    summary: 'What became of each reserve.',
    domain: 'orders',
    key: byOrder,
    messages: [
      {
        name: 'InventoryReply',
        title: 'A line got its pieces, or none',
        summary: 'A repeated reserve has the same reply.',
        value: InventoryReply,
        examples: [
          {
            summary: 'Reserved',
            key: order.id,
            headers: TRACE,
            value: { orderId: order.id, line: 0, product: 'JUMPERS', outcome: 'reserved', available: 1_000 },
          },
        ],
      },
    ],
  },
  {
    topic: orderTopics.inventoryAdjustments,
    title: 'Inventory adjustments',
    summary: 'More or fewer pieces of a product than before.',
    domain: 'orders',
    key: byProduct,
    messages: [
      {
        name: 'InventoryAdjustment',
        title: 'Pieces came or went',
        summary: 'The same again under its id counts once.',
        value: InventoryAdjustment,
        headers: changeId,
        examples: [
          {
            summary: 'Twelve came',
            key: 'JUMPERS',
            value: { id: 'delivery-1', product: 'JUMPERS', by: 12 },
          },
        ],
      },
    ],
  },
  {
    topic: orderTopics.inventoryLevels,
    title: 'Inventory levels',
    summary:
      'What each product has and how much of it is free; the inventory is the single writer. A reader ignores what is below the revision that it has.',
    domain: 'orders',
    key: byProduct,
    messages: [
      {
        name: 'InventoryLevel',
        title: 'A product’s level',
        summary: 'With the change by hand that brought it, where one did.',
        value: InventoryLevel,
        examples: [
          { summary: 'A level', key: level.product, value: level },
          {
            summary: 'After an adjustment',
            key: level.product,
            value: {
              ...level,
              stock: 1_012,
              free: 1_011,
              revision: 8,
              change: { id: 'delivery-1', outcome: 'applied' },
            },
          },
        ],
      },
    ],
  },
  {
    topic: orderTopics.payments,
    title: 'Payments',
    summary: 'Payments for orders: the first of an order counts.',
    domain: 'orders',
    key: byOrder,
    outside: { sends: 'Whoever takes payments: none of our services does.' },
    messages: [
      {
        name: 'Payment',
        title: 'An order is paid',
        summary: 'With its order, whichever comes first, it starts the mail to the customer.',
        value: Payment,
        examples: [{ summary: 'A payment', key: payment.orderId, value: payment }],
      },
    ],
  },
];
