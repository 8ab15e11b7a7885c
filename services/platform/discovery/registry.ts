import type { Registry as Metrics } from 'prom-client';
import { type Transport, TransportError, topics } from '../../../core/mod.ts';
import type { Logger } from '../log.ts';
import { pause } from '../pause.ts';
import { withinMs } from '../view/within.ts';
import { type Beat, beatRecord, isBaseUrl, isName, leaveRecord } from './beat.ts';
import { instancesOf } from './directory.ts';
import type { Announced, Announcement, Discovery, Instance } from './discovery.ts';
import { InstancesLog } from './instances-log.ts';
import { Membership } from './membership.ts';
import { countInstances } from './metrics.ts';

const HEARTBEAT_MS = 1_000;
const TIMEOUT_MS = 5_000;
const FIRST_BACKOFF_MS = 50;
const FORGET_AFTER_MS = 10 * 60_000;
/** So much is told of why an instance is not ready, in characters. */
const HEALTH_MAX = 1_000;
/** How long a leave tries to be said; the others take who is silent for dead after the time-out anyway. */
const LEAVE_WITHIN_MS = 2_000;

export interface DiscoveryOptions {
  readonly transport: Transport;
  readonly logger: Logger;
  /** The package's version. */
  readonly version?: string;
  /** Where `discovery_instances` is counted. */
  readonly metrics?: Metrics;
  /** How often a process says that it lives. Default 1,000. */
  readonly heartbeatMs?: number;
  /** How long a silent process is taken for alive; at least three heartbeats. Default 5,000. */
  readonly timeoutMs?: number;
  /** After so long a dead process's key is cleared from the log. Default ten minutes. */
  readonly forgetAfterMs?: number;
  /** The compacted topic of heartbeats. Default `instances`. */
  readonly topic?: string;
}

/** Opens the registry. Nothing is read or said before somebody announces or asks. Throws `TypeError`. */
export function openDiscovery(options: DiscoveryOptions): Discovery {
  const { heartbeatMs = HEARTBEAT_MS, timeoutMs = TIMEOUT_MS } = options;
  if (timeoutMs < 3 * heartbeatMs)
    throw new TypeError(
      `A time-out of ${timeoutMs} ms is too short for heartbeats every ${heartbeatMs} ms: take three times as long at least.`,
    );
  return new LogDiscovery(options);
}

interface Mine {
  readonly announcement: Announcement;
  readonly startedAt: string;
}

/** Says on a compacted topic what runs in this process, and follows what the others say. */
class LogDiscovery implements Discovery {
  readonly #process: string = crypto.randomUUID();
  readonly #transport: Transport;
  readonly #logger: Logger;
  readonly #version: string;
  readonly #topic: string;
  readonly #heartbeatMs: number;
  readonly #forgetAfterMs: number;
  readonly #membership: Membership;
  readonly #log: InstancesLog;
  readonly #mine: Map<string, Mine> = new Map();
  readonly #listeners: Set<() => void> = new Set();
  #live: ReadonlyMap<string, readonly Instance[]> = new Map();
  #operationsUrl: string | null = null;
  #beating: Promise<void> | null = null;
  /** Begins after the first heartbeat, so that the backlog has it. */
  #listening: Promise<void> | null = null;
  readonly #closing: AbortController = new AbortController();
  #hurry: AbortController = new AbortController();
  /** Called once a heartbeat was sent that began after they came. */
  readonly #untold: (() => void)[] = [];
  #beats = 0;
  #partitions = 0;
  #problem: string | null = null;
  /** A heartbeat is under way, or did not get through. */
  #isMute = false;
  #hasWarned = false;

  constructor(options: DiscoveryOptions) {
    const { transport, logger, heartbeatMs = HEARTBEAT_MS, timeoutMs = TIMEOUT_MS } = options;
    this.#transport = transport;
    this.#logger = logger;
    this.#version = options.version ?? 'unknown';
    this.#topic = options.topic ?? topics.instances;
    this.#heartbeatMs = heartbeatMs;
    this.#forgetAfterMs = options.forgetAfterMs ?? FORGET_AFTER_MS;
    this.#membership = new Membership(this.#process, timeoutMs);
    const reading = { transport, topic: this.#topic, timeoutMs, waitMs: heartbeatMs / 2 };
    this.#log = new InstancesLog(reading, this.#membership);
    if (options.metrics !== undefined) countInstances(options.metrics, () => this.#live);
  }

  operationsAt(url: string): void {
    this.#operationsUrl = url;
    this.#hurry.abort();
  }

  announce(announcement: Announcement): Announced {
    const { service, instanceId, url } = announcement;
    if (!isName(service) || !isName(instanceId))
      throw new TypeError(
        `"${service}" and "${instanceId}" can't be announced: use letters, digits, "_", ".", ":" and "-".`,
      );
    if (url !== null && !isBaseUrl(url))
      throw new TypeError(`"${url}" is no address of an instance: use one such as http://10.0.0.7:3009.`);
    const key = `${service}/${instanceId}`;
    const mine = { announcement, startedAt: new Date().toISOString() };
    this.#mine.set(key, mine);
    this.#begin();
    this.#hurry.abort();
    return {
      beatNow: () => this.#hurry.abort(),
      close: async () => {
        if (this.#mine.get(key) !== mine) return;
        this.#mine.delete(key);
        await this.#tell();
      },
    };
  }

  instances(service: string): readonly Instance[] {
    this.#begin();
    return this.#live.get(service) ?? [];
  }

  all(): readonly Instance[] {
    this.#begin();
    return [...this.#live.values()].flat();
  }

  onChange(listener: () => void): () => void {
    this.#begin();
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async settled(timeoutMs: number): Promise<boolean> {
    this.#begin();
    if (this.#log.hasSettled || timeoutMs <= 0) return this.#log.hasSettled;
    const over = new AbortController();
    const endWatch = this.onChange(() => over.abort());
    await pause(timeoutMs, AbortSignal.any([over.signal, this.#closing.signal]));
    endWatch();
    return this.#log.hasSettled;
  }

  readiness(): string {
    return this.#problem ?? (this.#log.hasSettled ? 'running' : 'looking for the other instances');
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#hurry.abort();
    await withinMs(Promise.all([this.#log.drop(), this.#beating, this.#listening]), LEAVE_WITHIN_MS);
    await withinMs(this.#leave(), LEAVE_WITHIN_MS);
  }

  #begin(): void {
    if (this.#closing.signal.aborted) return;
    this.#beating ??= this.#repeat(() => this.#beat());
  }

  /** Sends a heartbeat now, and waits a little until it is sent, where the log is there. */
  async #tell(): Promise<void> {
    if (this.#closing.signal.aborted || this.#problem !== null || this.#partitions === 0) return;
    const told = new Promise<void>((resolve) => this.#untold.push(resolve));
    this.#hurry.abort();
    await withinMs(told, LEAVE_WITHIN_MS);
  }

  async #leave(): Promise<void> {
    if (this.#beats === 0 || this.#problem !== null) return; // it never said that it was there, or can't say more
    try {
      await this.#transport.publish([leaveRecord(this.#topic, this.#partitions, this.#process)]);
    } catch (error) {
      // the others notice by the time-out
      this.#logger.debug({ err: error }, 'could not say that this process leaves');
    }
  }

  async #repeat(step: () => Promise<void>): Promise<void> {
    let waitMs = FIRST_BACKOFF_MS;
    while (!this.#closing.signal.aborted) {
      try {
        await step();
        waitMs = FIRST_BACKOFF_MS;
      } catch (error) {
        // the log may be away: until it is back, nobody is taken for dead
        if (this.#closing.signal.aborted) return;
        this.#failed(error);
        await pause(Math.min(waitMs, this.#heartbeatMs), this.#closing.signal);
        waitMs *= 2;
      }
    }
  }

  async #beat(): Promise<void> {
    if (this.#partitions === 0) this.#partitions = (await this.#transport.endOffsets(this.#topic)).length;
    if (this.#closing.signal.aborted) return;
    if (this.#hurry.signal.aborted) this.#hurry = new AbortController();
    const { signal } = this.#hurry;
    const told = this.#untold.splice(0);
    try {
      const beat = beatRecord(this.#topic, this.#partitions, this.#say(this.#beats + 1));
      this.#isMute = true;
      await this.#transport.publish([beat]);
      this.#isMute = false;
      this.#beats++;
    } finally {
      for (const each of told) each();
    }
    this.#listening ??= this.#repeat(() => this.#listen());
    await pause(this.#heartbeatMs, signal);
  }

  #say(beat: number): Beat {
    const instances = [...this.#mine.values()].map(({ announcement, startedAt }) => {
      const { service, instanceId, url, health, data } = announcement;
      return {
        service,
        instanceId,
        url,
        startedAt,
        health: health().slice(0, HEALTH_MAX),
        data: data?.() ?? {},
      };
    });
    const [version, operationsUrl] = [this.#version, this.#operationsUrl];
    return { process: this.#process, version, operationsUrl, pid: process.pid, beat, instances };
  }

  async #listen(): Promise<void> {
    const hasChanged = await this.#log.poll(() => this.#closing.signal.aborted);
    if (this.#closing.signal.aborted) return;
    // a log that can be read may not take what is written: its disk may be full
    if (!this.#isMute) this.#recovered();
    if (hasChanged && this.#log.hasSettled) this.#changed();
    const forgotten = this.#membership.takeForgotten(this.#forgetAfterMs, performance.now());
    if (forgotten.length === 0) return;
    await this.#transport.publish(forgotten.map((each) => leaveRecord(this.#topic, this.#partitions, each)));
    this.#logger.debug({ processes: forgotten.length }, 'cleared away processes that are long dead');
  }

  #changed(): void {
    this.#live = instancesOf(this.#membership.live());
    for (const listener of [...this.#listeners]) {
      try {
        listener();
      } catch (error) {
        // a listener's defect must not stop the others, nor this process's heartbeats
        this.#logger.error({ err: error }, 'a listener for instances failed');
      }
    }
  }

  #failed(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    if (this.#problem !== reason) {
      const why = error instanceof TransportError ? { reason } : { err: error };
      // whoever starts first has yet to make the topic
      const isEarly = error instanceof TransportError && error.code === 'unknown-topic' && this.#beats === 0;
      this.#hasWarned ||= !isEarly;
      this.#logger[isEarly ? 'debug' : 'warn'](why, 'can not follow the live instances now; trying again');
    }
    this.#problem = reason;
  }

  #recovered(): void {
    if (this.#hasWarned) this.#logger.info({}, 'follows the live instances again');
    this.#hasWarned = false;
    this.#problem = null;
  }
}
