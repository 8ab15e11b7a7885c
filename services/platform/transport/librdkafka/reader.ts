import {
  type IncomingRecord,
  type PollOptions,
  type Position,
  type Reader,
  TransportError,
} from '../../../../core/mod.ts';
import { pause } from '../../pause.ts';
import type { RdConsumer } from './client.ts';
import { type GapFinder, GapWatch } from './gaps.ts';
import { Health } from './health.ts';
import { closed, Intake } from './intake.ts';

/** Reads partitions outside any group. */
export class RdReader implements Reader {
  readonly #consumer: RdConsumer;
  readonly #intake: Intake;
  readonly #health: Health;
  readonly #gaps: GapWatch;
  readonly #onClose: (reader: RdReader) => void;
  readonly #closing: AbortController = new AbortController();
  #closed = false;

  constructor(
    consumer: RdConsumer,
    from: readonly Position[],
    gapFinder: GapFinder | undefined,
    onClose: (reader: RdReader) => void,
  ) {
    this.#consumer = consumer;
    this.#intake = new Intake(consumer);
    this.#health = new Health(consumer);
    this.#gaps = new GapWatch(this.#intake, gapFinder);
    this.#onClose = onClose;
    for (const position of from) this.#intake.set(position);
  }

  async poll(options: PollOptions): Promise<readonly IncomingRecord[]> {
    if (this.#closed) throw closed('reader');
    try {
      return await this.#poll(options);
    } catch (error) {
      // what was under way when it was closed can only fail
      if (this.#closed) return [];
      throw error;
    }
  }

  async #poll({ maxRecords, waitMs }: PollOptions): Promise<readonly IncomingRecord[]> {
    if (this.#intake.cursors().length === 0) {
      await pause(waitMs, this.#closing.signal);
      return [];
    }
    const giveUpAt = performance.now() + waitMs;
    for (;;) {
      const leftMs = Math.max(0, giveUpAt - performance.now());
      await this.#intake.fill(maxRecords, leftMs);
      if (this.#closed) return [];
      const records = this.#intake.take(maxRecords);
      if (records.length > 0) return records;
      if (performance.now() < giveUpAt) continue;
      await this.#gaps.look();
      this.#health.check();
      return records;
    }
  }

  position(topic: string, partition: number): number {
    const cursor = this.#intake.cursor(topic, partition);
    if (cursor === undefined)
      throw new TransportError('unknown-topic', `Partition ${partition} of ${topic} is not read.`);
    this.#gaps.asked();
    return cursor.next;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#closing.abort();
    this.#onClose(this);
    this.#consumer.wake();
    await this.#consumer.close();
  }
}
