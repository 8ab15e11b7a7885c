import { Consumer as OffsetClient } from '@platformatic/kafka';
import type { KafkaClient as CrabKafkaClient } from 'kafka-crab-js';
import type { OutgoingRecord } from '../../../../core/mod.ts';
import { BackingError } from '../../backing-error.ts';
import type { Logger } from '../../log.ts';
import type { KafkaCluster } from '../kafka/cluster.ts';
import { connectionOptions } from '../kafka/connection.ts';
import { KafkaProducer } from '../kafka/producer.ts';
import type { KafkaSettings } from '../kafka/settings.ts';
import type { RdClient, RdConsumer } from './client.ts';
import { CrabConsumer } from './crab-consumer.ts';
import { consumerProperties, type Properties } from './properties.ts';

/** The package, as we use it. */
export interface CrabModule {
  readonly KafkaClient: typeof CrabKafkaClient;
}

/**
 * librdkafka through kafka-crab-js, for reading. Three things it can't do are done by @platformatic/kafka: publishing
 * (it can't be told a record's partition), asking for committed offsets, and telling that a partition ends in gaps.
 */
export class CrabClient implements RdClient {
  readonly #module: CrabModule;
  readonly #settings: KafkaSettings;
  readonly #cluster: KafkaCluster;
  readonly #producer: KafkaProducer;

  /** Throws `BackingError` for a property that librdkafka doesn't know, or a value that it doesn't take. */
  constructor(module: CrabModule, settings: KafkaSettings, logger: Logger, cluster: KafkaCluster) {
    this.#module = module;
    this.#settings = settings;
    this.#cluster = cluster;
    // so that a wrong property is told now, and not to the first who joins
    void this.#made(consumerProperties(settings, null)).disconnect();
    this.#producer = new KafkaProducer(settings);
    logger.info(
      { client: 'kafka-crab-js' },
      'records are read by librdkafka and published by @platformatic/kafka, as kafka-crab-js takes no partitions (KAFKA_PROPERTIES are for reading); it gives no times: timestampMs is NaN',
    );
  }

  publish(records: readonly OutgoingRecord[]): Promise<void> {
    return this.#producer.publish(records);
  }

  async consumer(
    group: { readonly name: string; readonly topics: readonly string[] } | null,
  ): Promise<RdConsumer> {
    const properties = consumerProperties(this.#settings, group?.name ?? null);
    const client = this.#made(properties);
    const offsets = new OffsetClient({
      ...connectionOptions(this.#settings),
      groupId: String(properties['group.id']),
    });
    // failures come with the call that meets them
    offsets.on('error', () => {});
    const consumer = new CrabConsumer(client, offsets, this.#cluster);
    try {
      await consumer.connect(group?.topics ?? null);
      return consumer;
    } catch (error) {
      await consumer.close();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#producer.close();
  }

  #made(properties: Properties): ReturnType<CrabKafkaClient['createConsumer']> {
    try {
      const client = new this.#module.KafkaClient({
        brokers: this.#settings.brokers.join(','),
        clientId: this.#settings.clientId,
        // it would write to standard output by itself, and can't be given a logger
        logLevel: 'off',
        diagnostics: false,
      });
      const texts = Object.entries(properties).map(([name, value]) => [name, String(value)]);
      return client.createConsumer({
        groupId: String(properties['group.id']),
        enableAutoCommit: false,
        configuration: Object.fromEntries(texts),
      });
    } catch (error) {
      throw new BackingError(
        `librdkafka does not take its properties (${error instanceof Error ? error.message : String(error)}): see KAFKA_PROPERTIES`,
        { cause: error },
      );
    }
  }
}
