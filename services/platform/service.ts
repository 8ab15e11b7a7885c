import type { Registry } from 'prom-client';
import type { Auth } from './auth/index.ts';
import type { Backing } from './backing.ts';
import type { Calls } from './calls/index.ts';
import type { Settings } from './config.ts';
import type { Configuration } from './configuration/index.ts';
import type { Discovery } from './discovery/index.ts';
import type { Logger } from './log.ts';
import { type StoreStanding, standingsOf } from './store/health.ts';
import type { Telemetry } from './telemetry/index.ts';

/** Whether a service can do its work now, and if not, what it waits for. */
export interface Readiness {
  readonly ready: boolean;
  /** One line for each thing that readiness depends on: its name and how it stands. */
  readonly checks: Readonly<Record<string, string>>;
}

/** A running service. */
export interface Service {
  readonly name: string;
  /** Where it listens, if it does. */
  readonly url: string | null;
  /** Its own metrics, beside those of the process. */
  readonly metrics?: Registry;
  readiness(): Promise<Readiness>;
  /** Stops taking work, finishes what is begun, commits, leaves its groups. */
  stop(): Promise<void>;
}

/** Something that a service runs. */
export interface Part {
  /** 'running', or what it waits for. */
  readiness(): string;
  stop(): Promise<void>;
}

/** Ready when all parts run; one line for each of them. */
export function readinessOf(parts: Readonly<Record<string, Pick<Part, 'readiness'>>>): Readiness {
  const checks = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.readiness()]));
  return { ready: Object.values(checks).every((check) => check === 'running'), checks };
}

/** How the log and the job store stand, where they tell it. */
export function storesOf({
  transport,
  jobStore,
}: Pick<Backing, 'transport' | 'jobStore'>): readonly StoreStanding[] {
  return standingsOf(transport, jobStore);
}

/** Says once that a store fails, and once that it is back. */
export function tellOfStores(logger: Logger, stores: readonly StoreStanding[]): void {
  for (const standing of stores) {
    const { store } = standing;
    standing.watch((reason) => {
      if (reason === null) logger.info({ store }, 'the store works again');
      else logger.warn({ store, reason }, 'the store fails, and is tried again');
    });
  }
}

/** As it is, unless a store fails: a service whose store takes nothing is not ready, whether or not it has work. */
export async function withStores(readiness: Promise<Readiness>, backing: Backing): Promise<Readiness> {
  const { ready, checks } = await readiness;
  const failing = storesOf(backing).flatMap(({ store, problem }): [string, string][] =>
    problem === null ? [] : [[`store (${store})`, problem]],
  );
  return { ready: ready && failing.length === 0, checks: { ...checks, ...Object.fromEntries(failing) } };
}

/** A service without REST, made of its parts by name; the last one is stopped first. */
export function serviceOf(name: string, parts: Readonly<Record<string, Part>>): Service {
  return {
    name,
    url: null,
    readiness: async () => readinessOf(parts),
    stop: async () => {
      for (const part of Object.values(parts).reverse()) await part.stop();
    },
  };
}

/** What every service is started with. */
export interface Platform {
  readonly settings: Settings;
  readonly backing: Backing;
  readonly logger: Logger;
  /** Aborted when the process is told to stop: a start that still waits for the log then gives up. */
  readonly stopping?: AbortSignal | undefined;
  /** Metrics of the process, beside those of each service. */
  readonly metrics: Registry;
  readonly telemetry: Telemetry;
  readonly auth: Auth;
  readonly discovery: Discovery;
  readonly configuration: Configuration;
  readonly calls: Calls;
}

export type StartService = (platform: Platform) => Promise<Service>;
