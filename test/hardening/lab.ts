import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { IncomingRecord, OutgoingRecord } from '../../core/mod.ts';
import { startOf } from '../../services/catalogue.ts';
import { type Backing, openBacking } from '../../services/platform/backing.ts';
import { readSettings, type Settings } from '../../services/platform/config.ts';
import { openPlatform, type RunningPlatform } from '../../services/platform/platform.ts';
import type { Service, StartService } from '../../services/platform/service.ts';
import { readTopic } from '../support/read-topic.ts';
import { until } from '../support/until.ts';

export const PARTITIONS = 3;
const PORTS = 'COORDINATOR CRM ORDERS PRODUCTS INVENTORY NOTIFICATIONS CONFIGURATION OPERATIONS'.split(' ');

/** Services of ours in this process over one embedded log, as `bun run services` has them in one of its own. */
export class HardeningLab {
  readonly backing: Backing;
  readonly settings: Settings;
  readonly platform: RunningPlatform;
  /** What was logged, a JSON line each. */
  readonly logged: string[];
  /** Errors that nobody caught: they would have ended a process. */
  readonly uncaught: unknown[] = [];
  readonly #directory: string;
  readonly #services: Map<string, Service> = new Map();
  readonly #onUncaught = (error: unknown): void => void this.uncaught.push(error);

  private constructor(
    directory: string,
    settings: Settings,
    backing: Backing,
    platform: RunningPlatform,
    logged: string[],
  ) {
    this.#directory = directory;
    this.settings = settings;
    this.backing = backing;
    this.platform = platform;
    this.logged = logged;
    process.on('uncaughtException', this.#onUncaught);
    process.on('unhandledRejection', this.#onUncaught);
  }

  /** Starts these services, with `others` instead of those that the catalogue has, and these settings. */
  static async start(
    names: readonly string[],
    others: Readonly<Record<string, StartService>> = {},
    variables: Readonly<Record<string, string>> = {},
  ): Promise<HardeningLab> {
    const directory = mkdtempSync(join(tmpdir(), 'requite-hardening-'));
    const free = Object.fromEntries(PORTS.map((each) => [`${each}_PORT`, '0']));
    const environment = { ...free, DATA_DIR: join(directory, 'data'), PARTITIONS: String(PARTITIONS) };
    const settings = readSettings({ ...environment, TRACING: 'off', ...variables }, false);
    const logged: string[] = [];
    const logger = pino({ level: 'info' }, { write: (line: string) => void logged.push(line) });
    const backing = await openBacking(settings, logger);
    const platform = openPlatform({ settings, backing, logger });
    const lab = new HardeningLab(directory, settings, backing, platform, logged);
    const starting = names.map(async (name) => {
      const start = others[name] ?? (await startOf(name));
      lab.#services.set(name, await start(platform));
    });
    await Promise.all(starting);
    await until('all services to be ready', () => lab.isReady());
    return lab;
  }

  async isReady(): Promise<boolean> {
    const standings = await Promise.all([...this.#services.values()].map((each) => each.readiness()));
    return standings.every(({ ready }) => ready);
  }

  /** Where a service listens. */
  url(service: string): string {
    const url = this.#services.get(service)?.url;
    if (typeof url !== 'string') throw new Error(`the service ${service} has no REST, or doesn't run here`);
    return url;
  }

  publish(...records: readonly OutgoingRecord[]): Promise<void> {
    return this.backing.transport.publish(records);
  }

  all(topic: string): Promise<IncomingRecord[]> {
    return readTopic(this.backing.transport, topic);
  }

  /** How many records of the topic ended so for this group. */
  async ended(group: string, topic: string, outcome: string): Promise<number> {
    const metric = await this.platform.metrics.getSingleMetric('group_records_total')?.get();
    const found = metric?.values.find(
      ({ labels }) => labels.group === group && labels.topic === topic && labels.outcome === outcome,
    );
    return found?.value ?? 0;
  }

  /** Fails where something happened that would have ended a process, or a service says that it can't go on. */
  async assertAlive(): Promise<void> {
    if (this.uncaught.length > 0) throw new Error('an error was not caught', { cause: this.uncaught[0] });
    await until('all services to be ready still', () => this.isReady(), 20_000);
  }

  /** Where files of documents are written, and all around it. */
  get directory(): string {
    return this.#directory;
  }

  async close(): Promise<void> {
    for (const service of [...this.#services.values()].reverse()) await service.stop();
    await this.platform.close();
    await this.backing.close();
    process.off('uncaughtException', this.#onUncaught);
    process.off('unhandledRejection', this.#onUncaught);
    if (existsSync(this.#directory)) rmSync(this.#directory, { recursive: true, force: true });
  }
}
