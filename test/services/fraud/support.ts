// Validators on the embedded log, or on a broker that others use too: several instances, in this process or in one
// that can be killed. The validators of fraud and of order details are tested with it.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  customerKey,
  type Order,
  type OrderValidation,
  type OutgoingRecord,
  orderTopicSpecs,
  orderTopics,
  partitionFor,
  topicSpecs,
  topics,
} from '../../../core/mod.ts';
import { type Backing, openBacking } from '../../../services/platform/backing.ts';
import { readSettings } from '../../../services/platform/config.ts';
import { createLogger, type Logger } from '../../../services/platform/log.ts';
import type { Service, StartService } from '../../../services/platform/service.ts';
import { uniqueName } from '../../broker/index.ts';
import { openNamedBacking } from '../../support/named-backing.ts';
import { startOn } from '../../support/platform.ts';
import { readTopic } from '../../support/read-topic.ts';
import { until } from '../../support/until.ts';

export const PARTITIONS = 4;
export const silent: Logger = createLogger({ logLevel: 'silent', logFormat: 'json' });

/** Where validators work: what a process is told of it. */
export interface Place {
  readonly dataDir: string;
  /** '' for the embedded log. */
  readonly brokers: string;
  readonly prefix: string;
}

export function openPlace(place: Place): Promise<Backing> {
  return place.brokers === '' ? openBacking({ dataDir: place.dataDir }, silent) : openNamedBacking(place);
}

export function settingsIn({ dataDir }: Place): ReturnType<typeof readSettings> {
  return readSettings({ DATA_DIR: dataDir, PARTITIONS: String(PARTITIONS) }, false);
}

/** A running service with a backing of its own, as a process of its own would have. */
export interface Instance {
  readonly service: Service;
  /** The partitions that it owns, as it logs them. */
  readonly owned: ReadonlySet<number>;
  stop(): Promise<void>;
}

/** What tests see and do beside the validators. */
export class ValidatorLab {
  readonly place: Place;
  readonly backing: Backing;
  readonly #instances: Set<Instance> = new Set();

  private constructor(place: Place, backing: Backing) {
    this.place = place;
    this.backing = backing;
  }

  static async open(brokers = ''): Promise<ValidatorLab> {
    const dataDir = mkdtempSync(join(tmpdir(), 'requite-validators-'));
    const place = { dataDir, brokers, prefix: uniqueName('validators') };
    const backing = await openPlace(place);
    await backing.transport.createTopics([...topicSpecs(PARTITIONS), ...orderTopicSpecs(PARTITIONS)]);
    return new ValidatorLab(place, backing);
  }

  /** Starts an instance, and waits until it is ready. */
  async start(start: StartService): Promise<Instance> {
    const backing = await openPlace(this.place);
    const owned = new Set<number>();
    const service = await startOn(start, {
      settings: settingsIn(this.place),
      backing,
      logger: watching(owned),
    });
    const instance: Instance = {
      service,
      owned,
      stop: async () => {
        if (!this.#instances.delete(instance)) return;
        await service.stop();
        await backing.close();
      },
    };
    this.#instances.add(instance);
    await until(`${service.name} to be ready`, async () => (await service.readiness()).ready);
    return instance;
  }

  publish(...records: readonly OutgoingRecord[]): Promise<void> {
    return this.backing.transport.publish(records);
  }

  /** Every validation, with what is published twice there twice. */
  async validations(): Promise<OrderValidation[]> {
    const records = await readTopic(this.backing.transport, orderTopics.orderValidations);
    return records.map(({ key, value, partition }) => {
      const validation = JSON.parse(String(value)) as OrderValidation;
      if (key !== validation.orderId || partition !== partitionFor(validation.orderId, PARTITIONS))
        throw new Error(`a validation of ${validation.orderId} lies under ${key}, in partition ${partition}`);
      return validation;
    });
  }

  /** The first validations of these orders, in this order. */
  async judged(...ids: readonly string[]): Promise<OrderValidation[]> {
    return until(`validations of ${ids.join(', ')}`, async () => {
      const all = await this.validations();
      const found = ids.flatMap((id) => all.find(({ orderId }) => orderId === id) ?? []);
      return found.length === ids.length ? found : null;
    });
  }

  async results(...ids: readonly string[]): Promise<string[]> {
    return (await this.judged(...ids)).map(({ validationResult }) => validationResult);
  }

  async deadLetters(): Promise<number> {
    return (await readTopic(this.backing.transport, topics.deadLetters)).length;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#instances].map((instance) => instance.stop()));
    await this.backing.close();
    rmSync(this.place.dataDir, { recursive: true, force: true });
  }
}

/** A logger that keeps the partitions which are gained and given up. */
function watching(owned: Set<number>): Logger {
  const note = (fields: object | string, message?: string): void => {
    const { partitions = [] } = typeof fields === 'string' ? {} : (fields as { partitions?: number[] });
    if (message === 'gained partitions') for (const each of partitions) owned.add(each);
    if (message === 'gave up partitions') for (const each of partitions) owned.delete(each);
  };
  const logger: Logger = {
    debug: note,
    info: note,
    warn: note,
    error: note,
    child: () => logger,
    isLevelEnabled: () => true,
  };
  return logger;
}

const NOON_MS = Date.UTC(2026, 11, 1, 12);

/** A created order of one piece; its time in minutes after noon. */
export function order(
  id: string,
  customerId: string,
  price: string,
  minutes = 0,
  changes: Partial<Order> = {},
): Order {
  return {
    id,
    customerId,
    state: 'CREATED',
    revision: 1,
    lines: [{ product: 'JUMPERS', quantity: 1, price }],
    createdAt: new Date(NOON_MS + minutes * 60_000).toISOString(),
    failures: [],
    ...changes,
  };
}

export const onOrders = (value: Order): OutgoingRecord => recordOf(orderTopics.orders, value.id, value);
export const byCustomer = (value: Order): OutgoingRecord =>
  recordOf(orderTopics.ordersByCustomer, customerKey(value), value);

/** A record in the partition of its key; null: a tombstone. */
export function recordOf(topic: string, key: string, value: unknown): OutgoingRecord {
  const text = value === null ? null : JSON.stringify(value);
  return { topic, partition: partitionFor(key, PARTITIONS), key, value: text };
}
