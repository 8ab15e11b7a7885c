import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import {
  type AnswerMessage,
  cloudEventOf,
  type Emitted,
  type FailedCheck,
  type Json,
  ORDER_VALIDATION_TYPE,
  type Order,
  orderTopics,
  partitionFor,
  type Transport,
  topics,
} from '../../../core/mod.ts';
import { startOrdersService } from '../../../services/orders/index.ts';
import { type Backing, openBacking } from '../../../services/platform/backing.ts';
import { readSettings, type Settings } from '../../../services/platform/config.ts';
import type { Service } from '../../../services/platform/service.ts';
import { sharedBroker, uniqueName } from '../../broker/index.ts';
import { openNamedBacking } from '../../support/named-backing.ts';
import { startOn } from '../../support/platform.ts';
import { readTopic } from '../../support/read-topic.ts';
import { until } from '../../support/until.ts';

export const PARTITIONS = 4;

/** Where instances meet: a data directory, and a broker with names of its own there, or the embedded log. */
export interface Place {
  readonly dataDir: string;
  readonly brokers?: string;
  readonly prefix?: string;
}

const newDirectory = (): string => mkdtempSync(join(tmpdir(), 'requite-orders-'));

export const onEmbedded = async (): Promise<Place> => ({ dataDir: newDirectory() });

export async function onKafka(): Promise<Place> {
  const { brokers } = await sharedBroker();
  return { dataDir: newDirectory(), brokers, prefix: uniqueName('orders') };
}

/** The log and the jobs of a place, as a process opens them. */
export async function openPlace({ dataDir, brokers, prefix = '' }: Place): Promise<Backing> {
  return brokers === undefined ? openBacking({ dataDir }) : openNamedBacking({ dataDir, brokers, prefix });
}

/** Settings of an instance, beside those that its place makes. */
type Environment = Readonly<Record<string, string>>;

export function settingsOf(place: Place, port = 0, environment: Environment = {}): Settings {
  const own = { DATA_DIR: place.dataDir, ORDERS_PORT: String(port), PARTITIONS: String(PARTITIONS) };
  return readSettings({ ...environment, ...own }, false);
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: JSON of an answer, looked into by expectations only
  readonly body: any;
}

/** Instances of the Orders service in this process, and what is on their log. */
export class OrdersBench {
  readonly place: Place;
  readonly backing: Backing;
  readonly logged: string[] = [];
  readonly #running: Service[] = [];
  readonly #opened: Backing[] = [];

  private constructor(place: Place, backing: Backing) {
    this.place = place;
    this.backing = backing;
    this.#opened.push(backing);
  }

  static async make(makePlace: () => Promise<Place>): Promise<OrdersBench> {
    const place = await makePlace();
    return new OrdersBench(place, await openPlace(place));
  }

  /** Starts an instance with a connection of its own, and waits until it is ready. */
  async start(
    port = 0,
    wrap: (backing: Backing) => Backing = (backing) => backing,
    environment: Environment = {},
  ): Promise<Service> {
    const backing = await openPlace(this.place);
    this.#opened.push(backing);
    const logger = pino({ level: 'info' }, { write: (line: string) => void this.logged.push(line) });
    const settings = settingsOf(this.place, port, environment);
    const service = await startOn(startOrdersService, { settings, backing: wrap(backing), logger });
    this.#running.push(service);
    await until('the instance to be ready', async () => (await service.readiness()).ready);
    return service;
  }

  /** Starts two instances, and waits until each knows the other. */
  async startTwo(environment: Environment = {}): Promise<readonly [Service, Service]> {
    const start = (): Promise<Service> => this.start(0, (backing) => backing, environment);
    const services = await Promise.all([start(), start()]);
    await until('the instances to know each other', async () => {
      const known = await Promise.all(services.map((each) => send(each, 'GET', '/v1/instances')));
      return known.every(({ body }) => body.instances.length === 2);
    });
    return services;
  }

  async stop(service: Service): Promise<void> {
    this.#running.splice(this.#running.indexOf(service), 1);
    await service.stop();
  }

  async close(): Promise<void> {
    for (const service of this.#running) await service.stop();
    for (const backing of this.#opened.reverse()) await backing.close();
  }

  /** Everything on a topic now, values parsed. */
  async all<T>(topic: string): Promise<T[]> {
    const records = await readTopic(this.backing.transport, topic);
    return records.map(({ value }) => JSON.parse(String(value)) as T);
  }

  /** Ends the validation of an order, as the aggregator would. */
  async decide(
    id: string,
    state: 'VALIDATED' | 'FAILED',
    failures: readonly FailedCheck[] = [],
  ): Promise<void> {
    await publishVerdict(this.backing.transport, id, state, failures);
  }

  /** Ships an order, as the logistic service would. */
  async ship(id: string, shippedAt: string = new Date().toISOString()): Promise<void> {
    const { topic, key, value, headers } = shipped(id, shippedAt);
    const partition = partitionFor(id, PARTITIONS);
    await this.backing.transport.publish([
      { topic, partition, key, value: JSON.stringify(value), ...(headers === undefined ? {} : { headers }) },
    ]);
  }

  /** Asks for a customer's charges as an engine would; gives the answer once it is there. */
  async charges(workflowId: string, payload: Json): Promise<AnswerMessage> {
    const qaIdentifier = `order-billing/${workflowId}/1`;
    const value = JSON.stringify({ qaIdentifier, questionCategory: 'charges', payload });
    const partition = partitionFor(workflowId, PARTITIONS);
    await this.backing.transport.publish([{ topic: topics.questions, partition, key: workflowId, value }]);
    return until(`the answer to ${qaIdentifier}`, async () =>
      (await this.all<AnswerMessage>(topics.answers)).find((each) => each.qaIdentifier === qaIdentifier),
    );
  }
}

export async function publishVerdict(
  transport: Transport,
  id: string,
  state: 'VALIDATED' | 'FAILED',
  failures: readonly FailedCheck[] = [],
): Promise<void> {
  const report = {
    'workflow-type': ORDER_VALIDATION_TYPE,
    'workflow-id': id,
    version: 1,
    revision: 2,
    time: '2026-11-21T10:00:00.000Z',
    status: 'completed',
    events: [{ event: 'completed', result: { orderId: id, state, failures } }],
  };
  const partition = partitionFor(id, PARTITIONS);
  await transport.publish([
    { topic: topics.workflowEvents, partition, key: id, value: JSON.stringify(report) },
  ]);
}

function shipped(id: string, time: string): Emitted {
  const data = { orderId: id, trackingNumber: `RQ-${id}`, shippedAt: time };
  const event = { id: `order_shipped/${id}`, source: 'logistic_service', type: 'order_shipped', time, data };
  return cloudEventOf('events', id, event);
}

/** Sends a request to an instance and reads the answer. */
export async function send(
  { url }: { readonly url: string | null },
  method: string,
  path: string,
  init: RequestInit = {},
): Promise<Reply> {
  const response = await fetch(`${url}${path}`, { method, ...init });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

export function post(service: { readonly url: string | null }, order: unknown): Promise<Reply> {
  const body = typeof order === 'string' ? order : JSON.stringify(order);
  return send(service, 'POST', '/v1/orders', { body, headers: { 'content-type': 'application/json' } });
}

export const request = (id: string, changes: object = {}): object => ({
  id,
  customerId: 7,
  product: 'JUMPERS',
  quantity: 2,
  price: '10.50',
  ...changes,
});

/** Ids that live on every partition, so that some are this instance's and some another's. */
export function idsOnAllPartitions(prefix: string, each = 1): string[] {
  const ids: string[][] = Array.from({ length: PARTITIONS }, () => []);
  for (let at = 0; ids.some((some) => some.length < each); at++) {
    const some = ids[partitionFor(`${prefix}-${at}`, PARTITIONS)];
    if (some !== undefined && some.length < each) some.push(`${prefix}-${at}`);
  }
  return ids.flat();
}

/** The orders on a topic, by id, in the order in which they were written. */
export async function statesOf(bench: OrdersBench, id: string): Promise<string[]> {
  return (await bench.all<Order>(orderTopics.orders))
    .filter((each) => each.id === id)
    .map(({ state }) => state);
}
