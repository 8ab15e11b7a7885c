import type { Reader, Transport } from '../../../core/mod.ts';
import { type Heard, hear } from './beat.ts';
import type { Membership } from './membership.ts';

/** So many of each partition's last records are looked at to begin with; whoever lives beats again soon. */
const BACKLOG = 500;
const MAX_RECORDS = 1_000;
/** Heartbeats of all come at once: each waking everybody would cost the square of their number. */
const GATHER_MS = 500;

export interface InstancesLogOptions {
  readonly transport: Transport;
  readonly topic: string;
  readonly timeoutMs: number;
  /** A poll waits so long for news. */
  readonly waitMs: number;
}

/** The topic of instances as it is read into a membership: first what was said before, then what is said. */
export class InstancesLog {
  readonly #options: InstancesLogOptions;
  readonly #membership: Membership;
  #reader: Reader | null = null;
  #next: number[] = [];
  /** What was heard before the end of the topic at the start, until that is reached. */
  #backlog: {
    readonly ends: readonly number[];
    newestMs: number;
    readonly last: Map<string, Heard & { atMs: number }>;
  } | null = null;
  #hasSettled = false;

  constructor(options: InstancesLogOptions, membership: Membership) {
    this.#options = options;
    this.#membership = membership;
  }

  /** Whether all was read that was there at the start: only then it is known who lives. */
  get hasSettled(): boolean {
    return this.#hasSettled;
  }

  /** Reads what is new; returns whether the membership changed. Throws `TransportError`; the next call begins anew. */
  async poll(isOver: () => boolean): Promise<boolean> {
    try {
      this.#reader ??= await this.#open();
      if (isOver()) {
        await this.drop();
        return false;
      }
      return await this.#read(this.#reader, isOver);
    } catch (error) {
      await this.drop();
      throw error;
    }
  }

  /** Closes the reader: what it held is read again by the next. */
  async drop(): Promise<void> {
    const reader = this.#reader;
    this.#reader = null;
    try {
      await reader?.close();
    } catch {
      // it is thrown away anyway, whatever ails it: the next one reads from what was heard
    }
  }

  async #read(reader: Reader, isOver: () => boolean): Promise<boolean> {
    const records = await reader.poll({ maxRecords: MAX_RECORDS, waitMs: this.#options.waitMs });
    if (isOver()) return false;
    const nowMs = performance.now();
    let hasChanged = false;
    for (const record of records) {
      const heard = hear(record);
      if (this.#backlog !== null) this.#keep(heard, record.timestampMs);
      else if (heard !== null) hasChanged = this.#membership.hear(heard, nowMs) || hasChanged;
    }
    this.#next = this.#next.map((_, partition) => reader.position(this.#options.topic, partition));
    if (this.#settle(nowMs)) hasChanged = true;
    return this.#membership.expire(nowMs) || hasChanged;
  }

  async #open(): Promise<Reader> {
    const { transport, topic } = this.#options;
    if (this.#backlog === null && !this.#hasSettled) {
      const ends = await transport.endOffsets(topic);
      this.#backlog = { ends, newestMs: Number.NEGATIVE_INFINITY, last: new Map() };
      this.#next = ends.map((end) => Math.max(0, end - BACKLOG));
    }
    const from = (_: string, partition: number): number => this.#next[partition] ?? 0;
    return transport.read({ topics: [topic], from, gatherMs: GATHER_MS });
  }

  #keep(heard: Heard | null, timestampMs: number): void {
    if (this.#backlog === null) return;
    this.#backlog.newestMs = Math.max(this.#backlog.newestMs, timestampMs);
    if (heard !== null) this.#backlog.last.set(heard.process, { ...heard, atMs: timestampMs });
  }

  /**
   * At the end of the backlog: who was heard within the time-out by the log's own time counts as heard now. This
   * process's own first heartbeat is in it, so that "now" is known.
   */
  #settle(nowMs: number): boolean {
    const backlog = this.#backlog;
    if (backlog === null || !backlog.ends.every((end, at) => (this.#next[at] ?? 0) >= end)) return false;
    for (const heard of backlog.last.values()) {
      if (heard.atMs >= backlog.newestMs - this.#options.timeoutMs) this.#membership.hear(heard, nowMs);
      else if (heard.beat !== null) this.#membership.remember(heard.process, nowMs);
    }
    this.#backlog = null;
    this.#hasSettled = true;
    return true;
  }
}
