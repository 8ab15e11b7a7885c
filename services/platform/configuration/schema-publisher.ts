import { canonicalJson, type Json, type Transport, topics } from '../../../core/mod.ts';
import type { Logger } from '../log.ts';
import { pause } from '../pause.ts';
import { type PublishedSchema, schemaRecord } from './records.ts';

/** A service asks for its settings in parts, one soon after the other: they are published as one. */
const ADD_AFTER_MS = 250;
/** What a service no longer has is taken away once it has surely asked for all that it has. */
const REMOVE_AFTER_MS = 10_000;

export interface SchemaPublisherOptions {
  readonly transport: Transport;
  readonly logger: Logger;
  readonly version: string;
  /** Whether what `there` says is all that is there. */
  readonly isCurrent: () => boolean;
  /** What is on the topic for a service. */
  readonly there: (service: string) => PublishedSchema | null;
  readonly mine: (service: string) => Readonly<Record<string, Json>>;
}

/** Sees to it that the topic has the schemas of the services that run here. Whoever started last is right. */
export class SchemaPublisher {
  readonly #options: SchemaPublisherOptions;
  /** When each service asked last, while something may be to be done for it. */
  readonly #touched: Map<string, number> = new Map();
  readonly #closing: AbortController = new AbortController();
  #working: Promise<void> | null = null;

  constructor(options: SchemaPublisherOptions) {
    this.#options = options;
  }

  /** The service has asked for settings. */
  touch(service: string): void {
    this.#touched.set(service, performance.now());
    this.wake();
  }

  /** Something may be possible that was not. */
  wake(): void {
    if (this.#closing.signal.aborted || this.#touched.size === 0) return;
    this.#working ??= this.#work().finally(() => {
      this.#working = null;
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#working;
  }

  async #work(): Promise<void> {
    const { signal } = this.#closing;
    while (this.#touched.size > 0 && !signal.aborted) {
      await pause(ADD_AFTER_MS, signal);
      if (signal.aborted || !this.#options.isCurrent()) continue;
      try {
        for (const [service, sinceMs] of this.#touched)
          await this.#publish(service, performance.now() - sinceMs);
      } catch (error) {
        // the log is away: the follower says so, and the next round tries again
        this.#options.logger.debug({ err: error }, 'could not publish what settings there are');
      }
    }
  }

  async #publish(service: string, quietMs: number): Promise<void> {
    if (quietMs < ADD_AFTER_MS) return;
    const { transport, version, there, mine } = this.#options;
    const before = there(service)?.settings ?? {};
    const isWhole = quietMs >= REMOVE_AFTER_MS;
    const settings = isWhole ? mine(service) : { ...before, ...mine(service) };
    if (canonicalJson(settings) !== canonicalJson(before)) {
      const partitions = (await transport.endOffsets(topics.configuration)).length;
      await transport.publish([schemaRecord({ service, version, settings }, partitions)]);
    }
    if (isWhole || Object.keys(before).every((key) => Object.hasOwn(mine(service), key)))
      this.#touched.delete(service);
  }
}
