import type { Producer } from '@confluentinc/kafka-javascript';
import { type OutgoingRecord, TransportError } from '../../../../core/mod.ts';
import type { Logger } from '../../log.ts';
import { pause } from '../../pause.ts';
import { toBytes } from '../kafka/payload.ts';
import type { KafkaSettings } from '../kafka/settings.ts';
import { asTransportError, CODES, EVENTS, isRdError } from './confluent-errors.ts';
import { logTo } from './confluent-log.ts';

const QUEUE_FULL_PAUSE_MS = 5;

/** Records that were handed over together, until the broker has acknowledged or refused the last of them. */
class Delivery {
  readonly done: Promise<void>;
  /** Which producer has them. */
  via: Producer | null = null;
  #left = 0;
  #isWhole = false;
  #error: TransportError | null = null;
  #resolve: () => void = () => {};
  #reject: (error: Error) => void = () => {};

  constructor() {
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.done.catch(() => {
      // who published is told, by this or by what came before it
    });
  }

  add(): void {
    this.#left++;
  }

  /** Nothing will be added any more. */
  whole(): void {
    this.#isWhole = true;
    this.#endIfDone();
  }

  report(error: TransportError | null): void {
    this.#error ??= error;
    this.#left--;
    this.#endIfDone();
  }

  /** No report will come any more. */
  abandon(): void {
    this.#reject(
      this.#error ?? new TransportError('unavailable', 'librdkafka: closed before the brokers had answered.'),
    );
  }

  #endIfDone(): void {
    if (!this.#isWhole || this.#left > 0) return;
    if (this.#error === null) this.#resolve();
    else this.#reject(this.#error);
  }
}

/** Publishes with acks=all and idempotent, in the order of calls; connects with the first of them. */
export class ConfluentProducer {
  readonly #make: () => Producer;
  readonly #settings: KafkaSettings;
  readonly #logger: Logger;
  readonly #deliveries: Set<Delivery> = new Set();
  #producer: Promise<Producer> | null = null;
  #handedOver: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(make: () => Producer, settings: KafkaSettings, logger: Logger) {
    this.#make = make;
    this.#settings = settings;
    this.#logger = logger;
  }

  async publish(records: readonly OutgoingRecord[]): Promise<void> {
    const delivery = new Delivery();
    this.#deliveries.add(delivery);
    try {
      const handedOver = this.#handedOver.then(() => this.#handOver(records, delivery));
      this.#handedOver = handedOver.catch(() => {
        // its own caller is told
      });
      await handedOver;
      await delivery.done;
    } finally {
      this.#deliveries.delete(delivery);
    }
  }

  /** Lets what is under way end, then closes. */
  async close(): Promise<void> {
    this.#closed = true;
    const connected = this.#producer;
    this.#producer = null;
    const producer = await connected?.catch(() => null); // it never connected: there is nothing to close
    if (producer === null || producer === undefined) return;
    await new Promise<void>((done) => producer.disconnect(this.#settings.requestTimeoutMs, () => done()));
    this.#abandon(producer);
  }

  async #handOver(records: readonly OutgoingRecord[], delivery: Delivery): Promise<void> {
    const producer = await this.#connected();
    delivery.via = producer;
    for (const record of records) await this.#produce(producer, record, delivery);
    delivery.whole();
  }

  async #produce(producer: Producer, record: OutgoingRecord, delivery: Delivery): Promise<void> {
    const { topic, partition, key, value, headers } = record;
    const pairs = Object.entries(headers ?? {}).map(([name, text]) => ({ [name]: Buffer.from(text) }));
    for (;;) {
      if (this.#closed) throw closedError();
      // it gave up a moment ago: the next call gets another
      if (!producer.isConnected())
        throw new TransportError('unavailable', 'librdkafka: the producer is gone.');
      try {
        producer.produce(topic, partition, toBytes(value), toBytes(key), null, delivery, pairs);
        delivery.add();
        return;
      } catch (error) {
        if (!isRdError(error)) throw error;
        if (error.code !== CODES.queueFull) throw asTransportError(error, 'publish');
        await pause(QUEUE_FULL_PAUSE_MS);
      }
    }
  }

  #connected(): Promise<Producer> {
    if (this.#closed) throw closedError();
    const connecting = this.#producer ?? this.#connect();
    this.#producer = connecting;
    connecting.catch(() => {
      // who waits for it is told; the next call tries again
      if (this.#producer === connecting) this.#producer = null;
    });
    return connecting;
  }

  #connect(): Promise<Producer> {
    const producer = this.#make();
    logTo(this.#logger, producer);
    producer.on('delivery-report', (error, { opaque }) =>
      (opaque as Delivery).report(error ? asTransportError(error, 'publish') : null),
    );
    const connecting = new Promise<Producer>((resolve, reject) => {
      producer.connect({ timeout: this.#settings.requestTimeoutMs, allTopics: false }, (error) => {
        if (error) return reject(asTransportError(error, 'connect'));
        producer.setPollInBackground(true);
        resolve(producer);
      });
    });
    producer.on('event.error', ({ message }) => {
      if (EVENTS.fatal.test(message) && this.#producer === connecting) this.#giveUp(producer, message);
    });
    return connecting;
  }

  /** After a fatal error librdkafka's producer takes nothing any more: the next call gets a new one. */
  #giveUp(producer: Producer, reason: string): void {
    this.#producer = null;
    this.#logger.warn({ reason }, 'librdkafka gave up its idempotent producer: going on with a new one');
    producer.disconnect(() => this.#abandon(producer));
  }

  #abandon(producer: Producer): void {
    for (const delivery of this.#deliveries) if (delivery.via === producer) delivery.abandon();
  }
}

function closedError(): TransportError {
  return new TransportError('closed', 'The transport is closed.');
}
