import { type OutgoingRecord, TransportError } from '../../../../core/mod.ts';
import { Delivery } from './delivery.ts';
import { asTransportError } from './errors.ts';
import { KafkaProduceWire } from './produce-wire.ts';
import { requestsOf } from './requests.ts';
import type { KafkaSettings } from './settings.ts';

interface Publishing {
  readonly records: readonly OutgoingRecord[];
  readonly done: () => void;
  readonly failed: (error: Error) => void;
}

/**
 * Publishes with acks=all, idempotent within its own retries. One request is under way at a time, which keeps the order
 * of calls; what comes meanwhile goes together in the next one.
 */
export class KafkaProducer {
  readonly #delivery: Delivery;
  readonly #waiting: Publishing[] = [];
  #isSending = false;
  #closed = false;

  constructor(settings: KafkaSettings) {
    this.#delivery = new Delivery(new KafkaProduceWire(settings));
  }

  publish(records: readonly OutgoingRecord[]): Promise<void> {
    if (this.#closed) return Promise.reject(new TransportError('closed', 'The transport is closed.'));
    if (records.length === 0) return Promise.resolve();
    return new Promise((done, failed) => {
      this.#waiting.push({ records, done, failed });
      if (!this.#isSending) void this.#sendAll();
    });
  }

  /** Lets what is under way end, then closes. */
  async close(): Promise<void> {
    this.#closed = true;
    const late = new TransportError('closed', 'The transport is closed.');
    for (const { failed } of this.#waiting.splice(0)) failed(late);
    await this.#delivery.close();
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true;
    while (this.#waiting.length > 0) {
      const together = this.#waiting.splice(0);
      try {
        await this.#send(together.flatMap(({ records }) => records));
        for (const { done } of together) done();
      } catch (error) {
        // one caller's fault must not be another's
        if (together.length > 1) for (const one of together) await this.#sendOne(one);
        else for (const one of together) one.failed(failureOf(error, one.records));
      }
    }
    this.#isSending = false;
  }

  async #sendOne({ records, done, failed }: Publishing): Promise<void> {
    try {
      await this.#send(records);
      done();
    } catch (error) {
      failed(failureOf(error, records));
    }
  }

  async #send(records: readonly OutgoingRecord[]): Promise<void> {
    // made and checked before the first is sent, so that a record that no topic takes leaves nothing half done
    const requests = requestsOf(records);
    await this.#delivery.check(requests.flat());
    for (const batches of requests) await this.#delivery.deliver(batches);
  }
}

function failureOf(error: unknown, records: readonly OutgoingRecord[]): Error {
  return asTransportError(error, 'publish', { topics: records.map(({ topic }) => topic) });
}
