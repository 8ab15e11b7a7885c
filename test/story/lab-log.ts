import {
  type Customer,
  type IncomingRecord,
  type OutgoingRecord,
  partitionFor,
  topicSpecs,
  topics,
} from '../../core/mod.ts';
import { sampleCustomers } from '../../services/crm/samples.ts';
import { type Backing, openBacking } from '../../services/platform/bun.ts';
import { kafkaSettings } from '../../services/platform/transport/kafka/settings.ts';
import { readTopic } from '../support/read-topic.ts';
import { type Reported, readReports } from './reports.ts';

/** The log of a deployment, read and written beside the running services. */
export class LabLog {
  readonly #dataDir: string;
  readonly #brokers: string | undefined;
  readonly #partitions: number;

  constructor(dataDir: string, brokers: string | undefined, partitions: number) {
    this.#dataDir = dataDir;
    this.#brokers = brokers;
    this.#partitions = partitions;
  }

  /** All records of a topic. */
  records(topic: string): Promise<IncomingRecord[]> {
    return this.#with(({ transport }) => readTopic(transport, topic));
  }

  /** How many records a topic has: its offsets are more, where it is written in transactions. */
  async count(topic: string): Promise<number> {
    return (await this.records(topic)).length;
  }

  /** What `workflow-events` says. */
  async reported(): Promise<Reported> {
    return readReports(await this.records(topics.workflowEvents));
  }

  publish(records: readonly OutgoingRecord[]): Promise<void> {
    return this.#with(({ transport }) => transport.publish(records));
  }

  /** Puts customers on the log before any service runs; gives their identifiers. */
  async addCustomers(count: number): Promise<string[]> {
    const customers = customersNamed(count);
    await this.#with(async ({ transport }) => {
      await transport.createTopics(topicSpecs(this.#partitions));
      await transport.publish(
        customers.map((customer) => ({
          topic: topics.customers,
          partition: partitionFor(customer.customerIdentifier, this.#partitions),
          key: customer.customerIdentifier,
          value: JSON.stringify(customer),
        })),
      );
    });
    return customers.map(({ customerIdentifier }) => customerIdentifier);
  }

  async #with<T>(use: (backing: Backing) => Promise<T>): Promise<T> {
    const log =
      this.#brokers === undefined ? {} : { kafka: kafkaSettings(this.#brokers), jobStore: 'memory' as const };
    const backing = await openBacking({ dataDir: this.#dataDir, ...log });
    try {
      return await use(backing);
    } finally {
      await backing.close();
    }
  }
}

/** So many customers, made from the samples: c-0, c-1, … */
export function customersNamed(count: number): Customer[] {
  return Array.from({ length: count }, (_, at) => ({
    ...(sampleCustomers[at % sampleCustomers.length] as Customer),
    customerIdentifier: `c-${at}`,
  }));
}
