import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { startConfigurationService } from '../../../services/configuration/index.ts';
import { type Backing, openBacking } from '../../../services/platform/backing.ts';
import { readSettings } from '../../../services/platform/config.ts';
import { type Configuration, openConfiguration } from '../../../services/platform/configuration/index.ts';
import { type Discovery, openDiscovery } from '../../../services/platform/discovery/index.ts';
import type { Service } from '../../../services/platform/service.ts';
import { startOn } from '../../support/platform.ts';
import { until } from '../../support/until.ts';

const silent = pino({ level: 'silent' });

export interface Answer {
  readonly status: number;
  readonly etag: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: JSON of an answer, looked into by expectations only
  readonly body: any;
}

/** A log with Configuration services, and processes that have settings. */
export class ConfigurationBench {
  readonly dataDir: string;
  readonly backing: Backing;
  readonly #ends: (() => Promise<void>)[] = [];

  private constructor(dataDir: string, backing: Backing) {
    this.dataDir = dataDir;
    this.backing = backing;
    this.#ends.push(
      async () => rmSync(dataDir, { recursive: true, force: true }),
      () => backing.close(),
    );
  }

  static async make(): Promise<ConfigurationBench> {
    const dataDir = mkdtempSync(join(tmpdir(), 'requite-configuration-'));
    return new ConfigurationBench(dataDir, await openBacking({ dataDir }));
  }

  /** An instance of the Configuration service, ready. */
  async start(env: Readonly<Record<string, string>> = {}): Promise<Service> {
    const settings = readSettings({ DATA_DIR: this.dataDir, CONFIGURATION_PORT: '0', ...env }, false);
    const service = await startOn(startConfigurationService, {
      settings,
      backing: this.backing,
      logger: silent,
    });
    this.#ends.push(() => service.stop());
    await until('it to be ready', async () => (await service.readiness()).ready);
    return service;
  }

  /** What a process has whose environment pins this. */
  process(pinned: Readonly<Record<string, string>> = {}): Configuration {
    const { transport } = this.backing;
    const discovery: Discovery = openDiscovery({ transport, logger: silent });
    const configuration = openConfiguration({ transport, pinned, discovery, logger: silent });
    this.#ends.push(
      () => discovery.close(),
      () => configuration.close(),
    );
    return configuration;
  }

  async close(): Promise<void> {
    for (const end of this.#ends.reverse()) await end();
  }
}

export async function send(
  { url }: Pick<Service, 'url'>,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return {
    status: response.status,
    etag: response.headers.get('etag'),
    body: isJson ? JSON.parse(text) : text,
  };
}
