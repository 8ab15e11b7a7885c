import type { Consumer, IncomingRecord } from '../../../core/mod.ts';
import { pause } from '../pause.ts';

/** So long a batch waits for its work, far less than a member may be silent: what takes longer goes on meanwhile. */
const HANDLE_MS = 1_000;
/** How soon it is looked whether what held up a partition has ended. */
const HELD_WAIT_MS = 50;
const IDLE_WAIT_MS = 500;

/** Something that a record began, and that may take long. */
export interface SlowWork {
  /** Resolves once it has ended or is given up; never rejects. */
  readonly over: Promise<void>;
  /** Null for as long as it is under way, and for ever once it is given up. */
  readonly ended: unknown;
}

/** A record with what it began; null where it began nothing. */
interface Begun {
  readonly record: IncomingRecord;
  readonly work: SlowWork | null;
}

/**
 * For a processor whose records begin work that may outlast a batch. An offset is committed once the work of all
 * records before it has ended; work that takes long holds up its own partition, which is paused until then, and no
 * other (invariant 8). The work must be kept by what names it: its record is read again when the partition goes on.
 */
export class HeldPartitions {
  readonly #topic: string;
  /** The paused partitions, each with what it waits for. */
  readonly #held: Map<number, SlowWork> = new Map();

  constructor(topic: string) {
    this.#topic = topic;
  }

  /**
   * Waits a little for the work of a batch. `done` can be committed: in each partition all before the first record whose
   * work has not ended. Once that is committed, `hold` what is left.
   */
  async settle<T extends Begun>(
    batch: readonly T[],
  ): Promise<{ readonly done: readonly T[]; readonly left: ReadonlyMap<number, SlowWork> }> {
    const limit = new AbortController();
    const all = Promise.all(batch.map(({ work }) => work?.over));
    await Promise.race([all, pause(HANDLE_MS, limit.signal)]);
    limit.abort();
    const left = new Map<number, SlowWork>();
    const done = batch.filter(({ record, work }) => {
      if (left.has(record.partition)) return false;
      if (work === null || work.ended !== null) return true;
      left.set(record.partition, work);
      return false;
    });
    return { done, left };
  }

  async hold(consumer: Consumer, left: ReadonlyMap<number, SlowWork>): Promise<void> {
    for (const [partition, work] of left) {
      this.#held.set(partition, work);
      consumer.pause(this.#topic, partition);
    }
    // what is not committed is read again when its partition goes on
    if (left.size > 0) await consumer.rewind();
  }

  /** Lets those go on whose work has ended; returns how long the next poll may wait, in milliseconds. */
  release(consumer: Consumer): number {
    for (const [partition, { ended }] of this.#held) {
      if (ended === null) continue;
      this.#held.delete(partition);
      consumer.resume(this.#topic, partition);
    }
    return this.#held.size > 0 ? HELD_WAIT_MS : IDLE_WAIT_MS;
  }

  /** Forgets partitions that another member has now. */
  lost(partitions: readonly number[]): void {
    for (const partition of partitions) this.#held.delete(partition);
  }
}
