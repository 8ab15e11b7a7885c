// Which topics and groups each service needs, and what it does with them: the one source of the lists of ACLs.
import {
  choreographyTopics,
  numberingTopics,
  orderTopics,
  productTopics,
  topics,
} from '../../../core/mod.ts';

/** A consumer group of a service. */
export interface GroupAccess {
  readonly group: string;
  readonly reads: readonly string[];
  /** Beside the dead letters, which every group writes. */
  readonly writes: readonly string[];
  /** What it says of its own among them; all else that it writes are records that it moves to their home partition. */
  readonly sends: readonly string[];
  /** Whether it keeps jobs or states: then, with JOB_STORE=kafka, it has a topic and transactional ids of its own. */
  readonly keepsJobs: boolean;
  /** It does its work once, and nobody reads on: how far it is says nothing. */
  readonly isOnce?: true;
}

/** What a service does with the log. */
export interface ServiceAccess {
  readonly service: string;
  readonly groups: readonly GroupAccess[];
  /** Topics that it reads outside of any group, as views do. */
  readonly reads: readonly string[];
  /** Topics that it writes outside of any group, as REST does. */
  readonly writes: readonly string[];
}

/** What every process does, whatever runs in it: says that it lives and which settings it has, and reads both of all. */
export const EVERY_PROCESS: Pick<ServiceAccess, 'reads' | 'writes'> = {
  reads: [topics.instances, topics.configuration],
  writes: [topics.instances, topics.configuration],
};

const BUS = 'events';
const NOTIFICATIONS = 'notifications';

/** Topics that must have one partition count: who uses one looks at all of its family, and everybody at the first. */
export const FAMILIES: readonly (readonly string[])[] = [
  Object.values(topics),
  Object.values(numberingTopics),
  Object.values(orderTopics),
  Object.values(productTopics),
  [BUS, ...Object.values(choreographyTopics)],
  [NOTIFICATIONS],
];
const WORKFLOW_TOPICS: readonly string[] = [topics.workflowQueue, topics.answers, topics.workflowCommands];

/** Workflows: a record in the wrong partition is moved home, so that they also write what they read. */
const workflows = (group: string, expects: readonly string[] = []): GroupAccess => ({
  group,
  reads: [...WORKFLOW_TOPICS, ...expects],
  writes: [...WORKFLOW_TOPICS, ...expects, topics.questions, topics.workflowEvents],
  sends: [topics.questions, topics.workflowEvents],
  keepsJobs: true,
});

/** A keyed fold: it too moves records home. */
const fold = (group: string, reads: readonly string[], writes: readonly string[]): GroupAccess => ({
  group,
  reads,
  writes: [...reads, ...writes],
  sends: writes,
  keepsJobs: true,
});

/** A group that keeps nothing. */
const plain = (group: string, reads: readonly string[], writes: readonly string[] = []): GroupAccess => ({
  group,
  reads,
  writes,
  sends: writes,
  keepsJobs: false,
});

const answerer = (group: string): GroupAccess => plain(group, [topics.questions], [topics.answers]);

/** Puts samples on an empty log, as the member of a group, so that one instance does it. */
const samples = (group: string, topic: string): GroupAccess => ({
  ...plain(group, [topic], [topic]),
  isOnce: true,
});

/** A participant of the choreography tells its rules at its start. */
const participant = (service: string, groups: readonly GroupAccess[]): ServiceAccess => ({
  service,
  groups,
  reads: [],
  writes: [choreographyTopics.eventRules],
});

/** By the service's name in the catalogue. */
export const SERVICE_ACCESS: readonly ServiceAccess[] = [
  {
    service: 'coordinator',
    groups: [plain('coordinator', [topics.billingRuns])],
    reads: [
      topics.billingRuns,
      topics.runCommands,
      topics.workflowEvents,
      topics.deadLetters,
      topics.deadLetterReplays,
    ],
    // runs, their workflows, commands to both; dead letters go back to where they were
    writes: [
      topics.billingRuns,
      topics.runCommands,
      topics.workflowCommands,
      topics.deadLetterReplays,
      topics.workflowQueue,
      topics.answers,
      topics.questions,
      topics.workflowEvents,
    ],
  },
  {
    service: 'engine',
    groups: [
      workflows('engine'),
      plain('bill-writer', [topics.workflowEvents]),
      // a question is taken wherever it lies: none is moved
      {
        ...fold(
          'bill-number-questions',
          [topics.questions],
          [numberingTopics.billNumberRequests, topics.answers],
        ),
        writes: [numberingTopics.billNumberRequests, topics.answers],
      },
      fold('bill-numbers', [numberingTopics.billNumberRequests], [topics.answers]),
    ],
    reads: [],
    writes: [],
  },
  {
    service: 'crm',
    groups: [answerer('crm'), samples('crm-samples', topics.customers)],
    reads: [topics.customers],
    writes: [topics.customers],
  },
  {
    service: 'orders-service',
    groups: [
      fold(
        'orders',
        [orderTopics.orderRequests, topics.workflowEvents, topics.deadLetters, BUS],
        [orderTopics.orders, orderTopics.ordersByCustomer, topics.workflowQueue],
      ),
      answerer('orders-charges'),
      fold('order-dispatches', [choreographyTopics.orderDispatches, BUS], [choreographyTopics.orderTimes]),
    ],
    reads: [orderTopics.orders, orderTopics.ordersByCustomer, choreographyTopics.orderTimes],
    writes: [
      orderTopics.orderRequests,
      choreographyTopics.orderDispatches,
      choreographyTopics.eventRules,
      BUS,
    ],
  },
  {
    service: 'inventory-service',
    groups: [
      fold(
        'inventory-products',
        [orderTopics.warehouseInventory, orderTopics.inventoryRequests, orderTopics.inventoryAdjustments],
        [orderTopics.inventoryLevels, orderTopics.inventoryReplies],
      ),
      fold(
        'inventory-orders',
        [orderTopics.orders, orderTopics.inventoryReplies],
        [orderTopics.orderValidations, orderTopics.inventoryRequests],
      ),
      samples('inventory-samples', orderTopics.warehouseInventory),
    ],
    reads: [orderTopics.warehouseInventory, orderTopics.inventoryLevels],
    writes: [orderTopics.warehouseInventory, orderTopics.inventoryAdjustments],
  },
  {
    service: 'product-service',
    groups: [
      fold(
        'products',
        [productTopics.productRequests],
        [productTopics.products, productTopics.productReplies],
      ),
      samples('product-samples', productTopics.productRequests),
    ],
    reads: [productTopics.products, productTopics.productReplies],
    writes: [productTopics.productRequests],
  },
  {
    service: 'fraud-service',
    groups: [fold('fraud', [orderTopics.ordersByCustomer], [orderTopics.orderValidations])],
    reads: [],
    writes: [],
  },
  {
    service: 'order-details-service',
    groups: [plain('order-details', [orderTopics.orders], [orderTopics.orderValidations])],
    reads: [orderTopics.warehouseInventory],
    writes: [],
  },
  {
    service: 'validation-aggregator',
    groups: [workflows('validation-aggregator', [orderTopics.orderValidations])],
    reads: [],
    writes: [],
  },
  {
    service: 'email-service',
    groups: [
      fold('order-emails', [orderTopics.orders, orderTopics.payments], [topics.workflowQueue]),
      workflows('email-workflows'),
      plain('mail-sender', [topics.workflowEvents]),
    ],
    reads: [],
    writes: [],
  },
  participant('invoice-service', [
    fold('invoice-orders', [BUS], [choreographyTopics.invoiceRequests, choreographyTopics.orderTimes]),
    fold(
      'invoice-numbers',
      [choreographyTopics.invoiceRequests],
      [choreographyTopics.invoices, choreographyTopics.orderTimes],
    ),
  ]),
  participant('fulfilment-service', [
    fold('fulfilment', [BUS], [choreographyTopics.pickLists, choreographyTopics.orderTimes, BUS]),
  ]),
  participant('forecasting-service', [
    fold('forecast-orders', [BUS], [choreographyTopics.demand, choreographyTopics.orderTimes]),
    fold('forecasts', [choreographyTopics.demand], [choreographyTopics.forecasts]),
  ]),
  participant('logistic-service', [
    fold('logistic', [BUS], [choreographyTopics.shipments, choreographyTopics.orderTimes, BUS]),
  ]),
  {
    service: 'notification-service',
    groups: [
      fold('order-notifications', [orderTopics.orders, NOTIFICATIONS], [topics.workflowQueue]),
      fold('undelivered-notifications', [topics.workflowEvents], [NOTIFICATIONS]),
      workflows('notification-mail-jobs'),
      plain('notification-mails', [topics.workflowEvents], [NOTIFICATIONS]),
      workflows('notification-webhook-jobs'),
      plain('notification-webhooks', [topics.questions], [topics.answers, NOTIFICATIONS]),
    ],
    reads: [NOTIFICATIONS, topics.workflowEvents],
    writes: [NOTIFICATIONS, topics.workflowCommands],
  },
  {
    service: 'configuration-service',
    groups: [],
    reads: [topics.configuration, topics.configurationChanges],
    writes: [topics.configuration, topics.configurationChanges],
  },
];
