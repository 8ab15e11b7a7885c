import { hostname } from 'node:os';
import type { Static, TObject } from '@sinclair/typebox';
import { canonicalJson, type IncomingRecord, type Json, type Transport, topics } from '../../../core/mod.ts';
import type { Discovery } from '../discovery/index.ts';
import type { Logger } from '../log.ts';
import { pause } from '../pause.ts';
import type { Configuration, LiveSettings } from './configuration.ts';
import { Follower } from './follower.ts';
import { MAX_VALUE_LENGTH, whyNot } from './kinds.ts';
import { serviceOfSchema, settingKey } from './names.ts';
import { announcePins, type PinVariables, refuseIdlePins } from './pins.ts';
import { type PublishedSchema, readSchema, readSetting } from './records.ts';
import { SchemaPublisher } from './schema-publisher.ts';
import { SettingsOf } from './settings-of.ts';

/** So many settings and schemas are kept; no deployment has as many. */
const KEPT_MAX = 10_000;
const SETTLED_POLL_MS = 20;

export interface ConfigurationOptions {
  readonly transport: Transport;
  /** Variables of the environment that pin settings: `CONFIG_<SERVICE>_<KEY>`, in capitals, `-` and camel humps as `_`. */
  readonly pinned: PinVariables;
  readonly logger: Logger;
  /** The registry of live instances, by which others know what is pinned here; left out: they don't. */
  readonly discovery?: Discovery;
  /** Of the package that runs here: said with the schemas. */
  readonly version?: string;
}

/** Opens the central configuration. Nothing is read before somebody asks for settings. */
export function openConfiguration(options: ConfigurationOptions): Configuration {
  return new CentralConfiguration(options);
}

/** Tells people which process it is, and any two apart: host, process id, and a few letters of its own. */
function processName(): string {
  const host = hostname().replace(/[^\w.-]+/g, '-');
  return `${host}:${process.pid}:${crypto.randomUUID().slice(0, 8)}`;
}

/** What one call of `of` gave. */
interface Live {
  readonly service: string;
  readonly keys: readonly string[];
  current: Readonly<Record<string, Json>>;
  readonly listeners: Set<(current: never) => void>;
}

class CentralConfiguration implements Configuration {
  readonly #options: ConfigurationOptions;
  readonly #instanceId: string = processName();
  readonly #services: Map<string, SettingsOf> = new Map();
  readonly #lives: Live[] = [];
  /** What is set, by the key on the topic. */
  readonly #central: Map<string, Json> = new Map();
  readonly #schemas: Map<string, PublishedSchema> = new Map();
  /** Values that the log has been told of, by the key on the topic. */
  readonly #complained: Map<string, string> = new Map();
  readonly #publisher: SchemaPublisher;
  readonly #announced: Map<string, () => Promise<void>> = new Map();
  #follower: Follower | null = null;
  #isFull = false;
  #closed = false;

  constructor(options: ConfigurationOptions) {
    this.#options = options;
    const { transport, logger, version = 'unknown' } = options;
    this.#publisher = new SchemaPublisher({
      transport,
      logger,
      version,
      isCurrent: () => this.#follower?.isCurrent === true,
      there: (service) => this.#schemas.get(service) ?? null,
      mine: (service) => this.#services.get(service)?.published() ?? {},
    });
  }

  of<S extends TObject>(service: string, schema: S): LiveSettings<Static<S>> {
    const settings = this.#services.get(service) ?? new SettingsOf(service);
    settings.add(schema, this.#options.pinned);
    this.#services.set(service, settings);
    const keys = Object.keys(schema.properties);
    const live: Live = { service, keys, current: {}, listeners: new Set() };
    live.current = this.#valuesOf(live);
    this.#lives.push(live);
    this.#announcePins(service, settings);
    this.#publisher.touch(service);
    if (!this.#closed) this.#follower ??= this.#follow();
    return {
      get current() {
        return live.current as Static<S>;
      },
      onChange: (listener: (current: Static<S>) => void) => {
        live.listeners.add(listener);
        return () => live.listeners.delete(listener);
      },
    };
  }

  async settled(timeoutMs: number): Promise<boolean> {
    const giveUpAt = performance.now() + timeoutMs;
    while (this.#follower !== null && !this.#hasRead() && !this.#closed && performance.now() < giveUpAt)
      await pause(SETTLED_POLL_MS);
    return this.#follower === null || this.#hasRead();
  }

  checkPins(services: readonly string[]): void {
    const known = new Map([...this.#services].map(([service, { keys }]) => [service, keys]));
    refuseIdlePins(this.#options.pinned, known, services);
  }

  readiness(): string {
    return this.#follower?.readiness() ?? 'running';
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#publisher.close();
    await this.#follower?.close();
    await Promise.all([...this.#announced.values()].map((end) => end()));
  }

  #hasRead(): boolean {
    return this.#follower?.hasRead === true;
  }

  #follow(): Follower {
    const { transport, logger } = this.#options;
    return new Follower({
      transport,
      topics: [topics.configuration],
      logger,
      onRecords: (records) => {
        for (const record of records) this.#take(record);
        // before all is read, an old value must not pass for the present one
        if (this.#hasRead()) this.#apply();
      },
      onAnew: () => {
        this.#central.clear();
        this.#schemas.clear();
      },
      onCaughtUp: () => {
        this.#apply();
        this.#publisher.wake();
      },
    });
  }

  #take(record: IncomingRecord): void {
    const { key, value } = record;
    if (typeof key !== 'string') return;
    const service = serviceOfSchema(key);
    if (service !== null) {
      const schema = value === null ? null : readSchema(record);
      if (schema === null) this.#schemas.delete(service);
      else if (this.#hasRoom()) this.#schemas.set(service, schema);
      return;
    }
    const setting = value === null ? null : readSetting(record);
    if (value !== null && (setting === null || value.length > 2 * MAX_VALUE_LENGTH)) {
      this.#options.logger.warn(
        { key: key.slice(0, 200) },
        'what is set centrally can not be read: as not set',
      );
    }
    if (setting === null) this.#central.delete(key);
    else if (this.#central.has(key) || this.#hasRoom()) this.#central.set(key, setting.value);
  }

  #hasRoom(): boolean {
    if (this.#central.size + this.#schemas.size < KEPT_MAX) return true;
    if (!this.#isFull)
      this.#options.logger.warn({ kept: KEPT_MAX }, 'too many central settings: the others are left out');
    this.#isFull = true;
    return false;
  }

  #apply(): void {
    for (const live of this.#lives) {
      const next = this.#valuesOf(live);
      if (canonicalJson(next) === canonicalJson(live.current)) continue;
      const keys = live.keys.filter(
        (key) => canonicalJson(next[key] ?? null) !== canonicalJson(live.current[key] ?? null),
      );
      live.current = next;
      this.#options.logger.info({ service: live.service, keys }, 'settings changed');
      for (const listener of live.listeners) this.#tell(live, listener);
    }
  }

  #tell(live: Live, listener: (current: never) => void): void {
    try {
      listener(live.current as never);
    } catch (error) {
      // one listener's defect must not keep the others from the change
      this.#options.logger.error({ err: error, service: live.service }, 'a listener of settings failed');
    }
  }

  #valuesOf({ service, keys }: Live): Readonly<Record<string, Json>> {
    const settings = this.#services.get(service);
    const central = (key: string): Json | undefined =>
      this.#hasRead() ? this.#central.get(settingKey(service, key)) : undefined;
    return (
      settings?.values(keys, central, ({ key, value, schema }) => {
        const at = settingKey(service, key);
        const text = canonicalJson(value);
        if (this.#complained.get(at) === text) return;
        this.#complained.set(at, text);
        this.#options.logger.warn(
          { service, key, reason: whyNot(schema, value) },
          'a central setting does not fit this version: the default counts',
        );
      }) ?? {}
    );
  }

  #announcePins(service: string, settings: SettingsOf): void {
    const { discovery } = this.#options;
    if (discovery === undefined || this.#announced.has(service)) return;
    if (Object.keys(settings.pinned()).length === 0) return;
    this.#announced.set(
      service,
      announcePins(discovery, service, this.#instanceId, () => settings.pinned()),
    );
  }
}
