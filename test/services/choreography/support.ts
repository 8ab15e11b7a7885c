import { rmSync } from 'node:fs';
import { pino } from 'pino';
import {
  type CloudEvent,
  cloudEventOf,
  type OutgoingRecord,
  partitionFor,
  type TimeColumn,
} from '../../../core/mod.ts';
import { startForecastingService } from '../../../services/forecasting/index.ts';
import { startFulfilmentService } from '../../../services/fulfilment/index.ts';
import { startInvoiceService } from '../../../services/invoice/index.ts';
import { startLogisticService } from '../../../services/logistic/index.ts';
import { startOrdersService } from '../../../services/orders/index.ts';
import type { Backing } from '../../../services/platform/backing.ts';
import type { Service, StartService } from '../../../services/platform/service.ts';
import { startOn } from '../../support/platform.ts';
import { readTopic } from '../../support/read-topic.ts';
import { until } from '../../support/until.ts';
import { openPlace, PARTITIONS, type Place, settingsOf } from '../orders/support.ts';

const silent = pino({ level: 'silent' });
export const BUS = 'events';

const reactors: Readonly<Record<string, StartService>> = {
  invoice: startInvoiceService,
  fulfilment: startFulfilmentService,
  forecasting: startForecastingService,
  logistic: startLogisticService,
};

export type Row = { readonly ID: string } & Readonly<Record<TimeColumn, string | null>>;

export interface Reply<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** Settings of every service, beside those that its place makes. */
type Environment = Readonly<Record<string, string>>;

/** The choreography in this process, and what is on its log. */
export class ChoreographyBench {
  readonly place: Place;
  readonly backing: Backing;
  readonly #environment: Environment;
  readonly #running: Service[] = [];

  private constructor(place: Place, backing: Backing, environment: Environment) {
    this.place = place;
    this.#environment = environment;
    this.backing = backing;
  }

  static async make(
    makePlace: () => Promise<Place>,
    environment: Environment = {},
  ): Promise<ChoreographyBench> {
    const place = await makePlace();
    return new ChoreographyBench(place, await openPlace(place), environment);
  }

  async start(start: StartService): Promise<Service> {
    const { backing } = this;
    const service = await startOn(start, {
      settings: settingsOf(this.place, 0, this.#environment),
      backing,
      logger: silent,
    });
    this.#running.push(service);
    await until(`${service.name} to be ready`, async () => (await service.readiness()).ready);
    return service;
  }

  /** The Orders service. */
  startOrders(): Promise<Service> {
    return this.start(startOrdersService);
  }

  async startReactors(): Promise<void> {
    await Promise.all(Object.values(reactors).map((start) => this.start(start)));
  }

  /** The Orders service, and all that react. */
  async startAll(): Promise<Service> {
    const orders = await this.startOrders();
    await this.startReactors();
    return orders;
  }

  /** Puts an event on the bus, as whoever else sends events does. */
  async send(event: CloudEvent, key: string = event.subject ?? ''): Promise<void> {
    const { topic, value, headers = {} } = cloudEventOf(BUS, key, event);
    await this.publish(topic, { key, value: JSON.stringify(value), headers });
  }

  async publish(
    topic: string,
    record: Pick<OutgoingRecord, 'value' | 'headers'> & { key: string },
  ): Promise<void> {
    await this.backing.transport.publish([
      { topic, partition: partitionFor(record.key, PARTITIONS), ...record },
    ]);
  }

  /** The values of a topic under a key, each once. */
  async values<T>(topic: string, key: string): Promise<T[]> {
    const found = (await readTopic(this.backing.transport, topic)).filter((each) => each.key === key);
    return [...new Set(found.map(({ value }) => String(value)))].map((text) => JSON.parse(text) as T);
  }

  async close(): Promise<void> {
    for (const service of this.#running.splice(0).reverse()) await service.stop();
    await this.backing.close();
    rmSync(this.place.dataDir, { recursive: true, force: true });
  }
}

export async function request<T>(
  { url }: Service,
  method: string,
  path: string,
  body?: unknown,
): Promise<Reply<T>> {
  const response = await fetch(`${url}${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as T };
}
