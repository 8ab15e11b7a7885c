import { type Reader, type Transport, TransportError } from '../../../core/mod.ts';
import type { Logger } from '../log.ts';
import { pause } from '../pause.ts';
import { type Heard, type Heartbeat, hear, heartbeatRecord, leaveRecord } from './heartbeat.ts';
import { Membership } from './membership.ts';
import { withinMs } from './within.ts';

/** So many of each partition's last records are looked at to begin with; whoever lives beats again soon. */
const BACKLOG = 500;
const MAX_RECORDS = 1_000;
/** How long a leaving instance tries to say so; the others take it for dead after the time-out anyway. */
const LEAVE_WITHIN_MS = 2_000;

export interface RegistryOptions {
  readonly transport: Transport;
  readonly topic: string;
  readonly view: string;
  readonly instanceId: string;
  readonly url: string;
  readonly heartbeatMs: number;
  readonly timeoutMs: number;
  readonly logger: Logger;
  /** The partitions whose copies here have caught up. */
  readonly partitions: () => readonly number[];
  /** Who is alive, when that changed. Must not throw. */
  readonly onChange: (live: readonly Heartbeat[]) => void;
}

/** The registry of a view's instances: says on a compacted topic that this one lives, and follows who else does. */
export class Registry {
  readonly #options: RegistryOptions;
  readonly #membership: Membership;
  readonly #startedAt: string = new Date().toISOString();
  readonly #beating: Promise<void>;
  /** Begins after the first heartbeat, so that the backlog has it. */
  #listening: Promise<void> | null = null;
  readonly #closing: AbortController = new AbortController();
  #hurry: AbortController = new AbortController();
  #beats = 0;
  #partitions = 0;
  #reader: Reader | null = null;
  #next: number[] = [];
  /** What was heard before the end of the topic at the start, until that is reached. */
  #backlog: {
    ends: readonly number[];
    newestMs: number;
    last: Map<string, Heard & { atMs: number }>;
  } | null = null;
  #hasSettled = false;
  #problem: string | null = null;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#membership = new Membership(options.instanceId, options.timeoutMs);
    this.#beating = this.#repeat(() => this.#beat());
  }

  /** 'running', or what it waits for. */
  readiness(): string {
    return this.#problem ?? (this.#hasSettled ? 'running' : 'looking for the other instances');
  }

  /** Sends the next heartbeat now, because it says something new. */
  beatNow(): void {
    this.#hurry.abort();
  }

  /** Stops, and says so, so that others take over at once. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#hurry.abort();
    await this.#dropReader();
    await withinMs(Promise.all([this.#beating, this.#listening]), LEAVE_WITHIN_MS);
    await withinMs(this.#leave(), LEAVE_WITHIN_MS);
  }

  async #leave(): Promise<void> {
    const { transport, topic, view, instanceId, logger } = this.#options;
    if (this.#partitions === 0) return; // it never said that it was there
    try {
      await transport.publish([leaveRecord(topic, this.#partitions, view, instanceId)]);
    } catch (error) {
      // the others notice by the time-out
      logger.debug({ err: error, view }, 'could not say that this instance leaves');
    }
  }

  async #repeat(step: () => Promise<void>): Promise<void> {
    while (!this.#closing.signal.aborted) {
      try {
        await step();
      } catch (error) {
        // the log may be away: until it is back, nobody is taken for dead
        if (this.#closing.signal.aborted) return;
        this.#failed(error);
        await pause(this.#options.heartbeatMs, this.#closing.signal);
      }
    }
  }

  async #beat(): Promise<void> {
    const { transport, topic, view, instanceId, url, heartbeatMs, partitions } = this.#options;
    if (this.#partitions === 0) this.#partitions = (await transport.endOffsets(topic)).length;
    if (this.#closing.signal.aborted) return;
    if (this.#hurry.signal.aborted) this.#hurry = new AbortController();
    const { signal } = this.#hurry;
    const said = { view, instanceId, url, startedAt: this.#startedAt, beat: ++this.#beats };
    const heartbeat = { ...said, partitions: partitions() };
    await transport.publish([heartbeatRecord(topic, this.#partitions, heartbeat)]);
    this.#listening ??= this.#repeat(() => this.#listen());
    await pause(heartbeatMs, signal);
  }

  async #listen(): Promise<void> {
    this.#reader ??= await this.#open();
    if (this.#closing.signal.aborted) return this.#dropReader();
    try {
      await this.#poll(this.#reader);
      this.#recovered();
    } catch (error) {
      await this.#dropReader();
      throw error; // the loop says why, and comes back
    }
  }

  async #poll(reader: Reader): Promise<void> {
    const { view, heartbeatMs, onChange } = this.#options;
    const records = await reader.poll({ maxRecords: MAX_RECORDS, waitMs: heartbeatMs / 2 });
    if (this.#closing.signal.aborted) return;
    const nowMs = performance.now();
    let hasChanged = false;
    for (const record of records) {
      const heard = hear(record, view);
      if (this.#backlog !== null) this.#keep(heard, record.timestampMs);
      else if (heard !== null) hasChanged = this.#membership.hear(heard, nowMs) || hasChanged;
    }
    this.#next = this.#next.map((_, partition) => reader.position(this.#options.topic, partition));
    if (this.#settle(nowMs)) hasChanged = true;
    if (this.#membership.expire(nowMs)) hasChanged = true;
    if (hasChanged && this.#hasSettled) onChange(this.#membership.live());
  }

  async #open(): Promise<Reader> {
    const { transport, topic } = this.#options;
    if (this.#backlog === null && !this.#hasSettled) {
      const ends = await transport.endOffsets(topic);
      this.#backlog = { ends, newestMs: Number.NEGATIVE_INFINITY, last: new Map() };
      this.#next = ends.map((end) => Math.max(0, end - BACKLOG));
    }
    return transport.read({ topics: [topic], from: (_, partition) => this.#next[partition] ?? 0 });
  }

  #keep(heard: Heard | null, timestampMs: number): void {
    if (this.#backlog === null) return;
    this.#backlog.newestMs = Math.max(this.#backlog.newestMs, timestampMs);
    if (heard !== null) this.#backlog.last.set(heard.instanceId, { ...heard, atMs: timestampMs });
  }

  /**
   * At the end of the backlog: who was heard within the time-out by the log's own time counts as heard now. This
   * instance's own first heartbeat is in it, so that "now" is known.
   */
  #settle(nowMs: number): boolean {
    const backlog = this.#backlog;
    if (backlog === null || !backlog.ends.every((end, at) => (this.#next[at] ?? 0) >= end)) return false;
    for (const heard of backlog.last.values()) {
      if (heard.atMs >= backlog.newestMs - this.#options.timeoutMs) this.#membership.hear(heard, nowMs);
    }
    this.#backlog = null;
    this.#hasSettled = true;
    return true;
  }

  #failed(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    const { logger, view } = this.#options;
    if (this.#problem !== reason) {
      const why = error instanceof TransportError ? { reason } : { err: error };
      logger.warn({ view, ...why }, 'can not follow the instances of the view now; trying again');
    }
    this.#problem = reason;
  }

  #recovered(): void {
    if (this.#problem !== null)
      this.#options.logger.info({ view: this.#options.view }, 'follows the instances again');
    this.#problem = null;
  }

  async #dropReader(): Promise<void> {
    const reader = this.#reader;
    this.#reader = null;
    try {
      await reader?.close();
    } catch (error) {
      // it is thrown away anyway
      this.#options.logger.debug({ err: error }, 'a reader did not close');
    }
  }
}
