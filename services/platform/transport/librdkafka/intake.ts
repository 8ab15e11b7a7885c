import { type IncomingRecord, type Position, TransportError } from '../../../../core/mod.ts';
import { Cursor, Turns } from '../kafka/cursors.ts';
import { placeKey } from '../place.ts';
import type { RdConsumer, Received } from './client.ts';

/** So many records, or bytes, are held here at most; what librdkafka itself has fetched ahead is bounded by its properties. */
const MIN_ROOM = 1_000;
const ROOM_BYTES = 16 * 1024 * 1024;

/** What was received and not yet delivered, by partition: librdkafka gives all partitions' records in one queue. */
export class Intake {
  readonly #consumer: RdConsumer;
  readonly #cursors: Map<string, Cursor> = new Map();
  readonly #turns: Turns = new Turns();

  constructor(consumer: RdConsumer) {
    this.#consumer = consumer;
  }

  cursors(): readonly Cursor[] {
    return [...this.#cursors.values()];
  }

  cursor(topic: string, partition: number): Cursor | undefined {
    return this.#cursors.get(placeKey({ topic, partition }));
  }

  /** Begins with a partition, or goes to another offset of it. What was received for it is thrown away. */
  set({ topic, partition, offset }: Position): void {
    const cursor = this.cursor(topic, partition);
    if (cursor !== undefined) cursor.seek(offset);
    else this.#cursors.set(placeKey({ topic, partition }), new Cursor(topic, partition, offset));
  }

  drop(topic: string, partition: number): void {
    this.#cursors.delete(placeKey({ topic, partition }));
  }

  /** There is no record before this offset but those that were received. */
  pass(position: Position): void {
    const cursor = this.#cursors.get(placeKey(position));
    if (cursor !== undefined && position.offset > cursor.fetchFrom) cursor.append([], position.offset);
  }

  take(maxRecords: number): IncomingRecord[] {
    return this.#turns.take(this.#cursors.values(), maxRecords);
  }

  /**
   * Receives what there is room for, waiting up to `waitMs` where nothing is held for delivery. Nothing of it counts
   * if a rebalance came meanwhile: then it is not known which assignment it belongs to.
   */
  async fill(maxRecords: number, waitMs: number): Promise<void> {
    const active = this.cursors().filter(({ paused }) => !paused);
    const held = active.reduce((sum, { buffered }) => sum + buffered, 0);
    const bytes = active.reduce((sum, cursor) => sum + cursor.bytes, 0);
    const room = Math.max(MIN_ROOM, 2 * maxRecords) - held;
    if (room <= 0 || bytes >= ROOM_BYTES) return;
    const received = await this.#consumer.receive(room, held > 0 ? 0 : waitMs);
    if (this.#consumer.rebalances.length === 0) this.#accept(received);
  }

  #accept({ records, ends }: Received): void {
    const byPlace = new Map<string, IncomingRecord[]>();
    for (const record of records) {
      const key = placeKey(record);
      const mine = byPlace.get(key);
      if (mine === undefined) byPlace.set(key, [record]);
      else mine.push(record);
    }
    for (const [key, mine] of byPlace) {
      const cursor = this.#cursors.get(key);
      const last = mine.at(-1);
      if (cursor === undefined || last === undefined) continue;
      const fresh = mine.filter(({ offset }) => offset >= cursor.fetchFrom);
      cursor.append(fresh, Math.max(cursor.fetchFrom, last.offset + 1));
    }
    for (const end of ends) this.pass(end);
  }
}

export function closed(what: string): TransportError {
  return new TransportError('closed', `The ${what} is closed.`);
}
