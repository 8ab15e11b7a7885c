import { Base, type ClusterMetadata, initProducerIdV3 } from '@platformatic/kafka';
import { TransportError } from '../../../../core/mod.ts';
import { connectionOptions } from './connection.ts';
import { KnownTopics } from './known-topics.ts';
import { type NumberedBatch, type ProducerIdentity, produce } from './produce.ts';
import type { KafkaSettings } from './settings.ts';

/** What an idempotent producer asks of the cluster. Each request is sent once; rejections are the client's errors. */
export interface ProduceWire {
  metadata(topics: readonly string[]): Promise<ClusterMetadata>;
  /** After a failure: who leads is asked anew. */
  forget(): void;
  /** A new identity, from the broker whose turn it is. */
  identify(turn: number): Promise<ProducerIdentity>;
  /** Where only some batches are refused, the error's `response` says which. */
  produce(leader: number, batches: readonly NumberedBatch[], identity: ProducerIdentity): Promise<void>;
  close(): Promise<void>;
}

export class KafkaProduceWire implements ProduceWire {
  readonly #client: Base;
  readonly #topics: KnownTopics;
  readonly #timeoutMs: number;

  constructor(settings: KafkaSettings) {
    this.#client = new Base(connectionOptions(settings));
    this.#topics = new KnownTopics(this.#client);
    this.#timeoutMs = settings.requestTimeoutMs;
    // failures come with the call that meets them
    this.#client.on('error', () => {});
  }

  metadata(topics: readonly string[]): Promise<ClusterMetadata> {
    return this.#topics.get(topics);
  }

  forget(): void {
    this.#topics.forget();
  }

  async identify(turn: number): Promise<ProducerIdentity> {
    const brokers = [...(await this.#topics.get([])).brokers.values()];
    // one that hangs takes connections all the same: the next time another is asked first
    const first = turn % Math.max(1, brokers.length);
    const inTurn = [...brokers.slice(first), ...brokers.slice(0, first)];
    const connection = await this.#client.connections.getFirstAvailable(inTurn);
    const { producerId, producerEpoch } = await initProducerIdV3.api.async(connection, null, this.#timeoutMs);
    return { producerId, producerEpoch };
  }

  async produce(
    leader: number,
    batches: readonly NumberedBatch[],
    identity: ProducerIdentity,
  ): Promise<void> {
    const { brokers } = await this.#topics.get([]);
    const broker = brokers.get(leader);
    if (broker === undefined) throw new TransportError('unavailable', `Broker ${leader} is away.`);
    const connection = await this.#client.connections.get(broker);
    await produce(connection, batches, { transactionalId: null, ...identity, timeoutMs: this.#timeoutMs });
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}
