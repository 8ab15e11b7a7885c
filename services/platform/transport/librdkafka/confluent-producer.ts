import type { Producer } from '@confluentinc/kafka-javascript';
import { type OutgoingRecord, TransportError } from '../../../../core/mod.ts';
import type { Logger } from '../../log.ts';
import { pause } from '../../pause.ts';
import { toBytes } from '../kafka/payload.ts';
import type { KafkaSettings } from '../kafka/settings.ts';
import { asTransportError, CODES, EVENTS, isRdError, type RdError } from './confluent-errors.ts';
import { logTo } from './confluent-log.ts';

const QUEUE_FULL_PAUSE_MS = 5;

/** Records that were handed over together, until the broker has acknowledged or refused the last of them. */
class Delivery {
  left = 0;
  isWhole = false;
  error: RdError | null = null;
  readonly #done: () => void;

  constructor(done: () => void) {
    this.#done = done;
  }

  report(error: RdError | null): void {
    this.error ??= error;
    this.left--;
    this.endIfDone();
  }

  endIfDone(): void {
    if (this.isWhole && this.left === 0) this.#done();
  }
}

/** Publishes with acks=all and idempotent, in the order of calls; connects with the first of them. */
export class ConfluentProducer {
  readonly #make: () => Producer;
  readonly #settings: KafkaSettings;
  readonly #logger: Logger;
  #producer: Promise<Producer> | null = null;
  #handedOver: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(make: () => Producer, settings: KafkaSettings, logger: Logger) {
    this.#make = make;
    this.#settings = settings;
    this.#logger = logger;
  }

  async publish(records: readonly OutgoingRecord[]): Promise<void> {
    let delivery: Delivery | null = null;
    const delivered = new Promise<void>((done) => {
      delivery = new Delivery(done);
    });
    const current = delivery as Delivery | null as Delivery;
    const handedOver = this.#handedOver.then(() => this.#handOver(records, current));
    this.#handedOver = handedOver.catch(() => {
      // its own caller is told
    });
    await handedOver;
    await delivered;
    if (current.error !== null) throw asTransportError(current.error, 'publish');
  }

  /** Lets what is under way end, then closes. */
  async close(): Promise<void> {
    this.#closed = true;
    const connected = this.#producer;
    this.#producer = null;
    if (connected === null) return;
    const producer = await connected.catch(() => null); // it never connected: there is nothing to close
    if (producer === null) return;
    await new Promise<void>((done) => producer.disconnect(this.#settings.requestTimeoutMs, () => done()));
  }

  async #handOver(records: readonly OutgoingRecord[], delivery: Delivery): Promise<void> {
    const producer = await this.#connected();
    try {
      for (const record of records) await this.#produce(producer, record, delivery);
    } finally {
      delivery.isWhole = true;
      delivery.endIfDone();
    }
  }

  async #produce(producer: Producer, record: OutgoingRecord, delivery: Delivery): Promise<void> {
    const { topic, partition, key, value, headers } = record;
    const pairs = Object.entries(headers ?? {}).map(([name, text]) => ({ [name]: Buffer.from(text) }));
    delivery.left++;
    for (;;) {
      try {
        producer.produce(topic, partition, toBytes(value), toBytes(key), null, delivery, pairs);
        return;
      } catch (error) {
        if (isRdError(error) && error.code === CODES.queueFull && !this.#closed) {
          await pause(QUEUE_FULL_PAUSE_MS);
          continue;
        }
        // there will be no report of it
        delivery.left--;
        throw isRdError(error) ? asTransportError(error, 'publish') : error;
      }
    }
  }

  #connected(): Promise<Producer> {
    if (this.#closed) throw new TransportError('closed', 'The transport is closed.');
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
    producer.on('event.error', (error) => {
      if (EVENTS.fatal.test(error.message)) this.#giveUp(error.message);
    });
    producer.on('delivery-report', (error, { opaque }) => (opaque as Delivery).report(error ?? null));
    return new Promise((resolve, reject) => {
      producer.connect({ timeout: this.#settings.requestTimeoutMs, allTopics: false }, (error) => {
        if (error) return reject(asTransportError(error, 'connect'));
        producer.setPollInBackground(true);
        resolve(producer);
      });
    });
  }

  /** After a fatal error librdkafka's producer takes nothing any more: the next call gets a new one. */
  #giveUp(reason: string): void {
    const broken = this.#producer;
    this.#producer = null;
    this.#logger.warn({ reason }, 'librdkafka gave up its idempotent producer: going on with a new one');
    void broken?.then(
      (producer) => producer.disconnect(() => {}),
      () => {}, // it never connected
    );
  }
}
