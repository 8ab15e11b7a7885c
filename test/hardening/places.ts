// What each topic takes, how it is seen that it goes on, and where its records end.
import { isoTime, orderTopics, partitionFor, topics } from '../../core/mod.ts';
import { sampleCustomers } from '../../services/crm/samples.ts';
import { until } from '../support/until.ts';
import { type HardeningLab, PARTITIONS } from './lab.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface Place {
  /** The services that work on it. */
  readonly lab: 'billing' | 'orders';
  /** The group whose counts say where a record ended. */
  readonly group: string;
  readonly good: (id: string) => Fields;
  /** The field by whose value a record has its partition. */
  readonly keyField: string;
  /** Puts a good record behind what is there in this partition, and waits until all is done that comes of it. */
  readonly goesOn: (lab: HardeningLab, partition: number) => Promise<void>;
}

/** An id of this partition that nobody had before. */
function newId(partition: number): string {
  let id = `after-${crypto.randomUUID().slice(0, 12)}`;
  while (partitionFor(id, PARTITIONS) !== partition) id += 'x';
  return id;
}

const NOW = '2026-11-21T10:00:00.000Z';

const workflow = (id: string, type = 'bill-generation'): Fields => ({
  'workflow-type': type,
  'workflow-id': id,
  'create-time': NOW,
  payload: {
    customerIdentifier: '2',
    ...(type === 'order-billing' ? { period: { from: '2026-11-01', to: '2026-12-01' } } : {}),
  },
});

export async function putWorkflow(lab: HardeningLab, id: string, type?: string): Promise<void> {
  const partition = partitionFor(id, PARTITIONS);
  const value = JSON.stringify(workflow(id, type));
  await lab.publish({ topic: topics.workflowQueue, partition, key: id, value });
}

/** Waits until the coordinator shows a job in this state, and gives what it says of it. */
export function jobIs(lab: HardeningLab, id: string, status: string): Promise<Fields> {
  return until(`the job ${id.slice(0, 40)} to be ${status}`, async () => {
    const response = await fetch(`${lab.url('coordinator')}/jobs/${encodeURIComponent(id)}`);
    const job = (await response.json()) as Fields;
    return job.status === status && job;
  });
}

async function bills(lab: HardeningLab, partition: number): Promise<void> {
  const id = newId(partition);
  await putWorkflow(lab, id);
  await jobIs(lab, id, 'completed');
}

async function cancels(lab: HardeningLab, partition: number): Promise<void> {
  const id = newId(partition);
  await putWorkflow(lab, id, 'order-billing'); // there is nobody here who answers for charges
  await jobIs(lab, id, 'waiting');
  const command = { 'workflow-type': 'order-billing', 'workflow-id': id, command: 'cancel' };
  await lab.publish({
    topic: topics.workflowCommands,
    partition,
    key: id,
    value: JSON.stringify(command),
  });
  await jobIs(lab, id, 'cancelled');
}

/** Sends JSON, and gives the answer once it is this status. Throws for another. */
export async function send(url: string, method: string, body: unknown, status: number): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method, headers, body: JSON.stringify(body) });
  const text = await response.text();
  if (response.status !== status) throw new Error(`${method} ${url}: ${response.status} ${text}`);
  return JSON.parse(text);
}

async function runs(lab: HardeningLab, partition: number): Promise<void> {
  const runId = newId(partition);
  await send(lab.url('coordinator'), 'POST', { runId, customerIdentifiers: ['2'] }, 202);
  await jobIs(lab, `${runId}_2`, 'completed');
}

async function stores(lab: HardeningLab, partition: number): Promise<void> {
  const customerIdentifier = newId(partition);
  const customer = { ...sampleCustomers[1], customerIdentifier };
  await send(`${lab.url('crm')}/customers`, 'POST', customer, 201);
}

const beat = (process: string): Fields => ({
  process,
  version: '1',
  operationsUrl: null,
  beat: 1,
  instances: [
    { service: process, instanceId: process, url: null, startedAt: NOW, health: 'ready', data: {} },
  ],
});

async function announces(lab: HardeningLab, partition: number): Promise<void> {
  const key = newId(partition);
  await lab.publish({ topic: topics.instances, partition, key, value: JSON.stringify(beat(key)) });
  const { discovery } = lab.platform;
  await until('the instance to be known', () => discovery.instances(key).length === 1);
}

export const apiOrder = (id: string): Fields => ({
  id,
  customerId: id,
  product: 'JUMPERS',
  quantity: 1,
  price: '5.00',
});

export async function orders(lab: HardeningLab, id: string): Promise<void> {
  const url = lab.url('orders-service');
  await send(`${url}/v1/orders`, 'POST', apiOrder(id), 201);
  const response = await fetch(`${url}/v1/orders/${id}/validated?timeout=60000`);
  const { state } = (await response.json()) as Fields;
  if (state !== 'VALIDATED') throw new Error(`the order ${id} is ${state}, not VALIDATED`);
}

const ordersOn = (lab: HardeningLab, partition: number): Promise<void> => orders(lab, newId(partition));

const order = (id: string): Fields => ({
  id,
  customerId: id,
  state: 'CREATED',
  revision: 1,
  lines: [{ product: 'JUMPERS', quantity: 1, price: '1.50' }],
  createdAt: isoTime(Date.parse(NOW)),
  failures: [],
});

/** The topics of the table. */
export const places: Readonly<Record<string, Place>> = {
  [topics.workflowQueue]: {
    lab: 'billing',
    group: 'engine',
    keyField: 'workflow-id',
    good: workflow,
    goesOn: bills,
  },
  [topics.questions]: {
    lab: 'billing',
    group: 'crm',
    keyField: '',
    good: (id) => ({
      qaIdentifier: `somebody-elses/${id}/0`,
      questionCategory: 'customer',
      payload: { customerIdentifier: '2' },
    }),
    goesOn: bills,
  },
  [topics.answers]: {
    lab: 'billing',
    group: 'engine',
    keyField: 'qaIdentifier',
    good: () => ({
      qaIdentifier: 'bill-generation/done/0',
      questionCategory: 'customer',
      answer: sampleCustomers[1],
    }),
    goesOn: bills,
  },
  [topics.workflowCommands]: {
    lab: 'billing',
    group: 'engine',
    keyField: 'workflow-id',
    good: (id) => ({ 'workflow-type': 'bill-generation', 'workflow-id': id, command: 'cancel' }),
    goesOn: cancels,
  },
  [topics.billingRuns]: {
    lab: 'billing',
    group: 'coordinator',
    keyField: 'run-id',
    good: (id) => ({ 'run-id': id, 'create-time': NOW, 'content-hash': 'x', count: 1, parts: 1 }),
    goesOn: runs,
  },
  [topics.customers]: {
    lab: 'billing',
    group: 'crm',
    keyField: 'customerIdentifier',
    good: (customerIdentifier) => ({ ...sampleCustomers[1], customerIdentifier }),
    goesOn: stores,
  },
  [topics.instances]: {
    lab: 'billing',
    group: '',
    keyField: 'process',
    good: beat,
    goesOn: announces,
  },
  [orderTopics.orderRequests]: {
    lab: 'orders',
    group: 'orders',
    keyField: 'id',
    good: order,
    goesOn: ordersOn,
  },
  [orderTopics.orderValidations]: {
    lab: 'orders',
    group: 'validation-aggregator',
    keyField: 'orderId',
    good: (orderId) => ({ orderId, checkType: 'FRAUD_CHECK', validationResult: 'PASS', reasons: [] }),
    goesOn: ordersOn,
  },
};
