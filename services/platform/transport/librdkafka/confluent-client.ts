import type { ConsumerGlobalConfig } from '@confluentinc/kafka-javascript';
import type { OutgoingRecord } from '../../../../core/mod.ts';
import { BackingError } from '../../backing-error.ts';
import type { Logger } from '../../log.ts';
import type { KafkaSettings } from '../kafka/settings.ts';
import type { RdClient, RdConsumer } from './client.ts';
import { ConfluentConsumer } from './confluent-consumer.ts';
import { ConfluentProducer } from './confluent-producer.ts';
import { consumerProperties, producerProperties } from './properties.ts';

/** The package, as we use it. */
export type ConfluentModule = Pick<
  typeof import('@confluentinc/kafka-javascript'),
  'KafkaConsumer' | 'Producer'
>;

/** librdkafka through @confluentinc/kafka-javascript. */
export class ConfluentClient implements RdClient {
  readonly #module: ConfluentModule;
  readonly #settings: KafkaSettings;
  readonly #logger: Logger;
  readonly #producer: ConfluentProducer;

  /** Throws `BackingError` for a property that librdkafka doesn't know, or a value that it doesn't take. */
  constructor(module: ConfluentModule, settings: KafkaSettings, logger: Logger) {
    this.#module = module;
    this.#settings = settings;
    this.#logger = logger;
    const properties = producerProperties(settings);
    this.#producer = new ConfluentProducer(
      () => made(() => new module.Producer({ ...properties, dr_cb: true })),
      settings,
      logger,
    );
    // so that a wrong property is told now, and not to the first who publishes or joins
    made(() => new module.Producer(properties));
    made(() => new module.KafkaConsumer(consumerProperties(settings, null)));
  }

  publish(records: readonly OutgoingRecord[]): Promise<void> {
    return this.#producer.publish(records);
  }

  async consumer(
    group: { readonly name: string; readonly topics: readonly string[] } | null,
  ): Promise<RdConsumer> {
    const properties = {
      ...consumerProperties(this.#settings, group?.name ?? null),
      'enable.partition.eof': true,
    };
    const consumer = new ConfluentConsumer(
      (callbacks) =>
        made(() => new this.#module.KafkaConsumer({ ...properties, ...callbacks } as ConsumerGlobalConfig)),
      this.#settings,
      this.#logger,
    );
    await consumer.connect(group?.topics ?? null);
    return consumer;
  }

  close(): Promise<void> {
    return this.#producer.close();
  }
}

/** Clients of librdkafka are made with their properties checked, and without talking to a broker. */
function made<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new BackingError(
      `librdkafka does not take its properties (${error instanceof Error ? error.message : String(error)}): see KAFKA_PROPERTIES`,
      { cause: error },
    );
  }
}
