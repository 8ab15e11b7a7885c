import { type TSchema, Type } from '@sinclair/typebox';
import {
  choreographyTopics,
  DemandRecord,
  type EventType,
  eventRules,
  eventSources,
  eventTypes,
  Forecast,
  Invoice,
  InvoiceContent,
  OrderDispatch,
  OrderId,
  OrderShipment,
  OrderTime,
  PickList,
  ProductName,
  participants,
  RulesRecord,
} from '../../../core/mod.ts';
import { type HeaderContract, keyedBy, type MessageContract, type TopicContract } from './contract.ts';
import { CREATED_AT, eventData, eventHeaders, LATER_AT, order, TRACKING } from './examples.ts';

const byOrder = keyedBy('The order’s id.', OrderId);
const byProduct = keyedBy('The product’s name (sku).', ProductName);
const ATTRIBUTE = '^[^\\u0000-\\u001f\\u007f-\\u009f]+$';
const forOthers = { receives: 'Whoever wants them: none of our services does.' };

const attribute = (description: string, isRequired = true): HeaderContract => ({
  description,
  pattern: ATTRIBUTE,
  isRequired,
});

const eventAttributes = (type: EventType): Readonly<Record<string, HeaderContract>> => ({
  ce_specversion: { description: 'The version of CloudEvents.', pattern: '^1\\.0$', isRequired: true },
  ce_id: attribute('With the source it names the event: one that comes again under both is the same.'),
  ce_source: attribute('Who sends it.'),
  ce_type: { description: 'What happened.', pattern: `^${type}$`, isRequired: true },
  ce_subject: attribute('The order’s id.', false),
  ce_time: attribute('When it happened, ISO 8601; where it is missing, when the log took it.', false),
  'content-type': {
    description: 'Of the data: JSON. Where it is missing, JSON is taken for granted.',
    pattern: '^application/(json|[a-z0-9.+-]+\\+json)\\s*(;.*)?$',
  },
});

/** The order that every event carries along. What else is in it is handed on, and what can't be used is left out and counted. */
const EventData = Type.Object({
  orderId: OrderId,
  customerId: Type.Optional(Type.Union([Type.String(), Type.Integer()])),
  currency: Type.Optional(Type.String()),
  issuer: Type.Optional(Type.String()),
  createdAt: Type.Optional(Type.String()),
  lines: Type.Optional(
    Type.Array(
      Type.Object({
        sku: Type.Optional(Type.Union([Type.String(), Type.Integer()])),
        quantity: Type.Number(),
        price: Type.Optional(Type.Union([Type.String(), Type.Number()])),
      }),
    ),
  ),
});

interface EventContract {
  readonly name: string;
  readonly title: string;
  readonly type: EventType;
  readonly source: string;
  readonly more: Readonly<Record<string, TSchema>>;
  readonly sample: Readonly<Record<string, unknown>>;
}

const eventMessage = ({ name, title, type, source, more, sample }: EventContract): MessageContract => ({
  name,
  title,
  summary:
    'A CloudEvent in binary mode: its attributes are the headers, its data the value. Structured mode is read as well. Who reacts is for the rules to say.',
  value: Type.Object({ ...EventData.properties, ...more }),
  headers: eventAttributes(type),
  examples: [
    { summary: type, key: order.id, headers: eventHeaders(type, source), value: { ...eventData, ...sample } },
  ],
});

const events = (bus: string): TopicContract => ({
  topic: bus,
  title: 'Event bus',
  summary:
    'The events of the choreography. A topic of the name that EVENTBUS_NAME gives. Events of other types are left alone.',
  domain: 'choreography',
  key: keyedBy('The order’s id: the same as orderId in the data.', OrderId),
  messages: [
    eventMessage({
      name: 'OrderCreated',
      title: 'An order was taken',
      type: eventTypes.orderCreated,
      source: eventSources.orderService,
      more: {},
      sample: {},
    }),
    eventMessage({
      name: 'FulfilmentCompleted',
      title: 'An order is picked',
      type: eventTypes.fulfilmentCompleted,
      source: eventSources.fulfilmentService,
      more: { pickList: Type.Optional(Type.String()), pieces: Type.Optional(Type.Integer()) },
      sample: { pickList: `PL-${order.id}`, pieces: 1 },
    }),
    eventMessage({
      name: 'OrderShipped',
      title: 'An order is on its way',
      type: eventTypes.orderShipped,
      source: eventSources.logisticService,
      more: {
        trackingNumber: Type.String(),
        pieces: Type.Optional(Type.Integer()),
        shippedAt: Type.Optional(Type.String()),
      },
      sample: { trackingNumber: TRACKING, pieces: 1, shippedAt: LATER_AT },
    }),
  ],
});

const invoice: InvoiceContent = {
  orderId: order.id,
  customerId: '2',
  issuer: 'REQUITE',
  date: '2026-03-02',
  currency: 'EUR',
  lines: [{ sku: 'JUMPERS', quantity: 1, unitPrice: '75', net: '75.00' }],
  net: '75.00',
  taxRate: '19',
  tax: '14.25',
  gross: '89.25',
};

/** The topics of the choreography, with its bus of this name. */
export const choreographyTopicContracts = (bus: string): readonly TopicContract[] => [
  events(bus),
  {
    topic: choreographyTopics.orderDispatches,
    title: 'Order dispatches',
    summary:
      'Orders that are to enter the choreography, as POST /order took them. The first of an id in log order becomes an event; other content under it is a conflict.',
    domain: 'choreography',
    key: byOrder,
    messages: [
      {
        name: 'OrderDispatch',
        title: 'An order that is to enter the choreography',
        summary: 'Detail is whatever the order says.',
        value: OrderDispatch,
        examples: [
          {
            summary: 'One line',
            key: order.id,
            value: { id: order.id, time: CREATED_AT, detail: { customerId: '2', lines: eventData.lines } },
          },
        ],
      },
    ],
  },
  {
    topic: choreographyTopics.orderTimes,
    title: 'Order times',
    summary: 'Who has done his part of an order. The first record of a column counts.',
    domain: 'choreography',
    key: byOrder,
    messages: [
      {
        name: 'OrderTime',
        title: 'A service did its part of an order',
        summary:
          'Since is when what it reacted to was on the log; when it had done its part is the record’s own time.',
        value: OrderTime,
        examples: [
          {
            summary: 'Of the fulfilment service',
            key: order.id,
            value: { orderId: order.id, column: participants['fulfilment-service'].time, since: CREATED_AT },
          },
        ],
      },
    ],
  },
  {
    topic: choreographyTopics.invoiceRequests,
    title: 'Invoice requests',
    summary:
      'Orders that want an invoice. A series has one partition, and so one owner, who counts without a gap.',
    domain: 'choreography',
    key: keyedBy('The series: <issuer>-<year>.'),
    messages: [
      {
        name: 'InvoiceRequest',
        title: 'An order wants an invoice',
        summary: 'All of an invoice but its number.',
        value: InvoiceContent,
        examples: [{ summary: 'One line', key: 'REQUITE-2026', value: invoice }],
      },
    ],
  },
  {
    topic: choreographyTopics.invoices,
    title: 'Invoices',
    summary: 'Invoices with their numbers. What is written again for an order is the same.',
    domain: 'choreography',
    key: byOrder,
    outside: forOthers,
    messages: [
      {
        name: 'Invoice',
        title: 'An invoice',
        summary: 'Amounts are decimal strings.',
        value: Invoice,
        examples: [{ summary: 'One line', key: order.id, value: { number: 'INV-2026-000001', ...invoice } }],
      },
    ],
  },
  {
    topic: choreographyTopics.pickLists,
    title: 'Pick lists',
    summary: 'Walks through the warehouse, one an order.',
    domain: 'choreography',
    key: byOrder,
    outside: forOthers,
    messages: [
      {
        name: 'PickList',
        title: 'A pick list',
        summary: 'Lines are in the order of the walk, each product once.',
        value: PickList,
        examples: [
          {
            summary: 'One line',
            key: order.id,
            value: {
              pickList: `PL-${order.id}`,
              orderId: order.id,
              lines: [{ bin: 'C-07-2', sku: 'JUMPERS', quantity: 1 }],
              pieces: 1,
              ignoredLines: 0,
              since: CREATED_AT,
            },
          },
        ],
      },
    ],
  },
  {
    topic: choreographyTopics.demand,
    title: 'Demand',
    summary: 'How much of each product an order takes.',
    domain: 'choreography',
    key: byProduct,
    messages: [
      {
        name: 'Demand',
        title: 'An order takes pieces of a product',
        summary: 'Each order counts once for a product. Day counts from 1970, in UTC.',
        value: DemandRecord,
        examples: [
          {
            summary: 'One piece',
            key: 'JUMPERS',
            value: { orderId: order.id, sku: 'JUMPERS', quantity: 1, day: 20_514 },
          },
        ],
      },
    ],
  },
  {
    topic: choreographyTopics.forecasts,
    title: 'Forecasts',
    summary: 'What is expected of each product on the day after its latest.',
    domain: 'choreography',
    key: byProduct,
    outside: forOthers,
    messages: [
      {
        name: 'Forecast',
        title: 'The forecast of a product’s demand',
        summary: 'In pieces, by exponential smoothing.',
        value: Forecast,
        examples: [
          {
            summary: 'After the first day',
            key: 'JUMPERS',
            value: {
              sku: 'JUMPERS',
              day: '2026-03-03',
              forecast: 1,
              mae: null,
              mape: null,
              days: 1,
              alpha: 0.3,
              late: 0,
            },
          },
        ],
      },
    ],
  },
  {
    topic: choreographyTopics.shipments,
    title: 'Shipments',
    summary: 'Goods on their way.',
    domain: 'choreography',
    key: byOrder,
    outside: forOthers,
    messages: [
      {
        name: 'Shipment',
        title: 'The shipment of an order',
        summary: 'The last digit of the tracking number is its check digit, as GS1 has it.',
        value: OrderShipment,
        examples: [
          {
            summary: 'One piece',
            key: order.id,
            value: {
              trackingNumber: TRACKING,
              orderId: order.id,
              customerId: '2',
              pieces: 1,
              shippedAt: LATER_AT,
            },
          },
        ],
      },
    ],
  },
  {
    topic: choreographyTopics.eventRules,
    title: 'Event rules',
    summary: 'The rules that each participant runs with, told at its start; bun run rules diff reads them.',
    domain: 'choreography',
    key: keyedBy('The service’s name.'),
    outside: { receives: 'The command bun run rules diff.' },
    messages: [
      {
        name: 'EventRules',
        title: 'The rules of a service',
        summary: 'Those of another version may have patterns that this one can’t read.',
        value: RulesRecord,
        examples: [
          {
            summary: 'A service’s rules',
            key: 'invoice-service',
            value: { service: 'invoice-service', rules: eventRules.slice(0, 1) },
          },
        ],
      },
    ],
  },
];
