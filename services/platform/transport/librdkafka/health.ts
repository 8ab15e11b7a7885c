import type { RdConsumer } from './client.ts';

/** Asks at most so often whether brokers are there again, in milliseconds. */
const PROBE_EVERY_MS = 500;

/** Says that brokers are away, for as long as they are: librdkafka tells when it lost them, not when they are back. */
export class Health {
  readonly #consumer: RdConsumer;
  #isProbing = false;
  #probedAtMs = Number.NEGATIVE_INFINITY;

  constructor(consumer: RdConsumer) {
    this.#consumer = consumer;
  }

  /** Throws the problem, `TransportError` ('unavailable'), while there is one. */
  check(): void {
    const { problem } = this.#consumer;
    if (problem === null) return;
    const isDue = performance.now() - this.#probedAtMs >= PROBE_EVERY_MS;
    if (isDue && !this.#isProbing) void this.#probe();
    throw problem;
  }

  async #probe(): Promise<void> {
    this.#isProbing = true;
    await this.#consumer.probe();
    this.#probedAtMs = performance.now();
    this.#isProbing = false;
  }
}
