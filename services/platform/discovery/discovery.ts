import type { Json } from '../../../core/mod.ts';

/** A live instance of a service, or of a view, as the registry knows it. */
export interface Instance {
  /** The service's name in the catalogue, such as `inventory-service`; `view:<name>` for an instance of a view. */
  readonly service: string;
  readonly instanceId: string;
  /** Where it is reached, such as `http://10.0.0.7:3011`; null for one without REST. */
  readonly url: string | null;
  /** Where the process that it runs in tells of itself: health, metrics, recent logs and spans; null: nowhere. */
  readonly operationsUrl: string | null;
  /** What the process's machine, or its container, knows it by; null: an older version, which doesn't say. */
  readonly pid: number | null;
  /** When it was opened, ISO 8601; tells a start of an instance from an earlier one. */
  readonly startedAt: string;
  /** The package's version. */
  readonly version: string;
  /** 'ready', or what it waits for. */
  readonly health: string;
  /** What else it says of itself. */
  readonly data: Readonly<Record<string, Json>>;
}

/** What a process says of something that runs in it. */
export interface Announcement {
  readonly service: string;
  readonly instanceId: string;
  readonly url: string | null;
  /** 'ready', or what it waits for; asked for each heartbeat. Must not throw. */
  readonly health: () => string;
  /** What else it says of itself; asked for each heartbeat. Must not throw. */
  readonly data?: () => Readonly<Record<string, Json>>;
}

export interface Announced {
  /** Sends the next heartbeat now, because it says something new. */
  beatNow(): void;
  /** Says that it leaves, so that others take over at once. */
  close(): Promise<void>;
}

/**
 * The registry of live instances: each process says on the compacted topic `instances` what runs in it, once a second,
 * and follows what the others say. Nobody is taken for dead while this process does not hear itself.
 */
export interface Discovery {
  /** Where this process tells of itself, once it is known: goes into each of its announcements. */
  operationsAt(url: string): void;
  announce(announcement: Announcement): Announced;
  /** The live instances of a service, by instance-id. */
  instances(service: string): readonly Instance[];
  /** All live instances, by service and instance-id. */
  all(): readonly Instance[];
  /** Calls when who is alive, where, or what it says of itself changed (not at each heartbeat). Returns how to end that. */
  onChange(listener: () => void): () => void;
  /** Begins to follow, where it has not, and waits until it knows who lives; false when the time is over. */
  settled(timeoutMs: number): Promise<boolean>;
  /** 'running', or what it waits for. */
  readiness(): string;
  close(): Promise<void>;
}
